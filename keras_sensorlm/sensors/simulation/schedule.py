"""What somebody does on one day: states one after the other, and events."""

import dataclasses
import datetime
import itertools

import numpy as np

from keras_sensorlm.sensors.activities import ACTIVITY_TABLE
from keras_sensorlm.sensors.day import Event
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.simulation.person import Person
from keras_sensorlm.sensors.simulation.person import is_free
from keras_sensorlm.sensors.simulation.states import MOODS
from keras_sensorlm.sensors.simulation.states import STATE_INDEX

_ACTIVITIES = tuple(ACTIVITY_TABLE.values())
_MOOD_LABELS = tuple(MOODS)
_MOOD_WEIGHTS = tuple(
    itertools.accumulate(share for share, _, _ in MOODS.values())
)
_MOST_SESSIONS = 4
_WINTER = (12, 1, 2, 3)
_SUMMER = (4, 5, 6, 7, 8, 9, 10)
# Most people log a mood once or twice, and live through more than they log.
_LOGGED = 0.6


def _weights(**shares):
    return tuple(shares), tuple(itertools.accumulate(shares.values()))


_COMMUTES = _weights(transit=0.38, driving=0.42, stroll=0.2)
_FREE_TIME = _weights(
    chores=0.24, errand=0.17, social=0.16, screen=0.22, reading=0.1, lying=0.05,
    driving=0.06,
)  # fmt: skip
_EVENING = _weights(
    chores=0.2, errand=0.06, social=0.12, screen=0.42, reading=0.16, lying=0.04
)
_LATE = _weights(social=0.12, screen=0.6, reading=0.2, lying=0.08)
_LATE_MINUTE = 22.6 * 60
_WORK = {
    "office": _weights(
        desk=0.7, meeting=0.22, **{"standing work": 0.05}, errand=0.03
    ),
    "standing": _weights(
        **{"standing work": 0.7}, desk=0.12, chores=0.13, driving=0.05
    ),
    "student": _weights(desk=0.5, meeting=0.25, social=0.13, transit=0.12),
    "nights": _weights(**{"standing work": 0.6}, desk=0.3, chores=0.1),
}


@dataclasses.dataclass
class Plan:
    """One day of one person before any sensor.

    Attributes:
        person: `Person`.
        date: `datetime.date`.
        row: int16 array `(1440,)`. Which of `states` each minute is in.
        states: list of int. Indices into `STATES`.
        night: (int, int). When last night's sleep began and ended, minutes
            from midnight; the beginning may be negative.
        tonight: int. When the next sleep begins; may be beyond the day.
        events: list of `Event`.
        feelings: list of (start, end, arousal, vagal tone).
        meals: list of int. When the person ate.
    """

    person: Person
    date: datetime.date
    row: np.ndarray
    states: list
    night: tuple
    tonight: int
    events: list
    feelings: list
    meals: list

    def paint(self, start, end, state):
        """Makes `[start, end)` a state, whatever it was."""
        start, end = max(round(start), 0), min(round(end), MINUTES_PER_DAY)
        if start < end:
            self.row[start:end] = len(self.states)
            self.states.append(STATE_INDEX[state])

    def log(self, kind, label, start, end):
        """Writes an event into the diary, as far as it lies in the day."""
        start, end = max(round(start), 0), min(round(end), MINUTES_PER_DAY)
        if start < end:
            self.events.append(Event(kind, label, start, end))


def draw_plan(person, date, night, tonight, draws):
    """A day's plan.

    Args:
        person: `Person`.
        date: `datetime.date`.
        night: (int, int). Asleep and awake, minutes from midnight.
        tonight: int. The next time asleep, minutes from midnight.
        draws: `Draws`.

    Returns:
        `Plan`.
    """
    plan = Plan(
        person, date, np.zeros(MINUTES_PER_DAY, dtype="int16"), [], night,
        tonight, [], [], [],
    )  # fmt: skip
    asleep, awake = night
    if asleep > 0:
        late = "standing work" if person.work == "nights" else None
        _fill(plan, draws, 0, asleep, _EVENING, late)
    free = is_free(person, date)
    busy = _paint_day(plan, draws, free)
    _draw_sessions(plan, draws, free, busy)
    if draws.chance(0.13 if free else 0.03):
        _draw_nap(plan, draws)
    for start, end in ((asleep, awake), (tonight, 2 * MINUTES_PER_DAY)):
        plan.paint(start, end, "sleep")
        plan.log("sleep", "sleep", start, end)
    _draw_feelings(plan, draws)
    return plan


def _fill(plan, draws, start, end, weights, always=None):
    """Blocks of half an hour to two hours, drawn by their weights."""
    names, cumulative = weights
    while start < end:
        if start >= _LATE_MINUTE or end < 5 * 60:
            names, cumulative = _LATE
        name = always or names[draws.pick(cumulative)]
        longest = 45 if name in ("driving", "errand") else 125
        stop = min(start + draws.between(20, longest), end)
        plan.paint(start, stop, name)
        start = stop


def _paint_day(plan, draws, free):
    """From waking to falling asleep; returns the hours of work."""
    awake, bed = plan.night[1], plan.tonight
    ready = awake + draws.between(30, 100 if free else 75)
    plan.paint(awake, ready, "morning")
    breakfast = awake + 0.7 * (ready - awake)
    plan.meals.append(breakfast)
    work = (ready, ready)
    if not free:
        work = _paint_work(plan, draws, ready)
    dinner = draws.around(60 * 19.1, 45)
    _fill(plan, draws, work[1], bed, _FREE_TIME if free else _EVENING)
    lunch = draws.around(60 * 12.5, 30)
    for meal, shortest, longest in ((lunch, 20, 50), (dinner, 20, 60)):
        end = meal + draws.between(shortest, longest)
        if awake + 60 < meal and end < bed - 30:
            plan.paint(meal, end, "eating")
            plan.meals.append(meal)
            if draws.chance(0.22):
                plan.paint(end, end + draws.between(6, 20), "stroll")
    calm = draws.between(20, 100)
    plan.paint(bed - calm, bed, "reading" if draws.chance(0.3) else "screen")
    plan.paint(bed - draws.between(5, 25), bed, "lying")
    return work


def _paint_work(plan, draws, start):
    work = plan.person.work
    if work == "home" or (work != "nights" and draws.chance(0.12)):
        travel, names = 0, None  # works at home today
    else:
        names, cumulative = _COMMUTES
        names = names[draws.pick(cumulative)]
        travel = draws.between(8, 25 if names == "stroll" else 60)
        plan.paint(start, start + travel, names)
    begin = start + travel
    end = begin + draws.around(500, 50)
    _fill(plan, draws, begin, end, _WORK.get(work, _FREE_TIME))
    if names:
        plan.paint(end, end + travel, names)
    return begin, end + travel


def _draw_sessions(plan, draws, free, busy):
    """Named activities in the hours that are free for them."""
    person = plan.person
    expected = person.sessions * (1.5 if free else 1.0)
    taken = []
    for _ in range(_MOST_SESSIONS):
        if not draws.chance(expected / (0.55 + expected)):
            break
        activity = _pick_activity(plan, draws, free)
        if activity is None:
            continue
        shortest, longest = activity.minutes
        length = shortest + (longest - shortest) * draws.number() ** 1.6
        windows = _windows(plan, activity, busy, free)
        start = _place(draws, windows, length, taken)
        if start is None:
            continue
        start, end = round(start), round(start + length)
        taken.append((start - 20, end + 20))
        plan.paint(start, end, activity.label)
        plan.paint(end, end + draws.between(8, 25), "morning")
        plan.log("activity", activity.label, start, end)


def _pick_activity(plan, draws, free):
    activity = _ACTIVITIES[draws.pick(plan.person.habits)]
    month = plan.date.month
    if activity.season == "winter" and month not in _WINTER:
        return None
    if activity.season == "summer" and month not in _SUMMER:
        # Some courts are indoors, and some people do not mind.
        return activity if draws.chance(0.2) else None
    keep = activity.weekend / 5 if free else 1 / (5 * activity.weekend)
    return activity if draws.chance(0.35 + keep) else None


def _windows(plan, activity, busy, free):
    """Stretches of the day in which the activity can lie."""
    first, last = (60 * hour for hour in activity.hours)
    first = max(first, plan.night[1] + 15)
    last = min(last, plan.tonight - 30)
    if free:
        return [(first, last)]
    return [(first, min(busy[0], last)), (max(busy[1], first), last),
            (max(first, 11.75 * 60), min(last, 13.25 * 60))]  # fmt: skip


def _place(draws, windows, length, taken):
    """A start within the windows that overlaps nothing taken, or None."""
    room = [max(end - start - length, 0.0) for start, end in windows]
    if sum(room) <= 0:
        return None
    for _ in range(3):
        which = draws.pick(list(itertools.accumulate(room)))
        start = windows[which][0] + draws.number() * room[which]
        if all(start + length <= a or start >= b for a, b in taken):
            return start
    return None


def _draw_nap(plan, draws):
    start = draws.between(12.8 * 60, 16.5 * 60)
    end = start + draws.between(20, 95)
    clear = plan.night[1] + 180 < start and end < plan.tonight - 120
    if clear and not any(
        event.start_minute < end + 15 and event.end_minute > start - 15
        for event in plan.events
    ):
        plan.paint(start - 8, end + 8, "lying")
        plan.paint(start, end, "sleep")
        plan.log("sleep", "nap", start, end)


def _draw_feelings(plan, draws):
    """Feelings while awake; some of them get into the diary as moods."""
    awake = max(plan.night[1], 0)
    bed = min(plan.tonight, MINUTES_PER_DAY)
    if bed - awake < 120:
        return
    taken = [
        (event.start_minute - 30, event.end_minute + 30)
        for event in plan.events
    ]
    for _ in range(int(draws.between(1, 6))):
        label = _MOOD_LABELS[draws.pick(_MOOD_WEIGHTS)]
        length = draws.between(15, 75)
        start = _place(draws, [(awake + 20, bed - 10)], length, taken)
        if start is None:
            continue
        taken.append((start, start + length))
        _, arousal, vagal = MOODS[label]
        strength = draws.between(0.6, 1.3)
        plan.feelings.append(
            (start, start + length, strength * arousal, strength * vagal)
        )
        if draws.chance(_LOGGED):
            plan.log("mood", label, start, start + length)
