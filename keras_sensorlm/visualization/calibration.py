"""`Calibration`: what a model's probabilities have been worth."""

import dataclasses
import math

import numpy as np

from keras_sensorlm.evaluation import classification
from keras_sensorlm.visualization.archive import longest_activity

_NORMAL = 1.96  # of a 95 % interval
_BINS = classification.BINS


@dataclasses.dataclass(frozen=True)
class Calibration:
    """How sure a model was on labelled days, and how often it was right.

    Args:
        bins: tuple of (float, float, int). Mean probability of the first
            choice, share of days on which it was right, days; for each
            tenth of the probability that occurred.
        error: float, 0 to 1. Expected calibration error: the mean distance
            of the two.
        source: str. Which days these were, in words.
        labels: tuple of str. The classes it was measured with; of others it
            says nothing.
    """

    bins: tuple
    error: float
    source: str = "labelled days"
    labels: tuple = ()

    @property
    def days(self):
        """How many days it was measured on."""
        return sum(count for *_, count in self.bins)

    @property
    def right(self):
        """On how many of them the first choice was right."""
        return sum(round(share * count) for _, share, count in self.bins)

    def worth(self, probability):
        """What a first choice of this probability has been worth, in words.

        Args:
            probability: float, 0 to 1.

        Returns:
            str. A sentence.
        """
        tenth = _tenth(probability)
        for mean, share, count in self.bins:
            if _tenth(mean) == tenth:
                right = round(share * count)
                low, high = wilson_interval(right, count)
                return (
                    f"On {count} of the {self.source} the first choice had "
                    f"{tenth * 10} to {tenth * 10 + 10} %, as here; it was "
                    f"right on {right} of them ({share:.0%}; 95 % interval "
                    f"{low:.0%} to {high:.0%})."
                )
        return (
            f"On none of the {self.days} {self.source} did the first choice "
            f"have {tenth * 10} to {tenth * 10 + 10} %: what such a "
            "probability is worth is not known."
        )

    @property
    def summary(self):
        """What it says of the model as a whole, in words."""
        low, high = wilson_interval(self.right, self.days)
        return (
            f"Its first choice was right on {self.right} of {self.days} "
            f"{self.source} ({self.right / self.days:.0%}; 95 % interval "
            f"{low:.0%} to {high:.0%}); how sure it was and how often it was "
            f"right differ by {self.error:.0%} on average (expected "
            "calibration error)."
        )


def measure_calibration(
    preset, days, labels, truth=None, source="labelled days"
):
    """Asks a model about days whose class is known.

    Args:
        preset: `SensorLMPreset`.
        days: list of `SensorDay`. They should not have been trained on.
        labels: list of str. The classes.
        truth: list of str, optional. The class of each day. Defaults to the
            label of its longest activity; days whose is none of `labels`
            are left out.
        source: str. Which days these are, for people. Defaults to
            `"labelled days"`.

    Returns:
        `Calibration`.

    Raises:
        ValueError: if no day has a class among `labels`.
    """
    labels = list(labels)
    truth = list(map(longest_activity, days)) if truth is None else list(truth)
    known = [i for i, name in enumerate(truth) if name in labels]
    if not known:
        raise ValueError(
            "Calibration needs days whose class is one of `labels`. Received "
            f"{len(truth)} days and labels={labels}"
        )
    days = [days[i] for i in known]
    classes = [labels.index(truth[i]) for i in known]
    probabilities = preset.classify(days, labels, verbose=False)
    bins = classification.reliability(classes, probabilities)
    error = classification.calibration_error(classes, probabilities)
    return Calibration(tuple(bins), float(error), source, tuple(labels))


def wilson_interval(right, count):
    """95 % interval of a share (Wilson 1927), pair of float.

    Example:

    >>> [round(x, 3) for x in wilson_interval(5, 10)]
    [0.237, 0.763]
    """
    share, square = right / count, _NORMAL**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = (
        _NORMAL
        / (1 + square / count)
        * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    )
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _tenth(probability):
    return int(np.clip(probability * _BINS + 1e-9, 0, _BINS - 1))
