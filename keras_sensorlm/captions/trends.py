"""Rising, falling and stable stretches of many series at once.

Least squares over overlapping windows of 6, 8 and 12 bins; of the windows
that move or rest enough, the three with the largest change that do not
overlap by more than 0.3 of the shorter one.
"""

import numpy as np

BINS = 36
KINDS = ("increasing", "decreasing", "stable")
MAX_TRENDS = 3

_INCREASING, _DECREASING, _STABLE = range(3)
# Window size -> slope threshold, in units of the series' range / 40 a bin.
# Longest first: among equals the first candidate wins, and that should be
# the longest and then the earliest one.
_THRESHOLDS = {12: 1, 8: 1.3, 6: 1.5}
_STARTS = {
    size: np.arange(0, BINS - size + 1, size // 2) for size in _THRESHOLDS
}
FIRST = np.concatenate(list(_STARTS.values()))
SIZE = np.repeat(list(_STARTS), [len(s) for s in _STARTS.values()])
LAST = FIRST + SIZE - 1
THRESHOLD = np.array([_THRESHOLDS[size] for size in SIZE])[:, None]
_SHARED = np.minimum.outer(LAST, LAST) - np.maximum.outer(FIRST, FIRST)
CLASH = _SHARED > 0.3 * np.minimum.outer(SIZE - 1, SIZE - 1)
_BIN = np.arange(BINS)
# Membership of bins in windows, (24, 36), for the fits with gaps.
INSIDE = (_BIN >= FIRST[:, None]) & (_BIN <= LAST[:, None])
INSIDE = INSIDE.astype("float64")
OFFSET = INSIDE * (_BIN - (FIRST + LAST)[:, None] / 2)
MIN_OBSERVED = np.ceil(0.75 * SIZE)[:, None]
# Two slopes closer than this are equal but for rounding.
_ROUNDING = 1e-9


def find_trends(x, spread, gaps):
    """The trends of each series.

    Args:
        x: float array `(36, n)`, a series a column.
        spread: array `(n,)`. Max - min of each series.
        gaps: bool. Whether `x` holds NaN, for missing bins.

    Returns:
        Int64 `(n, 3, 3)`: first bin, last bin and index into `KINDS` of at
        most three trends in time order; -1 where there are fewer.

    Example:

    >>> import numpy as np
    >>> x = np.arange(36.0)[:, None]
    >>> find_trends(x, np.array([35.0]), gaps=False)[0].tolist()
    [[0, 11, 0], [12, 23, 0], [24, 35, 0]]
    """
    if gaps:
        return _choose(x, _fit_with_gaps(x), spread)[0]
    trends, unsure = _choose(x, _fit(x), spread)
    again = np.flatnonzero(unsure)
    if len(again):
        slopes = np.stack([_fit_as_published(x[:, i]) for i in again], axis=1)
        trends[again] = _choose(x[:, again], slopes, spread[again])[0]
    return trends


def _fit(x):
    """Least-squares slopes a bin, `(24, n)`, of series `(36, n)`.

    Bins are taken in pairs around the window's middle, so that equal
    segments give equal bits and a constant one gives exactly zero.
    """
    slopes = np.empty((len(SIZE), x.shape[1]))
    row = 0
    for size, starts in _STARTS.items():
        step, count = size // 2, len(starts)
        out = slopes[row : row + count]
        row += count
        out[:] = 0
        for j in range(step):
            left = x[j::step][:count]
            right = x[size - 1 - j :: step][:count]
            out += ((size - 1) / 2 - j) * (right - left)
        out /= size * (size * size - 1) / 12
    return slopes


def _fit_with_gaps(x):
    """As `_fit`, through the observed bins; NaN where a window is skipped."""
    missing = np.isnan(x)
    seen = (~missing).astype("float64")
    # Near zero the sums lose no digits.
    y = np.where(missing, 0, x - np.nansum(x, axis=0) / seen.sum(axis=0))
    count, sum_y = INSIDE @ seen, INSIDE @ y
    sum_t, sum_ty = OFFSET @ seen, OFFSET @ y
    sum_tt = (OFFSET * OFFSET) @ seen
    with np.errstate(invalid="ignore", divide="ignore"):
        slopes = count * sum_ty - sum_t * sum_y
        slopes /= count * sum_tt - sum_t * sum_t
    skipped = (count < MIN_OBSERVED) | missing[FIRST] | missing[LAST]
    slopes[skipped] = np.nan
    return slopes


def _fit_as_published(series):
    """Slopes of one series in the arithmetic of `scipy.stats.linregress`.

    Where two windows tie, or a slope lies on its threshold, the published
    detector is decided by its own rounding; so those rows are fitted again
    in the same way.
    """
    slopes = []
    for first, size in zip(FIRST, SIZE):
        segment = series[first : first + size]
        covariance = np.cov(np.arange(size), segment, bias=True)
        slopes.append(covariance[0, 1] / covariance[0, 0])
    return np.array(slopes)


def _window_ranges(x):
    """Max - min of the observed bins of each window, `(24, n)`."""
    ranges = []
    for size, starts in _STARTS.items():
        half = size // 2
        parts = [x[j::half] for j in range(half)]
        high, low = parts[0], parts[0]
        for part in parts[1:]:
            high, low = np.fmax(high, part), np.fmin(low, part)
        first, second = slice(len(starts)), slice(1, len(starts) + 1)
        high = np.fmax(high[first], high[second])
        ranges.append(high - np.fmin(low[first], low[second]))
    return np.concatenate(ranges)


def _choose(x, slopes, spread):
    """The trends of each series, and where rounding may decide them.

    Args:
        x: array `(36, n)`. The series.
        slopes: array `(24, n)`. NaN where a window is skipped.
        spread: array `(n,)`. Max - min of each series.

    Returns:
        Int64 `(n, 3, 3)`, the trends; bool `(n,)`, True where two
        candidates tie or a slope lies on its threshold.
    """
    change = x[LAST] - x[FIRST]
    steep, size = np.abs(slopes), np.abs(change)
    limit, still = THRESHOLD * spread / 40, 0.01 * spread
    # Strict comparisons with NaN are False, so skipped windows drop out.
    moving = (steep > limit) & (size > 0.2 * spread)
    moving &= np.signbit(slopes) == np.signbit(change)
    stable = (steep < still) & (_window_ranges(x) < 0.1 * spread)
    stable &= ~moving
    margin = _ROUNDING * spread
    unsure = np.abs(steep - limit) < margin
    unsure |= np.abs(steep - still) < margin
    unsure = unsure.any(axis=0) & (spread > 0)

    # Ranked by change, then slope, then order of windows; a stable stretch
    # counts as a change of a fifth of the range, which all others exceed.
    score = np.where(moving, size, np.where(stable, 0.2 * spread, -1.0))
    columns = np.arange(x.shape[1])
    picked = np.full((MAX_TRENDS, x.shape[1]), -1)
    for rank in range(MAX_TRENDS):
        top = score.argmax(axis=0)
        best = score[top, columns]
        live = best > 0
        tied = ((score == best) & moving).sum(axis=0) > 1
        tied = np.flatnonzero(tied & live)
        if len(tied):
            same = score[:, tied] == best[tied]
            steepest = np.where(same, steep[:, tied], -1.0)
            top[tied] = steepest.argmax(axis=0)
            near = steepest > steepest.max(axis=0) - margin[tied]
            unsure[tied] |= near.sum(axis=0) > 1
        picked[rank, live] = top[live]
        score[CLASH[:, top] & live] = -1.0
    return _in_time_order(picked, moving, slopes), unsure


def _in_time_order(picked, moving, slopes):
    columns = np.arange(picked.shape[1])
    kind = np.where(slopes > 0, _INCREASING, _DECREASING)
    kind = np.where(moving, kind, _STABLE)[picked, columns]
    trends = np.stack([FIRST[picked], LAST[picked], kind], axis=-1)
    # Absent ones go last.
    order = np.where(picked < 0, BINS, trends[..., 0]).argsort(
        axis=0, kind="stable"
    )
    trends[picked < 0] = -1
    return np.take_along_axis(trends, order[..., None], 0).transpose(1, 0, 2)
