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
    _add_trends(findings, events.trends, spoken, spread)
    _add_extremes(findings, events, spoken, spread)
    if options.tells_extras:
        where = rows, channels
        find_extras(findings, days, *where, bins, speaker, options)
    for i, row in enumerate(findings):
        _level_stable(row, measures, rows[i], channels[i], speaker)
        if len(row) > 1:
            row.sort(key=_by_time)
    findings = iter(findings)
    return [[(t, next(findings)) for t in row] for row in told]


def _by_time(finding):
    return finding.first, finding.last


def _add_trends(findings, trends, spoken, spread):
    rows, ranks = (trends[..., 2] >= 0).nonzero()
    first, last, kind = trends[rows, ranks].T
    before, after = spoken[rows, first], spoken[rows, last]
    strength = np.abs(after - before) / spread[rows]
    columns = rows, strength, kind, first, last, before, after
    for row, strong, kind, first, last, *levels in zip(
        *(column.tolist() for column in columns)
    ):
        if kind == _STABLE:
            found = Finding(_STABLE_STRENGTH, "stable", 0, first, last, ())
        else:
            found = Finding(strong, "move", kind, first, last, tuple(levels))
        findings[row].append(found)


def _level_stable(row, measures, day, channel, speaker):
    """Gives stable stretches their level: the mean over all of them."""
    for i, finding in enumerate(row):
        if finding.family == "stable":
            at = day, slice(finding.first, finding.last + 1), channel
            level = measures.bin_sums[at].sum() / measures.bin_minutes[at].sum()
            level = level * speaker.scales[channel] + speaker.offsets[channel]
            row[i] = finding._replace(levels=(float(level),))


def _add_extremes(findings, events, spoken, spread):
    if not (events.peaks.any() or events.drops.any()):
        return
    seen = np.maximum((spoken == spoken).sum(axis=1), 1)
    mean = np.nansum(spoken, axis=1) / seen
    for variant, mask in enumerate((events.peaks, events.drops)):
        rows, bins = mask.nonzero()
        levels = spoken[rows, bins]
        strength = np.abs(levels - mean[rows]) / spread[rows]
        for row, strong, at, level in zip(
            rows.tolist(), strength.tolist(), bins.tolist(), levels.tolist()
        ):
            findings[row].append(
                Finding(strong, "extreme", variant, at, at, (level,))
            )
