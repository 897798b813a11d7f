"""Recordings of people's devices -> `SensorDay`."""

import inspect
import os
import pathlib
import warnings
from typing import Any

from keras_sensorlm.sensors.day import ImplausibleValueWarning
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.readers import empatica_e4
from keras_sensorlm.sensors.readers import fitabase
from keras_sensorlm.sensors.readers import mmash
from keras_sensorlm.sensors.readers import table
from keras_sensorlm.sensors.readers.files import list_files
from keras_sensorlm.sensors.readers.report import ReadReport

__all__ = [
    "FORMATS",
    "ReadReport",
    "example_day_path",
    "read_days",
    "read_report",
]

# In the order in which they are guessed: a table may be anything.
_READERS = {
    "mmash": mmash,
    "fitabase": fitabase,
    "empatica_e4": empatica_e4,
    "table": table,
}
FORMATS = tuple(_READERS)


def read_days(
    path: str | os.PathLike, format: str | None = None, **options: Any
) -> list[SensorDay]:
    """Days of recorded data.

    A day is a local calendar day, so a recording that crosses midnight gives
    two. What a device did not measure is NaN; nothing is interpolated.

    Args:
        path: str or path. A file, a person's folder, a data set's folder or
            a zip of one.
        format: str, optional. One of `FORMATS`: `"mmash"`, `"fitabase"`,
            `"empatica_e4"` or `"table"`. Guessed by default.
        **options: what the format takes. `empatica_e4`: `timezone`.
            `table`: `columns` (dict from column to feature), `timestamp`,
            `timestamp_format`, `timezone`, `participant`, `source`; see the
            modules of `sensors.readers`.

    Returns:
        List of `SensorDay`, by person and date.

    Raises:
        FileNotFoundError: if there is nothing at `path`.
        ValueError: if the format is unknown or cannot be guessed, an option
            is not the format's, a file is broken, or nothing could be read.

    Warns:
        ImplausibleValueWarning: once, with counts, if values outside their
            feature's plausible range became missing.

    Example:

    >>> days = read_days(example_day_path())
    >>> [day.participant for day in days]
    ['mmash-12', 'mmash-12']
    >>> days[0].coverage()["heart_rate"] > 0.5
    True
    """
    days, report = read_report(path, format, **options)
    if report.implausible:
        warnings.warn(
            f"{path}: implausible values became missing. "
            f"{report.implausible_text()}.",
            ImplausibleValueWarning,
            stacklevel=2,
        )
    return days


def read_report(
    path: str | os.PathLike, format: str | None = None, **options: Any
) -> tuple[list[SensorDay], ReadReport]:
    """Days of recorded data, and what became of the files.

    Args:
        path: as for `read_days`.
        format: as for `read_days`.
        **options: as for `read_days`.

    Returns:
        `(days, report)`: a list of `SensorDay` and a `ReadReport` with the
        share of minutes that each feature fills, the features that are
        missing, counts of what was dropped, and the files not read.

    Raises:
        FileNotFoundError: as for `read_days`.
        ValueError: as for `read_days`.

    Example:

    >>> days, report = read_report(example_day_path(), format="mmash")
    >>> report.days, report.participants, len(report.missing)
    (2, 1, 15)
    """
    if format is not None and format not in FORMATS:
        raise ValueError(
            f"`format` should be one of {FORMATS} or None. "
            f"Received: format={format!r}"
        )
    files = list_files(path)
    if not files:
        raise ValueError(f"{str(path)!r} is an empty folder or zip.")
    if format is None:
        format = _guess(path, files, options)
    reader = _READERS[format]
    _check_options(reader, format, options)
    report = ReadReport(format)
    days = reader.read(files, report, **options)
    if not days:
        raise ValueError(_nothing_read(path, files, report))
    report.finish(days)
    return days, report


def example_day_path() -> pathlib.Path:
    """The recording of one real person that comes with the package.

    A young man's 24 hours out of MMASH (two calendar days, zipped as
    distributed); its licence and whom to cite lie beside it.

    Returns:
        `pathlib.Path` of a zip that `read_days` reads.

    Example:

    >>> example_day_path().suffix
    '.zip'
    """
    package = pathlib.Path(__file__).resolve().parents[2]
    return package / "assets" / "days" / "mmash_user_12.zip"


def _guess(path, files, options):
    found = [n for n, r in _READERS.items() if n != "table"]
    found = [n for n in found if _READERS[n].recognises(files)]
    # A single table is not put off with a guess: its reader says what lacks.
    single = len(files) == 1 and table.is_table(files[0])
    if not found and (
        single or "columns" in options or table.recognises(files)
    ):
        found = ["table"]
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(
            f"{str(path)!r} holds several formats: {', '.join(found)}. Give "
            "the folder of one of them, or say which with `format=`."
        )
    names = ", ".join(f.short for f in files[:3])
    looks = "; ".join(f"{n}: {r.LOOKS_LIKE}" for n, r in _READERS.items())
    raise ValueError(
        f"Found nothing to read in {str(path)!r} ({len(files)} file(s), "
        f"such as {names}). What can be read: {looks}."
    )


def _check_options(reader, format, options):
    takes = list(inspect.signature(reader.read).parameters)[2:]
    for name in options:
        if name not in takes:
            raise ValueError(
                f"The format {format!r} has no option {name!r}. It takes: "
                f"{', '.join(takes) or 'none'}."
            )


def _nothing_read(path, files, report):
    reasons = [f"{f}: {r}" for f, r in list(report.skipped.items())[:5]]
    if report.implausible:
        reasons.append(report.implausible_text())
    reasons = reasons or ["no minute has a value"]
    looks = _READERS[report.format].LOOKS_LIKE
    return (
        f"Read nothing from {str(path)!r} as {report.format!r} "
        f"({len(files)} file(s)). {'; '.join(reasons)}. Expected: {looks}."
    )
