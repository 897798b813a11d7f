"""A day in numbers that anybody would think of first: `day_features`."""

import warnings

import numpy as np

from keras_sensorlm.sensors.day import stack_days
from keras_sensorlm.sensors.features import FEATURE_NAMES

STATISTICS = ("mean", "std", "min", "p10", "median", "p90", "max", "observed")
_HOURS = 2 * np.pi * np.arange(1440) / 1440


def day_features(days):
    """Statistics of each channel and when the day was recorded.

    Args:
        days: list of `SensorDay`, or an array `(n, 1440, 26)`.

    Returns:
        Float64 array `(n, 26 * 8 + 3)`: the statistics of `STATISTICS` for
        each channel, NaN for one that is missing but for the observed
        minutes; then recorded minutes and, as cosine and sine, the mean time
        of day of them.

    Example:

    >>> values = np.full((1440, 26), np.nan)
    >>> values[:720, 0] = 60.0
    >>> found = day_features([values])
    >>> found.shape, found[0, :3].tolist(), found[0, 7]
    ((1, 211), [60.0, 0.0, 60.0], np.float64(720.0))
    """
    values = stack_days(days).astype("float64")
    with warnings.catch_warnings():
        # A channel that is missing is no accident.
        warnings.simplefilter("ignore", RuntimeWarning)
        low, middle, high = np.nanpercentile(values, [10, 50, 90], axis=1)
        columns = [
            np.nanmean(values, axis=1),
            np.nanstd(values, axis=1),
            np.nanmin(values, axis=1),
            low,
            middle,
            high,
            np.nanmax(values, axis=1),
            (~np.isnan(values)).sum(axis=1),
        ]
    by_channel = np.stack(columns, axis=-1)
    recorded = ~np.isnan(values).all(axis=2)
    minutes = recorded.sum(axis=1, keepdims=True)
    turn = np.stack([np.cos(_HOURS), np.sin(_HOURS)], axis=-1)
    when = recorded @ turn / np.maximum(minutes, 1)
    return np.concatenate(
        [
            by_channel.reshape(len(values), len(FEATURE_NAMES) * 8),
            minutes,
            when,
        ],
        axis=1,
    )
