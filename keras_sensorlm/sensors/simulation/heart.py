"""Heart rate: rhythm of the day, effort with its lags, sleep, feelings."""

import numpy as np

from keras_sensorlm.sensors.simulation.batch import MINUTES
from keras_sensorlm.sensors.simulation.batch import follow
from keras_sensorlm.sensors.simulation.batch import wander
from keras_sensorlm.sensors.simulation.motion import hypnogram

# Time constants in minutes. Heart rate rises with effort within a minute and
# falls in two parts, by vagal return and by clearance (Pierpont et al. 2000).
_RISE = 0.7
_VAGAL_RETURN = 1.1
_CLEARANCE = 7.0
_DRIFT = 35.0


def simulate_heart_rate(batch, motion):
    """True mean heart rate of each minute, bpm `(days, 1440)`."""
    asleep = motion.asleep
    deep, dreaming, slept = hypnogram(batch, asleep > 0)
    rest = batch.person("sleeping")
    # Cooling down through the night takes the heart rate with it.
    night = 6.5 * np.exp(-slept / 130) - 1.8 * deep + 2.4 * dreaming - 2.0
    night += 9.0 * motion.stirring * np.exp(0.3 * batch.noise("shape"))
    clock = np.cos((MINUTES - 15.5 * 60) * np.float32(2 * np.pi / 1440))
    day = follow(batch.state("posture"), 1.5) + 1.8 * clock
    day += 6.0 * motion.arousal + _meals(batch)
    base = rest + follow(np.where(asleep > 0, night, day), 1.3)
    reserve = np.maximum(batch.person("maximum") - base, 30.0)
    rate = base + reserve * lagged_effort(motion.load, batch.person("fitness"))
    slow = 0.4 * wander(batch.noise("heart_slow"), 15.0)
    slow += 0.75 * wander(batch.noise("heart_hour"), 90.0)
    fast = wander(batch.noise("heart_fast"), 4.0)
    white = batch.noise("heart_white")
    quiet = asleep * (1 - 0.7 * dreaming)
    # Standing up, lifting, laughing: a jolt for a minute.
    jolt = np.sign(white) * np.maximum(np.abs(white) - 1.4, 0.0)
    rate += (5.0 - 3.0 * asleep) * slow + (5.0 - 3.5 * asleep) * jolt
    rate += (4.7 - 3.4 * quiet) * fast + (0.8 - 0.4 * quiet) * white
    return np.clip(rate, 35.0, 205.0)


def lagged_effort(load, fitness):
    """What the heart shows of an effort: quick up, slower down.

    effort = max(fast lag, weighted vagal return and clearance) and a slow
    drift of 7 % in long efforts; the fit recover quicker.

    Args:
        load: array `(days, 1440)`. Share of the heart rate reserve.
        fitness: array `(days, 1)`. Standard normal.

    Returns:
        Array `(days, 1440)`.
    """
    vagal = np.clip(0.62 + 0.08 * fitness, 0.4, 0.85)
    recovery = vagal * follow(load, _VAGAL_RETURN)
    recovery += (1 - vagal) * follow(load, _CLEARANCE)
    shown = np.maximum(follow(load, _RISE), recovery)
    drift = np.where(load > 0.3, follow(load, _DRIFT), np.float32(0))
    return np.minimum(shown + 0.07 * drift, 1.0)


def _meals(batch):
    """Digestion: some beats a minute more for two hours."""
    extra = np.zeros((len(batch), MINUTES.size), dtype="float32")
    for b, plan in enumerate(batch.plans):
        for meal in plan.meals:
            start = int(np.clip(meal, 0, MINUTES.size - 1))
            since = (MINUTES[: MINUTES.size - start] + 1) / 35
            extra[b, start:] += 3.0 * since * np.exp(1 - since)
    return extra
