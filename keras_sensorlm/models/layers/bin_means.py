"""A day in the bins in which captions look for trends and peaks."""

from keras import ops

from keras_sensorlm.captions.structural import BIN_MINUTES
from keras_sensorlm.captions.trends import BINS


def bin_means(values, there):
    """Means of 40 minutes of each channel, as `captions.structural` has them.

    Args:
        values: float32 tensor `(batch, minutes, channels)`.
        there: bool tensor of that shape: what was observed.

    Returns:
        Two float32 tensors `(batch, channels, 36)`: means over the observed
        minutes, 0 where there are none, and how many they are. What a day
        has beyond 1,440 minutes is left out, what it lacks is unobserved.

    Example:

    >>> import numpy as np
    >>> day = np.ones((1, 60, 1), "float32")
    >>> means, minutes = bin_means(day, day > 0)
    >>> ops.convert_to_numpy(minutes)[0, 0, :3].tolist()
    [40.0, 20.0, 0.0]
    """
    sums = _summed(ops.where(there, values, 0.0))
    counts = _summed(ops.cast(there, "float32"))
    means = sums / ops.maximum(counts, 1.0)
    return ops.transpose(means, (0, 2, 1)), ops.transpose(counts, (0, 2, 1))


def _summed(x):
    """Sums `(batch, bins, channels)` over the minutes of each bin."""
    minutes = BINS * BIN_MINUTES
    room = max(0, minutes - x.shape[1])
    x = ops.pad(x, [[0, 0], [0, room], [0, 0]])[:, :minutes]
    x = ops.reshape(x, (-1, BINS, BIN_MINUTES, x.shape[-1]))
    return ops.sum(x, axis=2)
