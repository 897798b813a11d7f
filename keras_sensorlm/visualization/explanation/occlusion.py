"""`occlusion`: what the score loses when a part of the day is hidden."""

import dataclasses

import numpy as np

from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.features import MODALITIES
from keras_sensorlm.visualization.explanation.reading import checked_day
from keras_sensorlm.visualization.explanation.scores import DayScore


def occlusion(
    preset, day, text, labels=None, minutes=40, channels=None, batch_size=16
):
    """What each part of a day is worth to a sentence's score.

    Parts of the day are made missing one by one (Zeiler and Fergus 2014,
    arXiv 1311.2901, section 4.2); the map holds how much the score falls.
    Missing is something that the model has seen in training, so no
    unnatural day is asked about, and no gradient is needed.

    Args:
        preset: see `saliency`.
        day: see `saliency`.
        text: see `saliency`.
        labels: see `saliency`.
        minutes: int. Length of a part, a divisor of 1440. Defaults to `40`.
        channels: list of lists of str, optional. Feature names that are
            hidden together. Defaults to those of each modality.
        batch_size: int. Days read at once. Defaults to `16`.

    Returns:
        Float32 array `(1440, 26)`: above 0 where the score falls without
        this part, below 0 where it rises, NaN where the day has no value;
        0 in channels of no group and in
        those that the model does not read.

    Raises:
        ValueError: if `day` is no `SensorDay`, `text` is none of `labels`,
            or `minutes` does not divide 1440.
    """
    checked_day(day)
    if minutes < 1 or MINUTES_PER_DAY % minutes:
        raise ValueError(
            f"`minutes` should divide {MINUTES_PER_DAY}. "
            f"Received: minutes={minutes}"
        )
    score = DayScore(preset, text, labels)
    parts = list(parts_of(day, minutes, channels, score.encoder.features))
    hidden = [without(day, part) for part in parts]
    scores = score.of_days([day, *hidden], batch_size)
    falls = np.zeros(day.values.shape, dtype="float32")
    for part, after in zip(parts, scores[1:]):
        falls[part] = scores[0] - after
    falls[~day.observed] = np.nan
    return falls


def parts_of(day, minutes, channels=None, read=FEATURE_NAMES):
    """Parts of a day in which something was observed.

    Args:
        day: `SensorDay`.
        minutes: int. Length of a part.
        channels: list of lists of str, optional. Defaults to modalities.
        read: sequence of str. Channels that count. Defaults to all.

    Yields:
        Bool arrays `(1440, 26)`, true inside the part where there is a
        value.
    """
    observed = day.observed
    groups = channels or [
        [f.name for f in FEATURES if f.modality == modality]
        for modality in MODALITIES
    ]
    for group in groups:
        columns = np.isin(FEATURE_NAMES, [c for c in group if c in read])
        for start in range(0, MINUTES_PER_DAY, minutes):
            part = np.zeros_like(observed)
            part[start : start + minutes, columns] = True
            part &= observed
            if part.any():
                yield part


def without(day, part):
    """The day with a part missing; a bool array says which."""
    values = np.where(part, np.nan, day.values)
    return dataclasses.replace(day, values=values)
