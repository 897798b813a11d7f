"""Seeded changes to one training example: values in, values out, NumPy only.

Each function takes a `numpy.random.Generator`, so that an example is changed
in the same way whichever worker prepares it. All but `of_another_wearer` only
take away, because a missing minute is something that the model must live
with.
"""

import dataclasses
import re

import numpy as np

from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import feature_index

_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def check_rates(settings):
    """Raises where a setting `..._rate` is no share.

    Args:
        settings: a dataclass instance.

    Raises:
        ValueError: if a rate is outside 0 to 1; names it.
    """
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if field.name.endswith("_rate") and not 0.0 <= value <= 1.0:
            raise ValueError(
                f"`{field.name}` should be between 0 and 1. Received: {value!r}"
            )


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """How often and how strongly a training example is changed.

    Args:
        segment_rate: float. Share of days cut to a segment, the rest of the
            day missing. Defaults to `0.0`.
        segment_minutes: pair of int. Shortest and longest segment. Defaults
            to `(20, 720)`.
        channel_drop_rate: float. Chance that an observed channel goes
            missing for the whole day; one always stays. Defaults to `0.0`.
        gap_rate: float. Mean share of minutes covered by artificial gaps, in
            all channels at once, as when a watch is charged. Defaults to
            `0.0`.
        gap_minutes: pair of int. Shortest and longest gap. Defaults to
            `(10, 240)`.
        sentence_drop_rate: float. Chance that a caption's sentence is left
            out; one always stays. Defaults to `0.0`.

    Raises:
        ValueError: if a rate is outside 0 to 1 or a pair is not ascending.

    Example:

    >>> Augmentation(channel_drop_rate=0.2).changes_values
    True
    """

    segment_rate: float = 0.0
    segment_minutes: tuple = (20, 720)
    channel_drop_rate: float = 0.0
    gap_rate: float = 0.0
    gap_minutes: tuple = (10, 240)
    sentence_drop_rate: float = 0.0

    def __post_init__(self):
        check_rates(self)
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name.endswith("_minutes"):
                pair = tuple(int(minutes) for minutes in value)
                if len(pair) != 2 or not 0 < pair[0] <= pair[1]:
                    raise ValueError(
                        f"`{field.name}` should be the shortest and the "
                        f"longest, in minutes. Received: {value!r}"
                    )
                object.__setattr__(self, field.name, pair)

    @property
    def changes_values(self):
        """Whether any change touches the sensor values."""
        rates = (self.segment_rate, self.channel_drop_rate, self.gap_rate)
        return max(rates) > 0.0

    def apply(self, values, rng):
        """Changed copy of a day's values, `(minutes, features)`."""
        if self.segment_rate and rng.random() < self.segment_rate:
            values = crop_to_segment(values, rng, *self.segment_minutes)
        if self.channel_drop_rate:
            values = drop_channels(values, rng, self.channel_drop_rate)
        if self.gap_rate:
            values = add_gaps(values, rng, self.gap_rate, *self.gap_minutes)
        return values

    def apply_text(self, caption, rng):
        """The caption with some of its sentences left out."""
        if not self.sentence_drop_rate:
            return caption
        return drop_sentences(caption, rng, self.sentence_drop_rate)


def crop_to_segment(values, rng, shortest, longest):
    """Keeps one segment of a day; the rest goes missing.

    The segment begins at an observed minute, so that it is never empty.

    Args:
        values: float array `(minutes, features)`, NaN = missing.
        rng: `numpy.random.Generator`.
        shortest: int. Shortest segment, in minutes.
        longest: int. Longest segment, in minutes.

    Returns:
        Float array of the same shape, a copy.
    """
    minutes = len(values)
    length = int(rng.integers(shortest, min(longest, minutes) + 1))
    worn = np.flatnonzero(~np.isnan(values).all(axis=1))
    kept = np.full_like(values, np.nan)
    if len(worn):
        start = min(int(rng.choice(worn)), minutes - 1)
        kept[start : start + length] = values[start : start + length]
    return kept


def drop_channels(values, rng, rate):
    """Makes each observed channel missing with probability `rate`.

    At least one observed channel stays.
    """
    observed = np.flatnonzero(~np.isnan(values).all(axis=0))
    dropped = observed[rng.random(len(observed)) < rate]
    if len(observed) and len(dropped) == len(observed):
        dropped = np.setdiff1d(dropped, rng.choice(observed))
    values = values.copy()
    values[:, dropped] = np.nan
    return values


def add_gaps(values, rng, rate, shortest, longest):
    """Makes stretches of the day missing in all channels.

    The number of gaps is drawn so that about `rate` of the minutes are
    covered, overlaps not counted.
    """
    minutes = len(values)
    longest = min(longest, minutes)
    count = rng.poisson(rate * minutes / ((shortest + longest) / 2))
    values = values.copy()
    for length in rng.integers(shortest, longest + 1, size=count):
        start = rng.integers(0, minutes - length + 1)
        values[start : start + length] = np.nan
    return values


def of_another_wearer(values, rng, shift=0.7, stretch=0.4):
    """What another person, or another watch, might have had in the same hour.

    From a few dozen people a model learns by heart whose session this is
    instead of what people do in it. So each channel is stretched about its
    mean and shifted; what is missing stays missing, when things happen and
    how long they last stays too. Steps are counted: they are stretched from
    zero and not shifted.

    Args:
        values: float array `(minutes, 26)`, NaN = missing.
        rng: `numpy.random.Generator`.
        shift: float. Standard deviation of the shift, in those of the
            feature over a population. Defaults to `0.7`.
        stretch: float. Standard deviation of the logarithm of the factor.
            Defaults to `0.4`.

    Returns:
        Float array of the same shape and dtype, a copy, within what each
        feature can be.

    Example:

    >>> day = np.full((1440, 26), np.nan)
    >>> day[:60, 0] = 70.0
    >>> found = of_another_wearer(day, np.random.default_rng(0))
    >>> round(float(found[0, 0]), 1), bool(np.isnan(found[60:]).all())
    (71.4, True)
    """
    counted = feature_index("steps")
    seen = ~np.isnan(values)
    centre = np.where(seen, values, 0.0).sum(axis=0) / seen.sum(axis=0).clip(1)
    shifts = rng.normal(0.0, shift, len(FEATURES))
    shifts *= [feature.std for feature in FEATURES]
    centre[counted] = shifts[counted] = 0.0
    factors = np.exp(rng.normal(0.0, stretch, len(FEATURES)))
    changed = (values - centre) * factors + centre + shifts
    low = [feature.low for feature in FEATURES]
    high = [feature.high for feature in FEATURES]
    return np.clip(changed, low, high).astype(values.dtype)


def thinned(values, rng, channel_drop_rate, gap_rate):
    """A day that is the same, or without some channels, or minutes, or both.

    Args:
        values: float array `(minutes, features)`, NaN = missing.
        rng: `numpy.random.Generator`.
        channel_drop_rate: float. Chance of each channel to go missing, in
            half of the days.
        gap_rate: float. Mean share of minutes under artificial gaps, in a
            quarter of the days.

    Returns:
        Float array of the same shape; `values` itself where nothing changes.
    """
    if rng.random() < 0.5:
        values = drop_channels(values, rng, channel_drop_rate)
    if rng.random() < 0.25:
        values = add_gaps(values, rng, gap_rate, 10, 240)
    return values


def drop_sentences(caption, rng, rate):
    """Leaves out each sentence with probability `rate`; one always stays."""
    sentences = _SENTENCE.split(caption)
    kept = rng.random(len(sentences)) >= rate
    if not kept.any():
        kept[rng.integers(len(sentences))] = True
    return " ".join(s for s, keep in zip(sentences, kept) if keep)
