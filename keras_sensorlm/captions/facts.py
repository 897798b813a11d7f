"""What is known of days before it is put into words.

All numbers here are as they are spoken: in percent where shares are told in
percent, in Fahrenheit where that is asked for.
"""

from typing import NamedTuple

import numpy as np

from keras_sensorlm.captions.draws import Draws
from keras_sensorlm.captions.draws import choose
from keras_sensorlm.captions.extras import find_extras
from keras_sensorlm.captions.lexicon import GROUPS
from keras_sensorlm.captions.measure import measure
from keras_sensorlm.captions.parts import Finding
from keras_sensorlm.captions.parts import Told
from keras_sensorlm.captions.structural import detect_arrays
from keras_sensorlm.captions.trends import KINDS as DIRECTIONS


class DayFacts(NamedTuple):
    """One day's numbers, findings and choices.

    Attributes:
        day: `SensorDay`.
        draws: `Draws`.
        is_own: bool. Whether firmware features are in units of its own.
        told: list of `Told`. In the order in which they are told.
        minutes: list of 26 ints. Observed minutes.
        mean: list of 26 floats, as are `max`, `min` and `std`.
        found: list of (`Told`, list of `Finding`), in the same order.
        bins: array `(26, 36)`. Means of bins, in the features' units.
    """

    day: object
    draws: Draws
    is_own: bool
    told: list
    minutes: list
    mean: list
    max: list
    min: list
    std: list
    found: list
    bins: np.ndarray


_STABLE = DIRECTIONS.index("stable")
# What a stable stretch counts for among trends, as the detector has it.
_STABLE_STRENGTH = 0.2
_FAMILIES = ["stable" if kind == "stable" else "move" for kind in DIRECTIONS]
_VARIANTS = [0 if kind == "stable" else i for i, kind in enumerate(DIRECTIONS)]


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
    measures = measure([day.values for day in days])
    minutes = measures.minutes.tolist()
    told = [_select(*row, options) for row in zip(minutes, draws)]
    scales, offsets = speaker.scales, speaker.offsets
    spoken = [
        (array * scales + offsets).tolist()
        for array in (measures.mean, measures.max, measures.min)
    ]
    std = (measures.std * scales).tolist()
    bins = measures.bins
    found = [[] for _ in days]
    if options.tells_structure:
        found = _find(days, bins, told, measures, speaker, options)
    rows = zip(days, draws, own, told, minutes, *spoken, std, found, bins)
    return [DayFacts(*row) for row in rows]


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


def _find(days, bins, told, measures, speaker, options):
    """For each day a list of (`Told`, list of `Finding`)."""
    found = _find_in(days, bins, told, measures, speaker, options)
    # Where the chosen channels show nothing, the others may.
    empty = [i for i, row in enumerate(found) if not any(f for _, f in row)]
    if empty:
        everything = [
            Told(index, channel, channel in group.drawn)
            for index, group in options.groups
            for channel in (*group.fixed, *group.drawn)
        ]
        wider = [[]] * len(days)
        for i in empty:
            wider[i] = everything
        wider = _find_in(days, bins, wider, measures, speaker, options)
        for i in empty:
            found[i] = wider[i]
    return found


def _find_in(days, bins, told, measures, speaker, options):
    rows = [i for i, row in enumerate(told) for _ in row]
    if not rows:
        return [[] for _ in told]
    channels = [t.channel for row in told for t in row]
    series = bins[rows, channels]
    events = detect_arrays(series)
    # From here on as spoken.
    scales = speaker.scales[channels, None]
    offsets = speaker.offsets[channels, None]
    spoken = series * scales + offsets
    spread = np.fmax.reduce(spoken, 1) - np.fmin.reduce(spoken, 1)
    spread = np.where(spread > 0, spread, 1.0)
    findings = [[] for _ in rows]
    level = _stable_levels(measures, rows, channels, speaker)
    _add_trends(findings, events.trends, spoken, spread, level)
    mixed = _add_extremes(findings, events, spoken, spread)
    if options.tells_extras:
        where = rows, channels
        find_extras(findings, days, *where, bins, speaker, options)
        mixed = range(len(rows))
    for row in mixed:
        findings[row].sort(key=_by_time)
    findings = iter(findings)
    return [[(t, next(findings)) for t in row] for row in told]


def _by_time(finding):
    return finding.first, finding.last


def _stable_levels(measures, days, channels, speaker):
    """A function that gives the mean of a row over some bins, as spoken."""

    def level(row, first, last):
        at = days[row], slice(first, last + 1), channels[row]
        mean = measures.bin_sums[at].sum() / measures.bin_minutes[at].sum()
        scale, offset = speaker.scales[at[2]], speaker.offsets[at[2]]
        return mean * scale + offset

    return level


def _add_trends(findings, trends, spoken, spread, level):
    rows, ranks = (trends[..., 2] >= 0).nonzero()
    first, last, kind = trends[rows, ranks].T
    before, after = spoken[rows, first], spoken[rows, last]
    strength = np.abs(after - before) / spread[rows]
    for i in (kind == _STABLE).nonzero()[0].tolist():
        before[i] = level(rows[i], first[i], last[i])
        strength[i] = _STABLE_STRENGTH
    kind = kind.tolist()
    made = zip(
        strength.tolist(),
        map(_FAMILIES.__getitem__, kind),
        map(_VARIANTS.__getitem__, kind),
        first.tolist(),
        last.tolist(),
        zip(before.tolist(), after.tolist()),
    )
    for row, finding in zip(rows.tolist(), map(Finding._make, made)):
        findings[row].append(finding)


def _add_extremes(findings, events, spoken, spread):
    """Adds peaks and drops; the rows that have any."""
    changed = set()
    if not (events.peaks.any() or events.drops.any()):
        return changed
    seen = np.maximum((spoken == spoken).sum(axis=1), 1)
    mean = np.nansum(spoken, axis=1) / seen
    for variant, mask in enumerate((events.peaks, events.drops)):
        rows, bins = mask.nonzero()
        levels = spoken[rows, bins]
        strength = np.abs(levels - mean[rows]) / spread[rows]
        columns = rows, strength, bins, levels
        columns = (column.tolist() for column in columns)
        for row, strong, at, level in zip(*columns):
            found = Finding(strong, "extreme", variant, at, at, (level,))
            findings[row].append(found)
            changed.add(row)
    return changed
