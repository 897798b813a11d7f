"""Writing parts of a batch side by side, for compilers that use one core.

XLA on a CPU multiplies one query with its cached keys on one core, however
many rows there are. So a batch is written in parts, each by a thread.
"""

import concurrent.futures
import os

import keras

from keras_sensorlm.models.generation.rows import batch_rows

# Each part reads all weights: fewer rows are not worth it.
ROWS = 8


def split_batch(batch_size, total, sampler):
    """How many rows to write at once, and in how many threads.

    Args:
        batch_size: int. Most rows that may be in memory.
        total: int. All rows there are to write.
        sampler: `keras_hub.samplers.Sampler`.

    Returns:
        Two ints, rows of a part and threads; `(batch_size, 1)` where parts
        gain nothing or would draw other random numbers than the whole.

    Example:

    >>> import keras_hub
    >>> split_batch(4, 100, keras_hub.samplers.GreedySampler())
    (4, 1)
    """
    rows = batch_rows(min(batch_size, total), total, batch_size)
    threads = min(os.cpu_count() or 1, rows // ROWS)
    if threads < 2 or not _independent(sampler) or not _one_core_works():
        return batch_size, 1
    return rows // threads, threads


def side_by_side(function, items, threads):
    """What a function gives for each item, by so many threads.

    Args:
        function: callable of one item.
        items: iterable.
        threads: int.

    Returns:
        List, in the order of the items.

    Example:

    >>> side_by_side(abs, [-1, 2, -3], threads=2)
    [1, 2, 3]
    """
    if threads == 1:
        return [function(item) for item in items]
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return list(pool.map(function, items))


def _independent(sampler):
    """Whether rows draw the same beside any others."""
    import keras_hub

    # A class of somebody's own may keep what it likes between draws.
    return type(sampler) in (
        keras_hub.samplers.GreedySampler,
        keras_hub.samplers.BeamSampler,
    )


def _one_core_works():
    """Whether XLA compiles for one CPU."""
    # Keras keeps a distribution for the thread that sets it.
    if keras.distribution.distribution() is not None:
        return False
    if keras.config.backend() == "jax":
        import jax

        return jax.default_backend() == "cpu"
    if keras.config.backend() == "tensorflow":
        import tensorflow as tf

        return not tf.config.list_logical_devices("GPU")
    return False
