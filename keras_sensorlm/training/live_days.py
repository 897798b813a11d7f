"""Days that are changed first and told afterwards.

A caption that was written for a whole day is not true of the hour of it that
an augmentation leaves. Here every example is made anew: a day is reduced to
what some device might have kept of it, and only then put into words, by
`HierarchicalCaptioner` or as a label of what happens in it.
"""

import dataclasses
from typing import Any
from typing import NamedTuple

import numpy as np

from keras_sensorlm.captions.hierarchy import CAPTION_KEYS
from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
from keras_sensorlm.sensors.simulator import is_simulated
from keras_sensorlm.training.augmentation import check_rates
from keras_sensorlm.training.augmentation import of_another_wearer
from keras_sensorlm.training.augmentation import thinned
from keras_sensorlm.training.devices import channels_of_a_device
from keras_sensorlm.training.devices import moved_in_time
from keras_sensorlm.training.devices import part_of
from keras_sensorlm.training.devices import with_channels
from keras_sensorlm.training.labels import label_of
from keras_sensorlm.training.labels import labelled_span

# Tokens of a prompt: the start and two words, as in "the wearer".
_PROMPT = 3


@dataclasses.dataclass(frozen=True)
class Live:
    """How examples are made anew in each step.

    Args:
        label_rate: float. Share of the batches in which a text is no caption
            but the name of one thing that happens, as in zero-shot
            classification. Defaults to `0.3`.
        whole_rate: float. Share of the days in such batches that stay whole;
            the others keep the minutes of what is named. Defaults to `0.3`.
        logged_rate: float. Share of the days in such batches that are taken
            from real days with a log of activities, each source as often,
            since they alone have names that people gave. Defaults to `0.0`.
        cut_rate: float. Share of the activities in such batches of which a
            part is kept, at least 20 minutes of it. How long a session lasts
            says something of its kind. Defaults to `0.5`.
        wearer_rate: float. Share of the real days in such batches that are
            changed as if another person had worn the device; see
            `of_another_wearer`. Defaults to `0.0`.
        prompted_keys: tuple of str. Caption keys that a decoder should only
            learn to go on with: what a diary says cannot be seen in a day,
            so it writes of that where a prompt has begun to. Defaults to
            none.
        lengths: dict of int to float. Tokens that a batch of captions may
            have, and how often. Defaults to `{256: 1.0}`.
        part_rate: float. Share of captioned days of which a part is kept.
            Defaults to `0.25`.
        device_rate: float. Share of simulated days that keep the channels of
            one kind of device alone. Defaults to `0.8`.
        alike_rate: float. Share of the batches of captions in which all days
            keep the channels of one kind of device, so that only what was
            measured tells them apart. Defaults to `0.5`.
        channel_drop_rate: float. Chance of each channel to go missing, in
            half of the days. Defaults to `0.15`.
        gap_rate: float. Mean share of minutes under artificial gaps, in a
            quarter of the days. Defaults to `0.1`.
        clock_rate: float. Share of the batches whose captions tell clock
            times instead of minutes. Defaults to `0.3`.
        writes_clock: bool. Whether a decoder learns to write such captions;
            `NumberPointer` copies minutes alone. Defaults to `True`.
        real_repeats: int. How many times a day of a real person counts in a
            pass over the days, against once for a simulated one. Defaults to
            `1`.

    Raises:
        ValueError: if a rate is outside 0 to 1 or a length is not positive.

    Example:

    >>> Live(lengths={64: 0.5, 256: 0.5}).longest
    256
    """

    label_rate: float = 0.3
    whole_rate: float = 0.3
    logged_rate: float = 0.0
    cut_rate: float = 0.5
    wearer_rate: float = 0.0
    prompted_keys: tuple = ()
    lengths: dict = dataclasses.field(default_factory=lambda: {256: 1.0})
    part_rate: float = 0.25
    device_rate: float = 0.8
    alike_rate: float = 0.5
    channel_drop_rate: float = 0.15
    gap_rate: float = 0.1
    clock_rate: float = 0.3
    writes_clock: bool = True
    real_repeats: int = 1

    def __post_init__(self):
        check_rates(self)
        lengths = {int(k): float(v) for k, v in self.lengths.items()}
        object.__setattr__(self, "lengths", lengths)
        object.__setattr__(self, "prompted_keys", tuple(self.prompted_keys))
        if not lengths or min(*lengths, *lengths.values()) <= 0:
            raise ValueError(
                "`lengths` should give a positive share to numbers of tokens. "
                f"Received: {lengths}"
            )
        unknown = set(self.prompted_keys) - set(CAPTION_KEYS)
        if unknown:
            raise ValueError(
                "`prompted_keys` should be among "
                f"{', '.join(CAPTION_KEYS)}. Received: {sorted(unknown)}"
            )
        if self.real_repeats < 1:
            raise ValueError(
                "`real_repeats` should be at least 1. "
                f"Received: {self.real_repeats}"
            )

    @property
    def longest(self):
        """Most tokens of a text."""
        return max(self.lengths)


class RawBatch(NamedTuple):
    """What a batch is made of.

    Args:
        days: list of `SensorDay`.
        texts: list of str.
        length: int. Tokens of the longest text.
        read: int. How many tokens at the start of the texts a decoder reads,
            but does not learn to write; `None` for all of them.
        ends: list of bool. Of which texts it learns where they end. One that
            had to fit in `length` goes on where there is room.
    """

    days: list[Any]
    texts: list[str]
    length: int
    read: int | None
    ends: list[bool]


class LiveDays:
    """Days in memory whose examples are made anew in each step.

    Args:
        days: list of `SensorDay`. Simulated and real ones.
        recipe: `Recipe` with `live` settings.

    Raises:
        ValueError: if there are no days, or the recipe has no `live`.
    """

    def __init__(self, days, recipe):
        if recipe.live is None:
            raise ValueError(
                "Days that are told anew in each step need a recipe with "
                f"`live` settings. Received: {recipe.name}"
            )
        if not days:
            raise ValueError("There are no days to train on.")
        self.live = recipe.live
        self.keys = recipe.caption_keys
        self.seed = recipe.seed
        self.days = []
        for day in days:
            repeats = 1 if is_simulated(day) else self.live.real_repeats
            self.days += [day] * repeats
        self._logged = _logged_days(days)

    def __len__(self):
        return len(self.days)

    def __getitem__(self, index):
        """A whole day and its captions, unchanged, to be looked at."""
        day = self.days[index]
        return day, {
            key: HierarchicalCaptioner(key, seed=self.seed).caption(day)
            for key in self.keys
        }

    def examples(self, indices, rngs, batch_rng):
        """Days and their texts, of one batch.

        Args:
            indices: sequence of int.
            rngs: sequence of `numpy.random.Generator`, one an example.
            batch_rng: `numpy.random.Generator`. For what a batch shares.

        Returns:
            `RawBatch`.
        """
        days = [self.days[index] for index in indices]
        if batch_rng.random() < self.live.label_rate:
            pairs = [self._labelled(day, rng) for day, rng in zip(days, rngs)]
            days, texts = map(list, zip(*pairs))
            length, ends = min(self.live.lengths), [True] * len(days)
            return RawBatch(days, texts, length, None, ends)
        length = int(_drawn(self.live.lengths, batch_rng))
        if batch_rng.random() < self.live.alike_rate:
            channels = channels_of_a_device(batch_rng)
            days = [with_channels(day, channels) for day in days]
        days = [self._kept(day, rng) for day, rng in zip(days, rngs)]
        key = _drawn(self.keys, batch_rng)
        seed = int(batch_rng.integers(2**31))
        tells_clock = batch_rng.random() < self.live.clock_rate
        captioner = HierarchicalCaptioner(
            key,
            seed=seed,
            time="clock" if tells_clock else "minute",
            budget=length,
        )
        read = _PROMPT if key in self.live.prompted_keys else 0
        if tells_clock and not self.live.writes_clock:
            read = None
        texts, ends = map(list, zip(*captioner.told(days)))
        return RawBatch(days, texts, length, read, ends)

    def _kept(self, day, rng):
        """What is left of a day to be told as a whole."""
        if rng.random() < self.live.part_rate:
            day = part_of(day, rng)
        return self._thinned(moved_in_time(day, rng), rng)

    def _labelled(self, day, rng):
        """A day, or the minutes of one thing in it, and its name."""
        if self._logged and rng.random() < self.live.logged_rate:
            day = _drawn_of(_drawn_of(self._logged, rng), rng)
        span = labelled_span(day, rng, self.live.cut_rate)
        if rng.random() >= self.live.whole_rate or not span.is_telling:
            day = day.segment(span.start_minute, span.end_minute)
        day = moved_in_time(day, rng)
        if not is_simulated(day) and rng.random() < self.live.wearer_rate:
            worn = of_another_wearer(day.values, rng)
            day = dataclasses.replace(day, values=worn)
        return self._thinned(day, rng), label_of(span.label, rng)

    def _thinned(self, day, rng):
        """The day without some channels and minutes."""
        live = self.live
        if is_simulated(day) and rng.random() < live.device_rate:
            day = with_channels(day, channels_of_a_device(rng))
        values = thinned(day.values, rng, live.channel_drop_rate, live.gap_rate)
        if values is day.values:
            return day
        return dataclasses.replace(day, values=values)


def _logged_days(days):
    """Real days with a log of activities, a list for each source."""
    found = {}
    for day in days:
        if not is_simulated(day) and any(
            e.kind == "activity" for e in day.events
        ):
            found.setdefault(day.source or "", []).append(day)
    return [found[source] for source in sorted(found)]


def _drawn_of(items, rng):
    return items[int(rng.integers(len(items)))]


def _drawn(shares, rng):
    """A key of a dict of shares."""
    keys = sorted(shares)
    weights = np.array([shares[key] for key in keys], dtype="float64")
    return keys[int(rng.choice(len(keys), p=weights / weights.sum()))]
