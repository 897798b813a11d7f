"""Trends, peaks and drops of a day, found for many series at once.

The detector of the authors' released captioning code: least squares over
overlapping windows of 6, 8 and 12 bins of 40 minutes, and prominent narrow
peaks. Here it runs on all days and channels at once, and a day with gaps
gets the events that its observed part bears out:

- a bin with fewer than 10 observed minutes of its 40 is missing;
- a series with fewer than 12 observed bins has no events;
- a window is skipped unless its first and its last bin and at least three
  quarters of its bins are observed; the line is fitted to the observed ones;
- a gap is an edge, as the ends of the day are: a peak needs an observed
  neighbour on both sides, and neither its prominence nor its width is
  measured across a gap.

Trends are found in `keras_sensorlm.captions.trends`, peaks and drops in
`keras_sensorlm.captions.extrema`.
"""

from typing import NamedTuple

import numpy as np

from keras_sensorlm.captions.extrema import find_prominent
from keras_sensorlm.captions.trends import BINS
from keras_sensorlm.captions.trends import KINDS
from keras_sensorlm.captions.trends import MAX_TRENDS
from keras_sensorlm.captions.trends import find_trends
from keras_sensorlm.sensors.features import MINUTES_PER_DAY

BIN_MINUTES = MINUTES_PER_DAY // BINS
MIN_BIN_MINUTES = 10
MIN_BINS = 12

# Rows worked on at a time: the intermediate arrays stay in the cache.
_CHUNK = 2048


class StructuralEvents(NamedTuple):
    """Events of `n` series as arrays.

    Attributes:
        trends: int64 `(n, 3, 3)`. First bin, last bin (inclusive) and index
            into `KINDS` of each trend, in time order; -1 where there are
            fewer than three.
        peaks: bool `(n, 36)`. True at the bins of peaks.
        drops: bool `(n, 36)`. True at the bins of drops.
    """

    trends: np.ndarray
    peaks: np.ndarray
    drops: np.ndarray


def bin_minutes(first_bin, last_bin):
    """Minutes that bins cover.

    Args:
        first_bin: int, or array of ints. First bin, 0 to 35.
        last_bin: int, or array of ints. Last bin, inclusive.

    Returns:
        The first minute, and the minute after the last one.

    Example:

    >>> bin_minutes(0, 5)
    (0, 240)
    """
    return first_bin * BIN_MINUTES, (last_bin + 1) * BIN_MINUTES


def bin_days(values, min_minutes=MIN_BIN_MINUTES):
    """Averages days into 36 bins of 40 minutes.

    Args:
        values: array `(n, 1440, c)`. Minutes, NaN where missing.
        min_minutes: int, optional. A bin with fewer observed minutes is
            NaN. Defaults to `10`.

    Returns:
        Float64 `(n, c, 36)`, in the unit of `values`: the mean of each
        bin's observed minutes. `reshape(-1, 36)` makes it the argument of
        `detect`.

    Raises:
        ValueError: if the shape is not `(n, 1440, c)`.

    Example:

    >>> import numpy as np
    >>> bin_days(np.ones((2, 1440, 26))).shape
    (2, 26, 36)
    """
    values = np.asarray(values)
    if values.ndim != 3 or values.shape[1] != MINUTES_PER_DAY:
        raise ValueError(
            f"`values` should have shape (n, {MINUTES_PER_DAY}, c): days x "
            f"minutes x channels. Received shape: {values.shape}"
        )
    n, _, channels = values.shape
    binned = np.empty((n, channels, BINS))
    for i, day in enumerate(values):
        blocks = day.reshape(BINS, BIN_MINUTES, channels)
        seen = blocks == blocks
        count = _sum_blocks(seen.view("int8"))
        total = _sum_blocks(np.where(seen, blocks, 0).astype("float64"))
        mean = total / np.maximum(count, 1)
        binned[i] = np.where(count < min_minutes, np.nan, mean).T
    return binned


def _sum_blocks(blocks):
    """Sums `(36, 40, c)` over the 40 minutes.

    Halves are added as wholes: NumPy does that at the speed of memory, and
    a sum over a middle axis at half of it.
    """
    while (length := blocks.shape[1]) % 2 == 0:
        blocks = blocks[:, : length // 2] + blocks[:, length // 2 :]
    return sum(blocks[:, i] for i in range(blocks.shape[1]))


def detect(series):
    """Finds trends, peaks and drops.

    Equal to the detector of the authors' released captioning code on series
    without missing bins; the rules for missing ones are at the top of
    this module.

    Args:
        series: array `(n, 36)`. Series of 40-minute means, in any unit; NaN
            where a bin is missing.

    Returns:
        List of `n` dicts: `"trends"`, at most three `[first_bin, last_bin,
        kind]` in time order, bins 0-based and inclusive, kind one of
        `"increasing"`, `"decreasing"` and `"stable"`; `"peaks"` and
        `"drops"`, lists of bins.

    Raises:
        ValueError: if the shape is not `(n, 36)` or a value is infinite.

    Example:

    >>> import numpy as np
    >>> series = np.zeros((1, 36))
    >>> series[0, 20] = 90.0
    >>> found = detect(series)[0]
    >>> found["peaks"], found["drops"]
    ([20], [])
    >>> found["trends"][0]
    [0, 11, 'stable']
    """
    trends, peaks, drops = detect_arrays(series)
    peaks, drops = _bins_of_rows(peaks), _bins_of_rows(drops)
    trends = [
        [[first, last, KINDS[kind]] for first, last, kind in row if kind >= 0]
        for row in trends.tolist()
    ]
    return [
        {"trends": t, "peaks": p, "drops": d}
        for t, p, d in zip(trends, peaks, drops)
    ]


def detect_arrays(series):
    """`detect` with arrays as the result, for callers that count microseconds.

    Args:
        series: array `(n, 36)`, as for `detect`.

    Returns:
        `StructuralEvents`.

    Raises:
        ValueError: as `detect`.

    Example:

    >>> import numpy as np
    >>> detect_arrays(np.arange(36.0)[None]).trends[0].tolist()
    [[0, 11, 0], [12, 23, 0], [24, 35, 0]]
    """
    series = _checked_series(series)
    n = len(series)
    found = StructuralEvents(
        np.full((n, MAX_TRENDS, 3), -1),
        np.zeros((n, BINS), bool),
        np.zeros((n, BINS), bool),
    )
    for i in range(0, n, _CHUNK):
        part = slice(i, i + _CHUNK)
        _detect_chunk(series[part], *(array[part] for array in found))
    return found


def _checked_series(series):
    series = np.ascontiguousarray(series, dtype="float64")
    if series.ndim != 2 or series.shape[1] != BINS:
        raise ValueError(
            f"`series` should have shape (n, {BINS}): one series of "
            f"{BIN_MINUTES}-minute means a row (`bin_days` makes them). "
            f"Received shape: {series.shape}"
        )
    if np.isinf(series).any():
        raise ValueError(
            "`series` should be finite, with NaN for missing bins. "
            f"Received infinite values in {np.isinf(series).any(1).sum()} of "
            f"{len(series)} rows."
        )
    return series


def _detect_chunk(series, trends, peaks, drops):
    """Fills in the three arrays for some rows of `series`."""
    missing = np.isnan(series)
    count = BINS - missing.sum(axis=1)
    complete = np.flatnonzero(count == BINS)
    gappy = np.flatnonzero((count >= MIN_BINS) & (count < BINS))
    for rows, gaps in ((complete, False), (gappy, True)):
        if not len(rows):
            continue
        # Bins first: every step below then runs over contiguous rows.
        x = np.ascontiguousarray(series[rows].T)
        spread = np.fmax.reduce(x) - np.fmin.reduce(x)
        if gaps:
            mean = np.nansum(x, axis=0) / count[rows]
        else:
            # Summed in the published order, for the last bit of it.
            mean = series[rows].mean(axis=1)
        trends[rows] = find_trends(x, spread, gaps)
        peaks[rows] = find_prominent(x, mean + 0.6 * spread, 0.5 * spread).T
        drops[rows] = find_prominent(-x, -mean - 0.4 * spread, 0.5 * spread).T


def _bins_of_rows(mask):
    """Lists of the True columns of each row."""
    found = [[] for _ in mask]
    for row, column in zip(*(index.tolist() for index in mask.nonzero())):
        found[row].append(column)
    return found
