"""Days as other people's devices would have kept them.

Nothing is invented: channels and minutes are taken away, and the recording
of an hour or two, whose clock says little, is moved within the day.
"""

import dataclasses

import numpy as np

from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.features import feature_index

_BEATS = tuple(f.name for f in FEATURES if f.modality == "PPG")
_WATCH = ("heart_rate", "resting_heart_rate", "steps")
# Which channels there are, and how often: steps alone, a plain watch, a chest
# strap with steps, a wrist band without steps, everything.
DEVICES = (
    (("steps",), 0.2),
    (_WATCH, 0.2),
    ((*_BEATS, "steps"), 0.3),
    (
        tuple(
            f.name
            for f in FEATURES
            if f.name not in ("steps", "lead_contact_count", "altitude_std")
        ),
        0.2,
    ),
    (tuple(f.name for f in FEATURES), 0.1),
)
# A recording that is shorter than this share of a day may be moved.
_SHORT = 0.25
_SHORTEST_PART = 20
_SESSION_MARGIN = 30


def channels_of_a_device(rng):
    """The channels of some kind of device.

    Args:
        rng: `numpy.random.Generator`.

    Returns:
        Tuple of str.
    """
    chances = [chance for _, chance in DEVICES]
    return DEVICES[int(rng.choice(len(DEVICES), p=chances))][0]


def with_channels(day, names):
    """A day with some of its channels.

    Args:
        day: `SensorDay`.
        names: iterable of str. The channels that stay.

    Returns:
        `SensorDay`; the day itself where it has none of them.
    """
    columns = [feature_index(name) for name in names]
    if np.isnan(day.values[:, columns]).all():
        return day
    values = np.full_like(day.values, np.nan)
    values[:, columns] = day.values[:, columns]
    return dataclasses.replace(day, values=values)


def worn_minutes(day):
    """First observed minute and the one after the last; `(0, 0)` for none."""
    worn = np.flatnonzero(~np.isnan(day.values).all(axis=1))
    return (int(worn[0]), int(worn[-1]) + 1) if len(worn) else (0, 0)


def part_of(day, rng):
    """A recording of a part of a day, or of a session with its margins.

    Args:
        day: `SensorDay`.
        rng: `numpy.random.Generator`.

    Returns:
        `SensorDay`.
    """
    first, last = worn_minutes(day)
    if last - first <= 2 * _SHORTEST_PART:
        return day
    activities = [event for event in day.events if event.kind == "activity"]
    if activities and rng.random() < 0.5:
        event = activities[int(rng.integers(len(activities)))]
        start = event.start_minute - int(rng.integers(_SESSION_MARGIN))
        end = event.end_minute + int(rng.integers(_SESSION_MARGIN))
    else:
        length = int(np.exp(rng.uniform(*np.log([60, MINUTES_PER_DAY]))))
        length = min(length, last - first)
        start = first + int(rng.integers(last - first - length + 1))
        end = start + length
    return day.segment(max(start, 0), min(end, MINUTES_PER_DAY))


def moved_in_time(day, rng):
    """A short recording at another time of the day; others as they are.

    Only recordings of wrist bands whose clocks are not reliable are moved
    (source `empatica_e4`).

    Args:
        day: `SensorDay`.
        rng: `numpy.random.Generator`.

    Returns:
        `SensorDay`, its events moved too.
    """
    first, last = worn_minutes(day)
    if not 0 < last - first < _SHORT * MINUTES_PER_DAY:
        return day
    if not (day.source or "").startswith("empatica_e4"):
        return day
    shift = int(rng.integers(-first, MINUTES_PER_DAY - last + 1))
    values = np.roll(day.values, shift, axis=0)
    events = []
    for event in day.events:
        start = max(event.start_minute + shift, 0)
        end = min(event.end_minute + shift, MINUTES_PER_DAY)
        if start < end:
            events.append(
                dataclasses.replace(event, start_minute=start, end_minute=end)
            )
    return dataclasses.replace(day, values=values, events=events)
