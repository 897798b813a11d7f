"""Tables with a time stamp and one column a feature."""

import datetime
import difflib

import numpy as np
import pandas as pd

from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.features import feature
from keras_sensorlm.sensors.readers.clocks import parse_times
from keras_sensorlm.sensors.readers.files import EmptyFileError
from keras_sensorlm.sensors.readers.files import numbers
from keras_sensorlm.sensors.readers.files import read_csv
from keras_sensorlm.sensors.readers.timeline import Timeline
from keras_sensorlm.sensors.readers.timeline import sensor_days

SOURCE = "table"
LOOKS_LIKE = (
    "a .csv or .parquet file with a column 'timestamp' and columns named "
    "like the features"
)

_TIME_NAMES = ("timestamp", "datetime", "date_time", "time", "date")
_PERSON_NAMES = ("participant", "participant_id", "subject", "person")
_SUFFIXES = (".csv", ".parquet")
_EPOCH = datetime.date(1970, 1, 1)


def is_table(file):
    """Whether a file is a table, going by its name."""
    return file.name.lower().endswith(_SUFFIXES)


def recognises(files):
    """Whether one of these files is a table of features."""
    for file in files[:20]:
        if is_table(file):
            try:
                names = {_plain(c) for c in _load(file).columns}
            except ValueError:
                continue
            if names & set(FEATURE_NAMES) and names & set(_TIME_NAMES):
                return True
    return False


def read(
    files,
    report,
    columns=None,
    timestamp=None,
    timestamp_format=None,
    timezone=None,
    participant=None,
    source=SOURCE,
):
    """All tables' days.

    Values are taken to be in the units of `FEATURES`. Several rows in a
    minute are averaged; steps are added up. Rows more than a minute apart
    fill only their own minute (steps then stay missing).

    A local day of 23 hours lacks the hour that the clock skipped. In one of
    25 hours the repeated hour holds the mean of both, for steps too, as a
    day has 1440 minutes.

    Args:
        files: list of `SourceFile`.
        report: `ReadReport`.
        columns: dict of str to str, optional. Column -> feature, for columns
            that are not named like their feature.
        timestamp: str, optional. The column of the time. Defaults to the
            first of timestamp, datetime, date_time, time, date.
        timestamp_format: str, optional. `strptime` pattern of the times.
            Defaults to ISO 8601, or Unix seconds or milliseconds.
        timezone: str, optional. IANA name of the person's zone. Times with
            a UTC offset are turned into it; without `timezone` their wall
            clock is taken as written. Times without an offset are local.
        participant: str, optional. The column that says who. Defaults to
            the first of participant, participant_id, subject, person;
            without one a file is a person, named like the file.
        source: str. `SensorDay.source`, which selects the device profile.
            Defaults to `"table"`.
    """
    columns = _checked_mapping(columns)
    days = []
    for file in files:
        if not is_table(file):
            report.skip(file.short, "not a .csv or .parquet file")
            continue
        try:
            frame = _load(file)
        except EmptyFileError:
            report.skip(file.short, "empty file")
            continue
        time = _time_column(frame, timestamp, file)
        person = _pick(frame, participant, _PERSON_NAMES, "participant", file)
        found = _features(frame, columns, (time, person), file, report)
        moments = parse_times(frame[time], file, timestamp_format, timezone)
        values = pd.DataFrame(
            {name: numbers(frame[c], file) for c, name in found.items()}
        )
        people = {file.name.rsplit(".", 1)[0]: np.arange(len(frame))}
        if person is not None:
            people = frame.groupby(person, sort=False).indices
        for name, rows in people.items():
            part = (str(name), moments.take(rows), values.iloc[rows])
            days += _read_person(file, rows, *part, source, report)
        report.files_read += 1
    if timezone is None:
        report.note("Times are taken as local wall-clock times, as written.")
    return days


def _read_person(file, rows, name, moments, values, source, report):
    steps = np.diff(moments.instant)
    if (steps < 0).any():
        i = int(np.flatnonzero(steps < 0)[0])
        raise ValueError(
            f"{file}: times should never run backwards, but for {name!r} "
            f"line {rows[i + 1] + 2} is {-steps[i]:g} s before line "
            f"{rows[i] + 2}. Sort the table by time; where a clock was set "
            "back, give the times with their UTC offset."
        )
    again = np.concatenate([[False], steps == 0])
    report.drop("rows with the time of the row before", again.sum())
    moments, values = moments.take(~again), values[~again].copy()
    apart = np.median(steps[steps > 0]) if (steps > 0).any() else 0
    if apart > 60:
        report.note(
            f"{name}: rows are {apart:g} s apart; only the minutes that "
            "have a row are filled, and steps, which need a count a minute "
            "or shorter, are missing."
        )
        values = values.drop(columns="steps", errors="ignore")
    for column in values:
        kept = report.drop_implausible(column, values[column])
        _check_unit(column, values[column], kept, file)
        values[column] = kept
    return _days(name, moments, values, source, report)


def _check_unit(name, values, kept, file):
    observed, left = values.notna().sum(), (~np.isnan(kept)).sum()
    # A few implausible values are errors of a sensor; most of them are
    # another unit, which dropping them would hide.
    if observed - left >= 10 and left < observed / 2:
        limits = feature(name)
        example = values[values.notna() & np.isnan(kept)].iloc[0]
        raise ValueError(
            f"{file}: {observed - left} of {observed} values of {name} are "
            f"outside {limits.low:g} to {limits.high:g} {limits.unit} (such "
            f"as {example:g}). Give it in {limits.unit}."
        )


def _days(name, moments, values, source, report):
    minutes = (moments.wall // 60).astype(int)
    rows = values.groupby([minutes, moments.instant // 60])
    table = rows.mean()
    if "steps" in table:
        table["steps"] = rows["steps"].sum(min_count=1)
    # The hour that autumn repeats is two instants of one wall-clock minute.
    table = table.groupby(level=0).mean()
    first = int(table.index[0]) // MINUTES_PER_DAY
    timeline = Timeline(int(table.index[-1]) // MINUTES_PER_DAY - first + 1)
    at = table.index.to_numpy() - first * MINUTES_PER_DAY
    for column in table:
        timeline.column(column)[at] = table[column]
    date = _EPOCH + datetime.timedelta(days=first)
    return sensor_days(timeline, report, name, date, source)


def _load(file):
    if not file.name.lower().endswith(".parquet"):
        frame = read_csv(file)
    else:
        frame = _load_parquet(file)
    if not len(frame):
        raise EmptyFileError(f"{file} has no rows.")
    head = str(frame.columns[0])
    if len(frame.columns) == 1 and any(mark in head for mark in ";\t|"):
        raise ValueError(
            f"{file} should have its cells separated by commas (and a point "
            f"in its decimals). Its first line is {head!r}."
        )
    return frame


def _load_parquet(file):
    try:
        frame = pd.read_parquet(file.read())
    except ImportError:
        raise ValueError(
            f"{file}: reading Parquet needs pyarrow. Install it: pip install "
            "'keras-sensorlm[parquet]'"
        ) from None
    except Exception as error:  # pyarrow's errors share no base class
        raise ValueError(
            f"{file} should be a Parquet file, but does not read as one: "
            f"{str(error).splitlines()[0]}"
        ) from None
    named = isinstance(frame.index, pd.DatetimeIndex)
    return frame.reset_index(names="timestamp") if named else frame


def _plain(name):
    return str(name).strip().lower().replace(" ", "_").replace("-", "_")


def _pick(frame, asked, usual, argument, file):
    """The column asked for, else the first with a usual name, or None."""
    if asked is not None:
        if asked not in frame.columns:
            raise ValueError(
                f"{file} has no column {asked!r}. Received: "
                f"{argument}={asked!r}; the columns are "
                f"{', '.join(map(str, frame.columns))}."
            )
        return asked
    by_name = {_plain(c): c for c in reversed(frame.columns)}
    return next((by_name[n] for n in usual if n in by_name), None)


def _time_column(frame, asked, file):
    time = _pick(frame, asked, _TIME_NAMES, "timestamp", file)
    if time is None:
        raise ValueError(
            f"{file} should have a column of times named 'timestamp', or "
            "say which with `timestamp=`. It has "
            f"{', '.join(map(str, frame.columns))}."
        )
    return time


def _checked_mapping(columns):
    for column, name in (columns or {}).items():
        if name not in FEATURE_NAMES:
            close = difflib.get_close_matches(str(name), FEATURE_NAMES, 1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise ValueError(
                f"`columns` maps {column!r} to the unknown feature {name!r}."
                f"{hint} The features are: {', '.join(FEATURE_NAMES)}."
            )
    return columns or {}


def _features(frame, columns, taken, file, report):
    """Column -> feature, for the columns that are features."""
    lacking = [c for c in columns if c not in frame.columns]
    if lacking:
        raise ValueError(
            f"{file} has no column {lacking[0]!r} that `columns` names. It "
            f"has {', '.join(map(str, frame.columns))}."
        )
    found = {}
    for column in frame.columns:
        name = columns.get(column, _plain(column))
        if column in taken:
            continue
        if name not in FEATURE_NAMES:
            report.skip(f"{file.short}, column {column!r}", "not a feature")
        elif name in found.values():
            raise ValueError(
                f"{file} has two columns for the feature {name!r}. Drop one "
                "or map it with `columns=`."
            )
        else:
            found[column] = name
    if not found:
        raise ValueError(
            f"{file} has no column named like a feature "
            f"({', '.join(FEATURE_NAMES[:3])}, ...). Name them with "
            "`columns={'column': 'feature'}`. It has "
            f"{', '.join(map(str, frame.columns))}."
        )
    return found
