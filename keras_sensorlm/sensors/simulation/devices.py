"""What different devices make of the same day."""

import dataclasses

import numpy as np

from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.simulation.batch import wander

_RR = (
    "rr_valid_fraction", "rr_p80", "rr_p20", "rr_median", "rmssd", "sdnn",
    "rr_entropy", "rr_difference_entropy",
)  # fmt: skip
_HEART = ("heart_rate", "resting_heart_rate")
# The Empatica wristband: no step count, no altimeter, no contact count.
_WRISTBAND = tuple(
    f.name
    for f in FEATURES
    if f.modality != "ALT" and f.name not in ("steps", "lead_contact_count")
)


@dataclasses.dataclass(frozen=True)
class Device:
    """A kind of device and the habits of those who wear it.

    Attributes:
        name: str. How `simulate_days` calls it.
        channels: tuple of str. The features that it measures.
        source: str. The `SensorDay.source`.
        wear: str. `"always"` (but for charging), `"by day"` (many take it
            off at night), `"recording"` (24 hours from one morning to the
            next, so a calendar day holds one end of it) or `"session"` (half
            an hour to an hour and a half around an event).
        counter: str. How it counts steps: `"wrist"` or `"trunk"`.
        strap: bool. Whether beats come from a chest strap.
        lost: float. Beats lost for the device's own reasons, log odds.
        spoils: float. How far missed and early beats spoil a minute, 0 to
            1; optical devices leave most of them out.
        jitter: float. Error of an RR interval, ms.
        tick: float. Resolution of an RR interval, ms.
        device_units: bool. Whether motion features are on the maker's 8-bit
            scale (or in g and s, as from raw acceleration).
    """

    name: str
    channels: tuple
    source: str
    wear: str
    counter: str = "wrist"
    strap: bool = False
    lost: float = 0.0
    spoils: float = 0.4
    jitter: float = 9.0
    tick: float = 1.0
    device_units: bool = True

    def missing(self):
        """Columns of the day matrix that the device does not have."""
        return [
            i
            for i, name in enumerate(FEATURE_NAMES)
            if name not in self.channels
        ]


_TABLE = (
    Device("all", FEATURE_NAMES, "simulated", "always", lost=1.1),
    Device("watch", (*_HEART, "steps"), "simulated", "by day"),
    Device(
        "strap",
        (*_HEART, *_RR, "steps"),
        "simulated",
        "recording",
        counter="trunk",
        strap=True,
        spoils=1.0,
        jitter=1.0,
    ),
    Device("pedometer", ("steps",), "simulated", "by day"),
    Device(
        "e4",
        _WRISTBAND,
        "empatica_e4/simulated",
        "session",
        jitter=21.0,
        tick=1000 / 64,
        device_units=False,
    ),
)
DEVICES = {device.name: device for device in _TABLE}

# For pretraining: what people who come with their own data have.
MIXED_DEVICES = {
    "all": 0.3,
    "watch": 0.25,
    "strap": 0.2,
    "pedometer": 0.1,
    "e4": 0.15,
}


def count_steps(counter, batch, motion, energy):
    """The steps that a device counts, steps/min `(days, 1440)`.

    Args:
        counter: str. `"wrist"`: a watch that waits for a rhythm, so that
            five of six minutes of a day have none (as in Fitabase).
            `"trunk"`: a logger on the hip that counts every move a little
            and slow walking half (as in MMASH), 48 of 60 seconds of it.
        batch: `Batch`.
        motion: `Motion`.
        energy: array `(days, 1440)`. Log energy of the wrist.

    Returns:
        Array `(days, 1440)`.
    """
    cadence = motion.cadence
    noise = batch.noise("count")
    if counter == "wrist":
        counted = np.rint(cadence * (1 + 0.02 * noise))
        fooled = (energy > 1.3) & (noise > 2.0) & (motion.asleep == 0)
        false = np.rint(4 + 22 * np.maximum(noise - 2.0, 0))
        return np.maximum(counted, np.where(fooled, false, 0))
    gain = 0.5 + 0.4 * np.clip((cadence - 125) / 30, 0.0, 1.0)
    slow = wander(batch.noise("arm_slow"), 3.0)
    moves = np.exp(
        2.15
        + 0.5 * np.log(batch.state("arm") / 0.03)
        + 0.75 * slow
        + 0.9 * noise
    )
    # Of sleepers it counts those turns, and some smaller ones.
    turns = 7 * motion.stirring + 9 * np.maximum(noise - 1.3, 0.0)
    moves = np.where(motion.asleep > 0, turns, moves)
    counted = gain * cadence * (1 + 0.08 * noise) + moves / (1 + moves / 60)
    return np.maximum(np.rint((counted - 1.0) / 1.25), 0) * 1.25
