"""One day of one person: `SensorDay` and the events that happened in it."""

import dataclasses
import datetime
import warnings

import numpy as np

from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY

EVENT_KINDS = ("activity", "sleep", "mood")

_LOW = np.array([f.low for f in FEATURES], dtype="float32")
_HIGH = np.array([f.high for f in FEATURES], dtype="float32")
# Above this share of implausible minutes a channel is in the wrong unit,
# and dropping single values would hide that.
_WRONG_UNIT_SHARE = 0.5
_WRONG_UNIT_MINUTES = 10


class ImplausibleValueWarning(UserWarning):
    """Single values outside a feature's plausible range became missing."""


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

    def __post_init__(self):
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
            minute = getattr(self, name)
            if minute != int(minute):
                raise ValueError(
                    f"`{name}` should be a whole minute. "
                    f"Received: {name}={minute!r}"
                )
            object.__setattr__(self, name, int(minute))
        if not 0 <= self.start_minute < self.end_minute <= MINUTES_PER_DAY:
            raise ValueError(
                "An event should satisfy 0 <= start_minute < end_minute <= "
                f"{MINUTES_PER_DAY}; split one that crosses midnight. "
                f"Received: start_minute={self.start_minute}, "
                f"end_minute={self.end_minute}"
            )

    @property
    def duration(self):
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
    events: tuple = ()
    source: str | None = None

    def __post_init__(self):
        values = _checked_values(self.values)
        values.flags.writeable = False
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "date", _checked_date(self.date))
        if self.participant is not None:
            object.__setattr__(self, "participant", str(self.participant))
        events = tuple(self.events)
        for event in events:
            if not isinstance(event, Event):
                raise ValueError(
                    "`events` should hold keras_sensorlm.Event. "
                    f"Received: {event!r}"
                )
        events = sorted(events, key=lambda e: (e.start_minute, e.end_minute))
        object.__setattr__(self, "events", tuple(events))

    @property
    def observed(self):
        """Where something was measured, bool `(1440, 26)`."""
        return ~np.isnan(self.values)

    def coverage(self):
        """Share of observed minutes, a dict from feature name to float."""
        shares = self.observed.mean(axis=0)
        return dict(zip(FEATURE_NAMES, shares.tolist()))

    def segment(self, start_minute, end_minute):
        """The day with everything outside `[start_minute, end_minute)` missing.

        Args:
            start_minute: int. First minute kept.
            end_minute: int. Minute after the last one kept.

        Returns:
            `SensorDay`. Events are kept where they overlap, clipped.
        """
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
        return dataclasses.replace(self, values=values, events=events)

    def _repr_html_(self):
        # Loaded when a notebook asks for it.
        from keras_sensorlm.sensors.sketch import day_html

        return day_html(self)

    def __repr__(self):
        observed = self.observed
        return (
            f"SensorDay(participant={self.participant!r}, "
            f"date={self.date and self.date.isoformat()!r}, "
            f"source={self.source!r}, "
            f"channels={int(observed.any(axis=0).sum())} of {len(FEATURES)}, "
            f"observed={observed.mean():.1%}, events={len(self.events)})"
        )


def stack_days(days):
    """Values of one or many days as one array.

    Args:
        days: a `SensorDay`, an iterable of them, or an array `(1440, 26)` or
            `(n, 1440, 26)` in physical units with NaN for missing.

    Returns:
        Float32 array `(n, 1440, 26)`.

    Raises:
        ValueError: if there are no days or the shape is another.
    """
    shape = (MINUTES_PER_DAY, len(FEATURES))
    if isinstance(days, SensorDay):
        return days.values[None]
    if hasattr(days, "shape"):
        values = np.asarray(days, dtype="float32")
        values = values[None] if values.shape == shape else values
        if values.ndim != 3 or values.shape[1:] != shape:
            raise ValueError(
                f"Days given as an array should have shape {shape} or "
                f"(n, {shape[0]}, {shape[1]}). Received: {values.shape}"
            )
        return values
    days = list(days)
    if not days:
        raise ValueError("Expected at least one day, received none.")
    if not all(isinstance(day, SensorDay) for day in days):
        return np.concatenate([stack_days(day) for day in days])
    return np.stack([day.values for day in days])


def _checked_values(values):
    shape = (MINUTES_PER_DAY, len(FEATURES))
    try:
        values = np.array(values, dtype="float32")
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"`values` should be numbers, NaN where missing: {error}"
        ) from None
    if values.shape != shape:
        raise ValueError(
            f"`values` should have shape {shape}: minutes of a day x features "
            f"({', '.join(FEATURE_NAMES[:3])}, ...). "
            f"Received shape: {values.shape}"
        )
    with np.errstate(invalid="ignore"):
        implausible = (values < _LOW) | (values > _HIGH) | np.isinf(values)
    if implausible.any():
        _report_implausible(values, implausible)
        values[implausible] = np.nan
    return values


def _report_implausible(values, implausible):
    counts = implausible.sum(axis=0)
    observed = (~np.isnan(values)).sum(axis=0)
    found = []
    for i in np.flatnonzero(counts):
        f = FEATURES[i]
        bad = values[implausible[:, i], i]
        text = (
            f"{f.name}: {counts[i]} of {observed[i]} minutes outside "
            f"{f.low:g} to {f.high:g} {f.unit} (such as {bad[0]:g})"
        )
        if (
            counts[i] >= _WRONG_UNIT_MINUTES
            and counts[i] > _WRONG_UNIT_SHARE * observed[i]
        ):
            raise ValueError(
                f"Most of a channel is implausible, {text}. Values should be "
                "in physical units, not normalised, with NaN for missing."
            )
        found.append(text)
    warnings.warn(
        f"Implausible values became missing. {'; '.join(found)}.",
        ImplausibleValueWarning,
        stacklevel=4,
    )


def _checked_date(date):
    if date is None or type(date) is datetime.date:
        return date
    if isinstance(date, datetime.datetime):
        return date.date()
    try:
        return datetime.date.fromisoformat(date)
    except (TypeError, ValueError):
        raise ValueError(
            "`date` should be a datetime.date or an ISO date such as "
            f"'2026-03-01'. Received: date={date!r}"
        ) from None
