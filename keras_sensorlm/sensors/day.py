"""One day of one person: `SensorDay` and the events that happened in it."""

import dataclasses
import datetime
import os
from collections.abc import Iterable
from collections.abc import Mapping
from typing import TYPE_CHECKING
from typing import Any
from typing import Protocol
from typing import TypeAlias
from typing import runtime_checkable

import numpy as np
import numpy.typing as npt

from keras_sensorlm.sensors.day_checks import (
    ImplausibleValueWarning as ImplausibleValueWarning,
)
from keras_sensorlm.sensors.day_checks import checked_date
from keras_sensorlm.sensors.day_checks import checked_values
from keras_sensorlm.sensors.day_checks import whole_minute
from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY

EVENT_KINDS = ("activity", "sleep", "mood")


@dataclasses.dataclass(frozen=True, order=True)
class Event:
    """Something that happened during a day.

    Args:
        kind: str. `"activity"`, `"sleep"` or `"mood"`.
        label: str. What it was, in plain words: `"outdoor bike"`.
        start_minute: int. First minute, 0 = local midnight.
        end_minute: int. Minute after the last one, at most 1440. An event
            that crosses midnight is one event in each of its two days.

    Raises:
        ValueError: if the kind is unknown, the label empty, or the minutes
            are not `0 <= start_minute < end_minute <= 1440`.

    Example:

    >>> Event("activity", "run", 420, 450).duration
    30
    """

    kind: str
    label: str
    start_minute: int
    end_minute: int

    def __post_init__(self) -> None:
        if self.kind not in EVENT_KINDS:
            raise ValueError(
                f"`kind` should be one of {EVENT_KINDS}. "
                f"Received: kind={self.kind!r}"
            )
        if not isinstance(self.label, str) or not self.label.strip():
            raise ValueError(
                "`label` should be words such as 'outdoor bike'. "
                f"Received: label={self.label!r}"
            )
        for name in ("start_minute", "end_minute"):
            minute = whole_minute(name, getattr(self, name))
            object.__setattr__(self, name, minute)
        if not 0 <= self.start_minute < self.end_minute <= MINUTES_PER_DAY:
            raise ValueError(
                "An event should satisfy 0 <= start_minute < end_minute <= "
                f"{MINUTES_PER_DAY}; split one that crosses midnight. "
                f"Received: start_minute={self.start_minute}, "
                f"end_minute={self.end_minute}"
            )

    @property
    def duration(self) -> int:
        """Length in minutes."""
        return self.end_minute - self.start_minute


@dataclasses.dataclass(frozen=True, eq=False)
class SensorDay:
    """One local calendar day of one person.

    Args:
        values: array `(1440, 26)`. Minute features in physical units, in the
            order of `FEATURE_NAMES`; minute 0 is local midnight; NaN where
            nothing was measured. Kept as a read-only float32 copy. Single
            values outside a feature's plausible range become NaN, with one
            `ImplausibleValueWarning` that counts them.
        participant: str, optional. Who. Splits are made by participant.
        date: `datetime.date` or ISO string, optional. The local date.
        events: iterable of `Event`, optional. Kept sorted by time.
        source: str, optional. The data set or device; it selects the device
            profile by which the converter standardises.

    Raises:
        ValueError: if the shape is not `(1440, 26)`, a value is not a
            number, a channel is mostly outside its plausible range (which
            means another unit), or a date does not parse.

    Example:

    >>> import numpy as np
    >>> values = np.full((1440, 26), np.nan)
    >>> values[:, 0] = 60.0
    >>> day = SensorDay(values, participant="p1", date="2026-03-01")
    >>> day.coverage()["heart_rate"]
    1.0
    """

    values: np.ndarray
    participant: str | None = None
    date: datetime.date | None = None
    events: tuple[Event, ...] = ()
    source: str | None = None

    if TYPE_CHECKING:
        # What it takes is more than what it keeps.
        def __init__(
            self,
            values: npt.ArrayLike,
            participant: str | None = None,
            date: datetime.date | str | None = None,
            events: Iterable[Event] = (),
            source: str | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        values = checked_values(self.values)
        values.flags.writeable = False
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "date", checked_date(self.date))
        if self.participant is not None:
            object.__setattr__(self, "participant", str(self.participant))
        alone = isinstance(self.events, (str, Event))
        events = (self.events,) if alone else tuple(self.events)
        for event in events:
            if alone or not isinstance(event, Event):
                raise ValueError(
                    "`events` should be a list of keras_sensorlm.Event, such "
                    "as [Event('activity', 'run', 420, 450)]. "
                    f"Received: {event!r}"
                )
        events = sorted(events, key=lambda e: (e.start_minute, e.end_minute))
        object.__setattr__(self, "events", tuple(events))

    @property
    def observed(self) -> npt.NDArray[np.bool_]:
        """Where something was measured, bool `(1440, 26)`."""
        return ~np.isnan(self.values)

    def coverage(self) -> dict[str, float]:
        """Share of observed minutes, a dict from feature name to float."""
        shares = self.observed.mean(axis=0)
        return dict(zip(FEATURE_NAMES, shares.tolist()))

    def segment(self, start_minute: int, end_minute: int) -> "SensorDay":
        """The day with everything outside `[start_minute, end_minute)` missing.

        Args:
            start_minute: int. First minute kept.
            end_minute: int. Minute after the last one kept.

        Returns:
            `SensorDay`. Events are kept where they overlap, clipped.
        """
        start_minute = whole_minute("start_minute", start_minute)
        end_minute = whole_minute("end_minute", end_minute)
        if not 0 <= start_minute < end_minute <= MINUTES_PER_DAY:
            raise ValueError(
                "A segment should satisfy 0 <= start_minute < end_minute <= "
                f"{MINUTES_PER_DAY}. Received: start_minute={start_minute}, "
                f"end_minute={end_minute}"
            )
        values = np.full_like(self.values, np.nan)
        values[start_minute:end_minute] = self.values[start_minute:end_minute]
        events = [
            dataclasses.replace(
                event,
                start_minute=max(event.start_minute, start_minute),
                end_minute=min(event.end_minute, end_minute),
            )
            for event in self.events
            if event.start_minute < end_minute
            and event.end_minute > start_minute
        ]
        return dataclasses.replace(self, values=values, events=tuple(events))

    def _repr_html_(self) -> str:
        # Loaded when a notebook asks for it.
        from keras_sensorlm.sensors.sketch import day_html

        return day_html(self)

    def __repr__(self) -> str:
        observed = self.observed
        return (
            f"SensorDay(participant={self.participant!r}, "
            f"date={self.date and self.date.isoformat()!r}, "
            f"source={self.source!r}, "
            f"channels={int(observed.any(axis=0).sum())} of {len(FEATURES)}, "
            f"observed={observed.mean():.1%}, events={len(self.events)})"
        )


@runtime_checkable
class Array(Protocol):
    """What has a shape: NumPy arrays and the tensors of every backend."""

    @property
    def shape(self) -> Any: ...

    @property
    def dtype(self) -> Any: ...

    def __getitem__(self, key: Any, /) -> Any: ...


# One day, several, or an array of them in physical units, NaN for missing.
Days: TypeAlias = SensorDay | Array | Iterable[SensorDay | Array]


def stack_days(days: Days) -> npt.NDArray[np.float32]:
    """Values of one or many days as one array.

    Args:
        days: a `SensorDay`, an iterable of them, or an array `(1440, 26)` or
            `(n, 1440, 26)` in physical units with NaN for missing.

    Returns:
        Float32 array `(n, 1440, 26)`.

    Raises:
        ValueError: if there are no days or the shape is another.
    """
    days = list_days(days)
    if not len(days):
        raise ValueError("Expected at least one day, received none.")
    if isinstance(days, list):
        return np.concatenate(
            [
                day.values[None] if isinstance(day, SensorDay) else _stack(day)
                for day in days
            ]
        )
    return _stack(days)


def list_days(days: Days) -> Any:
    """Days as something that can be counted and sliced.

    Args:
        days: one `SensorDay`, an iterable of them or of arrays, or an array
            `(1440, 26)` or `(n, 1440, 26)`.

    Returns:
        The array, `(n, ...)`, or a list.

    Raises:
        ValueError: if these are no days; says what to do instead.

    Example:

    >>> len(list_days(np.zeros((1440, 26))))
    1
    """
    if isinstance(days, SensorDay):
        return [days]
    if isinstance(days, (str, bytes, os.PathLike)):
        raise ValueError(
            "Days are read from files with `keras_sensorlm.read_days(path)`. "
            f"Received: {days!r}"
        )
    if hasattr(days, "columns"):
        raise ValueError(
            "A table does not say which column is which feature. Save it and "
            "use `read_days(path, columns={...})`, or give "
            "`SensorDay(array)` with the columns in the order of "
            f"`FEATURE_NAMES`. Received: {type(days).__name__}"
        )
    if isinstance(days, Array) and str(days.dtype) != "object":
        days = days[None] if len(days.shape) == 2 else days
    else:
        days = _listed(days)
    return days


def _listed(days):
    """A list of `SensorDay` and arrays."""
    expected = (
        "Days should be a SensorDay, a list of them, or a float array "
        f"(n, {MINUTES_PER_DAY}, {len(FEATURES)}) in physical units with NaN "
        "for missing. "
    )
    if isinstance(days, Mapping) or not isinstance(days, Iterable):
        raise ValueError(f"{expected}Received: {type(days).__name__}")
    days = list(days)
    for day in days:
        if not isinstance(day, (SensorDay, Array)):
            raise ValueError(
                f"{expected}Received: a list with a {type(day).__name__}"
            )
    return days


def _stack(days):
    """An array of days, checked."""
    shape = (MINUTES_PER_DAY, len(FEATURES))
    try:
        values = np.asarray(days, dtype="float32")
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Days should be numbers, NaN where missing: {error}"
        ) from None
    values = values[None] if values.shape == shape else values
    if values.ndim != 3 or values.shape[1:] != shape:
        hint = ""
        if values.shape[-2:] == shape[::-1]:
            hint = " (transposed: time comes first)"
        raise ValueError(
            f"Days given as an array should have shape {shape} or "
            f"(n, {shape[0]}, {shape[1]}). Received: {values.shape}{hint}"
        )
    return values
