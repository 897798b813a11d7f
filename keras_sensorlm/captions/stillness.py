"""Sleep inferred from stillness, for days whose log holds none.

A guess, and told as one: the longest stretch of 40-minute bins without
steps, in which the device was worn (heart rate or motion was measured) and
the heart beat slower than in the rest of the day. A few steps in a single
bin, as on the way to the bathroom, do not end it.
"""

import numpy as np

from keras_sensorlm.captions.structural import BIN_MINUTES
from keras_sensorlm.sensors.features import feature_index

# Steps a minute.
STILL_STEPS = 0.5
FEW_STEPS = 4.0
MIN_BINS = 5
MAX_BINS = 18
# A sleeper's heart beats slower than the same heart in the rest of the day.
SLOWER = 0.97

_STEPS = feature_index("steps")
_HEART_RATE = feature_index("heart_rate")
_LOG_ENERGY = feature_index("log_energy")


def has_logged_sleep(day):
    """Whether any sleep is logged on a `SensorDay`."""
    return any(event.kind == "sleep" for event in day.events)


def infer_sleep(bins):
    """Guesses when a person slept.

    Args:
        bins: array `(36, 26)`. Means of 40-minute bins in physical units,
            NaN where missing.

    Returns:
        `(start_minute, end_minute)`, or `None` where nothing points to
        sleep.

    Example:

    >>> bins = np.full((36, 26), np.nan)
    >>> bins[:, 0], bins[:, 10] = 80.0, 20.0
    >>> bins[:10, 0], bins[:10, 10] = 60.0, 0.0
    >>> infer_sleep(bins)
    (0, 400)
    """
    heart_rate = bins[:, _HEART_RATE]
    worn = ~np.isnan(heart_rate) | ~np.isnan(bins[:, _LOG_ENERGY])
    # NaN compares as not still.
    still = (bins[:, _STEPS] < STILL_STEPS) & worn
    brief = (bins[:, _STEPS] < FEW_STEPS) & worn
    still[1:-1] |= brief[1:-1] & still[:-2] & still[2:]
    edges = np.flatnonzero(np.diff(np.r_[False, still, False]))
    runs = [
        (end - start, -start)
        for start, end in edges.reshape(-1, 2).tolist()
        if MIN_BINS <= end - start <= MAX_BINS
    ]
    if not runs:
        return None
    length, start = max(runs)
    start = -start
    end = start + length
    if not _is_slower(heart_rate, start, end):
        return None
    return start * BIN_MINUTES, end * BIN_MINUTES


def _is_slower(heart_rate, start, end):
    inside = heart_rate[start:end]
    outside = np.r_[heart_rate[:start], heart_rate[end:]]
    inside = inside[~np.isnan(inside)]
    outside = outside[~np.isnan(outside)]
    if not len(inside) or not len(outside):
        return not len(inside)
    return inside.mean() < SLOWER * outside.mean()
