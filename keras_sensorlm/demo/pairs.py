"""Simulated days as other people's devices would have seen them."""

import dataclasses

import numpy as np

from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
from keras_sensorlm.demo.recipe import CAPTION_KEY
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.sensors.simulator import simulate_days

_BEATS = tuple(f.name for f in FEATURES if f.modality == "PPG")
_WATCH = ("heart_rate", "resting_heart_rate", "steps")
# Which channels there are, and how often: a plain watch, a chest strap with
# steps, a wrist band without steps, everything.
_DEVICES = (
    (_WATCH, 0.3),
    ((*_BEATS, "steps"), 0.4),
    (tuple(f.name for f in FEATURES if f.name != "steps"), 0.1),
    (tuple(f.name for f in FEATURES), 0.2),
)
# How much of the day was recorded: all of it, a part as when a recording
# crosses midnight, or a session around one activity.
_WHOLE, _PART = 0.5, 0.75
_SHORTEST_PART = 6 * 60
_SESSION_MARGIN = 30


def base_days(recipe):
    """The simulated days that training goes over.

    Days with an activity, and a quarter of the others: half of all days
    hold nothing but sleep, which minutes of training should not go to.

    Args:
        recipe: `Recipe`.

    Returns:
        list of `SensorDay`.
    """
    return [
        day
        for i, day in enumerate(simulate_days(recipe.days, recipe.seed))
        if i % 4 == 0 or any(e.kind == "activity" for e in day.events)
    ]


def pairs_of(days, recipe, rng):
    """Days as some device recorded them, and their captions.

    Args:
        days: list of simulated `SensorDay`.
        recipe: `Recipe`.
        rng: `numpy.random.Generator`. Another state gives other devices,
            other hours and other words.

    Returns:
        list of `SensorDay` and list of str, of equal length.
    """
    days = [as_recorded(day, rng) for day in days]
    captioner = HierarchicalCaptioner(
        CAPTION_KEY,
        seed=int(rng.integers(2**31)),
        time="clock",
        budget=recipe.text_tokens,
    )
    return days, captioner.captions(days)


def training_batches(days, recipe):
    """Batches of pairs without end; each round over the days differs.

    Args:
        days: list of simulated `SensorDay`.
        recipe: `Recipe`.

    Yields:
        As `pairs_of`, `recipe.batch_size` pairs each.
    """
    rng = np.random.default_rng(recipe.seed)
    size = min(recipe.batch_size, len(days))
    while True:
        order = rng.permutation(len(days))
        # Batches of one size alone: another would be another compilation.
        for i in range(0, len(days) - size + 1, size):
            rows = order[i : i + size]
            yield pairs_of([days[row] for row in rows], recipe, rng)


def as_recorded(day, rng):
    """A day with the channels and hours of some device.

    Args:
        day: a simulated `SensorDay`.
        rng: `numpy.random.Generator`.

    Returns:
        `SensorDay`. What the device lacks is missing.
    """
    chances = [chance for _, chance in _DEVICES]
    names, _ = _DEVICES[rng.choice(len(_DEVICES), p=chances)]
    values = np.full_like(day.values, np.nan)
    columns = [feature_index(name) for name in names]
    values[:, columns] = day.values[:, columns]
    # Nothing in the values tells a mood in the minutes that there are.
    events = [event for event in day.events if event.kind != "mood"]
    day = dataclasses.replace(day, values=values, events=events)
    return day.segment(*_recorded_minutes(day, rng))


def _recorded_minutes(day, rng):
    luck = rng.random()
    activities = [event for event in day.events if event.kind == "activity"]
    if luck < _WHOLE or (luck >= _PART and not activities):
        return 0, MINUTES_PER_DAY
    if luck < _PART:
        length = rng.integers(_SHORTEST_PART, MINUTES_PER_DAY)
        start = rng.integers(0, MINUTES_PER_DAY - length)
        return int(start), int(start + length)
    event = activities[rng.integers(len(activities))]
    return (
        max(event.start_minute - _SESSION_MARGIN, 0),
        min(event.end_minute + _SESSION_MARGIN, MINUTES_PER_DAY),
    )
