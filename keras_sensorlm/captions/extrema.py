"""Prominent narrow peaks of many short series at once.

The rules are those of `scipy.signal.find_peaks` with `height`, `distance=5`,
`prominence` and `width=(None, 4)`, applied in SciPy's order. Nearly every
local maximum of a day falls to the height rule, so heights are compared for
all series at once and the rest is done for the few that remain.
"""

import numpy as np

DISTANCE = 5
MAX_WIDTH = 4


def find_prominent(series, height, prominence):
    """Marks the peaks of each series.

    Args:
        series: float array `(bins, n)`, a series a column. NaN where
            missing; a gap is an edge.
        height: array `(n,)`. Least height of a peak, in the series' unit.
        prominence: array `(n,)`. Least prominence, in the same unit.

    Returns:
        Bool `(bins, n)`.

    Example:

    >>> import numpy as np
    >>> series = np.array([[0.0, 1.0, 0.0, 5.0, 0.0, 0.0]]).T
    >>> find_prominent(series, np.array([2.0]), np.array([2.0])).nonzero()[0]
    array([3])
    """
    high = _local_maxima(series) & (series >= height)
    bins, columns = (high & _falls_off(series, prominence / 2)).nonzero()
    x, top = series.take(columns, axis=1), series[bins, columns]
    depth = _prominences(x, bins, top)
    keep = (depth >= prominence[columns]).nonzero()[0]
    bins, columns = bins[keep], columns[keep]
    # Half-way down: SciPy's default for the width.
    width = _widths(x[:, keep], bins, top[keep] - 0.5 * depth[keep])
    keep = width <= MAX_WIDTH
    peaks = np.zeros_like(high)
    peaks[bins[keep], columns[keep]] = True
    return _thin_out(series, high, peaks)


def _local_maxima(series):
    """Bins above both neighbours; of a plateau, its middle bin."""
    bins = len(series)
    peaks = np.zeros(series.shape, bool)
    left, right = series[:-1], series[1:]
    with np.errstate(invalid="ignore"):
        rises, falls, flat = left < right, left > right, left == right
    np.logical_and(rises[:-1], falls[1:], out=peaks[1:-1])
    # A plateau starts with a rise and then a flat step.
    starts, columns = np.nonzero(rises[:-1] & flat[1:])
    for start, column in zip(starts.tolist(), columns.tolist()):
        end = start + 1
        while end < bins - 1 and flat[end, column]:
            end += 1
        if end < bins - 1 and falls[end, column]:
            peaks[(start + 1 + end) // 2, column] = True
    return peaks


def _falls_off(series, depth):
    """Where both sides fall by `depth` soon enough for a narrow peak.

    A peak no wider than `MAX_WIDTH` crosses half its prominence within
    `MAX_WIDTH` bins on either side. Most maxima do not, and are not worth
    measuring.
    """
    pad = np.full((MAX_WIDTH, series.shape[1]), np.nan)
    padded = np.concatenate([pad, series, pad])
    low = np.fmin(padded[:-1], padded[1:])
    low = np.fmin(low[:-2], low[2:])
    before, after = low[: len(series)], low[-len(series) :]
    with np.errstate(invalid="ignore"):
        return np.fmax(before, after) <= series - depth


def _thin_out(series, high, peaks):
    """Drops `peaks` closer than `DISTANCE` bins to a higher one of `high`.

    SciPy thins out the high maxima before it looks at prominence and width.
    These do not depend on each other, so it is enough to do it where a
    maximum that passed both has a neighbour that is no lower.
    """
    near = np.zeros(series.shape[1], bool)
    # Two maxima are never adjacent.
    for gap in range(2, DISTANCE):
        left, right = slice(None, -gap), slice(gap, None)
        climbs = series[left] <= series[right]
        near |= (peaks[left] & high[right] & climbs).any(axis=0)
        climbs = series[left] >= series[right]
        near |= (high[left] & peaks[right] & climbs).any(axis=0)
    for column in near.nonzero()[0].tolist():
        bins = high[:, column].nonzero()[0]
        # SciPy's own order, so that equal heights are settled as it does.
        order = bins[series[bins, column].argsort()][::-1].tolist()
        kept = []
        for bin_ in order:
            if all(abs(bin_ - other) >= DISTANCE for other in kept):
                kept.append(bin_)
            else:
                peaks[bin_, column] = False
    return peaks


def _prominences(x, peak, top):
    """Prominence of one peak in each column of `x`."""
    bins, at = _small(np.arange(len(x)))[:, None], _small(peak)
    end = len(x) - 1
    before, after = bins < at, bins > at
    # NaN ends the search like a higher value does.
    higher = ~(x <= top)
    first = np.where(higher & before, bins + 1, 0).max(axis=0)
    last = np.where(higher & after, bins - 1, end).min(axis=0)
    left = np.where(before & (bins >= first), x, np.inf).min(axis=0)
    right = np.where(after & (bins <= last), x, np.inf).min(axis=0)
    return top - np.maximum(left, right)


def _widths(x, peak, height):
    """Widths at `height`, with the crossings interpolated."""
    bins, at = _small(np.arange(len(x)))[:, None], _small(peak)
    columns = np.arange(x.shape[1])
    low = ~(x > height)
    first = np.where(low & (bins <= at), bins, 0).max(axis=0)
    last = np.where(low & (bins >= at), bins, len(x) - 1).min(axis=0)
    begin = first + _crossing(height, x[first, columns], x[first + 1, columns])
    finish = last - _crossing(height, x[last, columns], x[last - 1, columns])
    return finish - begin


def _small(bins):
    # A byte each: eight times as many a vector instruction.
    return bins.astype("int8")


def _crossing(height, low, high):
    """How far from `low` to `high` the line meets `height`, 0 to 1."""
    below = low < height
    step = np.where(below, high - low, 1.0)
    return np.where(below, (height - low) / step, 0.0)
