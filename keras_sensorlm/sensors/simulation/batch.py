"""Several planned days at once, as arrays `(days, 1440)`.

Everything after the plan is elementwise or a filter along time, row by row,
so a day does not depend on the days that are simulated beside it.
"""

import dataclasses

import numpy as np
from scipy.signal import lfilter

from keras_sensorlm.sensors.activities import State
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.simulation.states import STATES

MINUTES = np.arange(MINUTES_PER_DAY, dtype="float32")

_FIELDS = tuple(field.name for field in dataclasses.fields(State))
_TABLE = np.array(
    [dataclasses.astuple(state) for state in STATES.values()], dtype="float32"
)
# Log standard deviation of what differs from one time to the next.
_VARIES = {
    "effort": 0.2,
    "period": 0.3,
    "ease": 0.15,
    "cadence": 0.08,
    "stepping": 0.12,
    "bouts": 0.55,
    "arm": 0.36,
    "frequency": 0.22,
    "regularity": 0.25,
    "sweat": 0.4,
    "altitude": 0.6,
}
_SKIN = _FIELDS.index("skin")
_CLOTHES = 0.8  # standard deviation of the skin temperature, degC
_SHARES = [_FIELDS.index(name) for name in ("ease", "stepping", "regularity")]
_VARYING = [_FIELDS.index(name) for name in _VARIES]
_DEVIATIONS = np.array(list(_VARIES.values()), dtype="float32")

# Each day has one row of white noise for each of these.
NOISES = (
    "effort", "cadence", "stepping", "count", "arousal", "heart_slow",
    "heart_hour", "heart_fast", "heart_white", "vagal_slow", "vagal_fast",
    "vagal_spell", "artefact", "ratio", "skew", "median", "valid_slow",
    "valid_fast", "entropy", "turn", "arm_slow", "arm_fast", "shape",
    "line", "crossing", "burst", "orientation", "skin_slow", "skin_fast",
    "skin_slope", "sweat_slow", "sweat_fast", "lead", "altitude",
)  # fmt: skip
_NOISE_INDEX = {name: k for k, name in enumerate(NOISES)}


class Batch:
    """Plans with the random numbers of each.

    Args:
        plans: list of `Plan`.
        rngs: list of `np.random.Generator`, one a plan.
    """

    def __init__(self, plans, rngs):
        self.plans = plans
        self.noises = np.empty(
            (len(plans), len(NOISES), MINUTES_PER_DAY), dtype="float32"
        )
        self.uniforms = np.empty((len(plans), 4, 256), dtype="float32")
        tables, starts, rows, offset = [], [], [], 0
        for b, (plan, rng) in enumerate(zip(plans, rngs)):
            tables.append(_segments(plan, rng))
            count = len(plan.states)
            first = np.zeros(count, dtype="float32")
            # Written backwards, so that the first minute of each remains.
            first[plan.row[::-1]] = MINUTES[::-1]
            starts.append(first)
            rows.append(plan.row + offset)
            offset += count
            rng.random(out=self.uniforms[b], dtype="float32")
            rng.standard_normal(out=self.noises[b], dtype="float32")
        self._table = np.concatenate(tables).T.copy()
        self._row = np.stack(rows)
        self.since = MINUTES - np.concatenate(starts)[self._row]

    def state(self, name):
        """A field of `State` at each minute, `(days, 1440)`."""
        return self._table[_FIELDS.index(name)].take(self._row)

    def noise(self, name):
        """White standard normal noise, `(days, 1440)`."""
        return self.noises[:, _NOISE_INDEX[name]]

    def person(self, trait):
        """A trait of each day's person, `(days, 1)`."""
        values = [getattr(plan.person, trait) for plan in self.plans]
        return np.array(values, dtype="float32")[:, None]

    def __len__(self):
        return len(self.plans)


def _segments(plan, rng):
    """The table of a plan's segments, each a little unlike its state."""
    table = _TABLE[plan.states]
    size = (len(plan.states), len(_VARYING) + 1)
    jitter = rng.standard_normal(size, dtype="float32")
    table[:, _VARYING] *= np.exp(_DEVIATIONS * jitter[:, 1:])
    table[:, _SHARES] = np.minimum(table[:, _SHARES], 0.99)
    table[:, _SKIN] += _CLOTHES * jitter[:, 0]
    return table


def follow(series, minutes):
    """First-order lag: the response to `series` with a time constant.

    Args:
        series: array `(days, 1440)`.
        minutes: float. The time constant.

    Returns:
        Array like `series`; it starts in the steady state.
    """
    keep = float(np.exp(-1.0 / minutes))
    state = keep * series[:, :1]
    return lfilter(
        np.float32([1 - keep]), np.float32([1, -keep]), series, zi=state
    )[0]


def wander(white, minutes):
    """White noise to noise with a correlation time, of the same variance.

    Args:
        white: array `(days, 1440)`, standard normal.
        minutes: float. The time after which the correlation is 1/e.

    Returns:
        Array like `white`, a first-order autoregression.
    """
    keep = float(np.exp(-1.0 / minutes))
    gain = (1 - keep**2) ** 0.5
    state = (1 - gain) * white[:, :1]
    return lfilter(np.float32([gain]), np.float32([1, -keep]), white, zi=state)[
        0
    ]
