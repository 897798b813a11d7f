"""Days as a poorer device, or a careless wearer, would have recorded them.

Every function takes a `SensorDay` and gives another in which more is
missing; nothing is invented.
"""

import dataclasses

import numpy as np

from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.sensors.simulation.devices import DEVICES

MODALITIES = tuple(dict.fromkeys(f.modality for f in FEATURES))
SHARES = (0.1, 0.2, 0.4, 0.6, 0.8)
HALF = "half of the channels"
_LONGEST_GAP = 30
_LOOKED_AT = 50


def without_modality(day, modality):
    """The day without the channels of a modality.

    Args:
        day: `SensorDay`.
        modality: str. One of `MODALITIES`.

    Returns:
        `SensorDay`.

    Example:

    >>> from keras_sensorlm import simulate_days
    >>> day = without_modality(simulate_days(1, seed=0)[0], "PPG")
    >>> day.coverage()["heart_rate"]
    0.0
    """
    return _without(day, [f.name for f in FEATURES if f.modality == modality])


def on_device(day, device):
    """The day as a simpler device would have it: its channels alone.

    Args:
        day: `SensorDay`.
        device: str. One of `keras_sensorlm.sensors.simulator.DEVICES`.

    Returns:
        `SensorDay`.
    """
    kept = DEVICES[device].channels
    return _without(day, [f.name for f in FEATURES if f.name not in kept])


def half_of_the_channels(day, rng):
    """The day without half of the channels that it has, drawn at random.

    Args:
        day: `SensorDay`.
        rng: `numpy.random.Generator`.

    Returns:
        `SensorDay`. One channel at least stays.
    """
    recorded = np.flatnonzero(day.observed.any(axis=0))
    dropped = rng.permutation(recorded)[: len(recorded) // 2]
    return _without(day, [FEATURES[i].name for i in dropped])


def with_gaps(day, share, rng):
    """The day without a share of its recorded minutes, all channels alike.

    Gaps of 1 to 30 minutes, as when a watch is loose or taken off.

    Args:
        day: `SensorDay`.
        share: float. 0 to 1.
        rng: `numpy.random.Generator`.

    Returns:
        `SensorDay`.

    Example:

    >>> from keras_sensorlm import simulate_days
    >>> day = simulate_days(1, seed=0)[0]
    >>> gappy = with_gaps(day, 0.5, np.random.default_rng(0))
    >>> before = day.observed.any(axis=1).sum()
    >>> bool(gappy.observed.any(axis=1).sum() == round(before / 2))
    True
    """
    minutes = np.flatnonzero(day.observed.any(axis=1))
    kept = np.ones(len(minutes), dtype=bool)
    left = len(minutes) - round((1 - share) * len(minutes))
    while left > 0:
        length = min(int(rng.integers(1, _LONGEST_GAP + 1)), left)
        start = int(rng.integers(0, len(minutes) - length + 1))
        gap = kept[start : start + length]
        left -= int(gap.sum())
        gap[:] = False
    values = day.values.copy()
    values[minutes[~kept]] = np.nan
    return dataclasses.replace(day, values=values)


def _without(day, names):
    values = day.values.copy()
    values[:, [feature_index(name) for name in names]] = np.nan
    return dataclasses.replace(day, values=values)


def conditions(days):
    """What can be taken away from these days, by name.

    Args:
        days: list of `SensorDay`.

    Returns:
        dict of str to a function of a day and a generator. Left out is what
        would change nothing, or leave nothing of any day.
    """
    found = {
        f"without {name}": lambda day, rng, name=name: without_modality(
            day, name
        )
        for name in MODALITIES
    }
    for name in DEVICES:
        found[f"channels of {name}"] = lambda day, rng, name=name: on_device(
            day, name
        )
    some = days[:: max(1, len(days) // _LOOKED_AT)]
    found = {
        name: change
        for name, change in found.items()
        if _changes_some(some, change)
    }
    found[HALF] = half_of_the_channels
    for share in SHARES:
        found[f"{share:.0%} of the minutes missing"] = (
            lambda day, rng, share=share: with_gaps(day, share, rng)
        )
    return found


def _changes_some(days, change):
    pairs = [(day.observed, change(day, None).observed) for day in days]
    same = all((before == after).all() for before, after in pairs)
    return any(after.any() for _, after in pairs) and not same
