"""Reads captions back into claims, with the forms that they were made of."""

import dataclasses
import functools
import re
from typing import NamedTuple

from keras_sensorlm.captions import grammar
from keras_sensorlm.captions.claim import Claim
from keras_sensorlm.captions.lexicon import BY_SPOKEN
from keras_sensorlm.captions.lexicon import GROUPS
from keras_sensorlm.captions.lexicon import OWN_UNITS
from keras_sensorlm.captions.lexicon import UNIT_WORDS
from keras_sensorlm.captions.phrasing import FAMILIES
from keras_sensorlm.captions.phrasing import pattern
from keras_sensorlm.captions.phrasing import read_time
from keras_sensorlm.captions.phrasing import split
from keras_sensorlm.captions.semantic import NAP
from keras_sensorlm.captions.semantic import SLEEP
from keras_sensorlm.captions.statistical import STATISTICS
from keras_sensorlm.captions.structural import BIN_MINUTES
from keras_sensorlm.captions.structural_text import LEVELS
from keras_sensorlm.captions.structural_text import structural_claims

_NUMBER = r"-?\d+(?:\.\d+)?"
_SENTENCE_END = re.compile(r"(?<=\.) (?=\S)")
_TAIL = re.compile(
    r" \((?P<own>in the device's own units)?(?:, )?"
    rf"(?:measured for (?P<covered>{_NUMBER}) percent of the day)?\)$"
)
_MEASURED = (
    rf"(?:a mean heart rate of {_NUMBER}(?: bpm)?|{_NUMBER} steps?|"
    rf"a mean eda level of {_NUMBER}(?: microsiemens)?)"
)
_EVENT_TAIL = re.compile(
    rf", with (?P<all>{_MEASURED}(?:, {_MEASURED})?(?: and {_MEASURED})?)$"
)
_MEASURED_PARTS = re.compile(
    rf"a mean (?P<name>heart rate|eda level) of (?P<mean>{_NUMBER})"
    rf"(?: (?P<unit>bpm|microsiemens))?|(?P<total>{_NUMBER}) steps?"
)
_UNITS = {words.lower(): words for words in UNIT_WORDS}
_FREE = ("activity", "mood")


class _Reader(NamedTuple):
    """One form and variant as a regular expression.

    Attributes:
        anchor: str. Words that every sentence of the form contains; looked
            for first, since that is much quicker than the pattern.
        pattern: compiled pattern.
        family: str.
        variant: int.
    """

    anchor: str
    pattern: re.Pattern
    family: str
    variant: int


@functools.cache
def _readers():
    """All readers, those that read any words last."""
    families = sorted(FAMILIES.items(), key=lambda item: item[0] in _FREE)
    readers = []
    for family, (forms, variants) in families:
        for form in forms:
            for variant in range(variants):
                parts = split(form, variant)
                literals = [part for part in parts if isinstance(part, str)]
                anchor = max(literals, key=len).lower().removesuffix(".")
                readers.append(
                    _Reader(anchor, pattern(form, variant), family, variant)
                )
    return readers


def parse(caption: str) -> list[Claim]:
    """Reads a caption back into claims.

    Reads every sentence that `HierarchicalCaptioner` says, with any options,
    in any case (models write lower case). Nothing else is understood.

    Args:
        caption: str. Sentences, each ended by a full stop.

    Returns:
        List of `Claim` in the order of the text; a sentence that no form
        reads is one claim of the kind `"unreadable"`.

    Example:

    >>> [c.kind for c in parse("A run was logged between 07:00 and 07:30.")]
    ['activity']
    >>> parse("All was well.")[0].kind
    'unreadable'
    """
    claims = []
    text = " ".join(caption.lower().split())
    for sentence in filter(None, _SENTENCE_END.split(text)):
        claims += _parse_sentence(sentence)
    return claims


@functools.lru_cache(4096)
def _parse_sentence(sentence):
    found = _match(sentence.removesuffix("."))
    # A form ends with a full stop; half a sentence says nothing for sure.
    if found is None or not sentence.endswith("."):
        return (Claim("unreadable", sentence=sentence),)
    read, fields, tail = found
    claims = _READ[read.family](read, fields, tail)
    return tuple(
        dataclasses.replace(claim, sentence=sentence) for claim in claims
    )


def _match(body):
    """The `_Reader`, the slots and the tail's slots of a sentence."""
    for end, families in (
        (None, None),
        (_TAIL, ("statistic", *LEVELS)),
        (_EVENT_TAIL, ("activity", SLEEP)),
    ):
        head, tail = body, {}
        if end is not None:
            match = end.search(body)
            if match is None:
                continue
            head, tail = body[: match.start()], match.groupdict()
        for reader in _readers():
            if reader.anchor not in head:
                continue
            if families is not None and reader.family not in families:
                continue
            match = reader.pattern.fullmatch(head)
            if match is not None:
                return reader, match.groupdict(), tail
    return None


def _decimals(text):
    return len(text.partition(".")[2])


def _unit(fields, tail):
    if tail.get("own"):
        return OWN_UNITS
    return _UNITS.get(fields.get("unit"))


def _read_statistic(reader, fields, tail):
    channel, unit = BY_SPOKEN[fields["channel"]].name, _unit(fields, tail)
    claims = [
        Claim(
            "statistic",
            channel,
            name,
            float(fields[name]),
            _decimals(fields[name]),
            unit,
        )
        for name in STATISTICS
    ]
    if tail.get("covered"):
        covered = tail["covered"]
        claims.append(
            Claim(
                "statistic",
                channel,
                "coverage",
                float(covered),
                _decimals(covered),
                "percent",
            )
        )
    return claims


def _read_structure(reader, fields, tail):
    family = reader.family
    if family == "rhythm":
        start, end = 0, int(fields["duration"].split()[0])
    elif "at" in fields:
        start, end = _around(read_time(fields["at"]), family)
    else:
        start, end = read_time(fields["start"]), read_time(fields["end"])
    numbers = [fields[name] for name in LEVELS[family]]
    return structural_claims(
        family,
        reader.variant,
        BY_SPOKEN[fields["channel"]].name,
        start,
        end,
        [float(number) for number in numbers],
        _unit(fields, tail),
        [_decimals(number) for number in numbers],
    )


def _around(at, family):
    """The bin of a moment: the moment is its middle, or a shift its start."""
    if family == "level_shift":
        return at, at + BIN_MINUTES
    return at - BIN_MINUTES // 2, at + BIN_MINUTES // 2


def _window(fields):
    """Start and end of what lasted, from two of start, end, duration."""
    start, end = fields.get("start"), fields.get("end")
    if start is not None and end is not None:
        return read_time(start), read_time(end)
    duration = int(fields["duration"].split()[0])
    if start is not None:
        return read_time(start), read_time(start) + duration
    return read_time(end) - duration, read_time(end)


def _read_event(reader, fields, tail):
    start, end = _window(fields)
    kind, label = reader.family, (SLEEP, NAP)[reader.variant]
    if kind == "activity":
        label = grammar.label_of(fields["event"])
    claims = [Claim(kind, label=label, start_minute=start, end_minute=end)]
    for part in _MEASURED_PARTS.finditer(tail.get("all", "")):
        claims.append(_read_measured(part, start, end))
    return claims


def _read_measured(part, start, end):
    if part["total"]:
        channel, statistic, text, unit = (
            "steps",
            "total",
            part["total"],
            "steps",
        )
    else:
        channel = BY_SPOKEN[part["name"]].name
        statistic, text, unit = "mean", part["mean"], part["unit"]
    return Claim(
        "statistic",
        channel,
        statistic,
        float(text),
        _decimals(text),
        unit,
        start_minute=start,
        end_minute=end,
    )


def _read_mood(reader, fields, tail):
    at = read_time(fields["at"])
    return [Claim("mood", label=fields["mood"], start_minute=at)]


def _read_absence(reader, fields, tail):
    value = digits = unit = label = None
    if "duration" in fields:
        value, digits, unit = int(fields["duration"].split()[0]), 0, "minutes"
    if "groups" in fields:
        words = re.findall(r"\w+", fields["groups"])
        label = ", ".join(
            group.name for group in GROUPS if group.spoken[0].lower() in words
        )
    return [
        Claim(reader.family, value=value, digits=digits, unit=unit, label=label)
    ]


_READ = {
    **dict.fromkeys(LEVELS, _read_structure),
    "statistic": _read_statistic,
    "activity": _read_event,
    "sleep": _read_event,
    "inferred_sleep": _read_event,
    "mood": _read_mood,
    "no_data": _read_absence,
    "no_structure": _read_absence,
    "no_log": _read_absence,
}
