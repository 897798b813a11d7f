"""Time zones and time stamps of recordings."""

import dataclasses
import zoneinfo

import numpy as np
import pandas as pd

_OFFSET = r"(?:[Zz]|[+-]\d{2}:?\d{2})$"
_EPOCH = pd.Timestamp(0)
_ASK = (
    "Times should be ISO 8601 such as 2026-03-01T07:30:00+01:00, Unix "
    "seconds or milliseconds; for others give `timestamp_format`, such as "
    "'%d/%m/%Y %H:%M'."
)


@dataclasses.dataclass(frozen=True)
class Moments:
    """When the rows of a table were recorded.

    Attributes:
        instant: float64 `(n,)`. Seconds that order the rows: Unix time, or
            the wall clock where no UTC offset is known.
        wall: float64 `(n,)`. Seconds of the local wall clock since its
            1 January 1970.
    """

    instant: np.ndarray
    wall: np.ndarray

    def take(self, rows):
        """Those of some rows."""
        return Moments(self.instant[rows], self.wall[rows])


def zone(name):
    """The time zone of an IANA name.

    Raises:
        ValueError: if there is no such zone.
    """
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise ValueError(
            "`timezone` should be an IANA name such as 'Europe/Dublin'. "
            f"Received: timezone={name!r}"
        ) from None


def parse_times(column, file, pattern=None, timezone=None):
    """A column of times as `Moments`.

    Args:
        column: `pandas.Series` of texts, numbers or datetimes.
        file: what to name in an error.
        pattern: str, optional. `strptime` pattern of texts. Defaults to
            ISO 8601.
        timezone: str, optional. Zone of the wall clock. Defaults to the wall
            clock as written.

    Raises:
        ValueError: if a time does not parse, or only some have an offset.
    """
    if column.isna().any():
        row = int(np.flatnonzero(column.isna())[0])
        raise ValueError(f"{file}: line {row + 2} has no time. {_ASK}")
    local = zone(timezone) if timezone else None
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        written = column.dt.tz_localize(None)
        return _moments(column.dt.tz_convert("UTC"), written, local)
    if column.dtype.kind == "M":
        return _moments(None, column, local)
    if column.dtype.kind in "iuf":
        instant = pd.to_datetime(_unix_seconds(column, file), unit="s")
        instant = pd.Series(instant)
        return _moments(instant.dt.tz_localize("UTC"), instant, local)
    text = column.astype(str).str.strip()
    offset = text.str.contains(_OFFSET, regex=True) if not pattern else None
    if offset is None or not offset.any():
        return _moments(None, _parse(text, pattern, file), local)
    if not offset.all():
        row = int(np.flatnonzero(~offset)[0])
        raise ValueError(
            f"{file}: some times have a UTC offset and some have none, such "
            f"as {text.iloc[row]!r} in line {row + 2}. Give all of them one."
        )
    written = _parse(text.str.replace(_OFFSET, "", regex=True), None, file)
    return _moments(_parse(text, None, file, utc=True), written, local)


def _moments(utc, written, local):
    wall = written
    if utc is not None and local is not None:
        wall = utc.dt.tz_convert(local).dt.tz_localize(None)
    instant = written if utc is None else utc.dt.tz_localize(None)
    return Moments(_seconds(instant), _seconds(wall))


def _seconds(times):
    return ((times - _EPOCH) / pd.Timedelta(seconds=1)).to_numpy()


def _parse(text, pattern, file, utc=False):
    times = pd.to_datetime(
        text, format=pattern or "ISO8601", errors="coerce", utc=utc
    )
    if times.isna().any():
        row = int(np.flatnonzero(times.isna())[0])
        raise ValueError(
            f"{file}: the time {text.iloc[row]!r} in line {row + 2} does "
            f"not parse. {_ASK}"
        )
    return times


def _unix_seconds(column, file):
    seconds = column.to_numpy(dtype="float64")
    # Seconds since 1970 pass 1e11 in the year 5138; milliseconds did in 1973.
    if np.median(seconds) >= 1e11:
        seconds = seconds / 1000
    if not ((seconds >= 1e8) & (seconds < 1e11)).all():
        row = int(np.flatnonzero((seconds < 1e8) | (seconds >= 1e11))[0])
        raise ValueError(
            f"{file}: {column.iloc[row]} in line {row + 2} is no Unix "
            f"time. {_ASK}"
        )
    return seconds
