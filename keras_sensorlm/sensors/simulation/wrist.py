"""The accelerometer of the wrist: the nine motion features.

They are made in the units of `sensors.movement.acceleration_features`, from
the strength of the arm's movement and how rhythmic it is, with the trends
over log energy that the Empatica E4 recordings of 53 people show, and then
put on the 8-bit scale of the original maker's firmware.
"""

import math

import numpy as np

from keras_sensorlm.sensors.features import feature
from keras_sensorlm.sensors.movement import LARGEST_RANGE
from keras_sensorlm.sensors.movement import SLEEP_BINS
from keras_sensorlm.sensors.movement import SMALLEST_RANGE
from keras_sensorlm.sensors.simulation.batch import wander

_SAMPLING_RATE = 32.0
_SENSOR_NOISE = 0.0055  # g, the floor of the wrist's movement

# Mean and standard deviation of each feature over all minutes of simulated
# days, so that those days have the maker's mean and standard deviation.
MOTION_STATISTICS = {
    "jerk_autocorrelation": (-0.207, 0.212),
    "log_energy": (0.377, 1.25),
    "covariance_condition": (21.1, 37.5),
    "log_energy_ratio": (0.693, 0.213),
    "zero_crossing_std": (1.45, 2.24),
    "zero_crossing_mean": (0.577, 0.882),
    "axis_mean": (0.124, 0.221),
    "kurtosis": (12.2, 16.0),
    "sleep_coefficient": (8.21, 3.21),
}


def wrist_energy(batch, motion):
    """Log of the summed RMS magnitude of the minute, ln(g s)."""
    level = batch.state("ease") * 0.5
    level = level + (1 - level) * motion.working
    slow = wander(batch.noise("arm_slow"), 4.0)
    rhythm = batch.state("regularity") * motion.working
    spread = 0.75 * (1 - 0.85 * rhythm)
    arm = batch.state("arm") * level
    arm = arm * np.exp(spread * (0.8 * slow + 0.6 * batch.noise("arm_fast")))
    walk = 0.15 * np.sqrt(np.minimum(motion.cadence / 100, 1.0))
    # Arms swing less with a bag or a phone in the hand.
    walk = walk * np.exp(0.2 * slow)
    turning = 0.07 * motion.stirring * np.exp(0.6 * batch.noise("arm_fast"))
    strength = np.where(
        motion.asleep > 0, 0.3 * arm + turning, np.maximum(arm, walk)
    )
    return np.log(60 * np.sqrt(strength**2 + _SENSOR_NOISE**2))


def simulate_wrist(batch, motion, energy):
    """The nine motion features in g, s and nat.

    Args:
        batch: `Batch`.
        motion: `Motion`.
        energy: array `(days, 1440)`, from `wrist_energy`.

    Returns:
        Dict from feature name to array `(days, 1440)`.
    """
    walking = np.clip(motion.cadence / 110, 0.0, 1.0)
    rhythm = np.maximum(
        batch.state("regularity") * motion.working, 0.6 * walking**2
    )
    frequency = np.where(
        (walking > 0.5) & (batch.state("regularity") == 0),
        motion.cadence / 120,
        batch.state("frequency"),
    )
    free = 1 - rhythm
    still = np.clip((0.6 - energy) / 1.6, 0.0, 1.0)
    shape = batch.noise("shape")
    jerk = -0.06 - 0.38 * still + (0.17 - 0.1 * still) * shape * free
    jerk += rhythm * (0.55 * np.cos(2 * np.pi * frequency * 4 / 32) - 0.25)
    line = 0.86 * wander(batch.noise("line"), 2.0) + 0.5 * shape
    condition = np.exp(2.75 - 1.4 * still**2 + (1.15 - 0.45 * rhythm) * line)
    ratio = 0.8 - 0.26 * still + 0.16 * line + 0.05 * shape
    crossing, spread = _crossings(batch, energy, rhythm, frequency)
    burst = 2.35 - 1.0 * np.clip(energy - 1.9, 0, 1.2) - 0.9 * (still**2) ** 2
    burst = burst - 0.8 * rhythm + 0.95 * free * batch.noise("burst")
    reach = (
        np.exp(energy)
        / 60
        * 3
        * np.exp(
            2.45
            - 0.35 * np.clip(energy - 1.5, 0, 2)
            - 0.25 * rhythm
            + 0.28 * batch.noise("burst")
        )
    )
    bins = np.log(np.maximum(reach, SMALLEST_RANGE) / SMALLEST_RANGE)
    bins = bins * (SLEEP_BINS / math.log(LARGEST_RANGE / SMALLEST_RANGE))
    return {
        "jerk_autocorrelation": np.clip(jerk, -0.5, 0.98),
        "log_energy": energy,
        "covariance_condition": np.clip(condition, 1.0, 900.0),
        "log_energy_ratio": np.clip(ratio, 0.15, 1.09),
        "zero_crossing_std": spread,
        "zero_crossing_mean": crossing,
        "axis_mean": _orientation(batch, motion),
        "kurtosis": np.clip(np.exp(burst), 1.5, 400.0),
        "sleep_coefficient": np.clip(np.floor(bins), 0, SLEEP_BINS - 1),
    }


def _crossings(batch, energy, rhythm, frequency):
    """Mean and deviation of the time between zero crossings, s."""
    # Sensor noise crosses zero quickly, slow gestures seldom.
    log_mean = -1.75 + 0.55 * np.clip(energy + 0.6, 0, 4.2)
    log_mean = log_mean + 0.95 * batch.noise("crossing")
    beat = -np.log(2 * np.maximum(frequency, 0.05))
    log_mean = (1 - rhythm) * log_mean + rhythm * beat
    log_spread = log_mean + 0.95 - 2.3 * rhythm + 0.25 * batch.noise("shape")
    shortest, longest = math.log(1 / _SAMPLING_RATE), math.log(30.0)
    return (
        np.exp(np.clip(log_mean, shortest, longest)),
        np.exp(np.clip(log_spread, shortest, longest)),
    )


def _orientation(batch, motion):
    """Mean of the three axes, g: a posture held for a while, then another."""
    slow = wander(batch.noise("orientation"), 18.0)
    held = np.round(1.3 * wander(batch.noise("orientation"), 50.0)) / 1.3
    lean = np.where(motion.asleep > 0, held, slow)
    wobble = 0.02 * (1 - motion.asleep) * batch.noise("arm_fast")
    return np.clip(batch.person("wrist") + 0.19 * lean + wobble, -0.57, 0.57)


def to_device_units(features):
    """Motion features on the 8-bit scale of the maker's firmware.

    device = mean + std (x - m) / s with the maker's mean and std (`FEATURES`)
    and m and s of `MOTION_STATISTICS`, rounded and clipped to 0 to 255.

    Args:
        features: dict. What `simulate_wrist` returned.

    Returns:
        Dict with the same names.
    """
    converted = {}
    for name, column in features.items():
        middle, deviation = MOTION_STATISTICS[name]
        maker = feature(name)
        scaled = maker.mean + maker.std * (column - middle) / deviation
        top = SLEEP_BINS - 1 if name == "sleep_coefficient" else 255
        converted[name] = np.clip(np.rint(scaled), 0, top)
    return converted
