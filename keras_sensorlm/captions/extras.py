"""Level shifts, rhythms and the unusual, where a captioner is asked for them.

The detectors are those of `keras_sensorlm.captions.structural_extra`.
"""

import numpy as np

from keras_sensorlm.captions import structural_extra
from keras_sensorlm.captions.measure import measure

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


def find_extras(series, options):
    """Finds what the extra detectors find, as far as the options ask.

    Args:
        series: object with `values`, an array `(m, 36)` of means of bins in
            the features' units, arrays `day` and `channel` `(m,)`, and
            `days` and `measures` of the days.
        options: `HierarchicalCaptioner`, for its options.

    Returns:
        List of (series, family, variant, first bin, last bin, level before,
        level after); an unusual stretch has its own and the usual level,
        and a rhythm's last bin is that of its first cycle.
    """
    values = series.values
    found = []
    if options.level_shifts:
        for i, shifts in enumerate(structural_extra.level_shifts(values)):
            for at, before, after in shifts:
                variant = int(after < before)
                found.append((i, "level_shift", variant, at, at, before, after))
    if options.rhythms:
        for i, rhythm in enumerate(structural_extra.rhythms(values)):
            if rhythm is not None:
                last = rhythm.period - 1
                found.append((i, "rhythm", 0, 0, last, 0.0, 0.0))
    if options.baseline is not None:
        for i, stretch in _unusual(series, options.baseline):
            first, last, kind, value, usual = stretch
            variant = SIDES.index(kind)
            found.append((i, "unusual", variant, first, last, value, usual))
    return found


def _unusual(series, baseline):
    """Each series' index with each `Unusual` found in it."""
    bins, found = series.measures.bins, {}
    where = zip(series.day.tolist(), series.channel.tolist())
    for i, (day, channel) in enumerate(where):
        if day not in found:
            others = baseline.others(series.days[day])
            found[day] = others and structural_extra.unusual(
                bins[day], np.stack(others)
            )
        for stretch in found[day][channel] if found[day] else ():
            yield i, stretch
