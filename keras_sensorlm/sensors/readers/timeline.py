"""Minutes and events of one recording, cut into calendar days at the end."""

import datetime
import math

import numpy as np

from keras_sensorlm.sensors.day import Event
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.features import feature_index


class Timeline:
    """Whole local days of one recording, minute 0 = first local midnight.

    Args:
        days: int. How many.
    """

    def __init__(self, days):
        self.minutes = days * MINUTES_PER_DAY
        self.values = np.full(
            (self.minutes, len(FEATURES)), np.nan, dtype="float32"
        )
        self.events = []

    def put(self, columns):
        """Sets features, a dict from name to array `(minutes,)`."""
        for name, column in columns.items():
            self.values[:, feature_index(name)] = column

    def column(self, name):
        """One feature, float32 `(minutes,)`."""
        return self.values[:, feature_index(name)]

    def add_event(self, kind, label, start, end, within=None):
        """Adds an event given in minutes since the first midnight.

        Args:
            kind: str.
            label: str.
            start: float. Rounded down to a whole minute.
            end: float. Rounded up; an event lasts at least a minute.
            within: (int, int), optional. Clips the event. Defaults to the
                whole timeline.

        Returns:
            bool. Whether anything of the event was left.
        """
        low, high = within or (0, self.minutes)
        start = max(math.floor(start), low)
        end = min(max(math.ceil(end), start + 1), high)
        if start >= end:
            return False
        self.events.append((kind, label, start, end))
        return True

    def recorded(self):
        """First minute with data and the minute after the last, or None."""
        seen = np.flatnonzero(~np.isnan(self.values).all(axis=1))
        return (int(seen[0]), int(seen[-1]) + 1) if len(seen) else None

    def days(self):
        """`(day index, values (1440, 26), events)` of each day with data."""
        for i in range(self.minutes // MINUTES_PER_DAY):
            first = i * MINUTES_PER_DAY
            last = first + MINUTES_PER_DAY
            values = self.values[first:last]
            if np.isnan(values).all():
                continue
            events = [
                Event(
                    kind,
                    label,
                    max(start, first) - first,
                    min(end, last) - first,
                )
                for kind, label, start, end in self.events
                if start < last and end > first
            ]
            yield i, values, events


def sensor_day(values, events, report, participant, date, source):
    """A `SensorDay`, with implausible minutes counted in the report."""
    values = np.array(values, dtype="float32")
    for i, f in enumerate(FEATURES):
        column = values[:, i]
        observed = np.count_nonzero(~np.isnan(column))
        bad = np.count_nonzero((column < f.low) | (column > f.high))
        # A channel that is mostly implausible is in another unit: leave it
        # for SensorDay to say so.
        if bad and (bad < 10 or bad <= observed / 2):
            values[:, i] = report.drop_implausible(f.name, column)
    try:
        return SensorDay(
            values,
            participant=participant,
            date=date,
            events=events,
            source=source,
        )
    except ValueError as error:
        raise ValueError(f"{participant}, {date}: {error}") from None


def sensor_days(timeline, report, participant, first_date, source):
    """The days of a timeline as a list of `SensorDay`."""
    return [
        sensor_day(
            values,
            events,
            report,
            participant,
            None
            if first_date is None
            else first_date + datetime.timedelta(days=i),
            source,
        )
        for i, values, events in timeline.days()
    ]
