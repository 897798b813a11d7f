"""Raw 3-axis acceleration -> the accelerometer features of each minute."""

import numpy as np

from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.grouping import MinuteGroups
from keras_sensorlm.sensors.grouping import group_by_minute

# The 16 bins of the sleep coefficient go from twice the rounding of a common
# sensor (1/64 g) to its full scale on three axes (+-2 g each).
SLEEP_BINS = 16
SMALLEST_RANGE = 1 / 32
LARGEST_RANGE = 12.0


def acceleration_features(
    seconds,
    acceleration,
    minutes=MINUTES_PER_DAY,
    resolution=1 / 64,
    min_seconds=30.0,
):
    """Raw acceleration to the nine accelerometer features of each minute.

    Let `c` be the acceleration less its mean over the minute (so gravity is
    not movement), `C` the 3 x 3 covariance with eigenvalues l1 >= l2 >= l3,
    `p` the projection of `c` on the first principal axis, `j` the
    differences of neighbouring p (the jerk) and m = sqrt(|c|^2 / 3 + e) the
    RMS magnitude of the axes. `e = resolution^2 / 12` is the variance of the
    sensor's rounding: it counts as white noise, so that a still minute has
    finite features.

    - `jerk_autocorrelation` = (mean(j_t j_t-1) - e) / (mean(j^2) + 2e);
      cos(2 pi f / rate) for a sine of frequency f, -0.5 when still;
    - `log_energy` = ln(60 mean(m)), ln(g s): the sum of m over the minute,
      free of the sampling rate;
    - `covariance_condition` = (l1 + e) / (l3 + e);
    - `log_energy_ratio` = ln((l1 + e) / mean(m^2)): 0 for movement the same
      in all directions, ln 3 for movement along one line;
    - `zero_crossing_mean`, `zero_crossing_std`: mean and standard deviation
      of the time between sign changes of p, s, interpolated;
    - `axis_mean`: mean of the samples and the three axes, gravity included,
      g;
    - `kurtosis` of |c| / sqrt(3) (3 = normal):
      (m4 + 6 v e + 3 e^2) / (v + e)^2 with v its variance and m4 its fourth
      central moment;
    - `sleep_coefficient`: bin 0 to 15 of the summed max - min range of the
      three axes; 16 bins, logarithmic from 1/32 g to 12 g; low = still.

    Names and meanings after the LSM papers (arXiv 2410.13638, 2506.05321);
    the formulas in full and their units are ours. They are *not*
    the 8-bit firmware units of `FEATURES`: standardise them by the source's
    own statistics, `sensors.profiles.profile_for(source)`.

    Args:
        seconds: array `(n,)`. Sample times in seconds since the timeline's
            start, never decreasing.
        acceleration: array `(n, 3)`, g.
        minutes: int. Length of the timeline. Defaults to `1440`.
        resolution: float. Smallest step of the sensor in g. Defaults to
            `1 / 64`, that of an Empatica E4.
        min_seconds: float. A minute with fewer recorded seconds is missing.
            Defaults to `30`.

    Returns:
        Dict from feature name to float32 array `(minutes,)`, NaN = missing.

    Raises:
        ValueError: if the shape is not `(n, 3)` or time runs backwards.

    Example:

    >>> import numpy as np
    >>> seconds = np.arange(0, 60, 1 / 32)
    >>> gravity = np.tile([0.0, 0.0, 1.0], (len(seconds), 1))
    >>> still = acceleration_features(seconds, gravity, minutes=1)
    >>> still["jerk_autocorrelation"], still["sleep_coefficient"]
    (array([-0.5], dtype=float32), array([0.], dtype=float32))
    """
    if np.ndim(acceleration) != 2 or np.shape(acceleration)[1] != 3:
        raise ValueError(
            "`acceleration` should have shape (samples, 3): x, y and z in g. "
            f"Received shape: {np.shape(acceleration)}"
        )
    seconds, raw, groups = group_by_minute(seconds, acceleration, minutes)
    if not len(seconds):
        return {
            name: np.full(minutes, np.nan, dtype="float32") for name in _NAMES
        }
    step = np.median(np.diff(seconds)) if len(seconds) > 1 else 60.0
    noise = resolution**2 / 12
    mean = groups.mean(raw)
    centred = raw - groups.repeat(mean)
    squares = np.einsum("ni,ni->n", centred, centred) / 3
    covariance = groups.mean(centred[:, :, None] * centred[:, None, :])
    eigenvalues, axes = np.linalg.eigh(covariance)
    first = np.einsum("ni,ni->n", centred, groups.repeat(axes[:, :, 2]))
    # Samples joined without a gap: only they have a jerk or a crossing.
    joined = np.diff(seconds) < 1.5 * step
    joined &= np.diff((seconds // 60).astype(int)) == 0

    largest, smallest = eigenvalues[:, 2] + noise, eigenvalues[:, 0] + noise
    magnitude = groups.mean(np.sqrt(squares + noise))
    crossing_mean, crossing_std = _crossings(seconds, first, joined, minutes)
    features = {
        "jerk_autocorrelation": _jerk(first, joined, groups, noise),
        "log_energy": np.log(60 * magnitude),
        "covariance_condition": largest / smallest,
        "log_energy_ratio": np.log(
            largest / (np.maximum(eigenvalues, 0).sum(axis=1) / 3 + noise)
        ),
        "axis_mean": mean.mean(axis=1),
        "kurtosis": _kurtosis(np.sqrt(squares), groups, noise),
        "sleep_coefficient": _sleep_coefficient(groups.range(raw).sum(axis=1)),
    }
    enough = groups.counts * step >= min_seconds
    columns = {
        name: groups.spread(column, enough) for name, column in features.items()
    }
    known = ~np.isnan(columns["axis_mean"])
    columns["zero_crossing_mean"] = np.where(known, crossing_mean, np.nan)
    columns["zero_crossing_std"] = np.where(known, crossing_std, np.nan)
    return {name: columns[name] for name in _NAMES}


_NAMES = (
    "jerk_autocorrelation",
    "log_energy",
    "covariance_condition",
    "log_energy_ratio",
    "zero_crossing_std",
    "zero_crossing_mean",
    "axis_mean",
    "kurtosis",
    "sleep_coefficient",
)


def movement_intensity(features):
    """Mean RMS magnitude of movement, g `(minutes,)`.

    Args:
        features: dict. What `acceleration_features` returned.

    Returns:
        Float32 array `(minutes,)`, NaN = missing.
    """
    return np.exp(features["log_energy"]) / 60


def _jerk(first, joined, groups, noise):
    """Lag-1 autocorrelation of the jerk of each minute."""
    jerk = np.zeros(len(first))
    jerk[1:] = np.where(joined, np.diff(first), 0.0)
    pair = np.zeros(len(first), dtype=bool)
    pair[2:] = joined[1:] & joined[:-1]
    product = np.zeros(len(first))
    product[2:] = np.where(pair[2:], jerk[2:] * jerk[1:-1], 0.0)
    jerks = groups.sum(np.concatenate([[False], joined]))
    pairs = groups.sum(pair)
    with np.errstate(divide="ignore", invalid="ignore"):
        together = groups.sum(product) / pairs
        energy = groups.sum(jerk**2) / jerks
    return (together - noise) / (energy + 2 * noise)


def _crossings(seconds, first, joined, minutes):
    """Mean and std of the time between sign changes, `(minutes,)` each."""
    up = first >= 0
    at = np.flatnonzero((up[1:] != up[:-1]) & joined)
    share = first[at] / (first[at] - first[at + 1])
    times = seconds[at] + share * (seconds[at + 1] - seconds[at])
    # Two crossings bound an interval when no gap lies between them.
    stretch = np.concatenate([[0], np.cumsum(~joined)])[at]
    whole = np.diff(stretch) == 0
    intervals = np.diff(times)[whole]
    groups = MinuteGroups.of(
        (seconds[at[1:]] // 60).astype(int)[whole], minutes
    )
    mean = groups.mean(intervals)
    variance = groups.mean((intervals - groups.repeat(mean)) ** 2)
    return (
        groups.spread(mean),
        groups.spread(np.sqrt(variance), groups.counts >= 2),
    )


def _kurtosis(magnitude, groups, noise):
    centred = magnitude - groups.repeat(groups.mean(magnitude))
    variance = groups.mean(centred**2)
    fourth = groups.mean(centred**4)
    return (fourth + 6 * variance * noise + 3 * noise**2) / (
        variance + noise
    ) ** 2


def _sleep_coefficient(summed_range):
    ratio = np.log(np.maximum(summed_range, SMALLEST_RANGE) / SMALLEST_RANGE)
    width = np.log(LARGEST_RANGE / SMALLEST_RANGE) / SLEEP_BINS
    # A range on an edge belongs above it, whatever the logarithm rounds to.
    return np.minimum(np.floor(ratio / width + 1e-9), SLEEP_BINS - 1)
