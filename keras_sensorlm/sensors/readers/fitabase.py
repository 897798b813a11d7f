"""Fitabase: a month of Fitbit steps and heart rate.

Furberg et al. 2016, "Crowd-sourced Fitbit datasets", Zenodo record 53894:
steps and intensity a minute in wide tables (60 columns an hour), heart rate
every 5 to 15 s of some people. All people share the files.
"""

import numpy as np
import pandas as pd

from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.grouping import check_increasing
from keras_sensorlm.sensors.minutes import heart_rate
from keras_sensorlm.sensors.minutes import resting_heart_rate
from keras_sensorlm.sensors.readers.files import need_columns
from keras_sensorlm.sensors.readers.files import numbers
from keras_sensorlm.sensors.readers.files import read_csv
from keras_sensorlm.sensors.readers.timeline import Timeline
from keras_sensorlm.sensors.readers.timeline import sensor_days

SOURCE = "fitabase"
LOOKS_LIKE = "minuteStepsWide_merged.csv or heartrate_seconds_merged.csv"

_HEART = "heartrate_seconds_merged.csv"
_STEPS = "minuteStepsWide_merged.csv"
_INTENSITY = "minuteIntensitiesWide_merged.csv"
_NOT_READ = {
    "sleepDay_merged.csv": "minutes asleep a night, without clock times",
    "dailyActivity_merged.csv": "sums of a day",
    "weightLogInfo_merged.csv": "weight",
}
# Zero steps mean nothing where the heart rate says that nobody wore it; a
# day with hardly any heart rate cannot say so.
_OFF_WRIST_MINUTES = 30
_TRUSTED_HEART_MINUTES = 6 * 60


def recognises(files):
    """Whether these files are this format."""
    return any(file.name in (_HEART, _STEPS) for file in files)


def read(files, report):
    """All people's days."""
    tables = {}
    for file in files:
        if file.name in (_HEART, _STEPS, _INTENSITY):
            tables[file.name] = _read_table(file, report)
            report.files_read += 1
        else:
            report.skip(file.short, _NOT_READ.get(file.name, "not of Fitabase"))
    report.note(
        "Zero steps do not tell a device that was not worn: steps are "
        "missing on days without any and, on days with 6 h of heart rate, "
        f"in its gaps of {_OFF_WRIST_MINUTES} min and more; elsewhere zeros "
        "stay."
    )
    report.note("Sleep has no clock times here: there are no sleep events.")
    report.note(
        "Intensities are a quantity of this device, not a feature; they "
        "only help to tell rest."
    )
    people = {}
    for name, table in tables.items():
        for person, rows in table.groupby("Id", sort=False):
            people.setdefault(person, {})[name] = rows
    days = []
    for person in sorted(people):
        days += _read_person(person, people[person], report)
    return days


def _read_person(person, tables, report):
    first = min(t["time"].min() for t in tables.values()).normalize()
    last = max(t["time"].max() for t in tables.values()).normalize()
    timeline = Timeline((last - first).days + 1)
    participant = f"fitabase-{person}"
    intensity = _wide(tables.get(_INTENSITY), first, timeline.minutes)
    steps = _wide(tables.get(_STEPS), first, timeline.minutes)
    rate = None
    if _HEART in tables:
        rows = tables[_HEART]
        seconds = (rows["time"] - first).dt.total_seconds().to_numpy()
        check_increasing(seconds, f"{participant}: heart rate times")
        rate = heart_rate(
            seconds,
            report.drop_implausible("heart_rate", rows["Value"]),
            timeline.minutes,
        )
        timeline.put({"heart_rate": rate})
    if steps is not None:
        timeline.put({"steps": _worn(steps, rate, report)})
    # Intensity 0 is Fitbit's "sedentary".
    if rate is not None and (steps is not None or intensity is not None):
        resting = resting_heart_rate(rate, steps, intensity, max_movement=0)
        timeline.put({"resting_heart_rate": resting})
    return sensor_days(timeline, report, participant, first.date(), SOURCE)


def _worn(steps, rate, report):
    """Steps with the zeros of an unworn device as NaN."""
    steps = steps.copy()
    by_day = steps.reshape(-1, MINUTES_PER_DAY)
    walked = np.nansum(by_day, axis=1, keepdims=True) > 0
    idle = np.broadcast_to(~walked, by_day.shape).ravel() & ~np.isnan(steps)
    report.drop("minutes of days without a step (not worn)", idle.sum())
    steps[idle] = np.nan
    if rate is not None:
        heart = np.count_nonzero(~np.isnan(rate.reshape(by_day.shape)), axis=1)
        trusted = np.repeat(heart >= _TRUSTED_HEART_MINUTES, MINUTES_PER_DAY)
        off = trusted & _long_gaps(np.isnan(rate)) & (steps == 0)
        report.drop(
            "zero-step minutes in gaps of the heart rate (not worn)",
            off.sum(),
        )
        steps[off] = np.nan
    return steps


def _long_gaps(gap):
    """Those True runs that last `_OFF_WRIST_MINUTES` or more."""
    edges = np.flatnonzero(np.diff(gap, prepend=False, append=False))
    long = np.zeros(len(gap), dtype=bool)
    for start, end in edges.reshape(-1, 2):
        long[start:end] = end - start >= _OFF_WRIST_MINUTES
    return long


def _wide(table, first, minutes):
    """60 columns an hour -> `(minutes,)`, NaN where there is no row."""
    if table is None:
        return None
    column = np.full(minutes, np.nan, dtype="float32")
    start = ((table["time"] - first).dt.total_seconds() // 60).astype(int)
    at = start.to_numpy()[:, None] + np.arange(60)
    column[at] = table[[f"m{i:02d}" for i in range(60)]].to_numpy()
    return column


def _read_table(file, report):
    frame = read_csv(file)
    time, value = {
        _HEART: ("Time", "Value"),
        _STEPS: ("ActivityHour", "Steps"),
        _INTENSITY: ("ActivityHour", "Intensity"),
    }[file.name]
    wide = [f"{value}{i:02d}" for i in range(60)]
    columns = ["Value"] if file.name == _HEART else wide
    need_columns(frame, ("Id", time, *columns), file)
    table = {"Id": frame["Id"], "time": _times(frame[time], file)}
    for i, column in enumerate(columns):
        name = column if file.name == _HEART else f"m{i:02d}"
        table[name] = numbers(frame[column], file)
    table = pd.DataFrame(table)
    twice = table.duplicated(["Id", "time"])
    report.drop(f"duplicate rows of {file.name}", twice.sum())
    return table[~twice]


def _times(column, file):
    """Local times such as 4/12/2016 7:21:00 AM or 4/13/2016 0:00."""
    for pattern in ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M"):
        times = pd.to_datetime(column, format=pattern, errors="coerce")
        if times.notna().all():
            return times
        # The pattern that fits the first row names the row that fails.
        if times.notna().iloc[0]:
            break
    row = int(np.flatnonzero(times.isna())[0])
    raise ValueError(
        f"{file}: times should look like 4/12/2016 7:21:00 AM, but line "
        f"{row + 2} holds {column.iloc[row]!r}."
    )
