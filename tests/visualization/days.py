"""Days small enough to reason about, for the pictures and pages."""

import numpy as np

from keras_sensorlm.sensors.day import Event
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import feature_index


def heart_day(**kwargs):
    """Heart rate and steps as most watches give them, with two gaps."""
    minutes = np.arange(1440)
    values = np.full((1440, 26), np.nan)
    values[:, feature_index("heart_rate")] = 60 + minutes % 30
    values[:, feature_index("steps")] = np.where(minutes % 50 == 0, 80, 0)
    values[600:660] = np.nan
    values[1000:1020, feature_index("heart_rate")] = np.nan
    settings = {
        "participant": "p1",
        "date": "2026-03-01",
        "source": "test watch",
        "events": (
            Event("sleep", "sleep", 0, 400),
            Event("activity", "run", 1080, 1125),
            Event("mood", "calm", 720, 730),
        ),
    }
    return SensorDay(values, **{**settings, **kwargs})


def whole_day(**kwargs):
    """Every feature observed in every minute, at its own mean."""
    values = np.tile([max(f.mean, f.low) for f in FEATURES], (1440, 1))
    return SensorDay(values, **kwargs)


def empty_day(**kwargs):
    """Nothing measured at all."""
    return SensorDay(np.full((1440, 26), np.nan), **kwargs)
