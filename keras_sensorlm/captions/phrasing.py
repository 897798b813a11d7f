"""From forms to text and back: what a form's slots look like.

A form (`keras_sensorlm.captions.forms`) is split once into literals and
slots. `phrase` fills in all that is known beforehand (channel, unit, words
of the variant) and leaves `%s` for numbers and times, so that a sentence
costs one string formatting. `pattern` turns the same form into a regular
expression that reads the sentence back.
"""

import functools
import itertools
import operator
import re
import string
from typing import NamedTuple

from keras_sensorlm.captions import grammar
from keras_sensorlm.captions.forms import extra
from keras_sensorlm.captions.forms import semantic
from keras_sensorlm.captions.forms import statistical
from keras_sensorlm.captions.forms import structural
from keras_sensorlm.captions.lexicon import CHANNELS
from keras_sensorlm.captions.lexicon import GROUPS
from keras_sensorlm.captions.lexicon import UNIT_WORDS

MINUTE = "minute"
CLOCK = "clock"
TIMES = (MINUTE, CLOCK)

# Family -> its forms and the number of variants that `{a|b}` tells apart.
FAMILIES = {
    "statistic": (statistical.STATISTIC, 1),
    "move": (structural.MOVE, 2),
    "stable": (structural.STABLE, 1),
    "extreme": (structural.EXTREME, 2),
    "activity": (semantic.ACTIVITY, 1),
    "sleep": (semantic.SLEEP, 2),
    "inferred_sleep": (semantic.INFERRED_SLEEP, 1),
    "mood": (semantic.MOOD, 1),
    "no_data": (semantic.NO_DATA, 1),
    "no_structure": (semantic.NO_STRUCTURE, 1),
    "no_log": (semantic.NO_LOG, 1),
    "level_shift": (extra.SHIFT, 2),
    "rhythm": (extra.RHYTHM, 1),
    "unusual": (extra.UNUSUAL, 2),
}
TIME_SLOTS = ("start", "end", "at")
TEXT_SLOTS = (*TIME_SLOTS, "event", "mood", "groups", "duration")
EXTREME_SLOTS = ("max", "min")

_NUMBER = r"-?\d+(?:\.\d+)?"
_TIME = r"(?:minute \d+|\d\d:\d\d)"
_WORDS = r"[\w'+&/-]+(?: [\w'+&/-]+)*?"


def _alternatives(words):
    # Longest first: one name may start with another.
    words = sorted((word.lower() for word in words), key=len, reverse=True)
    return "|".join(map(re.escape, words))


def _group_lists():
    """Every list of groups, as it is spoken."""
    for size in range(1, len(GROUPS) + 1):
        for groups in itertools.combinations(GROUPS, size):
            words = [word for group in groups for word in group.spoken]
            yield grammar.join(words, "or")


_GROUPS = _alternatives(_group_lists())
_CHANNEL = _alternatives(channel.noun for channel in CHANNELS)
_UNIT = _alternatives(UNIT_WORDS)


class Slot(NamedTuple):
    """One slot of a form: its name, and how it is written."""

    name: str
    has_unit: bool = False
    is_capital: bool = False


class Phrase(NamedTuple):
    """A form with everything but its numbers and times filled in.

    Attributes:
        format: str. With `%s` for each open slot.
        pick: function. From a family's values to those of the open slots.
        slots: tuple of str. Names of the open slots.
    """

    format: str
    pick: object
    slots: tuple


@functools.lru_cache(None)
def split(form, variant=0):
    """A form as a tuple of literals (str) and `Slot`.

    Args:
        form: str. A form.
        variant: int. Which of `{a|b}` is taken.

    Returns:
        Tuple of str and `Slot`.

    Example:

    >>> split("{Channel} {rose|fell} to {after+}.", 1)[1:3]
    (' fell to ', Slot(name='after', has_unit=True, is_capital=False))
    """
    parts = []
    for literal, name, _, _ in string.Formatter().parse(form):
        parts.append(literal)
        if name and "|" in name:
            parts.append(name.split("|")[variant])
        elif name:
            slot = name.removesuffix("+")
            parts.append(Slot(slot.lower(), slot != name, slot[0].isupper()))
    merged = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part:
            merged.append(part)
    return tuple(merged)


def phrase(family, index, variant, channel, unit, time, tail="", decimals=None):
    """The `Phrase` of one form for one channel.

    Args:
        family: str. A key of `FAMILIES`.
        index: int. Which form of the family.
        variant: int. Which variant.
        channel: `Channel`, optional. What the sentence is about.
        unit: str. Words after numbers that name their unit.
        time: str. `"minute"` or `"clock"`.
        tail: str. Added before the full stop.
        decimals: tuple of int, optional. Decimals of numbers, and of
            maxima and minima; without it numbers come as text.

    Returns:
        `Phrase`. Its `pick` takes the values in the order of
        `slot_order(family)`.
    """
    order = slot_order(family)
    text, slots = "", []
    for part in split(FAMILIES[family][0][index], variant):
        if isinstance(part, str):
            text += part.replace("%", "%%")
            continue
        if part.name in ("channel", "noun"):
            words = channel.spoken if part.name == "channel" else channel.noun
            text += grammar.capitalise(words) if part.is_capital else words
            continue
        if part.name in TIME_SLOTS and time == MINUTE:
            text += "minute %s"
        elif part.name in TEXT_SLOTS or decimals is None:
            text += "%s"
        else:
            text += f"%.{decimals[part.name in EXTREME_SLOTS]}f"
        if part.has_unit and unit:
            text += f" {unit}"
        slots.append(_key(part))
    if tail:
        text = f"{text.removesuffix('.')}{tail}."
    where = [order.index(slot) for slot in slots]
    return Phrase(text, _picker(where), tuple(slots))


def _picker(where):
    """A function from a tuple to the tuple of the items at `where`.

    One that pickles, so that captioners can be sent to workers.
    """
    if len(where) > 1:
        return operator.itemgetter(*where)
    first = where[0] if where else 0
    return operator.itemgetter(slice(first, first + len(where)))


def _key(slot):
    return f"{slot.name}^" if slot.is_capital else slot.name


@functools.lru_cache(None)
def slot_order(family):
    """Names of the slots of a family that `phrase` leaves open, sorted.

    A slot that is capitalised, for the start of a sentence, ends in `^`.

    Example:

    >>> slot_order("mood")
    ('at', 'mood')
    """
    forms, _ = FAMILIES[family]
    names = {
        _key(part)
        for form in forms
        for part in split(form)
        if isinstance(part, Slot) and part.name not in ("channel", "noun")
    }
    return tuple(sorted(names))


@functools.lru_cache(None)
def pattern(form, variant=0):
    """The regular expression that reads a form back, without its full stop.

    Args:
        form: str. A form.
        variant: int. Which of `{a|b}` it reads.

    Returns:
        Compiled pattern over lower-cased text. Groups are named by slot;
        `unit` holds the unit if one is spoken.
    """
    text = ""
    for part in split(form, variant):
        if isinstance(part, str):
            text += re.escape(part.lower())
        elif part.name in ("channel", "noun"):
            the = "(?:the )?" if part.name == "channel" else ""
            text += f"{the}(?P<channel>{_CHANNEL})"
        else:
            text += f"(?P<{part.name}>{_fragment(part.name)})"
            if part.has_unit:
                text += f"(?: (?P<unit>{_UNIT}))?"
    return re.compile(text.removesuffix(re.escape(".")))


def _fragment(name):
    if name in TIME_SLOTS:
        return _TIME
    if name == "duration":
        return r"\d+ minutes?"
    if name == "groups":
        return _GROUPS
    return _WORDS if name in ("event", "mood") else _NUMBER


def clock(minute):
    """A minute of the day as `"07:40"`; the end of the day is `"24:00"`."""
    return f"{minute // 60:02}:{minute % 60:02}"


CLOCK_TEXTS = tuple(clock(minute) for minute in range(1441))
MINUTE_TEXTS = tuple(str(minute) for minute in range(1441))


def read_time(text):
    """Minutes since midnight of `"minute 460"` or `"07:40"`."""
    if text.startswith("minute "):
        return int(text.removeprefix("minute "))
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def number(value, decimals):
    """A number with a fixed number of decimals, more where none would show.

    Args:
        value: float. Finite.
        decimals: int. Digits after the point.

    Returns:
        str. A value that is not zero never reads as zero: it gets two
        significant digits, up to nine decimals.

    Example:

    >>> number(72.345, 1), number(0.0042, 1), number(-0.0, 1)
    ('72.3', '0.0042', '0.0')
    """
    text = f"{value:.{decimals}f}"
    if text.strip("-0.") or not text:
        return text
    if abs(value) < 1e-8:
        return text.removeprefix("-")
    while decimals < 9 and len(text.lstrip("-0.")) < 2:
        decimals += 1
        text = f"{value:.{decimals}f}"
    return text
