"""What a report tells about a day: plain data that the page lays out."""

import dataclasses

import numpy as np

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


@dataclasses.dataclass(frozen=True, eq=False)
class Explained:
    """Why a model says something of a day: a map, and whether to trust it.

    Args:
        text: str. The sentence or class that is explained.
        values: float array `(1440, 26)`. The map, NaN where the day has no
            value.
        method: str. Its method, as for `explain`.
        faithful: bool, optional. Whether it passed a deletion and insertion
            test; None if it was not tested.
        tested: str. How, in words.
    """

    text: str
    values: np.ndarray
    method: str = "occlusion"
    faithful: bool | None = None
    tested: str = ""


@dataclasses.dataclass(frozen=True, eq=False)
class CaptionAttention:
    """A caption, and for each of its words where the model looked.

    Attributes:
        words: tuple of str. The words, as they are written.
        maps: float32 array `(words, 1440, 26)`. For each word the share of
            attention that each minute and channel got, spread evenly over
            each rectangle of the model; NaN where the day has no value.
        tokens: tuple of int. How many tokens each word was.
    """

    words: tuple
    maps: np.ndarray
    tokens: tuple

    @property
    def caption(self):
        """The words as one text."""
        return " ".join(self.words)

    def of(self, word):
        """The map of a word, the mean over its occurrences.

        Args:
            word: str. In any case, without the punctuation around it:
                `"run"` finds `"Run,"`.

        Returns:
            Float32 array `(1440, 26)`.

        Raises:
            KeyError: if the caption does not have it.
        """
        found = [
            index
            for index, other in enumerate(self.words)
            if bare_word(other) == bare_word(word)
        ]
        if not found:
            raise KeyError(
                f"The caption does not say {word!r}. It says: {self.caption}"
            )
        return self.maps[found].mean(axis=0)


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
        calibration: `Calibration`, optional. What the probabilities of
            `ranking` have been worth on labelled days.
        explained: sequence of `Explained`, optional. Where the model
            looked, for a sentence or a class.
        looked: `CaptionAttention`, optional. Where it looked for each word
            of the generated caption.
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
    calibration: object = None
    explained: tuple = ()
    looked: object = None
    filled: tuple = ()


def bare_word(word):
    """A word without case and the punctuation around it."""
    return word.lower().strip(".,;:!?()\"'")
