"""Changes one thing in a caption so that it is no longer true.

Works on the text, not on claims, as an error of a model would:

- `number`: a printed number moves by one to ninety of its last digits;
- `minute`: a time of day, or a duration, moves by 1 to 240 minutes;
- `direction`: a word for up becomes the same form's word for down;
- `channel`: a channel's name becomes another channel's;
- `event`: an activity, sleep or mood becomes another.

Some changes leave a sentence true (two channels can have the same trend at
the same minutes, were it not for the numbers told with it); none of these is
taken out, so the share caught is that of all changes.
"""

import random
import re

from keras_sensorlm.captions import grammar
from keras_sensorlm.captions.forms import structural
from keras_sensorlm.captions.lexicon import CHANNELS
from keras_sensorlm.captions.phrasing import clock

KINDS = ("number", "minute", "direction", "channel", "event")
ACTIVITIES = (
    "walk",
    "run",
    "outdoor bike",
    "swim",
    "yoga",
    "hike",
    "strength training",
    "tennis",
    "interval workout",
    "eating",
)
MOODS = ("calm", "stressed", "happy", "tired", "anxious", "content")
_TIME = re.compile(r"(?<=minute )\d+|\b\d\d:\d\d\b|\d+(?= minutes?\b)")
_NUMBER = re.compile(r"(?<![\w.:-])-?\d+(?:\.\d+)?(?![\w:-]|\.\d)")
_PAIRS = sorted(
    {
        tuple(words.split("|"))
        for form in (*structural.MOVE, *structural.EXTREME)
        for words in re.findall(r"\{([^}]*\|[^}]*)\}", form)
    },
    key=lambda pair: -max(map(len, pair)),
)
_NAMES = sorted((c.noun for c in CHANNELS), key=len, reverse=True)
_SLEEPS = (("slept", "napped"), ("Sleep", "A nap"), ("asleep", "napping"))


def alter(caption, kind, day, seed):
    """The caption with one thing of a kind altered.

    Args:
        caption: str.
        kind: str. One of `KINDS`.
        day: `SensorDay`. Tells which words are labels.
        seed: int or str.

    Returns:
        str, or `None` where there is nothing of the kind.
    """
    rng = random.Random(f"{seed}|{kind}")
    places = list(_PLACES[kind](caption, day))
    if not places:
        return None
    start, end, change = rng.choice(places)
    return caption[:start] + change(caption[start:end], rng) + caption[end:]


def _numbers(caption, day):
    times = {match.span() for match in _TIME.finditer(caption)}
    for match in _NUMBER.finditer(caption):
        if match.span() not in times:
            yield *match.span(), _other_number


def _other_number(text, rng):
    digits = len(text.partition(".")[2])
    step = rng.choice((-1, 1)) * rng.randint(1, 90) * 10.0**-digits
    return f"{float(text) + step:.{digits}f}"


def _minutes(caption, day):
    for match in _TIME.finditer(caption):
        yield *match.span(), _other_minute


def _other_minute(text, rng):
    is_clock = ":" in text
    minute = int(text)
    if is_clock:
        hours, minutes = text.split(":")
        minute = 60 * int(hours) + int(minutes)
    moved = minute
    while moved == minute or not 0 <= moved <= 1440:
        moved = minute + rng.choice((-1, 1)) * rng.randint(1, 240)
    return clock(moved) if is_clock else str(moved)


def _directions(caption, day):
    taken = set()
    for pair in _PAIRS:
        for this, other in (pair, pair[::-1]):
            for match in re.finditer(rf"\b{re.escape(this)}\b", caption):
                if taken.isdisjoint(range(*match.span())):
                    taken.update(range(*match.span()))
                    yield *match.span(), lambda text, rng, new=other: new


def _channels(caption, day):
    for match in re.finditer("|".join(map(re.escape, _NAMES)), caption, re.I):
        yield *match.span(), _other_channel


def _other_channel(text, rng):
    names = [name for name in _NAMES if name.lower() != text.lower()]
    name = rng.choice(names)
    return grammar.capitalise(name) if text[0].isupper() else name


def _events(caption, day):
    for event in day.events:
        if event.kind == "activity":
            phrase, others = grammar.noun_phrase(event.label), ACTIVITIES
            others = [grammar.noun_phrase(label) for label in others]
        elif event.kind == "mood":
            phrase, others = grammar.plain(event.label), MOODS
        else:
            continue
        yield from _words(caption, phrase, [o for o in others if o != phrase])
    for pair in _SLEEPS:
        for this, other in (pair, pair[::-1]):
            yield from _words(caption, this, [other])


def _words(caption, words, others):
    for match in re.finditer(rf"\b{re.escape(words)}\b", caption, re.I):

        def change(text, rng):
            other = rng.choice(others)
            return grammar.capitalise(other) if text[0].isupper() else other

        yield *match.span(), change


_PLACES = {
    "number": _numbers,
    "minute": _minutes,
    "direction": _directions,
    "channel": _channels,
    "event": _events,
}
