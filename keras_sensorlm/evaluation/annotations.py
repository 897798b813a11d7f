"""What data sets say beside the signals: ages, BMI, sleep, kinds of session.

Readers leave these out, because they are no sensor's and captions do not
tell them. Here they are what predictions are compared with.
"""

import dataclasses
import datetime
import re

import numpy as np
import pandas as pd

from keras_sensorlm.sensors.day import Event
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.readers.empatica_studies import identify
from keras_sensorlm.sensors.readers.files import by_folder
from keras_sensorlm.sensors.readers.files import list_files
from keras_sensorlm.sensors.readers.files import read_csv
from keras_sensorlm.sensors.readers.report import ReadReport

SESSIONS = {
    "STRESS": "stress session",
    "AEROBIC": "aerobic session",
    "ANAEROBIC": "anaerobic session",
}


@dataclasses.dataclass
class Annotations:
    """Facts about people and about their days.

    Attributes:
        people: dict. Participant -> dict of str to float (`"age"`, `"bmi"`).
        days: dict. (participant, date) -> dict of str to float
            (`"minutes_asleep"`).
        sessions: dict. (participant, date) -> list of `Event`.
    """

    people: dict = dataclasses.field(default_factory=dict)
    days: dict = dataclasses.field(default_factory=dict)
    sessions: dict = dataclasses.field(default_factory=dict)

    def numbers(self, day):
        """What is known of a day and its person, dict of str to float."""
        return {
            **self.people.get(day.participant, {}),
            **self.days.get((day.participant, day.date), {}),
        }

    def events(self, day):
        """The day's own events and its sessions."""
        found = self.sessions.get((day.participant, day.date), [])
        return [*day.events, *found]

    def add(self, other):
        """Takes in the facts of another data set."""
        for name in ("people", "days", "sessions"):
            getattr(self, name).update(getattr(other, name))


def read_annotations(path):
    """The facts that lie beside a data set's recordings.

    Known are MMASH's `user_info.csv`, Fitabase's `sleepDay_merged.csv` and
    `weightLogInfo_merged.csv`, and of the stress and exercise data set
    `subject-info.csv` and the folders `STRESS`, `AEROBIC` and `ANAEROBIC`.

    Args:
        path: path. What `read_days` was given.

    Returns:
        `Annotations`, empty where nothing is known.

    Raises:
        FileNotFoundError: if there is nothing at `path`.

    Example:

    >>> from keras_sensorlm.sensors.readers import example_day_path
    >>> read_annotations(example_day_path())  # the signals alone ship
    Annotations(people={}, days={}, sessions={})
    """
    found = Annotations()
    files = list_files(path)
    for file in files:
        reader = _TABLES.get(file.name)
        if reader is not None:
            reader(found, file)
    for folder, named in by_folder(files).items():
        if folder.parent.name in SESSIONS and "EDA.csv" in named:
            _add_session(found, folder, named)
    for key, events in found.sessions.items():
        found.sessions[key] = _one_after_another(events)
    return found


def _mmash_person(found, file):
    row = read_csv(file).iloc[0]
    person = "mmash-" + file.folder.name.removeprefix("user_")
    _add_person(found, person, row["Age"], row["Weight"], row["Height"])


def _exercise_people(found, file):
    table = read_csv(file)
    table.columns = [column.strip() for column in table.columns]
    for _, row in table.iterrows():
        # Remarks follow the people.
        if re.fullmatch(r"[Sf]\d\d", str(row["Info"]).strip()):
            _add_person(
                found,
                f"stress_exercise-{row['Info'].strip()}",
                row["Age"],
                row["Weight (kg)"],
                row["Height (cm)"],
            )


def _fitabase_weights(found, file):
    for person, rows in read_csv(file).groupby("Id"):
        bmi = float(rows["BMI"].mean())
        found.people.setdefault(f"fitabase-{person}", {})["bmi"] = bmi


def _fitabase_nights(found, file):
    table = read_csv(file)
    for row in table.drop_duplicates().to_dict("records"):
        moment = datetime.datetime.strptime(
            row["SleepDay"].split()[0], "%m/%d/%Y"
        )
        key = (f"fitabase-{row['Id']}", moment.date())
        found.days[key] = {"minutes_asleep": float(row["TotalMinutesAsleep"])}


_TABLES = {
    "user_info.csv": _mmash_person,
    "subject-info.csv": _exercise_people,
    "weightLogInfo_merged.csv": _fitabase_weights,
    "sleepDay_merged.csv": _fitabase_nights,
}


def _add_person(found, person, age, weight, height):
    facts = found.people.setdefault(person, {})
    # 0 or a dash stands where somebody did not say.
    age, weight, height = (
        float(pd.to_numeric(x, errors="coerce")) for x in (age, weight, height)
    )
    if age > 0:
        facts["age"] = age
    if weight > 0 and height > 0:
        facts["bmi"] = weight / (height / 100) ** 2


def _add_session(found, folder, named):
    """A folder's recording, from its first to its last minute."""
    study = identify(folder, list(named), ReadReport("empatica_e4"))
    lines = named["EDA.csv"].read().read().decode("utf-8").split()
    # A date, a time, the rate, then one number a sample.
    start = datetime.datetime.fromisoformat(f"{lines[0]} {lines[1]}")
    first = start.hour * 60 + start.minute
    minutes = int(np.ceil((len(lines) - 3) / float(lines[2]) / 60))
    label = SESSIONS[folder.parent.name]
    key = (study.participant, start.date())
    events = found.sessions.setdefault(key, [])
    last = min(first + minutes, MINUTES_PER_DAY)
    for earlier in events:
        # A recording in two parts, "a" and "b", is one session.
        if earlier.label == label:
            events.remove(earlier)
            first = min(first, earlier.start_minute)
            last = max(last, earlier.end_minute)
            break
    events.append(Event("activity", label, first, last))


def _one_after_another(events):
    """Sessions that end where the next begins: one file is repeated whole."""
    events = sorted(events, key=lambda event: event.start_minute)
    ends = [event.start_minute for event in events[1:]] + [MINUTES_PER_DAY]
    return [
        dataclasses.replace(event, end_minute=min(event.end_minute, end))
        for event, end in zip(events, ends)
    ]
