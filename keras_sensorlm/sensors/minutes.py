"""Raw streams -> minute features.

Heart rate, steps, skin conductance and skin temperature live here; the
beat-to-beat features in `heartbeats`, the accelerometer's in `movement`.
All work on a timeline of whole minutes of any length (two days of one
recording, say), so nothing breaks at midnight; readers cut it into days.
"""

import numpy as np

from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.features import feature
from keras_sensorlm.sensors.grouping import group_by_minute
from keras_sensorlm.sensors.heartbeats import rr_features
from keras_sensorlm.sensors.movement import acceleration_features
from keras_sensorlm.sensors.movement import movement_intensity

__all__ = [
    "acceleration_features",
    "eda_features",
    "heart_rate",
    "line_per_minute",
    "movement_intensity",
    "resting_heart_rate",
    "rr_features",
    "steps_per_minute",
    "temperature_features",
]

SECONDS_PER_HOUR = 3600.0
# A line needs samples over at least half of the minute.
MIN_LINE_SAMPLES = 4
MIN_LINE_SECONDS = 30.0


def heart_rate(seconds, bpm, minutes=MINUTES_PER_DAY, min_samples=3):
    """Mean heart rate of each minute, bpm.

    heart_rate = mean of the samples between 25 and 250 bpm.

    Args:
        seconds: array `(n,)`. Sample times in seconds since the timeline's
            start, never decreasing.
        bpm: array `(n,)`. Heart rate samples. 0 (no reading) and other
            implausible samples are not used.
        minutes: int. Length of the timeline. Defaults to `1440`.
        min_samples: int. A minute with fewer samples is missing. Defaults
            to `3`.

    Returns:
        Float32 array `(minutes,)`, NaN = missing.

    Raises:
        ValueError: if the lengths differ or time runs backwards.

    Example:

    >>> heart_rate([0, 20, 40], [60, 62, 64], minutes=1)
    array([62.], dtype=float32)
    """
    bpm = np.asarray(bpm, dtype="float64")
    limits = feature("heart_rate")
    bpm = np.where((bpm >= limits.low) & (bpm <= limits.high), bpm, np.nan)
    _, bpm, groups = group_by_minute(seconds, bpm, minutes)
    return groups.spread(groups.mean(bpm), groups.counts >= min_samples)


def resting_heart_rate(
    heart_rate,
    steps=None,
    movement=None,
    quiet_minutes=5,
    max_steps=5.0,
    max_movement=0.1,
    max_bpm=130.0,
):
    """Heart rate of the minutes at rest, bpm.

    A minute is at rest when it and the `quiet_minutes - 1` before it have at
    most `max_steps` steps each and, where movement was measured, at most
    `max_movement`. Its resting heart rate is its heart rate; every other
    minute's is missing, as is that of a minute whose quiet cannot be known.
    The few steps allowed are those a wrist device counts in a seated person.
    A heart rate above `max_bpm` without steps is effort that moves no wrist,
    such as cycling, or a sensor that lost the skin, and no rest.

    Args:
        heart_rate: array `(minutes,)`, bpm, NaN = missing.
        steps: array `(minutes,)`, optional. Steps a minute, NaN = missing.
        movement: array `(minutes,)`, optional. Intensity of movement, such
            as `movement_intensity` in g, NaN = missing.
        quiet_minutes: int. Minutes of quiet asked for. Defaults to `5`.
        max_steps: float. Defaults to `5`.
        max_movement: float. Defaults to `0.1` (g).
        max_bpm: float. Highest heart rate at rest. Defaults to `130`.

    Returns:
        Float32 array `(minutes,)`, NaN = missing or not at rest.

    Raises:
        ValueError: if neither steps nor movement are given.

    Example:

    >>> import numpy as np
    >>> steps = np.array([80, 0, 0, 0, 0, 0, 3])
    >>> resting_heart_rate(np.full(7, 60.0), steps)
    array([nan, nan, nan, nan, nan, 60., 60.], dtype=float32)
    """
    heart_rate = np.asarray(heart_rate, dtype="float32")
    if steps is None and movement is None:
        raise ValueError(
            "Rest can only be told from `steps` or `movement`. Received "
            "neither: leave resting_heart_rate missing instead."
        )
    quiet = np.ones(len(heart_rate), dtype=bool)
    # Comparisons with NaN are False: unknown is not quiet.
    if steps is not None:
        quiet &= np.asarray(steps) <= max_steps
    if movement is not None:
        quiet &= np.asarray(movement) <= max_movement
    seen = np.cumsum(np.concatenate([[0], quiet]))
    rest = np.zeros(len(quiet), dtype=bool)
    rest[quiet_minutes - 1 :] = (
        seen[quiet_minutes:] - seen[:-quiet_minutes] == quiet_minutes
    )
    rest &= heart_rate <= max_bpm
    return np.where(rest, heart_rate, np.float32(np.nan))


def steps_per_minute(
    seconds, steps, minutes=MINUTES_PER_DAY, period=1.0, min_seconds=30.0
):
    """Steps of each minute from shorter counts, steps/min.

    steps = 60 x (sum of the counts) / (seconds recorded): where the device
    skipped seconds, the rate of the recorded ones stands for the minute.

    Args:
        seconds: array `(n,)`. Start of each count in seconds since the
            timeline's start, never decreasing.
        steps: array `(n,)`. Steps within `period`.
        minutes: int. Length of the timeline. Defaults to `1440`.
        period: float. Length of a count in seconds. Defaults to `1`.
        min_seconds: float. A minute with fewer recorded seconds is missing.
            Defaults to `30`.

    Returns:
        Float32 array `(minutes,)`, NaN = missing.

    Raises:
        ValueError: if the lengths differ or time runs backwards.

    Example:

    >>> import numpy as np
    >>> steps_per_minute(np.arange(48), np.ones(48), minutes=1)
    array([60.], dtype=float32)
    """
    _, steps, groups = group_by_minute(seconds, steps, minutes)
    recorded = groups.counts * period
    return groups.spread(
        60 * groups.sum(steps) / recorded, recorded >= min_seconds
    )


def line_per_minute(seconds, values, minutes=MINUTES_PER_DAY):
    """Least-squares line through the samples of each minute.

    slope = sum((t - mean t)(y - mean y)) / sum((t - mean t)^2), and the
    level is the line's value at the centre of the minute.

    Args:
        seconds: array `(n,)`. Sample times in seconds since the timeline's
            start, never decreasing.
        values: array `(n,)`. Samples; NaN ones are not used.
        minutes: int. Length of the timeline. Defaults to `1440`.

    Returns:
        `(level, slope)`: float32 arrays `(minutes,)`, in the samples' unit
        and in that unit per hour. NaN where a minute has fewer than 4
        samples or they span less than 30 s.

    Raises:
        ValueError: if the lengths differ or time runs backwards.

    Example:

    >>> import numpy as np
    >>> seconds = np.arange(0, 60, 0.25)
    >>> level, slope = line_per_minute(seconds, 2 + seconds / 3600, 1)
    >>> level.round(4), slope.round(4)
    (array([2.0083], dtype=float32), array([1.], dtype=float32))
    """
    seconds, values, groups = group_by_minute(seconds, values, minutes)
    time_mean, mean = groups.mean(seconds), groups.mean(values)
    time = seconds - groups.repeat(time_mean)
    spread = groups.sum(time**2)
    enough = groups.counts >= MIN_LINE_SAMPLES
    enough &= groups.range(seconds) >= MIN_LINE_SECONDS
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = groups.sum(time * (values - groups.repeat(mean))) / spread
    level = mean + slope * (groups.index * 60 + 30 - time_mean)
    return (
        groups.spread(level, enough),
        groups.spread(slope * SECONDS_PER_HOUR, enough),
    )


def eda_features(seconds, microsiemens, minutes=MINUTES_PER_DAY):
    """Level and slope of the tonic skin conductance of each minute.

    The tonic part is the least-squares line of the minute
    (`line_per_minute`): its value at the minute's centre, clipped to 0 to
    60 uS, and its slope. After the LSM papers (arXiv 2410.13638, 2506.05321).

    Args:
        seconds: array `(n,)`. Sample times in seconds since the timeline's
            start, never decreasing.
        microsiemens: array `(n,)`. Skin conductance, uS.
        minutes: int. Length of the timeline. Defaults to `1440`.

    Returns:
        Dict `eda_level` (uS) and `eda_slope` (uS/h), float32 `(minutes,)`,
        NaN = missing.

    Raises:
        ValueError: if the lengths differ or time runs backwards.

    Example:

    >>> import numpy as np
    >>> features = eda_features(np.arange(60), np.full(60, 1.5), minutes=1)
    >>> features["eda_level"], features["eda_slope"]
    (array([1.5], dtype=float32), array([0.], dtype=float32))
    """
    level, slope = line_per_minute(seconds, microsiemens, minutes)
    limits = feature("eda_level")
    return {
        "eda_level": np.clip(level, limits.low, limits.high),
        "eda_slope": slope,
    }


def temperature_features(seconds, celsius, minutes=MINUTES_PER_DAY):
    """Level and slope of the skin temperature of each minute.

    The least-squares line of the minute (`line_per_minute`) at the minute's
    centre, and its slope. Samples outside 5 to 41 degC are not skin (a
    covered or broken sensor reads far more) and are not used.

    Args:
        seconds: array `(n,)`. Sample times in seconds since the timeline's
            start, never decreasing.
        celsius: array `(n,)`. Skin temperature, degC.
        minutes: int. Length of the timeline. Defaults to `1440`.

    Returns:
        Dict `skin_temperature` (degC) and `skin_temperature_slope`
        (degC/h), float32 `(minutes,)`, NaN = missing.

    Raises:
        ValueError: if the lengths differ or time runs backwards.

    Example:

    >>> import numpy as np
    >>> features = temperature_features(np.arange(60), np.full(60, 33.0))
    >>> features["skin_temperature"][:2]
    array([33., nan], dtype=float32)
    """
    celsius = np.asarray(celsius, dtype="float64")
    limits = feature("skin_temperature")
    celsius = np.where(
        (celsius >= limits.low) & (celsius <= limits.high), celsius, np.nan
    )
    level, slope = line_per_minute(seconds, celsius, minutes)
    return {"skin_temperature": level, "skin_temperature_slope": slope}
