"""Where a map points at, in words: the strongest stretches of a day."""

import dataclasses

import numpy as np

from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.features import MODALITIES
from keras_sensorlm.visualization import lanes

ALL = "ALL"
# Within a stretch each step has at least this share of the day's largest.
_LEAST = 0.5


@dataclasses.dataclass(frozen=True)
class Stretch:
    """Some minutes of a modality that a map points at.

    Attributes:
        modality: str. Such as `"PPG"`; `"ALL"` where the map tells no
            channels apart.
        start_minute: int.
        end_minute: int. Minute after the last.
        share: float, -1 to 1. Its part of all the map's absolute values;
            below 0 where it speaks against the text.
    """

    modality: str
    start_minute: int
    end_minute: int
    share: float

    @property
    def words(self):
        """Such as `Heart, 07:20 to 07:40`."""
        return (
            f"{lanes.LANE_NAMES.get(self.modality, 'All channels')}, "
            f"{lanes.clock(self.start_minute)} to "
            f"{lanes.clock(self.end_minute)}"
        )


def strongest_stretches(values, most=5, minutes=10):
    """The stretches that hold most of a map.

    Args:
        values: float array `(1440, 26)`. A map, NaN where the day has no
            value.
        most: int. How many at most. Defaults to `5`.
        minutes: int. Steps in which it is looked at, a divisor of 1440.
            Defaults to `10`.

    Returns:
        List of `Stretch`, the strongest first; empty for a map of zeros.

    Raises:
        ValueError: if the map has another shape, or `minutes` does not
            divide 1440.

    Example:

    >>> values = np.full((1440, 26), np.nan)
    >>> values[:, 0] = 0.0
    >>> values[600:640, 0] = 1.0
    >>> [(s.words, s.share) for s in strongest_stretches(values)]
    [('Heart, 10:00 to 10:40', 1.0)]
    """
    values = checked_map(values)
    if not np.nansum(np.abs(values)) > 0:
        return []
    groups = {
        modality: _counted_once(values[:, columns])
        for modality, columns in _groups(values).items()
    }
    total = sum(np.nansum(np.abs(group)) for group in groups.values())
    found = []
    for modality, group in groups.items():
        steps = _sums(group, minutes) / total
        found += _stretches(modality, steps, minutes)
    largest = max((abs(s.share) for s in found), default=0.0)
    found = [s for s in found if abs(s.share) >= 0.05 * largest]
    return sorted(found, key=lambda s: -abs(s.share))[:most]


def _groups(values):
    """Columns of each modality, or of all if the map cannot tell them apart.

    A model whose rectangles hold every channel gives maps that are one
    course of time plus a constant of each channel: which modality is the
    largest would then say only which has most channels.
    """
    seen = ~np.isnan(values).all(axis=0)
    # Minutes that all channels share, or their constants would differ.
    course = values[:, seen]
    course = course[~np.isnan(course).any(axis=1)]
    together = len(course) > 1 and seen.sum() > 1
    apart = np.ptp(course - course[:1], axis=1).max() if together else np.inf
    if apart < 1e-5 * np.nanmax(np.abs(values)):
        return {ALL: np.ones(len(FEATURES), dtype=bool)}
    return {
        modality: np.array([f.modality == modality for f in FEATURES])
        for modality in MODALITIES
    }


def _counted_once(group):
    """A modality's columns, made one where all say the same.

    What was hidden together has one number, however many channels it has.
    """
    seen = ~np.isnan(group)
    low = np.where(seen, group, np.inf).min(axis=1)
    high = np.where(seen, group, -np.inf).max(axis=1)
    rows = seen.any(axis=1)
    if not rows.any() or group.shape[1] == 1:
        return group
    far = (high[rows] - low[rows]).max()
    if far > 1e-6 * np.abs(group[seen]).max():
        return group
    return np.where(rows, high, np.nan)[:, None]


def _stretches(modality, steps, minutes):
    """Runs of steps of one sign that stand out in this modality."""
    found = []
    least = _LEAST * np.abs(steps).max(initial=0.0)
    if least == 0.0:
        return found
    for sign in (1, -1):
        for start, end in lanes.runs(sign * steps >= least):
            found.append(
                Stretch(
                    modality,
                    int(start) * minutes,
                    int(end) * minutes,
                    round(float(steps[start:end].sum()), 6),
                )
            )
    return found


def told(values, most=3):
    """The strongest stretches as one sentence, for those who do not see.

    Args:
        values: float array `(1440, 26)`.
        most: int. How many stretches. Defaults to `3`.
    """
    found = strongest_stretches(values, most)
    if not found:
        return "Nothing stands out."
    said = [
        f"{s.words} ({abs(s.share):.0%} of all, "
        f"{'against' if s.share < 0 else 'for'})"
        for s in found
    ]
    return "Most of it: " + "; ".join(said) + "."


def binned(values, minutes):
    """Means over channels and some minutes each, NaN where nothing is.

    Args:
        values: float array `(1440, channels)`.
        minutes: int. A divisor of 1440.

    Returns:
        Float64 array `(1440 // minutes,)`.
    """
    parts = _parts(values, minutes)
    seen = ~np.isnan(parts)
    count = seen.sum(axis=1)
    sums = np.where(seen, parts, 0.0).sum(axis=1)
    return np.where(count > 0, sums / np.maximum(count, 1), np.nan)


def _sums(values, minutes):
    return np.nansum(_parts(values, minutes), axis=1)


def _parts(values, minutes):
    if minutes < 1 or MINUTES_PER_DAY % minutes:
        raise ValueError(
            f"`minutes` should divide {MINUTES_PER_DAY}. "
            f"Received: minutes={minutes}"
        )
    values = np.asarray(values, dtype="float64")
    return values.reshape(MINUTES_PER_DAY // minutes, -1)


def checked_map(values):
    """A map as an array, if it has the shape of a day."""
    values = np.asarray(values, dtype="float64")
    shape = (MINUTES_PER_DAY, len(FEATURES))
    if values.shape != shape:
        raise ValueError(
            f"`values` should be a map of shape {shape}. "
            f"Received shape: {values.shape}"
        )
    return values
