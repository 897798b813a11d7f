"""The trends, peaks and drops worth telling, for many days at once.

All findings of all days lie in arrays, a column an attribute, until the few
that are told have been chosen; only those become Python objects.
"""

from typing import NamedTuple

import numpy as np

from keras_sensorlm.captions.extras import find_extras
from keras_sensorlm.captions.lexicon import GROUPS
from keras_sensorlm.captions.structural import detect_arrays
from keras_sensorlm.captions.trends import KINDS as DIRECTIONS

# The family of forms and the variant that tell a kind of finding; the first
# ones are the detector's own numbers for its trends.
KINDS = (
    *(("move", 0), ("move", 1), ("stable", 0)),
    *(("extreme", 0), ("extreme", 1)),
    *(("level_shift", 0), ("level_shift", 1)),
    ("rhythm", 0),
    *(("unusual", 0), ("unusual", 1)),
)
_STABLE = DIRECTIONS.index("stable")
_PEAK, _DROP = KINDS.index(("extreme", 0)), KINDS.index(("extreme", 1))
# What a stable stretch counts for among trends, as the detector has it.
_STABLE_STRENGTH = 0.2
# A strong finding of a fixed channel comes right behind the statistics of
# the fixed channels, a weak one of a drawn channel last.
BEST_RANK, STRENGTH_RANK, DRAWN_RANK = 4.0, 2.0, 1.0


class Finding(NamedTuple):
    """Something that the detectors found in a channel of a day.

    Attributes:
        rank: float. How important it is; lower is more important.
        channel: int. Column.
        kind: int. Index into `KINDS`.
        first: int. First bin.
        last: int. Last bin, inclusive.
        before: float. As spoken; or the only level.
        after: float. As spoken; of no meaning where there is one level.
    """

    rank: float
    channel: int
    kind: int
    first: int
    last: int
    before: float
    after: float


class _Columns(NamedTuple):
    """Findings as arrays `(m,)`; `row` is the series they belong to."""

    row: np.ndarray
    strength: np.ndarray
    kind: np.ndarray
    first: np.ndarray
    last: np.ndarray
    before: np.ndarray
    after: np.ndarray


def find(days, told, measures, speaker, options):
    """Finds what is told of each day's channels.

    Args:
        days: list of `n` `SensorDay`.
        told: list of `n` lists of `Told`. Where to look.
        measures: `Measures` of the days.
        speaker: `Speaker`.
        options: `HierarchicalCaptioner`, for its options.

    Returns:
        List of `n` lists of tuples with the fields of `Finding`: the
        strongest of each group, in the order of `told`, those of a channel
        by time.
    """
    series = _Series(days, told, measures, speaker)
    if not len(series.channel):
        return [[] for _ in told]
    found = _Columns(*map(np.concatenate, zip(*_detect(series, options))))
    rank = BEST_RANK + STRENGTH_RANK * (1 - found.strength)
    rank += DRAWN_RANK * series.is_drawn[found.row]
    kept = _strongest(
        rank, series.group[found.row], options.sentences_per_group
    )
    in_time = np.lexsort((found.last[kept], found.first[kept], found.row[kept]))
    kept = kept[in_time]
    columns = rank, series.channel[found.row], *found[2:]
    columns = (column[kept].tolist() for column in columns)
    findings = [[] for _ in told]
    for at, finding in zip(series.day[found.row[kept]].tolist(), zip(*columns)):
        findings[at].append(finding)
    return findings


class _Series:
    """The series of all told channels of all days, as arrays `(m, ...)`."""

    def __init__(self, days, told, measures, speaker):
        rows = [t for row in told for t in row]
        self.days, self.measures = days, measures
        counts = [len(row) for row in told]
        self.day = np.repeat(np.arange(len(told)), counts)
        self.channel = np.array([t.channel for t in rows], "int64")
        self.is_drawn = np.array([t.is_drawn for t in rows], bool)
        # Of a day: another day's group is another group.
        self.group = np.array([t.group for t in rows], "int64")
        self.group += self.day * len(GROUPS)
        self.values = measures.bins[self.day, self.channel]
        self.scale = speaker.scales[self.channel]
        self.offset = speaker.offsets[self.channel]


def _detect(series, options):
    """`_Columns` of each detector."""
    events = detect_arrays(series.values)
    spoken = series.values * series.scale[:, None] + series.offset[:, None]
    spread = np.fmax.reduce(spoken, 1) - np.fmin.reduce(spoken, 1)
    spread = np.where(spread > 0, spread, 1.0)
    trends = _trends(events.trends, spoken, spread)
    _level_stable(trends, series)
    found = [trends, *_extremes(events, spoken, spread)]
    if options.tells_extras:
        found.append(_extras(find_extras(series, options), series))
    return found


def _strongest(rank, key, most):
    """Indices of the `most` lowest ranks of each key."""
    order = np.lexsort((rank, key))
    key = key[order]
    place = np.arange(len(key)) - np.searchsorted(key, key)
    return order[place < most]


def _trends(trends, spoken, spread):
    row, which = (trends[..., 2] >= 0).nonzero()
    first, last, kind = trends[row, which].T
    before, after = spoken[row, first], spoken[row, last]
    strength = np.abs(after - before) / spread[row]
    strength[kind == _STABLE] = _STABLE_STRENGTH
    return _Columns(row, strength, kind, first, last, before, after)


def _level_stable(found, series):
    """Gives stable stretches their level: the mean over all of them."""
    minutes = series.measures.bin_minutes
    sums = series.measures.bin_sums
    for i in (found.kind == _STABLE).nonzero()[0].tolist():
        row = found.row[i]
        window = slice(found.first[i], found.last[i] + 1)
        at = series.day[row], window, series.channel[row]
        level = sums[at].sum() / minutes[at].sum()
        level = level * series.scale[row] + series.offset[row]
        found.before[i] = found.after[i] = level


def _extremes(events, spoken, spread):
    """Columns of peaks and of drops."""
    seen = (spoken == spoken).sum(axis=1)
    mean = np.nansum(spoken, axis=1) / np.maximum(seen, 1)
    for kind, mask in ((_PEAK, events.peaks), (_DROP, events.drops)):
        row, at = mask.nonzero()
        level = spoken[row, at]
        strength = np.abs(level - mean[row]) / spread[row]
        kinds = np.full(len(row), kind)
        yield _Columns(row, strength, kinds, at, at, level, level)


def _extras(found, series):
    """Columns of what the extra detectors found.

    A shift or an unusual stretch is rarer than a trend and says more, so
    its strength is that of the strongest one.
    """
    columns = zip(*found) if found else [()] * 7
    row, family, variant, first, last, before, after = columns
    row, first, last = (np.array(c, "int64") for c in (row, first, last))
    kind = np.array([KINDS.index(k) for k in zip(family, variant)], "int64")
    scale, offset = series.scale[row], series.offset[row]
    before = np.array(before, "float64") * scale + offset
    after = np.array(after, "float64") * scale + offset
    return _Columns(row, np.ones(len(row)), kind, first, last, before, after)
