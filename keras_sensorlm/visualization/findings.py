"""What a report tells about a day: plain data that the page lays out."""

import dataclasses

from keras_sensorlm.sensors.day import SensorDay

VERDICTS = ("true", "false", "unchecked")


@dataclasses.dataclass(frozen=True)
class Statement:
    """One sentence and what checking it against the day said.

    Args:
        text: str. The sentence.
        verdict: str. `"true"` (the data say so), `"false"` (the data say
            otherwise) or `"unchecked"` (nothing in it can be checked).
        reason: str. Why it is false, in words.

    Raises:
        ValueError: if the verdict is another.
    """

    text: str
    verdict: str = "unchecked"
    reason: str = ""

    def __post_init__(self):
        if self.verdict not in VERDICTS:
            raise ValueError(
                f"`verdict` should be one of {VERDICTS}. "
                f"Received: verdict={self.verdict!r}"
            )


@dataclasses.dataclass(frozen=True)
class Neighbour:
    """A day that is near to a sentence.

    Args:
        day: `SensorDay`. The day found.
        score: float. Its similarity to the sentence.
    """

    day: SensorDay
    score: float


@dataclasses.dataclass(frozen=True)
class DayFindings:
    """What is known about one day beside its values; all of it optional.

    Args:
        captions: dict of str to a sequence of `Statement`, optional. A
            heading (`"Statistical"`) and the sentences below it.
        ranking: sequence of (str, float), optional. Labels and their
            probabilities, in the order to show them.
        generated: sequence of `Statement`, optional. The model's caption.
        factuality: (int, int), optional. How many of the generated
            caption's statements the data bear out, and how many there are.
        tolerance: str, optional. How far off a generated statement may be
            and still hold, in words.
        query: str, optional. A sentence that days were sought for.
        neighbours: sequence of `Neighbour`, optional. What was found for
            it, nearest first.
        model_note: str, optional. What the model is and what its scores
            are worth, shown beside every score.
        filled: sequence of str, optional. What the reader filled in or left
            missing, in its own words.
    """

    captions: dict = dataclasses.field(default_factory=dict)
    ranking: tuple = ()
    generated: tuple = ()
    factuality: tuple | None = None
    tolerance: str | None = None
    query: str | None = None
    neighbours: tuple = ()
    model_note: str | None = None
    filled: tuple = ()
