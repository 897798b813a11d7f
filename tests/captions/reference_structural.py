"""The structural detector written straight from its definition, with SciPy.

Slow and plain on purpose: what `keras_sensorlm.captions.structural` is
measured against. Used by its tests and by `examples/benchmarks`.
"""

import numpy as np
from scipy.signal import find_peaks
from scipy.stats import linregress

SLOPES = {6: 1.5, 8: 1.3, 12: 1}


def candidates(series):
    """(change, slope, size, first, last, kind) of each window that counts."""
    spread = max(series) - min(series)
    for size, factor in SLOPES.items():
        limit = factor * spread / 40
        for first in range(0, len(series) - size + 1, size // 2):
            window = series[first : first + size]
            slope = linregress(np.arange(size), window).slope
            change = window[-1] - window[0]
            place = size, first, first + size - 1
            if slope > limit and change > 0.2 * spread:
                yield change, slope, *place, "increasing"
            elif slope < -limit and -change > 0.2 * spread:
                yield -change, -slope, *place, "decreasing"
            elif (
                abs(slope) < 0.01 * spread
                and max(window) - min(window) < 0.1 * spread
            ):
                yield 0.2 * spread, 1, *place, "stable"


def trends(series):
    ranked = sorted(candidates(series), key=lambda c: c[:3], reverse=True)
    kept = []
    for *_, first, last, kind in ranked:
        free = all(
            min(last, end) - max(first, start)
            <= 0.3 * min(last - first, end - start)
            for start, end, _ in kept
        )
        if free and len(kept) < 3:
            kept.append([first, last, kind])
    return sorted(kept)


def extrema(series):
    spread = np.nanmax(series) - np.nanmin(series)
    mean = np.nanmean(series)
    rule = {"prominence": 0.5 * spread, "distance": 5, "width": (None, 4)}
    peaks, _ = find_peaks(series, height=0.6 * spread + mean, **rule)
    drops, _ = find_peaks(-series, height=-mean - 0.4 * spread, **rule)
    return peaks.tolist(), drops.tolist()


def detect(series):
    """What `structural.detect` gives for one series without gaps."""
    series = np.asarray(series, "float64")
    peaks, drops = extrema(series)
    return {"trends": trends(series), "peaks": peaks, "drops": drops}
