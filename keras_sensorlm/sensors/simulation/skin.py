"""Skin conductance and skin temperature."""

import numpy as np

from keras_sensorlm.sensors.simulation.batch import MINUTES
from keras_sensorlm.sensors.simulation.batch import follow
from keras_sensorlm.sensors.simulation.batch import wander

_PER_HOUR = 60.0


def simulate_conductance(batch, motion):
    """EDA level (uS) and slope (uS/h), arrays `(days, 1440)`.

    The tonic level answers to feelings within minutes, and to sweat only
    after five or ten minutes of effort; it wanders by itself.
    """
    sweat = batch.state("sweat") * np.minimum(motion.load * 2 + 0.3, 1.2)
    log_level = np.log(batch.person("conductance"))
    log_level = log_level + 1.4 * follow(sweat, 9.0)
    log_level += 0.45 * follow(motion.arousal, 4.0)
    clock = np.cos((MINUTES - 16 * 60) * np.float32(2 * np.pi / 1440))
    log_level += 0.18 * clock
    log_level += 0.4 * wander(batch.noise("sweat_slow"), 60.0)
    fast = 0.05 + 0.1 * (motion.asleep == 0)
    log_level += fast * wander(batch.noise("sweat_fast"), 2.5)
    level = np.exp(np.minimum(log_level, 6.0))
    # Wet skin saturates.
    level = np.clip(level / (1 + level / 70), 0.03, 60.0)
    slope = _slope(level)
    slope += 0.02 * level * _PER_HOUR * batch.noise("lead")
    return level, np.clip(slope, -600, 600)


def simulate_lead_contact(batch, motion):
    """How often the EDA electrodes touched the skin, count a minute."""
    loose = wander(batch.noise("lead"), 20.0) + 0.5 * batch.noise("lead")
    loose += 0.8 * np.minimum(motion.load, 0.8) - 0.4 * motion.asleep
    count = 248 + 3 * batch.noise("skin_slope")
    count -= 190 * np.clip(loose - 1.35, 0.0, 1.3)
    return np.clip(np.rint(count), 0, 255)


def simulate_temperature(batch, motion, worn_since):
    """Skin temperature (degC) and slope (degC/h), arrays `(days, 1440)`.

    Warm in sleep, when the skin gives the core's heat away; cooler out of
    doors, in the first minutes of effort and under stress; and a device that
    was just put on has yet to warm up.

    Args:
        batch: `Batch`.
        motion: `Motion`.
        worn_since: array `(days, 1440)`. Minutes since it was put on.
    """
    outside = _season(batch) * np.clip(-batch.state("skin") - 0.5, 0, 1.2)
    air = batch.state("skin") + outside
    heat = batch.person("skin") + follow(air * (1 - motion.asleep), 7.0)
    heat += follow(batch.state("skin") * motion.asleep, 25.0)
    heat -= 1.4 * (follow(motion.load, 2.0) - follow(motion.load, 20.0))
    heat -= 0.5 * follow(motion.arousal, 6.0)
    heat += 0.75 * wander(batch.noise("skin_slow"), 70.0)
    heat += 0.1 * wander(batch.noise("skin_fast"), 4.0)
    heat -= 5.5 * np.exp(-np.maximum(worn_since, 0) / 7.0)
    slope = _slope(heat)
    slope += (3.0 + 22 * motion.load - 2.0 * motion.asleep) * batch.noise(
        "skin_slope"
    )
    return np.clip(heat, 16.0, 39.5), np.clip(slope, -400, 400)


def _slope(level):
    """Change an hour, by the difference of the minutes around."""
    slope = np.empty_like(level)
    slope[:, 1:-1] = (level[:, 2:] - level[:, :-2]) * (_PER_HOUR / 2)
    slope[:, 0] = (level[:, 1] - level[:, 0]) * _PER_HOUR
    slope[:, -1] = (level[:, -1] - level[:, -2]) * _PER_HOUR
    return slope


def _season(batch):
    """What the weather adds to the skin temperature out of doors, degC."""
    day = [plan.date.timetuple().tm_yday for plan in batch.plans]
    year = np.cos((np.array(day, dtype="float32") - 200) * (2 * np.pi / 365))
    return (1.6 * year - 0.4).astype("float32")[:, None]
