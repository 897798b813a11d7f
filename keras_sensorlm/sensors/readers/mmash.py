"""MMASH: 24 hours of heart rate, RR intervals, steps and a diary.

Rossi et al., "A Public Dataset of 24-h Multi-Levels Psycho-Physiological
Responses in Young Healthy Adults", Data 2020, 5(4), 91; PhysioNet `mmash`
1.0.0. One folder a person with `Actigraph.csv` (1 Hz heart rate and steps),
`RR.csv`, `Activity.csv` (the diary) and `sleep.csv`.
"""

import numpy as np

from keras_sensorlm.sensors.grouping import check_increasing
from keras_sensorlm.sensors.heartbeats import LONGEST_RR
from keras_sensorlm.sensors.heartbeats import SHORTEST_RR
from keras_sensorlm.sensors.minutes import heart_rate
from keras_sensorlm.sensors.minutes import resting_heart_rate
from keras_sensorlm.sensors.minutes import rr_features
from keras_sensorlm.sensors.minutes import steps_per_minute
from keras_sensorlm.sensors.readers.files import EmptyFileError
from keras_sensorlm.sensors.readers.files import by_folder
from keras_sensorlm.sensors.readers.files import need_columns
from keras_sensorlm.sensors.readers.files import numbers
from keras_sensorlm.sensors.readers.files import read_csv
from keras_sensorlm.sensors.readers.mmash_diary import add_diary
from keras_sensorlm.sensors.readers.mmash_diary import add_sleep
from keras_sensorlm.sensors.readers.timeline import Timeline
from keras_sensorlm.sensors.readers.timeline import sensor_days

SOURCE = "mmash"
LOOKS_LIKE = "a folder a person with Actigraph.csv and RR.csv"

_SENSORS = ("Actigraph.csv", "RR.csv")
_EVENTS = ("Activity.csv", "sleep.csv")
_NOT_READ = {
    "questionnaire.csv": "questionnaires and PANAS scores, which name no mood",
    "saliva.csv": "hormones",
    "user_info.csv": "age, height and weight",
}
_MIN_SAMPLES = 10  # of the 48 or so seconds that a minute holds
_DAY = 86_400


def recognises(files):
    """Whether these files are this format."""
    return any(file.name in _SENSORS for file in files)


def read(files, report):
    """All people's days.

    A recording of 24 hours crosses midnight, so each person has two days.
    The data set tells first and second day apart but no calendar date:
    `SensorDay.date` is None.
    """
    days = []
    for folder, named in by_folder(files).items():
        present = [n for n in _SENSORS if n in named]
        for name, file in named.items():
            if name not in _SENSORS + _EVENTS:
                report.skip(file.short, _NOT_READ.get(name, "not of MMASH"))
            elif not present:
                report.skip(file.short, "events without a sensor recording")
        if present:
            days += _read_person(folder, named, report)
    report.note(
        "MMASH tells the first and the second day, not the date: dates are "
        "missing."
    )
    report.note(
        "The device skips about 6 of every 35 s: steps are the rate of the "
        "recorded seconds, of which a minute needs 30."
    )
    report.note(
        "Activity counts, inclinometer and vector magnitude are quantities "
        "of this device, not features, and are not used."
    )
    report.note(
        "The PANAS scores of the data set name no mood: there are no mood "
        "events."
    )
    return days


def _read_person(folder, named, report):
    day_of = {}
    streams = {}
    for name in _SENSORS:
        if name in named:
            try:
                streams[name] = _read_stream(named[name], day_of)
            except EmptyFileError:
                report.skip(named[name].short, "empty file")
    if not streams:
        return []
    timeline = Timeline(max(len(day_of), 2))
    if "Actigraph.csv" in streams:
        _add_actigraph(timeline, *streams["Actigraph.csv"], report)
    if "RR.csv" in streams:
        _add_beats(timeline, *streams["RR.csv"], report)
    report.files_read += len(streams)
    if timeline.recorded() is None:
        return []
    for name, add in (("sleep.csv", add_sleep), ("Activity.csv", add_diary)):
        if name in named:
            try:
                add(timeline, read_csv(named[name]), day_of, report)
            except EmptyFileError:
                report.skip(named[name].short, "empty file")
            else:
                report.files_read += 1
    number = folder.name.removeprefix("user_")
    return sensor_days(timeline, report, f"mmash-{number}", None, SOURCE)


def _read_stream(file, day_of):
    """`(seconds, frame)`; `day_of` learns the codes of the days."""
    frame = read_csv(file)
    columns = {"Actigraph.csv": ("HR", "Steps"), "RR.csv": ("ibi_s",)}
    need_columns(frame, (*columns[file.name], "day", "time"), file)
    if not len(frame):
        raise EmptyFileError(f"{file} has no rows.")
    # Users 8 and 9 code the second day as -29: what counts is the order.
    for code in frame["day"].unique():
        day_of.setdefault(code, len(day_of))
    seconds = frame["day"].map(day_of).to_numpy() * _DAY + _clock(
        frame["time"], file
    )
    check_increasing(seconds, f"{file}: times")
    for column in columns[file.name]:
        frame[column] = numbers(frame[column], file)
    return seconds, frame


def _clock(column, file):
    """Seconds since midnight of "HH:MM:SS" texts."""
    # 9 characters of which the last should be none. The digits are read as
    # numbers, for all rows at once: there are 100,000.
    text = np.asarray(column.astype(str).to_numpy(), dtype="U9")
    codes = text.view("uint32").reshape(-1, 9).astype(int) - ord("0")
    digits = codes[:, [0, 1, 3, 4, 6, 7]]
    good = ((digits >= 0) & (digits <= 9)).all(axis=1)
    good &= (codes[:, [2, 5]] == ord(":") - ord("0")).all(axis=1)
    good &= codes[:, 8] == -ord("0")
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        raise ValueError(
            f"{file}: times should look like 09:30:00, but line {row + 2} "
            f"holds {column.iloc[row]!r}."
        )
    hours, minutes, seconds = (digits @ np.kron(np.eye(3), [[10], [1]])).T
    return hours * 3600 + minutes * 60 + seconds


def _add_actigraph(timeline, seconds, frame, report):
    bpm = frame["HR"].to_numpy()
    silent = bpm == 0
    report.drop("heart rate samples of 0 (no reading)", silent.sum())
    bpm = report.drop_implausible("heart_rate", np.where(silent, np.nan, bpm))
    rate = heart_rate(seconds, bpm, timeline.minutes, _MIN_SAMPLES)
    steps = steps_per_minute(seconds, frame["Steps"], timeline.minutes)
    timeline.put(
        {
            "heart_rate": rate,
            "resting_heart_rate": resting_heart_rate(rate, steps),
            "steps": steps,
        }
    )


def _add_beats(timeline, seconds, frame, report):
    rr = frame["ibi_s"].to_numpy() * 1000
    report.drop(
        f"RR intervals outside {SHORTEST_RR:g} to {LONGEST_RR:g} ms",
        ((rr < SHORTEST_RR) | (rr > LONGEST_RR)).sum(),
    )
    # Times are whole seconds.
    timeline.put(rr_features(seconds, rr, timeline.minutes, tolerance=1.0))
