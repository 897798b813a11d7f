"""Many examples out of few recordings: `balanced_copies`."""

import dataclasses

import numpy as np

from keras_sensorlm.training.augmentation import add_gaps
from keras_sensorlm.training.augmentation import check_rates
from keras_sensorlm.training.augmentation import drop_channels
from keras_sensorlm.training.augmentation import of_another_wearer
from keras_sensorlm.training.devices import moved_in_time

_GAP_MINUTES = (10, 240)


@dataclasses.dataclass(frozen=True)
class _Rates:
    wearer_rate: float
    channel_drop_rate: float
    gap_rate: float


def balanced_copies(
    days,
    labels,
    count,
    seed=0,
    wearer_rate=0.5,
    channel_drop_rate=0.2,
    gap_rate=0.1,
):
    """Copies of labelled days, no two alike, each class as often.

    For fine-tuning on the recordings of a handful of people, whom a model
    would otherwise learn by heart. Copies are changed as examples are in
    training with labels: some are moved to another time of the day
    (`moved_in_time`), some lose channels or minutes, some are what another
    person might have had (`of_another_wearer`).

    Args:
        days: list of `SensorDay`. Segments have the rest masked.
        labels: int array `(n,)`.
        count: int. How many copies.
        seed: int. Defaults to `0`.
        wearer_rate: float. Share of the copies of other wearers. Defaults to
            `0.5`.
        channel_drop_rate: float. Chance of each channel to go missing, in
            half of the copies. Defaults to `0.2`.
        gap_rate: float. Mean share of minutes under artificial gaps, in a
            quarter of the copies. Defaults to `0.1`.

    Returns:
        List of `SensorDay` and int array, both of length `count`.

    Raises:
        ValueError: if there are no days, not a label for each, or a rate is
            no share.

    Example:

    >>> from keras_sensorlm import simulate_days
    >>> days = list(simulate_days(3, seed=0))
    >>> copies, labels = balanced_copies(days, [0, 0, 1], 8)
    >>> len(copies), len(labels)
    (8, 8)
    """
    rates = _Rates(wearer_rate, channel_drop_rate, gap_rate)
    check_rates(rates)
    labels = np.asarray(labels)
    if len(days) == 0 or labels.shape != (len(days),):
        raise ValueError(
            "`labels` should be one integer for each of the days. Received: "
            f"{len(days)} days, labels of shape {labels.shape}"
        )
    rng = np.random.default_rng(seed)
    _, places, counts = np.unique(
        labels, return_inverse=True, return_counts=True
    )
    chances = 1.0 / (len(counts) * counts[places])
    picks = rng.choice(len(days), count, p=chances)
    return [_copy(days[row], rates, rng) for row in picks], labels[picks]


def _copy(day, rates, rng):
    day = moved_in_time(day, rng)
    values = day.values
    if rng.random() < rates.wearer_rate:
        values = of_another_wearer(values, rng)
    if rng.random() < 0.5:
        values = drop_channels(values, rng, rates.channel_drop_rate)
    if rng.random() < 0.25:
        values = add_gaps(values, rng, rates.gap_rate, *_GAP_MINUTES)
    return dataclasses.replace(day, values=values)
