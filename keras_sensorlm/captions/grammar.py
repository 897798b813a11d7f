"""The little grammar that slots need: articles, lists and noun phrases."""

import functools
import re

# Labels whose noun phrase no rule gives.
_PHRASES = {
    "walk": "a walk",
    "run": "a run",
    "outdoor bike": "an outdoor bike ride",
    "indoor bike": "an indoor bike ride",
    "swim": "a swim",
    "strength training": "strength training",
    "yoga": "yoga",
    "pilates": "pilates",
    "hike": "a hike",
    "elliptical": "an elliptical workout",
    "treadmill": "a treadmill workout",
    "aerobic workout": "an aerobic workout",
    "interval workout": "an interval workout",
    "martial arts": "martial arts",
    "tennis": "tennis",
    "golf": "golf",
    "skiing": "skiing",
    "snowboarding": "snowboarding",
    "kayaking": "kayaking",
    "dance": "dance",
    "laying down": "lying down",
    "small screen": "time at a small screen",
    "large screen": "time at a large screen",
    "caffeinated drink": "a caffeinated drink",
    "alcohol": "an alcoholic drink",
    "saliva sample": "a saliva sample",
    # Said so, it is not the logged sleep that "a nap" is.
    "nap": "napping",
}
_LABELS = {phrase: label for label, phrase in _PHRASES.items()}
# A label that ends so can be counted: "a spin class".
_COUNTED = (
    "class climb game hike jog lesson match meal practice race ride run "
    "session swim test walk workout"
).split()
_PERIOD = "a period of "
# Letters, not sounds, mislead here.
_AN_BEFORE = re.compile(r"(?:[aeio]|u(?!ni|se|su|ti)|hour|honest|8|1[18]\b)")
_A_BEFORE = re.compile(r"(?:one\b|once|eu|ew)")
_UNSPEAKABLE = re.compile(r"[^\w'+&/-]+|_")
_NOTHING = "unnamed"


def article(words):
    """`"a"` or `"an"`, by the sound that `words` start with.

    Args:
        words: str. What follows the article.

    Returns:
        str.

    Example:

    >>> [article(w) for w in ("hour", "unit", "uphill run", "80-minute")]
    ['an', 'a', 'an', 'an']
    """
    words = words.lower()
    if _A_BEFORE.match(words):
        return "a"
    return "an" if _AN_BEFORE.match(words) else "a"


def capitalise(words):
    """`words` with an upper-case first letter, the rest as it is."""
    return words[:1].upper() + words[1:]


def join(parts, word="and"):
    """A list in words, with `word` before the last of them.

    Example:

    >>> join(["heart", "activity", "sleep"])
    'heart, activity and sleep'
    """
    *first, last = parts
    return f"{', '.join(first)} {word} {last}" if first else last


def plural(count, noun):
    """`"1 minute"`, `"2 minutes"`."""
    return f"{count} {noun}" if str(count) == "1" else f"{count} {noun}s"


@functools.lru_cache(4096)
def plain(label):
    """A label as it is spoken: lower case, without punctuation.

    Args:
        label: str. Any label of an event.

    Returns:
        str. Never empty.

    Example:

    >>> plain("Run (track).")
    'run track'
    """
    words = _UNSPEAKABLE.sub(" ", label.lower()).split()
    return " ".join(words) or _NOTHING


@functools.lru_cache(4096)
def noun_phrase(label):
    """An activity's label as a noun phrase.

    Args:
        label: str. Any label of an activity.

    Returns:
        str. Not capitalised.

    Example:

    >>> [noun_phrase(x) for x in ("run", "eating", "Spin class", "chess")]
    ['a run', 'eating', 'a spin class', 'a period of chess']
    """
    label = plain(label)
    if label in _PHRASES:
        return _PHRASES[label]
    if label.rpartition(" ")[2] in _COUNTED:
        return f"{article(label)} {label}"
    if label.endswith("ing"):
        return label
    return _PERIOD + label


def label_of(phrase):
    """The label that `noun_phrase` makes this phrase of.

    Args:
        phrase: str. A noun phrase in lower case.

    Returns:
        str. For a label that is spoken like another, the other one.

    Example:

    >>> label_of("an outdoor bike ride"), label_of("a period of chess")
    ('outdoor bike', 'chess')
    """
    if phrase in _LABELS:
        return _LABELS[phrase]
    if phrase.startswith(_PERIOD):
        return phrase.removeprefix(_PERIOD)
    first, _, rest = phrase.partition(" ")
    return rest if first in ("a", "an") and rest else phrase
