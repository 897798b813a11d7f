"""What is known of days before it is put into words.

All numbers here are as they are spoken: in percent where shares are told in
percent, in Fahrenheit where that is asked for.
"""

from typing import NamedTuple

import numpy as np

from keras_sensorlm.captions.draws import Draws
from keras_sensorlm.captions.draws import choose
from keras_sensorlm.captions.findings import find
from keras_sensorlm.captions.lexicon import GROUPS
from keras_sensorlm.captions.measure import Measures
from keras_sensorlm.captions.measure import measure
from keras_sensorlm.captions.parts import Told
from keras_sensorlm.captions.stillness import has_logged_sleep


class DayFacts(NamedTuple):
    """One day's numbers, findings and choices.

    Attributes:
        day: `SensorDay`.
        draws: `Draws`.
        is_own: bool. Whether firmware features are in units of its own.
        bins: array `(26, 36)`, optional. Means of bins, in the features'
            units.
        told: list of `Told`. In the order in which they are told.
        minutes: list of 26 ints. Observed minutes.
        mean: list of 26 floats, as are `max`, `min` and `std`.
        found: list of `Finding`. In the order in which they are told.
    """

    day: object
    draws: Draws
    is_own: bool
    bins: np.ndarray | None = None
    told: list = ()
    minutes: list = ()
    mean: list = ()
    max: list = ()
    min: list = ()
    std: list = ()
    found: list = ()


def gather(days, draws, own, speaker, options):
    """`DayFacts` of some days.

    Args:
        days: list of `SensorDay`.
        draws: list of `Draws`.
        own: list of bool. Whether each day's device has units of its own.
        speaker: `Speaker`.
        options: `HierarchicalCaptioner`, for its options.

    Returns:
        List of `DayFacts`.
    """
    if not options.tells_numbers:
        return _gather_events(days, draws, own, options)
    measures = measure([day.values for day in days])
    minutes = measures.minutes.tolist()
    told = [_select(*row, options) for row in zip(minutes, draws)]
    scales, offsets = speaker.scales, speaker.offsets
    spoken = [
        (array * scales + offsets).tolist()
        for array in (measures.mean, measures.max, measures.min)
    ]
    std = (measures.std * scales).tolist()
    found = [[] for _ in days]
    if options.tells_structure:
        found = _find(days, told, measures, speaker, options)
    bins = measures.bins
    rows = zip(days, draws, own, bins, told, minutes, *spoken, std, found)
    return [DayFacts(*row) for row in rows]


def _gather_events(days, draws, own, options):
    """`DayFacts` without numbers, but for bins where sleep is inferred."""
    facts = [DayFacts(*row) for row in zip(days, draws, own)]
    asked = [
        i
        for i, day in enumerate(days)
        if options.infer_sleep and not has_logged_sleep(day)
    ]
    if asked:
        bins = measure([days[i].values for i in asked]).bins
        for i, row in zip(asked, bins):
            facts[i] = facts[i]._replace(bins=row)
    return facts


def _select(minutes, draws, options):
    """The channels that a caption tells about, a list of `Told`."""
    least, told = options.min_minutes, []
    for index, group in options.groups:
        for channel in group.fixed:
            if minutes[channel] >= least:
                told.append(Told(index, channel, False))
        if options.random_channels:
            told += _draw(index, minutes, draws, options)
    # Better a channel that was not asked for than no caption.
    for index, _ in options.groups if not told else ():
        told += _draw(index, minutes, draws, options)
    return told


def _draw(index, minutes, draws, options):
    least = options.min_minutes
    enough = [c for c in GROUPS[index].drawn if minutes[c] >= least]
    chosen = choose(enough, draws.picks[index], options.random_channels or 1)
    return [Told(index, channel, True) for channel in chosen]


def _find(days, told, measures, speaker, options):
    """For each day its list of `Finding`."""
    found = find(days, told, measures, speaker, options)
    # Where the chosen channels show nothing, the others may.
    empty = [i for i, row in enumerate(found) if not row]
    if empty:
        everything = [
            Told(index, channel, channel in group.drawn)
            for index, group in options.groups
            for channel in (*group.fixed, *group.drawn)
        ]
        wider = find(
            [days[i] for i in empty],
            [everything] * len(empty),
            Measures(*(array[empty] for array in measures)),
            speaker,
            options,
        )
        for i, row in zip(empty, wider):
            found[i] = row
    return found
