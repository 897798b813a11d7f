"""Simulated days: people who sleep, work, move, feel and wear devices.

Not a copy of anybody: everything follows from a seed. The parameters come
from the physiology named in the modules of `sensors.simulation` and from the
distributions of real recordings; `examples/compare_simulator.py` draws both
side by side and measures the distances.
"""

import datetime
import functools
import itertools
import numbers

import numpy as np

from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.simulation import gaps
from keras_sensorlm.sensors.simulation.batch import Batch
from keras_sensorlm.sensors.simulation.devices import DEVICES
from keras_sensorlm.sensors.simulation.devices import MIXED_DEVICES
from keras_sensorlm.sensors.simulation.draws import Draws
from keras_sensorlm.sensors.simulation.person import draw_nights
from keras_sensorlm.sensors.simulation.person import draw_person
from keras_sensorlm.sensors.simulation.schedule import draw_plan
from keras_sensorlm.sensors.simulation.values import simulate_values

__all__ = [
    "DEVICES",
    "MIXED_DEVICES",
    "is_simulated",
    "simulate_day",
    "simulate_days",
    "simulation_seed",
]

# A batch of this size has its arrays in the processor's cache.
_BATCH = 16
# Random streams: of people and of days.
_PEOPLE, _DAYS = 0, 1


def simulate_days(
    n: int,
    seed: int,
    devices: str | dict[str, float] = "all",
    days_per_person: int = 1,
    start: int = 0,
) -> list[SensorDay]:
    """Labelled, physiologically plausible days.

    Day `i` is the same whatever `n` and `start` are. Events hold the 20
    activities of `sensors.activities.ACTIVITIES`, sleep, naps and moods.

    Args:
        n: int. How many days.
        seed: int, 0 or more.
        devices: str or dict. What people wear: `"all"` (a watch with all 26
            features, in the original maker's units), `"watch"` (heart rate
            and steps), `"strap"` (heart rate, RR intervals and steps: 24 h
            from one morning to the next), `"pedometer"` (steps alone),
            `"e4"` (sessions of an Empatica wristband, with motion features
            in g and s and the source `"empatica_e4/simulated"`), `"mixed"`
            (`MIXED_DEVICES`), or shares of these, such as
            `{"all": 0.5, "watch": 0.5}`. Defaults to `"all"`.
        days_per_person: int. Days in a row of each person. Defaults to `1`.
        start: int. Index of the first day. Defaults to `0`.

    Returns:
        List of `n` `SensorDay`, participant `"sim-<seed>-<person>"`, source
        `"simulated"` (but for `"e4"`).

    Raises:
        ValueError: if a number is not a whole number in its range, or there
            is no such device.

    Example:

    >>> days = simulate_days(3, seed=7)
    >>> days[2].participant, days[2].values.shape
    ('sim-7-2', (1440, 26))
    >>> twin = simulate_days(1, seed=7, start=2)[0]
    >>> bool((twin.values == days[2].values).sum() == days[2].observed.sum())
    True
    """
    _check_whole("n", n, 0)
    _check_whole("seed", seed, 0)
    _check_whole("days_per_person", days_per_person, 1)
    _check_whole("start", start, 0)
    shares = _device_shares(devices)
    draw = functools.lru_cache(maxsize=2)(
        functools.partial(_draw_person, seed, shares, days_per_person)
    )
    days = []
    for first in range(start, start + n, _BATCH):
        indices = range(first, min(first + _BATCH, start + n))
        days += _simulate_batch(seed, indices, days_per_person, draw)
    return days


def simulate_day(
    seed: int,
    index: int,
    devices: str | dict[str, float] = "all",
    days_per_person: int = 1,
) -> SensorDay:
    """Day `index` of `simulate_days`, by itself.

    Args:
        seed: int, 0 or more.
        index: int, 0 or more.
        devices: as for `simulate_days`.
        days_per_person: as for `simulate_days`.

    Returns:
        `SensorDay`.

    Raises:
        ValueError: as for `simulate_days`.

    Example:

    >>> simulate_day(7, 2).participant
    'sim-7-2'
    """
    return simulate_days(1, seed, devices, days_per_person, index)[0]


def is_simulated(day: SensorDay) -> bool:
    """Whether a day was made by `simulate_days`, by its source.

    Args:
        day: `SensorDay`.

    Returns:
        bool.

    Example:

    >>> is_simulated(simulate_day(7, 2, devices="e4"))
    True
    """
    return (day.source or "").split("/")[-1] == "simulated"


def simulation_seed(day: SensorDay) -> int | None:
    """The seed of a simulated day, by its participant.

    Args:
        day: `SensorDay`.

    Returns:
        int; None for a day that was recorded, or whose participant was
        given another name.

    Example:

    >>> simulation_seed(simulate_day(7, 2))
    7
    """
    if not is_simulated(day):
        return None
    kind, seed, *_ = *(day.participant or "").split("-"), ""
    return int(seed) if kind == "sim" and seed.isdecimal() else None


def _check_whole(name, value, least):
    if not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(
            f"`{name}` should be a whole number of at least {least}. "
            f"Received: {name}={value!r}"
        )


def _device_shares(devices):
    """Names and running sums of shares."""
    if devices == "mixed":
        devices = MIXED_DEVICES
    if isinstance(devices, str):
        devices = {devices: 1.0}
    unknown = [name for name in devices if name not in DEVICES]
    if unknown or not devices or min(devices.values()) < 0:
        raise ValueError(
            f"`devices` should be one of {('mixed', *DEVICES)} or a dict from "
            f"these to shares. Received: devices={devices!r}"
        )
    return tuple(devices), tuple(itertools.accumulate(devices.values()))


def _draw_person(seed, shares, days_per_person, index):
    """Person `index`: traits, nights and device."""
    rng = np.random.default_rng([seed, _PEOPLE, index])
    person = draw_person(rng)
    names, cumulative = shares
    device = DEVICES[names[Draws(rng).pick(cumulative)]]
    return person, draw_nights(person, rng, days_per_person + 1), device


def _simulate_batch(seed, indices, days_per_person, draw):
    """The days of some indices."""
    plans, rngs, devices, holes = [], [], [], []
    for index in indices:
        rng = np.random.default_rng([seed, _DAYS, index])
        draws = Draws(rng)
        person, nights, device = draw(index // days_per_person)
        k = index % days_per_person
        date = person.first_date + datetime.timedelta(k)
        tonight = nights[k + 1][0] + MINUTES_PER_DAY
        plan = draw_plan(person, date, nights[k], tonight, draws)
        plans.append(plan)
        holes.append(gaps.draw_holes(plan, device, draws))
        devices.append(device)
        rngs.append(rng)
    values = simulate_values(Batch(plans, rngs), devices, holes)
    days = []
    for b, (index, plan) in enumerate(zip(indices, plans)):
        days.append(
            SensorDay(
                values[b],
                participant=f"sim-{seed}-{index // days_per_person}",
                date=plan.date,
                events=plan.events,
                source=devices[b].source,
            )
        )
    return days
