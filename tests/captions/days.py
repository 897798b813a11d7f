"""Made-up days for the tests: random walks with gaps, and events."""

import datetime

import numpy as np

from keras_sensorlm.sensors.day import Event
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.features import FEATURES

_MEANS = np.array([feature.mean for feature in FEATURES])
_STDS = np.array([feature.std for feature in FEATURES])
_LOW = np.array([max(feature.low, -1e6) for feature in FEATURES])
_HIGH = np.array([min(feature.high, 1e6) for feature in FEATURES])
_ACTIVITIES = ("run", "outdoor bike", "yoga", "hike", "Spin class", "eating")
_MOODS = ("stressed", "calm", "tired")


def made_day(seed, source=None, events=True, gaps=True):
    """A day that depends on its seed only."""
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.normal(size=(1440, len(FEATURES))), axis=0)
    walk = (walk - walk.mean(axis=0)) / walk.std(axis=0)
    walk += 0.3 * rng.normal(size=walk.shape)
    values = np.clip(_MEANS + 0.7 * _STDS * walk, _LOW, _HIGH)
    if gaps:
        start = rng.integers(0, 1200)
        values[start : start + rng.integers(30, 240)] = np.nan
        values[rng.random(values.shape) < 0.02] = np.nan
        values[:, rng.integers(0, len(FEATURES), 3)] = np.nan
        values[400:, rng.integers(0, len(FEATURES))] = np.nan
    return SensorDay(
        values,
        participant=f"made-{seed}",
        date=datetime.date(2026, 1, 1) + datetime.timedelta(days=seed),
        events=_made_events(rng) if events else (),
        source=source,
    )


def made_days(count, **options):
    return [made_day(seed, **options) for seed in range(count)]


def _made_events(rng):
    if rng.random() < 0.8:
        yield Event("sleep", "sleep", 0, int(rng.integers(200, 480)))
    if rng.random() < 0.3:
        yield Event("sleep", "nap", 800, int(rng.integers(801, 890)))
    for _ in range(rng.integers(0, 12)):
        start, length = rng.integers(480, 1300), rng.integers(5, 120)
        label = _ACTIVITIES[rng.integers(len(_ACTIVITIES))]
        yield Event("activity", label, int(start), int(start + length))
    for _ in range(rng.integers(0, 3)):
        start = int(rng.integers(480, 1400))
        label = _MOODS[rng.integers(len(_MOODS))]
        yield Event("mood", label, start, start + 1)
