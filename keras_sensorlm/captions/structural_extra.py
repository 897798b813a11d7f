"""Further structure of a day: level shifts, rhythms, and the unusual.

These are this library's own and not the published detector's, so captions
leave them out unless asked. Every rule is a threshold that a reader can
check against the 36 bins of `keras_sensorlm.captions.structural.bin_days`:

- a *level shift* is a lasting step: the medians of the four hours before and
  after differ by at least 0.4 of the day's range and by four times the
  spread of either side, so a slope, a spike or noise is none;
- a *rhythm* repeats at least three times: the series, less its straight
  line, correlates with itself at least 0.6 one period later and 0.3 two
  periods later, and is opposed to itself in between;
- an *unusual* stretch, given other days of the person, lies at least three
  robust standard deviations from their median at the same time of day for
  two hours or more.
"""

from typing import NamedTuple

import numpy as np

from keras_sensorlm.captions.trends import BINS

SIDE_BINS = 6
MIN_SIDE_BINS = 4
SHIFT_OF_RANGE = 0.4
SHIFT_OF_SPREAD = 4.0
MAX_SHIFTS = 2

MIN_PERIOD, MAX_PERIOD = 3, 12
MIN_CORRELATION, MIN_SECOND_CORRELATION = 0.6, 0.3
MIN_RHYTHM_BINS = 30

MIN_BASELINE_DAYS = 5
UNUSUAL_DEVIATIONS = 3.0
MIN_UNUSUAL_BINS = 3
# From the median absolute deviation to the standard deviation of a normal.
_MAD_TO_STD = 1.4826


class LevelShift(NamedTuple):
    """A lasting step.

    Attributes:
        bin: int. First bin of the new level.
        before: float. Median of the four hours before it.
        after: float. Median of the four hours from it on.
    """

    bin: int
    before: float
    after: float


class Rhythm(NamedTuple):
    """A repeating pattern.

    Attributes:
        period: int. Length of a cycle, in bins.
        correlation: float. With the series one period later.
    """

    period: int
    correlation: float


class Unusual(NamedTuple):
    """A stretch that differs from the person's other days.

    Attributes:
        first: int. First bin.
        last: int. Last bin, inclusive.
        kind: str. `"higher"` or `"lower"`.
        value: float. Mean of the stretch.
        usual: float. Mean of the other days' medians over it.
    """

    first: int
    last: int
    kind: str
    value: float
    usual: float


def level_shifts(series):
    """Finds lasting steps.

    Args:
        series: array `(n, 36)`. Series of 40-minute means, NaN for missing.

    Returns:
        List of `n` lists of at most two `LevelShift`, in time order.

    Raises:
        ValueError: if the shape is not `(n, 36)`.

    Example:

    >>> import numpy as np
    >>> level_shifts(np.repeat([[60.0, 90.0]], 18, axis=1))
    [[LevelShift(bin=18, before=60.0, after=90.0)]]
    """
    series = _checked(series, 2)
    windows = np.lib.stride_tricks.sliding_window_view(series, SIDE_BINS, 1)
    enough = (~np.isnan(windows)).sum(axis=2) >= MIN_SIDE_BINS
    middle, spread = _median_and_std(windows, enough)
    # Window i is the side that ends at bin i + 5, and i + 6 the next one.
    before, after = middle[:, :-SIDE_BINS], middle[:, SIDE_BINS:]
    spread = np.fmax(spread[:, :-SIDE_BINS], spread[:, SIDE_BINS:])
    size = np.abs(after - before)
    limit = SHIFT_OF_RANGE * _range(series)[:, None]
    with np.errstate(invalid="ignore"):
        found = (size >= limit) & (size >= SHIFT_OF_SPREAD * spread)
    found &= size > 0
    return [
        [
            LevelShift(
                i + SIDE_BINS, float(before[row, i]), float(after[row, i])
            )
            for i in _strongest(found[row].nonzero()[0].tolist(), size[row])
        ]
        for row in range(len(series))
    ]


def rhythms(series):
    """Finds the period at which a day repeats itself.

    Args:
        series: array `(n, 36)`. Series of 40-minute means, NaN for missing;
            one with fewer than 30 observed bins has no rhythm.

    Returns:
        List of `n`: a `Rhythm` of 3 to 12 bins (2 to 8 hours), or `None`.

    Raises:
        ValueError: if the shape is not `(n, 36)`.

    Example:

    >>> import numpy as np
    >>> rhythms(np.sin(2 * np.pi * np.arange(36) / 6)[None])
    [Rhythm(period=6, correlation=1.0)]
    """
    return [_rhythm(row) for row in _checked(series, 2)]


def unusual(series, baseline):
    """Finds where a day differs from the person's other days.

    Args:
        series: array `(n, 36)`. The day's series, a channel a row, NaN for
            missing.
        baseline: array `(days, n, 36)`. The same channels on other days of
            the same person; a bin needs at least 5 days that observed it.

    Returns:
        List of `n` lists of `Unusual`, in time order.

    Raises:
        ValueError: if the shapes do not fit each other.

    Example:

    >>> import numpy as np
    >>> days = 60 + np.random.default_rng(0).normal(size=(8, 1, 36))
    >>> today = days[0].copy()
    >>> today[0, 12:18] += 40
    >>> [(u.first, u.last, u.kind) for u in unusual(today, days[1:])[0]]
    [(12, 17, 'higher')]
    """
    series, baseline = _checked(series, 2), _checked(baseline, 3)
    if baseline.shape[1:] != series.shape:
        raise ValueError(
            "`baseline` should hold other days of the same channels, shape "
            f"(days, {len(series)}, {BINS}). Received: {baseline.shape}"
        )
    enough = (~np.isnan(baseline)).sum(axis=0) >= MIN_BASELINE_DAYS
    usual, deviation = _median_and_mad(baseline, enough)
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (series - usual) / deviation
        side = np.where(np.abs(score) >= UNUSUAL_DEVIATIONS, score, 0)
    side = np.sign(np.nan_to_num(side)).astype(int)
    return [
        [
            Unusual(
                first,
                last,
                "higher" if sign > 0 else "lower",
                float(series[row, first : last + 1].mean()),
                float(usual[row, first : last + 1].mean()),
            )
            for first, last, sign in _runs(side[row].tolist())
            if sign and last - first + 1 >= MIN_UNUSUAL_BINS
        ]
        for row in range(len(series))
    ]


def _checked(series, ndim):
    series = np.asarray(series, dtype="float64")
    if series.ndim != ndim or series.shape[-1] != BINS:
        shape = ("n", BINS) if ndim == 2 else ("days", "n", BINS)
        raise ValueError(
            f"Series should have shape ({', '.join(map(str, shape))}), as "
            f"`bin_days` makes them. Received shape: {series.shape}"
        )
    return series


def _range(series):
    spread = np.fmax.reduce(series, axis=1) - np.fmin.reduce(series, axis=1)
    return np.where(np.isnan(spread), np.inf, spread)


def _median_and_std(windows, enough):
    """Over the last axis; NaN where there is not `enough`."""
    safe = np.where(enough[..., None], windows, 0)
    middle, std = np.nanmedian(safe, axis=-1), np.nanstd(safe, axis=-1)
    return np.where(enough, middle, np.nan), np.where(enough, std, np.nan)


def _median_and_mad(baseline, enough):
    """Usual level and robust deviation over days, `(n, 36)` each.

    A person whose days are all alike at some hour would make any change
    unusual, so the deviation is at least a twentieth of the usual range.
    """
    safe = np.where(enough, baseline, 0)
    usual = np.nanmedian(safe, axis=0)
    deviation = _MAD_TO_STD * np.nanmedian(np.abs(safe - usual), axis=0)
    usual = np.where(enough, usual, np.nan)
    floor = 0.05 * _range(usual)[:, None]
    deviation = np.maximum(deviation, np.where(np.isinf(floor), 0, floor))
    return usual, np.where(deviation > 0, deviation, np.nan)


def _strongest(places, size):
    """The largest shifts that lie a side's length apart, in time order."""
    kept = []
    for place in sorted(places, key=lambda i: -size[i]):
        if all(abs(place - other) >= SIDE_BINS for other in kept):
            kept.append(place)
    return sorted(kept[:MAX_SHIFTS])


def _rhythm(row):
    seen = ~np.isnan(row)
    if seen.sum() < MIN_RHYTHM_BINS or np.ptp(row[seen]) == 0:
        return None
    bins = np.arange(BINS)
    line = np.polynomial.Polynomial.fit(bins[seen], row[seen], 1)
    rest = row - line(bins)
    # What a straight line leaves of a straight line is rounding.
    if np.nanmax(np.abs(rest)) < 1e-9 * np.nanmax(np.abs(row)):
        return None
    lags = range(1, 2 * MAX_PERIOD + 1)
    echo = [1.0] + [_correlation(rest[:-lag], rest[lag:]) for lag in lags]
    periods = [
        period
        for period in range(MIN_PERIOD, MAX_PERIOD + 1)
        if echo[period] >= MIN_CORRELATION
        and echo[period] >= max(echo[period - 1], echo[period + 1])
        and echo[2 * period] >= MIN_SECOND_CORRELATION
        and min(echo[:period]) < 0
    ]
    if not periods:
        return None
    # The first echo: at twice the period everything repeats as well.
    return Rhythm(periods[0], round(echo[periods[0]], 3))


def _correlation(a, b):
    both = ~np.isnan(a) & ~np.isnan(b)
    a, b = a[both], b[both]
    if len(a) < BINS // 4 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def _runs(values):
    """(first, last, value) of each run of equal values."""
    first = 0
    for i in range(1, len(values) + 1):
        if i == len(values) or values[i] != values[first]:
            yield first, i - 1, values[first]
            first = i
