"""TensorFlow: copies of the model under a `tf.distribute` strategy."""

import contextlib
import json
import os

import keras
import tensorflow as tf

from keras_sensorlm.training.distribution.placement import Placement
from keras_sensorlm.training.distribution.placement import check_devices
from keras_sensorlm.training.distribution.placement import undistributed


def begin(settings):
    """Makes the strategy; processes find each other through `TF_CONFIG`."""
    name = settings.strategy
    workers = _workers()
    if name == "auto":
        name = _fitting(workers)
    if name != "multi_worker" and len(workers) > 1:
        raise ValueError(
            f"TF_CONFIG names {len(workers)} workers, each of which would "
            f"train alone under {name!r}. Choose `multi_worker`."
        )
    if name == "one_device":
        check_devices(settings.devices, 1)
        return Placement(settings)
    # TensorFlow numbers what replicas say to each other anew in each
    # strategy, and takes the second one's numbers for the first one's.
    key = name, settings.devices
    if key not in _MADE:
        _MADE[key] = _STRATEGIES[name](settings)
    return TensorFlowPlacement(settings, _MADE[key], name)


def _workers():
    cluster = json.loads(os.environ.get("TF_CONFIG", "{}")).get("cluster", {})
    return [*cluster.get("chief", []), *cluster.get("worker", [])]


def _fitting(workers):
    if len(workers) > 1:
        return "multi_worker"
    if os.environ.get("TPU_NAME"):
        return "tpu"
    several = len(tf.config.list_logical_devices("GPU")) > 1
    return "mirrored" if several else "one_device"


def _mirrored(settings):
    names = [
        device.name
        for kind in ("GPU", "CPU")
        for device in tf.config.list_logical_devices(kind)
    ]
    kind = names[0].split(":")[-2]
    names = [name for name in names if f":{kind}:" in name]
    count = check_devices(settings.devices, len(names))
    return tf.distribute.MirroredStrategy(names[:count])


def _multi_worker(settings):
    if len(_workers()) < 2:
        raise ValueError(
            "`multi_worker` needs TF_CONFIG, in which every process finds all "
            "workers and its own place among them. Received: TF_CONFIG="
            f"{os.environ.get('TF_CONFIG')!r}"
        )
    try:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        raise ValueError(
            "The workers of `multi_worker` find each other before TensorFlow "
            f"computes anything: {error}"
        ) from error
    return _with_all(settings, strategy)


def _tpu(settings):
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver.connect()
    except (ValueError, tf.errors.OpError) as error:
        raise ValueError(f"No TPU was found: {error}") from error
    return _with_all(settings, tf.distribute.TPUStrategy(resolver))


def _with_all(settings, strategy):
    there = strategy.num_replicas_in_sync
    if settings.devices not in (None, there):
        raise ValueError(
            "This strategy uses all devices. Received: "
            f"devices={settings.devices}, there: {there}"
        )
    return strategy


_MADE = {}
_STRATEGIES = {
    "mirrored": _mirrored,
    "multi_worker": _multi_worker,
    "tpu": _tpu,
}


class TensorFlowPlacement(Placement):
    """A `tf.distribute` strategy."""

    def __init__(self, settings, strategy, name):
        super().__init__(settings)
        self.strategy = strategy
        self.copies = strategy.num_replicas_in_sync
        # Taken eagerly, TensorFlow warns of the time that it takes.
        self._meeting = tf.function(lambda: strategy.run(_meet))
        if name == "multi_worker":
            resolver = strategy.cluster_resolver
            self.process_count = self.shares = len(_workers())
            self.process_index = _worker_index(resolver)
            self.share_index = self.process_index

    def scope(self):
        return self.strategy.scope()

    def data(self, make_batches):
        # Of the whole share, each local device gets its rows in turn.
        local = self.copies // self.shares
        batches = make_batches()
        first = next(batches)
        batches.close()
        spec = keras.tree.map_structure(
            lambda x: _spec(x, local), _for_replicas(first)
        )

        def parts():
            for batch in make_batches():
                batch = _for_replicas(batch)
                for i in range(local):
                    yield keras.tree.map_structure(
                        lambda x, i=i: _rows(x, i, local), batch
                    )

        def dataset(context):
            data = tf.data.Dataset.from_generator(parts, output_signature=spec)
            return data.prefetch(2 * local)

        return self.strategy.distribute_datasets_from_function(dataset)

    def beside(self, preset):
        # Keras would divide validation among the replicas, too.
        if self.copies == 1:
            return preset
        return undistributed(preset, preset.backbone.get_weights())

    @contextlib.contextmanager
    def apart(self, model, beside):
        if self.copies > 1:
            beside.set_weights(model.get_weights())
        yield

    def wait(self):
        if self.process_count > 1:
            self._meeting()

    def jit_compile(self, wanted):
        # XLA cannot compile what gathers the batch.
        return False if wanted == "auto" and self.copies > 1 else wanted


def _meet():
    context = tf.distribute.get_replica_context()
    return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.ones(()))


def _worker_index(resolver):
    offset = 0
    if resolver.task_type == "worker":
        offset = len(resolver.cluster_spec().as_dict().get("chief", []))
    return offset + resolver.task_id


def _for_replicas(batch):
    """A batch without truth values, of which replicas have no mean."""
    parts = tuple(part for part in batch if part is not None)
    return keras.tree.map_structure(
        lambda x: x.astype("float32") if x.dtype == bool else x,
        keras.tree.map_structure(keras.ops.convert_to_numpy, parts),
    )


def _rows(x, i, local):
    size = len(x) // local
    return x[i * size : (i + 1) * size]


def _spec(x, local):
    x = tf.convert_to_tensor(_rows(x, 0, local))
    # Captions are padded to the longest of their batch.
    shape = (x.shape[0], None) if len(x.shape) == 2 else x.shape
    return tf.TensorSpec(shape, x.dtype)
