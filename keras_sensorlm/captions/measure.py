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
    numbers = np.empty((5, n, channels))
    counts = np.empty((n, BINS, channels), "int64")
    sums = np.empty((n, BINS, channels))
    for i, day in enumerate(days):
        _measure_day(day, numbers[:, i], counts[i], sums[i])
    minutes = numbers[0].astype("int64")
    return Measures(minutes, *numbers[1:], counts, sums)


def _measure_day(day, numbers, counts, sums):
    """Fills in one day's rows: minutes, mean, max, min, std."""
    channels = day.shape[1]
    seen = day == day
    filled = np.where(seen, day, 0).astype("float64")
    counts[:] = _fold(seen.view("int8").reshape(BINS, BIN_MINUTES, channels))
    sums[:] = _fold(filled.reshape(BINS, BIN_MINUTES, channels))
    minutes = counts.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums.sum(axis=0) / minutes
    # Around the mean, so that a steady channel loses no digits.
    around = np.where(seen, filled - mean, 0)
    around *= around
    square = _fold(around.reshape(BINS, BIN_MINUTES, channels)).sum(axis=0)
    numbers[0] = minutes
    numbers[1] = mean
    numbers[2] = _fold_extreme(day, np.fmax)
    numbers[3] = _fold_extreme(day, np.fmin)
    numbers[4] = np.where(
        minutes > 0, np.sqrt(square / np.maximum(minutes, 1)), np.nan
    )


def _fold(blocks):
    """Sums `(36, 40, c)` over the 40 minutes, halves upon halves."""
    while (length := blocks.shape[1]) % 2 == 0:
        blocks = blocks[:, : length // 2] + blocks[:, length // 2 :]
    return blocks.sum(axis=1)


def _fold_extreme(day, extreme):
    length = len(day)
    while length % 2 == 0:
        length //= 2
        day = extreme(day[:length], day[length:])
    return extreme.reduce(day)
