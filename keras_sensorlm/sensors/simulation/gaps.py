"""Where a day has holes: not worn, charging, out of touch, dropped."""

import dataclasses
import math

import numpy as np

from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY

_PULSE = [i for i, f in enumerate(FEATURES) if f.modality == "PPG"]
_SKIN = [i for i, f in enumerate(FEATURES) if f.modality == "EDA"]
_STEPS = [i for i, f in enumerate(FEATURES) if f.name == "steps"]
# The Fitabase reader takes zero steps for not worn where the heart rate is
# gone for this long; a shorter gap keeps its zeros.
_OFF_WRIST_MINUTES = 30
_LEAST_MINUTES = 60


@dataclasses.dataclass
class Holes:
    """Stretches of one day without data, lists of (start, end).

    Attributes:
        off: not worn: everything is missing.
        pulse: the optical (or strap) sensor found no heart beat.
        skin: the electrodes had no contact.
    """

    off: list
    pulse: list
    skin: list


def draw_holes(plan, device, draws):
    """Where a device misses parts of a planned day.

    Args:
        plan: `Plan`.
        device: `Device`.
        draws: `Draws`.

    Returns:
        `Holes`.
    """
    kinds = {
        "always": _worn_always,
        "by day": _worn_by_day,
        "recording": _recorded,
        "session": _one_session,
    }
    off = kinds[device.wear](plan, draws)
    if device.wear != "session" and _waking_minutes(plan, off) < _LEAST_MINUTES:
        off = []  # a day without data would be no day of a study
    pulse, skin = [], []
    if device.wear == "always" or device.wear == "by day":
        # As in Fitabase: some three a day, half of them under 7 minutes.
        pulse = _short(draws, draws.between(0, 8), 3.5, 1.25)
        skin = _short(draws, draws.between(0, 2.5), 8.0, 1.2)
    return Holes(off, pulse, skin)


def _waking_minutes(plan, off):
    """How long the device is worn while its wearer is awake."""
    seen = np.ones(MINUTES_PER_DAY, dtype=bool)
    asleep = (plan.night, (plan.tonight, MINUTES_PER_DAY))
    for span in _spans([*off, *asleep]):
        seen[span] = False
    return np.count_nonzero(seen)


def _worn_always(plan, draws):
    """Charged once a day or so, seldom forgotten."""
    off = []
    if draws.chance(0.72):
        length = draws.between(20, 110)
        moments = (
            plan.night[1] + draws.between(5, 50),
            plan.tonight - length - draws.between(0, 90),
            draws.between(8 * 60, 21 * 60),
        )
        start = moments[int(3 * draws.number())]
        off.append((start, start + length))
    if draws.chance(0.18):
        off += _night_off(plan, draws)
    if draws.chance(0.3):
        start = draws.between(0, MINUTES_PER_DAY)
        off.append((start, start + _long_tailed(draws, 70, 1.0)))
    if draws.chance(0.07):
        off.append(_cut(draws))
    return off


def _worn_by_day(plan, draws):
    """As in Fitabase: two thirds of the people sleep without it."""
    off = []
    habit = math.modf(abs(plan.person.wrist) * 1000)[0]
    if draws.chance(0.92 if habit < 0.62 else 0.12):
        off += _night_off(plan, draws)
    if draws.chance(0.45):
        start = draws.between(6 * 60, 22 * 60)
        off.append((start, start + _long_tailed(draws, 60, 1.1)))
    if draws.chance(0.2):
        off.append(_cut(draws))
    return off


def _night_off(plan, draws):
    """Taken off before bed, put on some time after waking."""
    late = _long_tailed(draws, 40, 0.9)
    early = _long_tailed(draws, 80, 1.0)
    return [
        (plan.night[0] - early, plan.night[1] + late),
        (plan.tonight - early, MINUTES_PER_DAY),
    ]


def _cut(draws):
    """The battery died, or the study began at noon."""
    moment = draws.between(5 * 60, 21 * 60)
    return (0, moment) if draws.chance(0.4) else (moment, MINUTES_PER_DAY)


def _recorded(plan, draws):
    """24 hours from one morning to the next, on two calendar days."""
    hour = draws.around(60 * 9.7, 30)
    if draws.chance(0.06):
        off = []
    elif draws.chance(0.5):
        off = [(0, hour)]
    else:
        off = [(hour, MINUTES_PER_DAY)]
        if draws.chance(0.15):
            off.append((hour - draws.between(20, 240), hour))
    return off + _short(draws, draws.between(0, 9), 3.0, 1.35)


def _one_session(plan, draws):
    """Half an hour to an hour and a half around something that happens."""
    at = [
        event.start_minute for event in plan.events if event.kind == "activity"
    ]
    # The longer of several is not sought: any event may be recorded.
    at += [start for start, _, arousal, _ in plan.feelings if arousal > 0.4]
    if not at:
        at = [draws.between(plan.night[1] + 30, 20 * 60)]
    start = at[int(len(at) * draws.number())] - draws.between(3, 20)
    start = min(max(start, 0), MINUTES_PER_DAY - 100)
    end = start + draws.between(25, 95)
    return [(0, start), (end, MINUTES_PER_DAY)]


def _short(draws, count, median, spread):
    """Some short holes anywhere, their lengths with a long tail."""
    holes = []
    for _ in range(int(count)):
        start = draws.between(0, MINUTES_PER_DAY)
        holes.append((start, start + _long_tailed(draws, median, spread)))
    return holes


def _long_tailed(draws, median, spread):
    return median * math.exp(draws.around(0.0, spread))


def put_on(holes, device):
    """Minutes since the device was last put on, float32 `(1440,)`."""
    # Before the day it was worn for a long time, and before a session in a
    # laboratory for a quarter of an hour.
    before = 15 if device.wear == "session" else 0
    since = np.arange(600, 600 + MINUTES_PER_DAY, dtype="float32")
    for start, end in sorted(holes.off):
        end = min(max(round(end), 0), MINUTES_PER_DAY)
        if end > start and end < MINUTES_PER_DAY:
            since[end:] = before + np.arange(MINUTES_PER_DAY - end)
    return since


def apply_holes(values, holes, device):
    """Makes the minutes missing that a device did not see, in place.

    A pedometer cannot tell that nobody wears it: it counts no steps, and a
    watch does so in short gaps.

    Args:
        values: float32 array `(1440, 26)`.
        holes: `Holes`.
        device: `Device`.
    """
    if device.name == "pedometer":
        for span in _spans(holes.off):
            values[span, _STEPS] = 0.0
        if not np.nansum(values[:, _STEPS]):
            values[:, _STEPS] = np.nan
        return
    for span in _spans(holes.off):
        keeps_zeros = (
            device.wear == "by day"
            and span.stop - span.start < _OFF_WRIST_MINUTES
        )
        steps = values[span, _STEPS].copy()
        values[span] = np.nan
        if keeps_zeros:
            values[span, _STEPS] = 0 * steps
    for span in _spans(holes.pulse):
        values[span, _PULSE] = np.nan
    for span in _spans(holes.skin):
        values[span, _SKIN] = np.nan


def _spans(stretches):
    for start, end in stretches:
        start, end = max(round(start), 0), min(round(end), MINUTES_PER_DAY)
        if start < end:
            yield slice(start, end)
