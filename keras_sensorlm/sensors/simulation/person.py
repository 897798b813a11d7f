"""People who differ: age, fitness, heart, chronotype, work, habits."""

import dataclasses
import datetime
import itertools

import numpy as np

from keras_sensorlm.sensors.activities import ACTIVITY_TABLE

WORKS = ("office", "standing", "student", "home", "nights")
_WORK_SHARES = (0.46, 0.2, 0.13, 0.18, 0.03)
_FIRST_DATE = datetime.date(2022, 1, 3)
_DATES = 3 * 365


@dataclasses.dataclass(frozen=True)
class Person:
    """The traits of one simulated person.

    Attributes:
        age: float. Years.
        fitness: float. Standard normal; 1 = fitter than five of six.
        sleeping: float. Heart rate in quiet sleep, bpm.
        maximum: float. Highest heart rate, bpm.
        variability: float. RMSSD at a heart rate of 70 bpm, ms.
        artefacts: float. How often beats come out wrong, standard normal.
        chronotype: float. Middle of sleep on free days, clock hours.
        sleep_need: float. Hours.
        work: str. One of `WORKS`.
        activeness: float. Walking against that of the average.
        sessions: float. Expected activity sessions a day.
        habits: tuple of float. Running sums of the activities' weights.
        cadence: float. Steps against those of the average.
        nerves: float. How strongly stress shows, about 1.
        conductance: float. Skin conductance at rest, uS.
        skin: float. Skin temperature in a room, degC.
        wrist: float. Resting orientation of the wrist, g.
        first_date: `datetime.date`. The first simulated day.
    """

    age: float
    fitness: float
    sleeping: float
    maximum: float
    variability: float
    artefacts: float
    chronotype: float
    sleep_need: float
    work: str
    activeness: float
    sessions: float
    habits: tuple
    cadence: float
    nerves: float
    conductance: float
    skin: float
    wrist: float
    first_date: datetime.date


def draw_person(rng):
    """A person from a generator.

    Heart rate and variability after the population figures of Nunan et al.
    2010 (RMSSD 42 +- 15 ms in short recordings) and Tanaka et al. 2001
    (maximum 208 - 0.7 age); chronotype after Roenneberg et al. 2007.
    """
    z = rng.standard_normal(16).tolist()
    u = rng.random(4).tolist()
    age = 18 + 57 * u[0] ** 1.5
    young = (40 - age) / 20
    fitness = z[0] + 0.3 * young
    weights = [
        a.popularity * np.exp(0.9 * habit)
        for a, habit in zip(
            ACTIVITY_TABLE.values(), rng.standard_normal(len(ACTIVITY_TABLE))
        )
    ]
    work = WORKS[int(np.searchsorted(np.cumsum(_WORK_SHARES), u[1]))]
    if age > 66 and work != "nights":
        work = "home"
    if work == "student" and age > 30:
        work = "office"
    return Person(
        age=age,
        fitness=fitness,
        sleeping=float(np.clip(60.8 - 4.0 * fitness + 6.0 * z[1], 40, 85)),
        maximum=208 - 0.7 * age + 7 * z[2],
        variability=float(
            np.exp(3.42 + 0.12 * young + 0.1 * fitness + 0.28 * z[3])
        ),
        artefacts=z[4],
        chronotype=4.1 + 0.25 * young + 1.0 * z[5],
        sleep_need=7.0 + 0.15 * young + 0.6 * z[6],
        work=work,
        activeness=float(np.exp(0.12 * fitness + 0.33 * z[7])),
        sessions=float(np.exp(0.1 + 0.2 * fitness + 0.6 * z[8])),
        habits=tuple(itertools.accumulate(weights)),
        cadence=1 + 0.045 * z[9],
        nerves=float(np.exp(0.3 * z[10])),
        conductance=float(np.exp(0.05 + 1.3 * z[11])),
        skin=32.2 + 0.9 * z[12],
        wrist=0.13 + 0.12 * z[13],
        first_date=_FIRST_DATE + datetime.timedelta(int(u[2] * _DATES)),
    )


def draw_nights(person, rng, nights):
    """When the person sleeps before each of some days.

    Args:
        person: `Person`.
        rng: `np.random.Generator`. Fewer nights are a prefix of more.
        nights: int.

    Returns:
        List of (asleep, awake), minutes from the day's midnight; asleep is
        negative for those who fall asleep on the evening before.
    """
    spans = []
    for k, z in enumerate(rng.standard_normal((nights, 4)).tolist()):
        date = person.first_date + datetime.timedelta(k)
        length = person.sleep_need + 0.75 * z[0]
        middle = person.chronotype + 0.5 * z[1]
        if person.work == "nights":
            middle, length = middle + 8.2, length - 0.8
        elif is_free(person, date):
            # Longer out in the evening, and no alarm in the morning.
            middle += 0.35 * abs(z[2])
            length += 0.5
        elif person.work != "home":
            # The alarm cuts the sleep of those who would sleep late.
            late = middle + length / 2 - 7.0
            cut = max(0.0, 0.75 * late)
            middle, length = middle - 0.5 * cut, length - 0.6 * cut
        length = min(max(length, 3.5), 11.0)
        start = round(60 * (middle - length / 2))
        spans.append((start, start + round(60 * length)))
    return spans


def is_free(person, date):
    """Whether the person does not work on that date."""
    return person.work == "home" or date.weekday() >= 5
