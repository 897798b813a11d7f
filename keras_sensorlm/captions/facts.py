"""What is known of a day before it is put into words."""

from typing import NamedTuple

import numpy as np

from keras_sensorlm.captions.draws import Draws
from keras_sensorlm.captions.draws import choose
from keras_sensorlm.captions.measure import measure
from keras_sensorlm.captions.structural import detect_arrays
from keras_sensorlm.captions.trends import KINDS as DIRECTIONS


class Draft(NamedTuple):
    """A sentence that a caption may hold.

    Attributes:
        rank: float. How important it is; lower is more important.
        tokens: int. How many tokens it takes.
        text: str. The sentence.
        claims: tuple. A function that makes its `Claim`s, then its
            arguments; only called when claims are asked for.
    """

    rank: float
    tokens: int
    text: str
    claims: tuple


class Told(NamedTuple):
    """One channel that a caption tells about.

    Attributes:
        group: int. Index into `GROUPS`.
        channel: int. Column.
        is_drawn: bool. Whether chance chose it.
    """

    group: int
    channel: int
    is_drawn: bool


class DayFacts(NamedTuple):
    """One day's numbers, events and choices.

    Attributes:
        events: tuple of `Event`.
        draws: `Draws`.
        is_own: bool. Whether firmware features are in units of its own.
        told: list of `Told`. In the order in which they are told.
        minutes: list of 26 ints. Observed minutes.
        mean: list of 26 floats, as are `max`, `min` and `std`.
        structure: list of `Structure`, one for each of `told`.
        values: array `(1440, 26)`.
        day_bins: array `(36, 26)`, the means of bins.
    """

    events: tuple
    draws: Draws
    is_own: bool
    told: list
    minutes: list
    mean: list
    max: list
    min: list
    std: list
    structure: list
    values: np.ndarray
    bins: np.ndarray


class Structure(NamedTuple):
    """What the detector found in one channel.

    Attributes:
        trends: list of (direction, first bin, last bin, level before, level
            after); a stable one has its mean level twice.
        extremes: list of (variant, bin, level); variant 0 is a peak, 1 a
            drop.
        spread: float. Max - min of the bins.
        mean: float. Mean of the bins.
    """

    trends: list
    extremes: list
    spread: float
    mean: float


_NO_STRUCTURE = Structure([], [], 0.0, 0.0)
_STABLE = DIRECTIONS.index("stable")


def select_channels(minutes, draws, groups, min_minutes, random_channels):
    """The channels that a caption tells about.

    Args:
        minutes: sequence of 26 ints. Observed minutes.
        draws: `Draws`.
        groups: sequence of (int, `Group`).
        min_minutes: int. A channel with fewer is left out.
        random_channels: int. How many to draw in each group.

    Returns:
        List of `Told`.
    """
    told = []
    for index, group in groups:
        for channel in group.fixed:
            if minutes[channel] >= min_minutes:
                told.append(Told(index, channel, False))
        if random_channels:
            enough = [c for c in group.drawn if minutes[c] >= min_minutes]
            for channel in choose(enough, draws.picks[index], random_channels):
                told.append(Told(index, channel, True))
    return told


def find_structure(measures, told):
    """Detects trends, peaks and drops of the told channels.

    Args:
        measures: `Measures` of `n` days.
        told: list of `n` lists of `Told`.

    Returns:
        List of `n` lists of `Structure`.
    """
    days = [i for i, row in enumerate(told) for _ in row]
    if not days:
        return [[] for _ in told]
    channels = [t.channel for row in told for t in row]
    series = measures.bins[days, channels]
    found = detect_arrays(series)
    with np.errstate(invalid="ignore"):
        spread = np.fmax.reduce(series, 1) - np.fmin.reduce(series, 1)
    seen = np.maximum((series == series).sum(axis=1), 1)
    mean = np.nansum(series, axis=1) / seen
    structures = [
        Structure([], [], *both) for both in zip(spread.tolist(), mean.tolist())
    ]
    _add_trends(structures, found.trends, series, measures, days, channels)
    for variant, mask in enumerate((found.peaks, found.drops)):
        rows, bins = mask.nonzero()
        levels = series[rows, bins].tolist()
        for row, at, level in zip(rows.tolist(), bins.tolist(), levels):
            structures[row].extremes.append((variant, at, level))
    rows = iter(structures)
    return [[next(rows) for _ in row] for row in told]


def _add_trends(structures, trends, series, measures, days, channels):
    rows, ranks = (trends[..., 2] >= 0).nonzero()
    first, last, kind = trends[rows, ranks].T
    before, after = series[rows, first], series[rows, last]
    for i in (kind == _STABLE).nonzero()[0].tolist():
        row, window = rows[i], slice(first[i], last[i] + 1)
        at = days[row], window, channels[row]
        total = measures.bin_sums[at].sum()
        before[i] = after[i] = total / measures.bin_minutes[at].sum()
    told = zip(
        rows.tolist(),
        kind.tolist(),
        first.tolist(),
        last.tolist(),
        before.tolist(),
        after.tolist(),
    )
    for row, *trend in told:
        structures[row].trends.append(trend)


def gather(days, draws, own, groups, options):
    """`DayFacts` of some days.

    Args:
        days: list of `SensorDay`.
        draws: list of `Draws`.
        own: list of bool. Whether each day's device has units of its own.
        groups: sequence of (int, `Group`).
        options: object with `min_minutes`, `random_channels` and
            `tells_structure`.

    Returns:
        List of `DayFacts`.
    """
    measures = measure([day.values for day in days])
    minutes = measures.minutes.tolist()
    told = [
        select_channels(
            *both, groups, options.min_minutes, options.random_channels
        )
        for both in zip(minutes, draws)
    ]
    structure = [[_NO_STRUCTURE] * len(row) for row in told]
    if options.tells_structure:
        structure = find_structure(measures, told)
    numbers = [array.tolist() for array in measures[1:5]]
    bins = measures.bins.transpose(0, 2, 1)
    return [
        DayFacts(day.events, *rest)
        for day, *rest in zip(
            days,
            draws,
            own,
            told,
            minutes,
            *numbers,
            structure,
            [day.values for day in days],
            bins,
        )
    ]
