"""Walking, effort and mental load, minute by minute."""

import dataclasses

import numpy as np

from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.simulation.batch import MINUTES
from keras_sensorlm.sensors.simulation.batch import follow
from keras_sensorlm.sensors.simulation.batch import wander

# Between unplanned bouts of walking: many follow each other after a minute
# or two, and then nobody walks for half an hour.
_SHORT_GAP_SHARE = 0.62
_SHORT_GAP = 0.3
_LONG_GAP = (1 - _SHORT_GAP_SHARE * _SHORT_GAP) / (1 - _SHORT_GAP_SHARE)


@dataclasses.dataclass
class Motion:
    """What people do with their bodies, arrays `(days, 1440)`.

    Attributes:
        cadence: true steps a minute.
        load: effort as the heart will feel it, share of the reserve.
        working: how much of the minute is work rather than ease.
        asleep: 1 asleep, 0 awake.
        stirring: 1 in minutes in which a sleeper moves.
        arousal: mental load, -1 to 1.
        vagal: change of the log RMSSD by feelings.
    """

    cadence: np.ndarray
    load: np.ndarray
    working: np.ndarray
    asleep: np.ndarray
    stirring: np.ndarray
    arousal: np.ndarray
    vagal: np.ndarray


def simulate_motion(batch, asleep):
    """The `Motion` of a batch; `asleep` is bool `(days, 1440)`."""
    working = _working(batch)
    ease = batch.state("ease")
    level = ease + (1 - ease) * working
    walking = walking_bouts(batch)
    cadence = np.maximum(_session_cadence(batch, working), walking)
    session = batch.state("effort") * level + batch.state("wander") * wander(
        batch.noise("effort"), 6.0
    )
    warm_up = batch.state("warm_up")
    session *= np.minimum((batch.since + 1) / (warm_up + 1), 1.0)
    fitness = batch.person("fitness")
    pace = cadence / 100
    on_foot = pace * (0.15 + 0.05 * pace) * np.exp(-0.1 * fitness)
    on_foot += np.where(cadence > 0, np.float32(0.09), np.float32(0))
    # Reaching, lifting, shifting in the chair.
    fidget = wander(batch.noise("arm_slow"), 4.0) + 0.5 * batch.noise("count")
    on_foot += np.where(asleep, 0, 0.022 * np.maximum(fidget + 0.3, 0.0))
    load = np.clip(np.maximum(session, on_foot), 0.0, 0.98)
    # Who turns over in sleep moves for a minute; a noise that lingers makes
    # some of these minutes cluster into lying awake.
    turn = batch.noise("turn")
    stirring = asleep & ((turn > 1.95) | (wander(turn, 4.0) > 2.2))
    arousal, vagal = _feelings(batch)
    return Motion(
        cadence, load, working, asleep.astype("float32"),
        stirring.astype("float32"), arousal, vagal,
    )  # fmt: skip


def _working(batch):
    """Share of each minute that is work, in a round of work and ease."""
    period = batch.state("period")
    steady = period <= 0
    period = np.where(steady, 1.0, period)
    phase = np.mod(batch.since, period)
    share = np.clip(batch.state("work") * period - phase, 0.0, 1.0)
    return np.where(steady, np.float32(1), share)


def _session_cadence(batch, working):
    """Steps of states in which one walks or runs all the time."""
    cadence = batch.state("cadence") * batch.person("cadence")
    slow = wander(batch.noise("cadence"), 5.0)
    cadence *= 1 + 0.025 * slow + 0.015 * batch.noise("cadence")
    # Normal noise below the quantile of the share: by a logistic curve,
    # which is within 0.01 of it.
    share = np.clip(batch.state("stepping"), 1e-4, 1 - 1e-4)
    step_now = batch.noise("stepping") < np.log(share / (1 - share)) / 1.702
    return np.where(step_now, cadence * (0.12 + 0.88 * working), 0.0)


def walking_bouts(batch):
    """Unplanned walking: to the kettle, to the bus, true steps a minute.

    Bouts start at a rate that the state sets, in bursts; their lengths have
    a long tail, and long ones are walked at a brisker cadence.
    """
    first, second, third, fourth = np.moveaxis(batch.uniforms, 1, 0)
    first = np.maximum(first, 1e-7)
    gap = -np.log(first)
    gap *= np.where(second < _SHORT_GAP_SHARE, _SHORT_GAP, _LONG_GAP)
    due = np.cumsum(gap, axis=1, dtype="float64")
    rate = batch.state("bouts") * batch.person("activeness") / 60
    passed = np.cumsum(rate, axis=1, dtype="float64")
    # Box-Muller: two uniform numbers to two normal ones.
    radius = np.sqrt(-2 * np.log(np.maximum(third, 1e-7)))
    size = radius * np.cos(2 * np.pi * fourth)
    pace = radius * np.sin(2 * np.pi * fourth)
    length = np.clip(np.exp(0.95 * size - 0.05), 0.15, 60.0)
    brisk = 17 * (length + 0.3) ** 0.42
    cadence = np.clip(brisk * np.exp(0.5 * pace), 3.0, 118.0)
    cadence = cadence * batch.person("cadence")
    walking = np.zeros((len(batch), MINUTES_PER_DAY), dtype="float32")
    asleep = batch.state("posture") == 0
    for b in range(len(batch)):
        start = np.searchsorted(passed[b], due[b])
        start = start[start < MINUTES_PER_DAY]
        n = len(start)
        # Nobody strolls out of bed.
        longest = np.where(asleep[b][start], 2.0, length[b, :n])
        _paint(walking[b], start, np.minimum(length[b, :n], longest),
               cadence[b, :n])  # fmt: skip
    # Corners and doors: the shorter the walk, the less even.
    uneven = np.where(walking > 85, 0.06, 0.42).astype("float32")
    walking *= np.exp(uneven * batch.noise("cadence"))
    return np.minimum(walking, 132.0)


def _paint(line, start, length, cadence):
    """Adds bouts to one day; the last minute of each is not a whole one."""
    whole = np.ceil(length).astype(int)
    within = np.arange(whole.sum()) - np.repeat(whole.cumsum() - whole, whole)
    at = np.repeat(start, whole) + within
    share = np.clip(np.repeat(length, whole) - within, 0.4, 1.0)
    steps = np.repeat(cadence, whole) * share
    kept = at < MINUTES_PER_DAY
    line[at[kept]] = steps[kept]


def _feelings(batch):
    """Mental load of states and of feelings, and what the vagus does."""
    arousal = batch.state("arousal").copy()
    vagal = np.zeros_like(arousal)
    for b, plan in enumerate(batch.plans):
        for start, end, up, tone in plan.feelings:
            span = slice(round(start), round(end))
            arousal[b, span] += up
            vagal[b, span] += tone
    arousal *= batch.person("nerves")
    arousal += 0.18 * wander(batch.noise("arousal"), 15.0)
    return follow(arousal, 3.0), follow(vagal, 3.0)


def hypnogram(batch, asleep):
    """Depth and dreaming of sleep, by cycles of about 90 minutes.

    Deep sleep fills the early cycles and dreaming (REM) the late ones
    (Carskadon and Dement 2011).

    Args:
        batch: `Batch`.
        asleep: bool array `(days, 1440)`.

    Returns:
        `(deep, dreaming, slept)`: float arrays `(days, 1440)`; `slept` is
        the minutes since falling asleep, 0 when awake.
    """
    onset = np.array([[p.night[0]] for p in batch.plans], dtype="float32")
    tonight = np.array([[p.tonight] for p in batch.plans], dtype="float32")
    slept = np.where(MINUTES >= tonight, MINUTES - tonight, MINUTES - onset)
    slept = np.where(asleep, slept, 0.0)
    # A nap in between has no night behind it.
    slept = np.where(slept > 720, 20.0, slept)
    cycle = slept / (88 + 4 * batch.person("artefacts"))
    phase = cycle - np.floor(cycle)
    number = np.floor(cycle)
    depth = np.clip(0.62 - 0.17 * number, 0.05, 1.0)
    deep = asleep & (phase > 0.18) & (phase < 0.18 + depth)
    dreaming = asleep & (phase > 0.9 - 0.07 * number)
    return deep.astype("float32"), dreaming.astype("float32"), slept
