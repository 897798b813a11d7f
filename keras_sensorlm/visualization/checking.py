"""Captions of a day with each statement checked against its data."""

import re

from keras_sensorlm.captions.claims import parse
from keras_sensorlm.captions.claims import verify
from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
from keras_sensorlm.visualization.findings import Statement

LEVELS = {
    "Statistical": "low_level_caption",
    "Structural": "middle_level_caption",
    "Semantic": "high_level_summary_caption",
}
# A model reads a clock roughly, and a number too.
MINUTE_TOLERANCE = 30
RELATIVE_TOLERANCE = 0.1
TOLERANCE = (
    f"times within {MINUTE_TOLERANCE} minutes, numbers within "
    f"{RELATIVE_TOLERANCE:.0%}"
)
_SENTENCE_END = re.compile(r"(?<=\.) +(?=\S)")


def captions_of(day, seed):
    """The day's captions on three levels, each sentence checked.

    Args:
        day: a `SensorDay`.
        seed: int. Chooses the wording.

    Returns:
        dict from the level's name to a list of `Statement`.
    """
    return {
        name: checked(
            HierarchicalCaptioner(key, seed=seed, time="clock").caption(day),
            day,
        )
        for name, key in LEVELS.items()
    }


def checked(text, day, minutes=0, relative=0.0):
    """Sentences of a text, each read back and checked against the day.

    Args:
        text: str. Sentences.
        day: `SensorDay`.
        minutes: int. By how many minutes times may be off.
        relative: float. By which share numbers may be off.

    Returns:
        list of `Statement`.
    """
    return [
        _statement(sentence, day, minutes, relative)
        for sentence in _SENTENCE_END.split(text.strip())
        if sentence
    ]


def _statement(sentence, day, minutes, relative):
    verdicts = verify(parse(sentence), day, minutes, relative)
    false = [v.reason for v in verdicts if not v.holds]
    if not verdicts or any(v.claim.kind == "unreadable" for v in verdicts):
        return Statement(sentence, "unchecked", "; ".join(false))
    if false:
        return Statement(sentence, "false", "; ".join(dict.fromkeys(false)))
    return Statement(sentence, "true")


def tell(statements):
    """Statements as one text."""
    return " ".join(statement.text for statement in statements)


def count_true(statements):
    """How many statements hold, and how many there are."""
    return (
        sum(statement.verdict == "true" for statement in statements),
        len(statements),
    )
