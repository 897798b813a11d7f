"""What a `SensorDay` is given, checked."""

import datetime
import warnings

import numpy as np

from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY

_LOW = np.array([f.low for f in FEATURES], dtype="float32")
_HIGH = np.array([f.high for f in FEATURES], dtype="float32")
# Above this share of implausible minutes a channel is in the wrong unit,
# and dropping single values would hide that.
_WRONG_UNIT_SHARE = 0.5
_WRONG_UNIT_MINUTES = 10


class ImplausibleValueWarning(UserWarning):
    """Single values outside a feature's plausible range became missing."""


def checked_values(values):
    """A day's values as float32 `(1440, 26)`, implausible ones missing."""
    shape = (MINUTES_PER_DAY, len(FEATURES))
    try:
        values = np.array(values, dtype="float32")
    except (TypeError, ValueError) as error:
        raise ValueError(
            "`values` should be numbers, NaN where missing (a recording is "
            f"read with `keras_sensorlm.read_days(path)`): {error}"
        ) from None
    if values.shape != shape:
        turned = values.shape == shape[::-1]
        raise ValueError(
            f"`values` should have shape {shape}: minutes of a day x features "
            f"({', '.join(FEATURE_NAMES[:3])}, ...). "
            f"Received shape: {values.shape}"
            + (", which is transposed" if turned else "")
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


def checked_date(date):
    """A `datetime.date`, or None."""
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


def whole_minute(name, minute):
    """A minute of the day as int."""
    try:
        if minute == int(minute):
            return int(minute)
    except (OverflowError, TypeError, ValueError):
        pass
    raise ValueError(
        f"`{name}` should be a whole minute of the day, 0 to "
        f"{MINUTES_PER_DAY}: 07:30 is 450. Received: {name}={minute!r}"
    )
