"""Checks claims against a day, number by number."""

import functools
from typing import NamedTuple

import numpy as np

from keras_sensorlm.captions import structural_extra
from keras_sensorlm.captions.lexicon import CHANNELS
from keras_sensorlm.captions.lexicon import GROUPS
from keras_sensorlm.captions.lexicon import OWN_UNITS
from keras_sensorlm.captions.lexicon import Unit
from keras_sensorlm.captions.measure import measure
from keras_sensorlm.captions.semantic import MIN_ACTIVITY_MINUTES
from keras_sensorlm.captions.semantic import merge
from keras_sensorlm.captions.semantic import spoken_label
from keras_sensorlm.captions.stillness import has_logged_sleep
from keras_sensorlm.captions.stillness import infer_sleep
from keras_sensorlm.captions.structural import BIN_MINUTES
from keras_sensorlm.captions.structural import detect
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.sensors.profiles import profile_for

# What floating point may change in a number, relative to it.
ROUNDING = 1e-9


class Verdict(NamedTuple):
    """What the data say of one claim; true in a condition if it holds.

    Attributes:
        claim: `Claim`.
        holds: bool. Whether the data bear it out.
        measured: float, optional. What the data give instead, in the
            claim's unit; `None` for what is no number or not measured.
        tolerance: float, optional. How far the claim's number may be from
            it: half of its last printed digit, more if asked.
        reason: str. In words.
    """

    claim: object
    holds: bool
    measured: float | None
    tolerance: float | None
    reason: str

    def __bool__(self):
        # `all(verify(claims, day))` would be true of anything otherwise.
        return self.holds


class Evidence:
    """All that claims about a day are checked against, computed when needed.

    Args:
        day: `SensorDay`, or an array `(1440, 26)`.
        baseline: `Baseline`, optional. Other days of the same person.
    """

    def __init__(self, day, baseline=None):
        if not isinstance(day, SensorDay):
            day = SensorDay(day)
        self.day = day
        self.baseline = baseline

    @functools.cached_property
    def measures(self):
        return measure([self.day.values])

    @functools.cached_property
    def series(self):
        return self.measures.bins[0]

    @functools.cached_property
    def structure(self):
        return detect(self.series)

    @functools.cached_property
    def shifts(self):
        return structural_extra.level_shifts(self.series)

    @functools.cached_property
    def rhythms(self):
        return structural_extra.rhythms(self.series)

    @functools.cached_property
    def unusual(self):
        others = self.baseline.others(self.day) if self.baseline else ()
        if not others:
            return [[] for _ in self.series]
        return structural_extra.unusual(self.series, np.stack(others))

    @functools.cached_property
    def merged(self):
        return merge(self.day.events)

    @functools.cached_property
    def events(self):
        """Merged and single events: (kind, label, start, end)."""
        single = [
            (
                event.kind,
                spoken_label(event.kind, event.label),
                event.start_minute,
                event.end_minute,
            )
            for event in self.day.events
        ]
        return self.merged + single

    @functools.cached_property
    def has_own_units(self):
        return not profile_for(self.day.source).device_units

    def window(self, channel, start, end):
        """Observed values of a channel, float64."""
        values = self.day.values[start:end, channel].astype("float64")
        return values[~np.isnan(values)]


def check(claim, evidence, minute_tolerance=0, relative_tolerance=0.0):
    """The `Verdict` on one claim.

    Args:
        claim: `Claim`.
        evidence: `Evidence`.
        minute_tolerance: int. Minutes by which times may be off.
        relative_tolerance: float. Share of the measured value by which
            numbers may be off, besides half of their last printed digit.

    Returns:
        `Verdict`.

    Raises:
        ValueError: if the kind of claim is unknown.
    """
    checker = _CHECKS.get(claim.kind)
    if checker is None:
        raise ValueError(
            f"A claim's kind should be one of {', '.join(_CHECKS)}. "
            f"Received: kind={claim.kind!r}"
        )
    return checker(claim, evidence, minute_tolerance, relative_tolerance)


def _unit_of(claim, evidence):
    """The `Unit` that a claim speaks in, or None if the channel has not."""
    row = CHANNELS[feature_index(claim.channel)]
    if claim.unit == OWN_UNITS:
        return row.metric if row.is_device and evidence.has_own_units else None
    if claim.unit is None:
        return row.metric
    if claim.statistic == "total":
        return Unit("steps") if claim.unit == "steps" else None
    for unit in (row.metric, row.imperial):
        if unit.words == claim.unit:
            return unit
    return None


def _compare(claim, measured, relative_tolerance):
    """The `Verdict` on a claim's number."""
    if measured is None or np.isnan(measured):
        return Verdict(claim, False, None, None, "nothing was measured")
    tolerance = 0.0 if claim.digits is None else 0.5 * 10.0**-claim.digits
    tolerance += (relative_tolerance + ROUNDING) * max(abs(measured), 1e-3)
    holds = abs(claim.value - measured) <= tolerance
    reason = "the number is right" if holds else "the number is another"
    return Verdict(claim, bool(holds), float(measured), tolerance, reason)


def _check_statistic(claim, evidence, minutes, relative):
    channel = feature_index(claim.channel)
    if claim.statistic == "coverage":
        seen = evidence.measures.minutes[0, channel]
        return _compare(claim, 100.0 * seen / MINUTES_PER_DAY, relative)
    unit = _unit_of(claim, evidence)
    if unit is None:
        reason = f"{claim.channel} is not measured in {claim.unit}"
        return Verdict(claim, False, None, None, reason)
    if claim.start_minute is None:
        measured = getattr(evidence.measures, claim.statistic)[0, channel]
    else:
        window = evidence.window(channel, claim.start_minute, claim.end_minute)
        if claim.start_minute < 0 or not len(window):
            return _compare(claim, None, relative)
        total = window.sum()
        measured = total if claim.statistic == "total" else total / len(window)
    offset = 0.0 if claim.statistic == "std" else unit.offset
    return _compare(claim, measured * unit.scale + offset, relative)


def _found(claim, holds, what):
    reason = f"{what} is there" if holds else f"no such {what}"
    return Verdict(claim, bool(holds), None, None, reason)


def _near(claim, start, end, minutes):
    """Whether a claim's start and end, if it has them, are those."""
    return all(
        said is None or abs(said - true) <= minutes
        for said, true in (
            (claim.start_minute, start),
            (claim.end_minute, end),
        )
    )


def _check_trend(claim, evidence, minutes, relative):
    trends = evidence.structure[feature_index(claim.channel)]["trends"]
    holds = any(
        direction == claim.direction
        and _near(claim, first * BIN_MINUTES, (last + 1) * BIN_MINUTES, minutes)
        for first, last, direction in trends
    )
    return _found(claim, holds, f"{claim.direction} trend")


def _check_extreme(claim, evidence, minutes, relative):
    found = evidence.structure[feature_index(claim.channel)]
    holds = any(
        _near(claim, at * BIN_MINUTES, (at + 1) * BIN_MINUTES, minutes)
        for at in found[f"{claim.kind}s"]
    )
    return _found(claim, holds, claim.kind)


def _check_event(claim, evidence, minutes, relative):
    holds = any(
        kind == claim.kind
        and label == spoken_label(kind, claim.label)
        and _near(claim, start, end, minutes)
        for kind, label, start, end in evidence.events
    )
    return _found(claim, holds, f"{claim.kind} in the log")


def _check_inferred_sleep(claim, evidence, minutes, relative):
    guess = infer_sleep(evidence.series.T)
    if has_logged_sleep(evidence.day):
        return Verdict(claim, False, None, None, "sleep was logged")
    holds = guess is not None and _near(claim, *guess, minutes)
    return _found(claim, holds, "long stillness")


def _channels_of(claim):
    names = claim.label.split(", ")
    return [
        channel
        for group in GROUPS
        if group.name in names
        for channel in (*group.fixed, *group.drawn)
    ]


def _check_no_data(claim, evidence, minutes, relative):
    seen = evidence.measures.minutes[0, _channels_of(claim)].max()
    holds = seen < claim.value
    reason = f"the best channel was measured for {seen} minutes"
    return Verdict(claim, bool(holds), float(seen), None, reason)


def _check_no_structure(claim, evidence, minutes, relative):
    found = [
        FEATURE_NAMES[channel]
        for channel in _channels_of(claim)
        if any(evidence.structure[channel].values())
    ]
    reason = f"found in {', '.join(found)}" if found else "nothing was found"
    return Verdict(claim, not found, None, None, reason)


def _check_no_log(claim, evidence, minutes, relative):
    if claim.value != MIN_ACTIVITY_MINUTES:
        reason = f"captions tell of {MIN_ACTIVITY_MINUTES} minutes"
        return Verdict(claim, False, MIN_ACTIVITY_MINUTES, 0.0, reason)
    found = [
        label
        for kind, label, start, end in evidence.merged
        if kind != "activity" or end - start >= claim.value
    ]
    reason = f"logged: {', '.join(found)}" if found else "nothing was logged"
    return Verdict(claim, not found, None, None, reason)


def _check_shift(claim, evidence, minutes, relative):
    channel = feature_index(claim.channel)
    for shift in evidence.shifts[channel]:
        rises = shift.after > shift.before
        if claim.direction != ("increasing" if rises else "decreasing"):
            continue
        if _near(claim, shift.bin * BIN_MINUTES, None, minutes):
            return _check_level(claim, shift, evidence, relative, "shift")
    return _found(claim, False, "level shift")


def _check_unusual(claim, evidence, minutes, relative):
    for found in evidence.unusual[feature_index(claim.channel)]:
        if claim.direction != found.kind:
            continue
        start = found.first * BIN_MINUTES
        end = (found.last + 1) * BIN_MINUTES
        if _near(claim, start, end, minutes):
            return _check_level(claim, found, evidence, relative, "stretch")
    return _found(claim, False, "unusual stretch")


def _check_level(claim, found, evidence, relative, what):
    """The verdict on a number that belongs to something found."""
    if claim.statistic is None:
        return _found(claim, True, what)
    unit = _unit_of(claim, evidence)
    if unit is None:
        return Verdict(claim, False, None, None, "it has another unit")
    name = "value" if claim.statistic == "level" else claim.statistic
    measured = getattr(found, name) * unit.scale + unit.offset
    return _compare(claim, measured, relative)


def _check_rhythm(claim, evidence, minutes, relative):
    found = evidence.rhythms[feature_index(claim.channel)]
    if found is None:
        return _found(claim, False, "rhythm")
    # A count of minutes has no digits to round: it must be exact.
    measured = found.period * BIN_MINUTES
    holds = abs(claim.value - measured) <= minutes
    return Verdict(claim, holds, float(measured), float(minutes), "the period")


def _check_unreadable(claim, evidence, minutes, relative):
    return Verdict(claim, False, None, None, "no form reads this sentence")


_CHECKS = {
    "statistic": _check_statistic,
    "trend": _check_trend,
    "peak": _check_extreme,
    "drop": _check_extreme,
    "activity": _check_event,
    "sleep": _check_event,
    "inferred_sleep": _check_inferred_sleep,
    "mood": _check_event,
    "no_data": _check_no_data,
    "no_structure": _check_no_structure,
    "no_log": _check_no_log,
    "level_shift": _check_shift,
    "rhythm": _check_rhythm,
    "unusual": _check_unusual,
    "unreadable": _check_unreadable,
}
