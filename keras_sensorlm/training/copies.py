"""Many examples out of few recordings: `balanced_copies`."""

import dataclasses

import numpy as np

from keras_sensorlm.training.augmentation import of_another_wearer
from keras_sensorlm.training.augmentation import thinned
from keras_sensorlm.training.devices import moved_in_time
from keras_sensorlm.training.live_days import Live


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
    live = Live(
        wearer_rate=wearer_rate,
        channel_drop_rate=channel_drop_rate,
        gap_rate=gap_rate,
    )
    labels = np.asarray(labels)
    if len(days) == 0 or labels.shape != (len(days),):
        raise ValueError(
            "`labels` should be one integer for each of the days. Received: "
            f"{len(days)} days, labels of shape {labels.shape}"
        )
    rng = np.random.default_rng(seed)
    picks = balanced_rows(labels, count, rng)
    return [_copy(days[row], live, rng) for row in picks], labels[picks]


def balanced_rows(labels, count, rng):
    """Rows drawn with replacement, each class as often.

    Args:
        labels: int array `(n,)`.
        count: int.
        rng: `numpy.random.Generator`.

    Returns:
        Int array `(count,)`.

    Example:

    >>> rng = np.random.default_rng(0)
    >>> rows = balanced_rows(np.array([0, 0, 0, 1]), 1000, rng)
    >>> bool(450 < (rows == 3).sum() < 550)
    True
    """
    _, places, counts = np.unique(
        labels, return_inverse=True, return_counts=True
    )
    chances = 1.0 / (len(counts) * counts[places])
    return rng.choice(len(labels), count, p=chances)


def _copy(day, live, rng):
    day = moved_in_time(day, rng)
    values = day.values
    if rng.random() < live.wearer_rate:
        values = of_another_wearer(values, rng)
    values = thinned(values, rng, live.channel_drop_rate, live.gap_rate)
    return dataclasses.replace(day, values=values)
