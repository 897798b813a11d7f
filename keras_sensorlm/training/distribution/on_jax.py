"""JAX: one program over a mesh of devices, in one process or many."""

import contextlib
import os

import jax
import keras
import numpy as np

from keras_sensorlm.replicas import alone
from keras_sensorlm.training.distribution.layout import DATA
from keras_sensorlm.training.distribution.layout import TENSOR
from keras_sensorlm.training.distribution.layout import ShardedModel
from keras_sensorlm.training.distribution.layout import layout_map
from keras_sensorlm.training.distribution.placement import Placement
from keras_sensorlm.training.distribution.placement import check_devices
from keras_sensorlm.training.distribution.placement import undistributed
from keras_sensorlm.training.state import to_numpy

_STARTED = "KERAS_DISTRIBUTION_NUM_PROCESSES"


def begin(settings):
    """Finds the other processes, makes the mesh."""
    if os.environ.get(_STARTED) or (settings.processes or 1) > 1:
        _find_the_others()
    devices = keras.distribution.list_devices()
    if settings.strategy == "one_device" or (
        settings.strategy == "auto" and len(devices) == 1
    ):
        _check_alone(settings)
        return Placement(settings)
    count = check_devices(settings.devices, len(devices))
    if jax.process_count() > 1 and count != len(devices):
        raise ValueError(
            "With several processes, all devices take part. Received: "
            f"devices={count}, there: {len(devices)}"
        )
    return JaxPlacement(settings, devices[:count])


def _find_the_others():
    if jax.distributed.is_initialized():
        return
    try:
        keras.distribution.initialize()
    except (ValueError, RuntimeError) as error:
        raise ValueError(
            "The number of processes that the run asks for did not find each "
            f"other: {error} Set KERAS_DISTRIBUTION_JOB_ADDRESSES, "
            f"{_STARTED} and KERAS_DISTRIBUTION_PROCESS_ID before anything "
            "is computed."
        ) from error


def _check_alone(settings):
    check_devices(settings.devices, 1)
    if jax.process_count() > 1:
        raise ValueError(
            f"{jax.process_count()} processes were started, each of which "
            "would train alone. Choose `data_parallel` or `model_parallel`."
        )


class JaxPlacement(Placement):
    """A `keras.distribution` over devices of all processes."""

    def __init__(self, settings, devices):
        super().__init__(settings)
        self.process_index = jax.process_index()
        self.process_count = jax.process_count()
        self.distribution = _distribution(settings, devices)
        self.copies = self.distribution.num_model_replicas
        # Processes that hold parts of one copy have the same examples.
        self.shares = min(self.process_count, self.copies)
        self.share_index = self.distribution.data_shard_id

    def __enter__(self):
        self._before = keras.distribution.distribution()
        keras.distribution.set_distribution(self.distribution)
        return self

    def __exit__(self, kind, error, traceback):
        keras.distribution.set_distribution(self._before)

    def whole(self, preset):
        if self.process_count == 1:
            return preset
        return self.beside(preset)

    def beside(self, preset):
        if self.process_count == 1:
            # Sharded weights serve for that as they lie.
            return preset
        arrays = [to_numpy(w.value) for w in preset.backbone.weights]
        with _undistributed():
            return undistributed(preset, arrays)

    def beside_scope(self):
        return _undistributed()

    @contextlib.contextmanager
    def apart(self, model, beside):
        if self.process_count > 1:
            arrays = [to_numpy(w.value) for w in model.weights]
        with _undistributed(), alone():
            if self.process_count > 1:
                beside.set_weights(arrays)
            # What was compiled for the mesh is not for one device.
            function, model.test_function = model.test_function, None
            yield
            model.test_function = function

    def wait(self):
        if self.process_count > 1:
            from jax.experimental import multihost_utils

            multihost_utils.sync_global_devices("keras_sensorlm")


@contextlib.contextmanager
def _undistributed():
    before = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)


def _distribution(settings, devices):
    count = len(devices)
    if settings.strategy != "model_parallel":
        return keras.distribution.DataParallel(
            devices=devices, auto_shard_dataset=False
        )
    if count % settings.tensor:
        raise ValueError(
            "The mesh does not divide: the devices should divide by "
            f"`distribution.tensor`. Received: devices={count}, "
            f"tensor={settings.tensor}"
        )
    mesh = keras.distribution.DeviceMesh(
        (count // settings.tensor, settings.tensor),
        (DATA, TENSOR),
        np.array(devices),
    )
    return ShardedModel(
        layout_map=layout_map(mesh),
        batch_dim_name=DATA,
        auto_shard_dataset=False,
    )
