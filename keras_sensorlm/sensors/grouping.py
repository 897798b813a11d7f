"""Samples grouped by the minute they fall in, without a Python loop."""

import dataclasses

import numpy as np

from keras_sensorlm.sensors.features import MINUTES_PER_DAY


@dataclasses.dataclass(frozen=True)
class MinuteGroups:
    """Runs of consecutive samples that share a minute.

    Attributes:
        minutes: int. Length of the timeline in minutes.
        index: int array `(groups,)`. The minute of each group, increasing.
        starts: int array `(groups,)`. First sample of each group.
        counts: int array `(groups,)`. Samples in each group, at least 1.
    """

    minutes: int
    index: np.ndarray
    starts: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, minute_of_sample, minutes):
        """Groups of samples whose minutes never decrease."""
        starts = np.flatnonzero(np.diff(minute_of_sample, prepend=-1))
        counts = np.diff(np.append(starts, len(minute_of_sample)))
        return cls(minutes, minute_of_sample[starts], starts, counts)

    def sum(self, values):
        """Sum of each group, float64 `(groups, ...)`."""
        if not len(self.starts):
            return np.zeros((0, *np.shape(values)[1:]))
        return np.add.reduceat(values, self.starts, axis=0, dtype=np.float64)

    def mean(self, values):
        """Mean of each group, float64 `(groups, ...)`."""
        shape = (-1,) + (1,) * (np.ndim(values) - 1)
        return self.sum(values) / self.counts.reshape(shape)

    def range(self, values):
        """Largest less smallest value of each group, `(groups, ...)`."""
        if not len(self.starts):
            return np.zeros((0, *np.shape(values)[1:]))
        return np.maximum.reduceat(values, self.starts) - np.minimum.reduceat(
            values, self.starts
        )

    def repeat(self, per_group):
        """One value a group -> one value a sample."""
        return np.repeat(per_group, self.counts, axis=0)

    def quantile(self, ordered, q):
        """Quantile of each group, linearly interpolated.

        Args:
            ordered: array `(samples,)`. Values sorted within each group.
            q: float, 0 to 1.

        Returns:
            Float64 array `(groups,)`.
        """
        position = (self.counts - 1) * q
        low = np.floor(position).astype(int)
        high = np.minimum(low + 1, self.counts - 1)
        below = ordered[self.starts + low]
        above = ordered[self.starts + high]
        return below + (position - low) * (above - below)

    def spread(self, per_group, where=None):
        """One value a group -> the timeline, float32 `(minutes,)`.

        Args:
            per_group: array `(groups,)`.
            where: bool array `(groups,)`, optional. Groups to keep.

        Returns:
            Float32 array `(minutes,)`, NaN where there is no value.
        """
        column = np.full(self.minutes, np.nan, dtype="float32")
        keep = np.isfinite(per_group)
        if where is not None:
            keep &= where
        column[self.index[keep]] = per_group[keep]
        return column


def group_by_minute(seconds, values, minutes=MINUTES_PER_DAY):
    """Groups a stream of samples by minute.

    Args:
        seconds: array `(n,)`. Time of each sample in seconds since the
            timeline's start, never decreasing.
        values: array `(n,)` or `(n, k)`. Samples; one with a NaN is dropped,
            so is one outside the timeline.
        minutes: int. Length of the timeline. Defaults to `1440`.

    Returns:
        `(seconds, values, groups)`: the kept samples as float64 and their
        `MinuteGroups`.

    Raises:
        ValueError: if the lengths differ, time runs backwards, or something
            is not a number.

    Example:

    >>> _, values, groups = group_by_minute([0, 30, 60], [1.0, 3.0, 5.0])
    >>> groups.mean(values)
    array([2., 5.])
    """
    try:
        seconds = np.asarray(seconds, dtype="float64")
        values = np.asarray(values, dtype="float64")
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Samples and their times should be numbers: {error}"
        ) from None
    if seconds.ndim != 1 or len(seconds) != len(np.atleast_1d(values)):
        raise ValueError(
            "There should be one time a sample, in seconds. Received: "
            f"{seconds.shape} times and {values.shape} samples"
        )
    check_increasing(seconds)
    keep = ~np.isnan(seconds)
    keep &= ~np.isnan(values).any(axis=tuple(range(1, values.ndim)))
    keep &= (seconds >= 0) & (seconds < minutes * 60)
    seconds, values = seconds[keep], values[keep]
    return (
        seconds,
        values,
        MinuteGroups.of((seconds // 60).astype(int), minutes),
    )


def check_increasing(seconds, what="Times"):
    """Raises a `ValueError` where time runs backwards."""
    back = np.flatnonzero(np.diff(seconds) < 0)
    if len(back):
        i = int(back[0])
        raise ValueError(
            f"{what} should never run backwards, but sample {i + 1} is at "
            f"{seconds[i + 1]:g} s, after {seconds[i]:g} s at sample {i}. "
            "Sort the recording by time first."
        )
