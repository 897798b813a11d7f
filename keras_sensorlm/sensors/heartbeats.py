"""RR intervals -> the eight RR and heart rate variability features."""

import numpy as np

from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.grouping import MinuteGroups
from keras_sensorlm.sensors.grouping import group_by_minute

# Shorter or longer intervals are missed or invented beats, not a heart.
SHORTEST_RR = 300.0
LONGEST_RR = 2000.0
# With bins of 5 ms the entropies of real days come out near the means in
# `FEATURES`; the papers give no width.
ENTROPY_BIN = 5.0
VARIABILITY_CAP = 125.0
_TRIM = (0.05, 0.95)


def rr_features(
    seconds,
    rr,
    minutes=MINUTES_PER_DAY,
    recorded=None,
    tolerance=0.1,
    min_beats=10,
):
    """RR intervals to the eight RR features of each minute.

    An interval belongs to the minute of the beat that ends it. Intervals
    outside 300 to 2000 ms are not used. With `x` the valid intervals of a
    minute and `d` the differences of neighbouring valid ones:

    - `rr_valid_fraction` = sum(x) / 60 s, at most 1;
    - `rr_p80`, `rr_p20`, `rr_median`: percentiles of x, ms, interpolated;
    - `rmssd` = sqrt(mean(d^2)), ms, over the d between their own 5th and
      95th percentiles, at most 125;
    - `sdnn` = sqrt(sum((x - mean x)^2) / (n - 1)), ms, over the x between
      their own 5th and 95th percentiles, at most 125;
    - `rr_entropy` = -sum(p ln p), nat, p the shares of x in bins of
      5 ms; `rr_difference_entropy` the same of d.

    Names and meanings after the LSM papers (arXiv 2410.13638, 2506.05321);
    the formulas in full and the bin width are ours.

    Args:
        seconds: array `(n,)`. Time of the beat that ends each interval, in
            seconds since the timeline's start, never decreasing.
        rr: array `(n,)`. Intervals in ms.
        minutes: int. Length of the timeline. Defaults to `1440`.
        recorded: bool array `(minutes,)`, optional. Minutes in which the
            sensor ran: there, no beat means a valid fraction of 0. Without
            it a minute without a beat is missing.
        tolerance: float. Two intervals are neighbours if the time between
            their beats exceeds the second interval by at most this many
            seconds: the resolution of `seconds`. Defaults to `0.1`.
        min_beats: int. With fewer valid intervals (or differences) in a
            minute its statistics are missing. Defaults to `10`.

    Returns:
        Dict from feature name to float32 array `(minutes,)`, NaN = missing.

    Raises:
        ValueError: if the lengths differ or time runs backwards.

    Example:

    >>> import numpy as np
    >>> beats = np.arange(1, 75) * 0.8
    >>> features = rr_features(beats, np.full(74, 800.0), minutes=1)
    >>> features["rr_median"], features["rmssd"], features["rr_entropy"]
    (array([800.], dtype=float32), array([0.], dtype=float32), \
array([0.], dtype=float32))
    """
    seconds, rr, every = group_by_minute(seconds, rr, minutes)
    valid = (rr >= SHORTEST_RR) & (rr <= LONGEST_RR)
    fraction = every.spread(
        np.minimum(every.sum(np.where(valid, rr, 0.0)) / 60_000, 1.0)
    )
    if recorded is not None:
        fraction[np.asarray(recorded, dtype=bool) & np.isnan(fraction)] = 0.0

    neighbours = np.zeros(len(rr), dtype=bool)
    neighbours[1:] = (
        valid[1:] & valid[:-1] & (np.diff(seconds) <= rr[1:] / 1000 + tolerance)
    )
    differences = np.diff(rr, prepend=0.0)[neighbours]
    x = _Ordered(seconds[valid], rr[valid], minutes, min_beats)
    d = _Ordered(seconds[neighbours], differences, minutes, min_beats)
    return {
        "rr_valid_fraction": fraction,
        "rr_p80": x.column(x.quantile(0.8)),
        "rr_p20": x.column(x.quantile(0.2)),
        "rr_median": x.column(x.quantile(0.5)),
        "rmssd": d.column(_capped(d.trimmed_mean(d.values**2))),
        "sdnn": x.column(_capped(x.trimmed_variance())),
        "rr_entropy": x.column(x.entropy()),
        "rr_difference_entropy": d.column(d.entropy()),
    }


class _Ordered:
    """Values grouped by minute and sorted within each minute."""

    def __init__(self, seconds, values, minutes, min_count):
        minute = (seconds // 60).astype(int)
        self.values = values[np.lexsort((values, minute))]
        self.minute = minute
        self.groups = MinuteGroups.of(minute, minutes)
        self.enough = self.groups.counts >= min_count
        low, high = (self.groups.repeat(self.quantile(q)) for q in _TRIM)
        self.trimmed = (self.values >= low) & (self.values <= high)

    def quantile(self, q):
        return self.groups.quantile(self.values, q)

    def trimmed_mean(self, of):
        kept = self.groups.sum(self.trimmed)
        # Of very few values none may lie between the percentiles.
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.groups.sum(np.where(self.trimmed, of, 0.0)) / kept

    def trimmed_variance(self):
        kept = self.groups.sum(self.trimmed)
        centred = self.values - self.groups.repeat(
            self.trimmed_mean(self.values)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.trimmed_mean(centred**2) * kept / (kept - 1)

    def entropy(self):
        # Sorted within the minute, equal bins lie together: count the runs.
        bins = np.rint(self.values / ENTROPY_BIN).astype(int)
        new = np.ones(len(bins), dtype=bool)
        new[1:] = (np.diff(bins) != 0) | (np.diff(self.minute) != 0)
        run = np.flatnonzero(new)
        length = np.diff(np.append(run, len(bins)))
        runs = MinuteGroups.of(self.minute[run], self.groups.minutes)
        # -sum(p ln p) with p = length / n
        n = self.groups.counts
        # The difference of two equal logarithms may round below zero.
        return np.maximum(
            np.log(n) - runs.sum(length * np.log(length)) / n, 0.0
        )

    def column(self, per_minute):
        return self.groups.spread(per_minute, self.enough)


def _capped(mean_square):
    return np.minimum(np.sqrt(mean_square), VARIABILITY_CAP)
