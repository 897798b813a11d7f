"""Who else works on the batch, and how to see all of it.

Under `tf.distribute` and in a `torch.distributed` group each replica sees a
part of the batch, while the contrastive loss compares everything with
everything and the captioning loss is a mean over all tokens. What stands
here brings the parts together, gradients included. JAX's distributions are
of one program that sees the whole batch: there is nothing to bring together.

The two frameworks join gradients in their own ways: Keras under
`tf.distribute` adds those of the replicas, `DistributedDataParallel` takes
their mean. A step therefore computes its replica's *part*, such that the
parts of all replicas add up to the loss, and returns `combined(part)`.
"""

import contextlib
import contextvars
import os

import keras
from keras import ops


class Alone:
    """One program that sees the whole batch.

    Example:

    >>> replicas = current_replicas()
    >>> replicas.count
    1
    """

    count = 1
    index = 0

    def gather(self, x):
        """Rows of all replicas `(rows, ...)`, with gradients."""
        return x

    def total(self, x):
        """Sum of a tensor over the replicas, without gradient."""
        return ops.stop_gradient(x)

    def combined(self, part):
        """What a step returns as its loss, given its part of it."""
        return part

    def for_sum(self, x):
        """What is added to a metric that adds up over steps."""
        return x

    def pinned(self, part):
        """The part's gradient with the mean part as value.

        So the loss that is logged is the same on every replica.
        """
        return part


class _Several(Alone):
    def pinned(self, part):
        mean = self.total(part) / self.count
        return part + ops.stop_gradient(mean - part)


class TensorFlowReplicas(_Several):
    """The replicas of a `tf.distribute` strategy, seen from one of them."""

    def __init__(self, context):
        self.context = context
        self.count = context.num_replicas_in_sync
        self.index = context.replica_id_in_sync_group

    def gather(self, x):
        import tensorflow as tf

        # Several processes gather what lies on a device, which what `fit`
        # was given does not yet.
        gathered = self.context.all_gather(tf.identity(x), axis=0)
        # TensorFlow forgets the width with the number of rows.
        gathered.set_shape([None, *x.shape[1:]])
        return gathered

    def total(self, x):
        import tensorflow as tf

        return tf.stop_gradient(
            self.context.all_reduce(tf.distribute.ReduceOp.SUM, x)
        )


class TorchReplicas(_Several):
    """The processes of a `torch.distributed` group, seen from one."""

    def __init__(self, distributed):
        self.distributed = distributed
        self.count = distributed.get_world_size()
        self.index = distributed.get_rank()

    def gather(self, x):
        import torch
        from torch.distributed.nn.functional import all_gather

        self._check_rows(x)
        return torch.cat(all_gather(x.contiguous()))

    def _check_rows(self, x):
        """Gathering parts of different sizes hangs or mixes up memory."""
        rows = self.total(ops.convert_to_tensor([len(x), len(x) ** 2], "int64"))
        mean, mean_square = (int(n) / self.count for n in rows)
        if mean**2 != mean_square:
            raise ValueError(
                "Every process should have as many examples of the batch as "
                f"the others. Received: {len(x)} here and {mean:g} on "
                f"average over {self.count} processes."
            )

    def total(self, x):
        x = x.detach().clone()
        self.distributed.all_reduce(x)
        return x

    def combined(self, part):
        return part * self.count

    def for_sum(self, x):
        return self.total(x)


_alone = contextvars.ContextVar("alone", default=False)


@contextlib.contextmanager
def alone():
    """Inside, this process looks at data of its own and asks no other.

    For validation in one of several processes; never for training.

    Example:

    >>> with alone():
    ...     current_replicas().count
    1
    """
    token = _alone.set(True)
    try:
        yield
    finally:
        _alone.reset(token)


def current_replicas():
    """The replicas among which this code runs.

    Returns:
        `Alone` or one of its subclasses.

    Raises:
        RuntimeError: if parts of a batch would be seen whose others cannot
            be gathered, so that the loss would silently be another one.
    """
    return Alone() if _alone.get() else _CURRENT[keras.config.backend()]()


def _jax():
    import jax

    if jax.process_count() > 1 and keras.distribution.distribution() is None:
        raise RuntimeError(
            f"{jax.process_count()} JAX processes run and none knows of the "
            "others' examples. Call `keras.distribution.set_distribution` "
            "before the model is built, or set `distribution` in the recipe."
        )
    if getattr(jax.sharding.get_abstract_mesh(), "manual_axes", ()):
        raise RuntimeError(
            "The loss was called inside `jax.shard_map` or `jax.pmap`, where "
            "it sees one device's examples. Use `keras.distribution` or "
            "`jax.jit` on sharded arrays."
        )
    return Alone()


def _tensorflow():
    import tensorflow as tf

    strategy = tf.distribute.get_strategy()
    known = (
        tf.distribute.MirroredStrategy,
        tf.distribute.MultiWorkerMirroredStrategy,
        tf.distribute.TPUStrategy,
        tf.distribute.OneDeviceStrategy,
    )
    if not tf.distribute.has_strategy():
        return Alone()
    if not isinstance(strategy, known):
        raise RuntimeError(
            "The loss needs the batch of all replicas, which "
            f"{type(strategy).__name__} does not let it gather. Use one of "
            f"{', '.join(cls.__name__ for cls in known)}."
        )
    context = tf.distribute.get_replica_context()
    if context is None or strategy.num_replicas_in_sync == 1:
        return Alone()
    return TensorFlowReplicas(context)


def _torch():
    from torch import distributed

    if distributed.is_available() and distributed.is_initialized():
        if distributed.get_world_size() > 1:
            return TorchReplicas(distributed)
    elif int(os.environ.get("WORLD_SIZE", 1)) > 1:
        raise RuntimeError(
            f"torchrun started {os.environ['WORLD_SIZE']} processes and none "
            "knows of the others' examples. Call "
            "`torch.distributed.init_process_group` before `fit`, or train "
            "with a recipe, which does."
        )
    return Alone()


_CURRENT = {"jax": _jax, "tensorflow": _tensorflow, "torch": _torch}
