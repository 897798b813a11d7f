"""Level shifts, rhythms and the unusual, where a captioner is asked for them.

The detectors are those of `keras_sensorlm.captions.structural_extra`.
"""

import numpy as np

from keras_sensorlm.captions import structural_extra
from keras_sensorlm.captions.measure import measure
from keras_sensorlm.captions.parts import Finding

# A shift or an unusual stretch is rarer than a trend, and says more.
_STRENGTH = 1.0
SIDES = ("higher", "lower")


class Baseline:
    """Days by which to judge what is usual for a person.

    Args:
        days: iterable of `SensorDay`. Days of one or many people.
    """

    def __init__(self, days):
        self._days = {}
        for day in days:
            bins = measure([day.values]).bins[0]
            others = self._days.setdefault(day.participant, [])
            others.append((day.date, bins))

    def others(self, day):
        """Bins of a person's other days, a list of arrays `(26, 36)`.

        Args:
            day: `SensorDay`. Days of its date are left out.
        """
        return [
            bins
            for date, bins in self._days.get(day.participant, ())
            if date is None or date != day.date
        ]


def find_extras(findings, days, rows, channels, bins, speaker, options):
    """Adds findings of the extra detectors.

    Args:
        findings: list of lists, one for each series; added to.
        days: list of `SensorDay`.
        rows: list of int. The day of each series.
        channels: list of int. Its channel.
        bins: array `(n, 26, 36)`. Means of bins.
        speaker: `Speaker`.
        options: `HierarchicalCaptioner`, for its options.
    """

    def add(i, family, variant, first, last, *levels):
        scale = speaker.scales[channels[i]]
        offset = speaker.offsets[channels[i]]
        levels = tuple(float(level * scale + offset) for level in levels)
        findings[i].append(
            Finding(_STRENGTH, family, variant, first, last, levels)
        )

    series = bins[rows, channels]
    if options.level_shifts:
        for i, shifts in enumerate(structural_extra.level_shifts(series)):
            for at, before, after in shifts:
                variant = int(after < before)
                add(i, "level_shift", variant, at, at, before, after)
    if options.rhythms:
        for i, rhythm in enumerate(structural_extra.rhythms(series)):
            if rhythm is not None:
                add(i, "rhythm", 0, 0, rhythm.period - 1)
    if options.baseline is not None:
        for i, first, last, kind, value, usual in _unusual(
            days, rows, channels, bins, options.baseline
        ):
            variant = SIDES.index(kind)
            add(i, "unusual", variant, first, last, value, usual)


def _unusual(days, rows, channels, bins, baseline):
    """The series' index and the fields of `Unusual`, for each found."""
    found = {}
    for i, (row, channel) in enumerate(zip(rows, channels)):
        if row not in found:
            others = baseline.others(days[row])
            found[row] = others and structural_extra.unusual(
                bins[row], np.stack(others)
            )
        for unusual in found[row][channel] if found[row] else ():
            yield i, *unusual
