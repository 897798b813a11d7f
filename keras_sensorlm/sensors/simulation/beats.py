"""Beat-to-beat intervals: the eight RR and variability features.

The coefficients are near least-squares fits to the minutes of MMASH, within
people: log RMSSD falls by about 2 for each unit of log heart rate; SDNN
exceeds RMSSD the more, the faster the heart and the lower the RMSSD; the
entropies of n intervals in bins of 5 ms follow -ln(1 / n + 5 ms / (5.5 sd))
within 0.13 nat.
"""

import math

import numpy as np

from keras_sensorlm.sensors.heartbeats import ENTROPY_BIN
from keras_sensorlm.sensors.heartbeats import VARIABILITY_CAP
from keras_sensorlm.sensors.simulation.batch import wander

_MIN_BEATS = 10.0
_LOG_30 = math.log(30)


def simulate_beats(batch, motion, rate, valid, spoils, jitter, tick):
    """RR features of a batch.

    Args:
        batch: `Batch`.
        motion: `Motion`.
        rate: array `(days, 1440)`. True heart rate, bpm.
        valid: array `(days, 1440)`. Part of the minute with valid beats.
        spoils: array `(days, 1)`. How far missed beats spoil a minute.
        jitter: array `(days, 1)`. Error of the device in an interval, ms.
        tick: array `(days, 1)`. Resolution of the device, ms.

    Returns:
        Dict from feature name to array `(days, 1440)`; the statistics of
        minutes with fewer than 10 valid beats are NaN.
    """
    rmssd, sdnn, spoilt = _variability(batch, motion, rate, spoils, jitter)
    middle = 60_000 / rate * (1 + 0.012 * batch.noise("median"))
    width = 2.0 * np.minimum(sdnn, 350) * (1 + 0.08 * batch.noise("vagal_fast"))
    width = np.clip(width, 4.0, 0.8 * middle)
    skew = 0.2 * np.clip(batch.noise("skew"), -3, 3)
    count = np.maximum(valid * rate, 1.0)
    noise = 0.1 * batch.noise("entropy")
    # Where beats are missed, two intervals become one of twice the length.
    missed = 0.7 * spoils * middle * np.clip(spoilt - 0.5, 0.0, 1.0)
    features = {
        "rr_p80": middle + width * (0.5 + 0.5 * skew) + missed,
        "rr_p20": middle - width * (0.5 - 0.5 * skew),
        "rr_median": middle,
        "rmssd": np.minimum(rmssd, VARIABILITY_CAP),
        "sdnn": np.minimum(sdnn, VARIABILITY_CAP),
        "rr_entropy": entropy(count, sdnn, tick, noise),
        "rr_difference_entropy": entropy(count, rmssd, tick, noise),
    }
    few = count < _MIN_BEATS
    for column in features.values():
        column[few] = np.nan
    return {"rr_valid_fraction": valid, **features}


def _variability(batch, motion, rate, spoils, jitter):
    """RMSSD and SDNN, ms, and how spoilt each minute is (0 and less: not)."""
    pace = np.log(rate / 70)
    log_rmssd = np.log(batch.person("variability")) - 1.9 * pace
    log_rmssd += motion.vagal
    log_rmssd += 0.24 * wander(batch.noise("vagal_slow"), 9.0)
    log_rmssd += 0.2 * batch.noise("vagal_fast")
    # A missed or an early beat spoils a whole minute; some people (and some
    # straps) have many, and they come in spells.
    spell = 0.5 * batch.noise("artefact") + 0.85 * wander(
        batch.noise("vagal_spell"), 10.0
    )
    often = 1.75 - 0.5 * batch.person("artefacts")
    spoilt = spell - often
    log_rmssd += spoils * np.clip(2.3 * spoilt, 0.0, 2.6)
    log_ratio = 0.42 + 0.73 * pace - 0.32 * (log_rmssd - _LOG_30)
    # Standing up and sitting down within the minute spreads the intervals.
    log_ratio += 0.12 * np.minimum(motion.cadence, 30) / 30
    log_ratio += 0.3 * batch.noise("ratio") - 0.25 * (1 - spoils)
    rmssd = np.exp(np.clip(log_rmssd, 0.8, 6.0))
    sdnn = np.exp(np.clip(log_rmssd + log_ratio, 1.2, 6.0))
    # Errors of the beats' times are larger where the light is disturbed.
    error = jitter * np.exp(0.5 * batch.noise("valid_slow"))
    rmssd = np.sqrt(rmssd**2 + error**2)
    sdnn = np.sqrt(sdnn**2 + 0.5 * error**2)
    return rmssd, sdnn, spoilt


def entropy(count, deviation, tick, noise):
    """Shannon entropy that `count` binned values of a spread have, nat."""
    bins = 5.5 * deviation / np.maximum(tick, ENTROPY_BIN)
    return np.maximum(noise - np.log(1 / count + 1 / bins), 0.0)


def optical_valid(batch, motion, energy, lost):
    """Part of the minute with beats that an optical sensor could time.

    Falls with the movement of the wrist as it does for the 53 people of the
    Empatica E4 data sets: 0.75 when still, 0.4 when typing, 0.15 in vigorous
    movement, and many minutes with none.

    Args:
        batch: `Batch`.
        motion: `Motion`.
        energy: array `(days, 1440)`. Log energy of the wrist, ln(g s).
        lost: array `(days, 1)`. Further loss by the device, log odds.

    Returns:
        Array `(days, 1440)`, 0 to 1.
    """
    odds = 0.7 - 0.85 * (energy + 0.5) - batch.state("contact")
    odds += 0.35 * motion.asleep - lost - 0.5 * batch.person("artefacts")
    odds += 1.1 * wander(batch.noise("valid_slow"), 8.0)
    odds += 0.9 * batch.noise("valid_fast")
    share = 1 / (1 + np.exp(-odds))
    return np.clip(1.08 * share - 0.04, 0.0, 1.0)


def strap_valid(batch):
    """The same of a chest strap with a logger that skips seconds."""
    part = 0.768 + 0.016 * batch.noise("valid_fast")
    part += 0.08 * np.clip(batch.noise("valid_slow") - 0.75, 0.0, 1.0)
    slip = 0.75 * wander(batch.noise("artefact"), 4.0)
    slip += 0.65 * batch.noise("valid_fast") - 1.35
    part -= np.clip(0.25 * slip, 0.0, 0.7)
    return np.clip(part, 0.0, 1.0)
