"""All numbers that captions tell, for many days at once.

One pass over a day gives every statistic of every channel. A day is worked
on while it lies in the cache, and alone, so that its numbers do not depend
on the days beside it.
"""

from typing import NamedTuple

import numpy as np

from keras_sensorlm.captions.structural import BIN_MINUTES
from keras_sensorlm.captions.structural import MIN_BIN_MINUTES
from keras_sensorlm.captions.trends import BINS


class Measures(NamedTuple):
    """Statistics of `n` days and `c` channels over their observed minutes.

    Attributes:
        minutes: int64 `(n, c)`. Observed minutes.
        mean: float64 `(n, c)`. NaN where nothing was observed, as are:
        max: float64 `(n, c)`.
        min: float64 `(n, c)`.
        std: float64 `(n, c)`. With `ddof=0`.
        bin_minutes: int64 `(n, 36, c)`. Observed minutes of each bin.
        bin_sums: float64 `(n, 36, c)`. Sums over them.
    """

    minutes: np.ndarray
    mean: np.ndarray
    max: np.ndarray
    min: np.ndarray
    std: np.ndarray
    bin_minutes: np.ndarray
    bin_sums: np.ndarray

    @property
    def bins(self):
        """Means of bins, float64 `(n, c, 36)`; NaN under 10 minutes."""
        few = self.bin_minutes < MIN_BIN_MINUTES
        means = self.bin_sums / np.maximum(self.bin_minutes, 1)
        return np.where(few, np.nan, means).transpose(0, 2, 1)


def measure(days):
    """Measures days.

    Args:
        days: sequence of arrays `(1440, c)`, NaN where missing.

    Returns:
        `Measures`.

    Example:

    >>> import numpy as np
    >>> day = np.full((1440, 26), np.nan)
    >>> day[:2, 0] = [60, 70]
    >>> found = measure([day])
    >>> float(found.mean[0, 0]), float(found.std[0, 0]), found.minutes[0, 0]
    (65.0, 5.0, np.int64(2))
    """
    n, channels = len(days), days[0].shape[1]
    numbers = np.empty((4, n, channels))
    counts = np.empty((n, BINS, channels), "int64")
    sums = np.empty((n, BINS, channels))
    scratch = np.empty((BINS, BIN_MINUTES * channels))
    for i, day in enumerate(days):
        _measure_day(day, numbers[:, i], counts[i], sums[i], scratch)
    return Measures(counts.sum(axis=1), *numbers, counts, sums)


def _measure_day(day, numbers, counts, sums, scratch):
    """Fills in one day's rows: mean, max, min, std, and those of bins.

    Written for speed: long rows are what NumPy is quick at, so a day is
    seen as 36 rows of 40 minutes of all channels.
    """
    channels = day.shape[1]
    bins = BINS, BIN_MINUTES, channels
    rows = day.reshape(BINS, -1)
    high = _over_minutes(np.fmax, rows, channels)
    low = _over_minutes(np.fmin, rows, channels).astype("float64")
    # Counted from the lowest value: a steady channel then has no spread at
    # all, and what is missing becomes zero in one step.
    above = scratch
    np.copyto(above, rows)
    above -= np.tile(low, BIN_MINUTES)
    np.fmax(above, 0, out=above)
    seen = np.equal(rows, rows).view("int8").reshape(bins)
    counts[:] = np.einsum("ijk->ik", seen)
    sums[:] = np.einsum("ijk->ik", above.reshape(bins))
    square = np.einsum("ij,ij->j", above, above)
    minutes = counts.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums.sum(axis=0) / minutes
        square = square.reshape(-1, channels).sum(axis=0) / minutes
    sums += np.where(counts, counts * low, 0)
    numbers[0] = low + mean
    numbers[1] = high
    numbers[2] = low
    numbers[3] = np.sqrt(np.maximum(square - mean * mean, 0))


def _over_minutes(combine, rows, channels):
    """Combines all minutes of `(36, 40 * channels)`."""
    return combine.reduce(combine.reduce(rows).reshape(-1, channels))
