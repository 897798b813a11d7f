"""From plans to day matrices: all 26 features, then what devices miss."""

import numpy as np

from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.sensors.minutes import resting_heart_rate
from keras_sensorlm.sensors.simulation import gaps
from keras_sensorlm.sensors.simulation.batch import wander
from keras_sensorlm.sensors.simulation.beats import optical_valid
from keras_sensorlm.sensors.simulation.beats import simulate_beats
from keras_sensorlm.sensors.simulation.beats import strap_valid
from keras_sensorlm.sensors.simulation.devices import count_steps
from keras_sensorlm.sensors.simulation.heart import simulate_heart_rate
from keras_sensorlm.sensors.simulation.motion import simulate_motion
from keras_sensorlm.sensors.simulation.skin import simulate_conductance
from keras_sensorlm.sensors.simulation.skin import simulate_lead_contact
from keras_sensorlm.sensors.simulation.skin import simulate_temperature
from keras_sensorlm.sensors.simulation.states import STATE_INDEX
from keras_sensorlm.sensors.simulation.wrist import simulate_wrist
from keras_sensorlm.sensors.simulation.wrist import to_device_units
from keras_sensorlm.sensors.simulation.wrist import wrist_energy

_RATE = feature_index("heart_rate")
_REST = feature_index("resting_heart_rate")
_STEPS = feature_index("steps")
_LOW = np.array([f.low for f in FEATURES], dtype="float32")
_HIGH = np.array([f.high for f in FEATURES], dtype="float32")


def simulate_values(batch, devices, holes):
    """Day matrices of a batch.

    Args:
        batch: `Batch`.
        devices: list of `Device`, one a day.
        holes: list of `Holes`, one a day.

    Returns:
        Float32 array `(days, 1440, 26)`, NaN = missing.
    """
    motion = simulate_motion(batch, _asleep(batch))
    rate = simulate_heart_rate(batch, motion)
    energy = wrist_energy(batch, motion)
    valid = optical_valid(batch, motion, energy, _of(devices, "lost"))
    straps = [b for b, device in enumerate(devices) if device.strap]
    if straps:
        valid[straps] = strap_valid(batch)[straps]
    beats = [_of(devices, name) for name in ("spoils", "jitter", "tick")]
    worn = np.stack([gaps.put_on(h, d) for h, d in zip(holes, devices)])
    features = {
        "heart_rate": _measured(batch, rate, energy, motion.asleep, straps),
        "steps": _counted(batch, motion, energy, devices),
        **simulate_beats(batch, motion, rate, valid, *beats),
        **_moved(batch, motion, energy, devices),
        "lead_contact_count": simulate_lead_contact(batch, motion),
        "altitude_std": _altitude(batch, motion),
    }
    features["eda_level"], features["eda_slope"] = simulate_conductance(
        batch, motion
    )
    (
        features["skin_temperature"],
        features["skin_temperature_slope"],
    ) = simulate_temperature(batch, motion, worn)
    features["resting_heart_rate"] = features["heart_rate"]
    values = np.empty(
        (len(batch), MINUTES_PER_DAY, len(FEATURES)), dtype="float32"
    )
    for i, name in enumerate(FEATURE_NAMES):
        np.clip(features[name], _LOW[i], _HIGH[i], out=values[:, :, i])
    for b, device in enumerate(devices):
        gaps.apply_holes(values[b], holes[b], device)
        _rest(values[b], energy[b], device)
        values[b][:, device.missing()] = np.nan
    return values


def _of(devices, trait):
    values = [getattr(device, trait) for device in devices]
    return np.array(values, dtype="float32")[:, None]


def _asleep(batch):
    sleep = STATE_INDEX["sleep"]
    return np.stack(
        [np.take(plan.states, plan.row) == sleep for plan in batch.plans]
    )


def _measured(batch, rate, energy, asleep, straps):
    """Heart rate as the device shows it: moving arms disturb the light."""
    noise = batch.noise("median")
    disturbed = 0.3 * np.exp(0.45 * np.clip(energy, -1.5, 3.6)) * noise
    if straps:
        # A strap shows each beat, and with it every jolt.
        jolt = np.maximum(np.abs(noise) - 1.4, 0.0)
        disturbed[straps] = (np.sign(noise) * (0.8 + 6.0 * jolt))[straps]
    return rate + disturbed * (1 - 0.6 * asleep)


def _counted(batch, motion, energy, devices):
    counters = [device.counter for device in devices]
    steps = count_steps("wrist", batch, motion, energy)
    if "trunk" in counters:
        trunk = np.array([counter == "trunk" for counter in counters])
        other = count_steps("trunk", batch, motion, energy)
        steps = np.where(trunk[:, None], other, steps)
    return steps


def _moved(batch, motion, energy, devices):
    raw = simulate_wrist(batch, motion, energy)
    own = np.array([not device.device_units for device in devices])
    made = to_device_units(raw)
    return {name: np.where(own[:, None], raw[name], made[name]) for name in raw}


def _altitude(batch, motion):
    """Normalised variation of height: stairs, hills and slopes."""
    noise = batch.noise("altitude")
    slow = wander(noise, 6.0)
    level = batch.state("altitude") * (0.4 + 0.6 * motion.working)
    level = level * np.exp(0.7 * slow + 0.4 * noise)
    stairs = (motion.cadence > 12) & (noise > 1.75)
    level = level + np.where(stairs, 0.05 * (noise - 1.7), np.float32(0))
    return level / (1 + 0.7 * level)


def _rest(values, energy, device):
    """Heart rate at rest by the library's own definition, in place."""
    has = device.channels
    steps = values[:, _STEPS] if "steps" in has else None
    movement = np.exp(energy) / 60 if "log_energy" in has else None
    values[:, _REST] = resting_heart_rate(values[:, _RATE], steps, movement)
