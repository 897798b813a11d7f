"""Small inline drawings (SVG) that follow the page's colours."""

import numpy as np

from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.sensors.sketch import describe_events as describe_events
from keras_sensorlm.sensors.sketch import means
from keras_sensorlm.visualization import lanes
from keras_sensorlm.visualization.html import escape

_STEP = 10  # minutes a point of a thumbnail's line
_HEIGHT = 60


def gap_strip(seen, label):
    """A day as a strip, filled where a channel was observed.

    Args:
        seen: bool array `(1440,)`.
        label: str. What the strip says, in words.

    Returns:
        str of SVG.
    """
    rects = "".join(
        f'<rect x="{start}" y="0" width="{end - start}" height="10"/>'
        for start, end in lanes.runs(seen)
    )
    return (
        f'<svg class="strip" viewBox="0 0 {MINUTES_PER_DAY} 10" '
        'preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}">{rects}</svg>'
    )


def heat_strip(shares, label):
    """A day as a strip, the stronger coloured the more.

    Args:
        shares: float array `(n,)`, 0 to 1, of as many equal parts of the
            day.
        label: str. What the strip says, in words.

    Returns:
        str of SVG.
    """
    wide = MINUTES_PER_DAY / len(shares)
    rects = "".join(
        f'<rect x="{i * wide:g}" y="0" width="{wide:g}" height="10" '
        f'fill-opacity="{share:.2f}"/>'
        for i, share in enumerate(shares)
        if share >= 0.05
    )
    return (
        f'<svg class="strip heat" viewBox="0 0 {MINUTES_PER_DAY} 10" '
        'preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}">{rects}</svg>'
    )


def thumbnail(day):
    """Heart rate, steps and events of a day at a glance.

    Args:
        day: a `SensorDay`.

    Returns:
        str of SVG. Heart rate is a line (40 to 180 bpm), steps are bars
        below it, events are bands.
    """
    label = f"Sketch of the day: {describe_events(day)}"
    bands = "".join(
        f'<rect class="{event.kind}" x="{event.start_minute}" y="0" '
        f'width="{event.duration}" height="{_HEIGHT}"/>'
        for event in day.events
        if event.kind != "mood"
    )
    return (
        f'<svg class="thumb" viewBox="0 0 {MINUTES_PER_DAY} {_HEIGHT}" '
        'preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}">{bands}{_bars(day)}{_line(day)}</svg>'
    )


def _line(day):
    rate = np.clip(
        means(day.values[:, feature_index("heart_rate")], _STEP), 40, 180
    )
    top = 2 + (180 - rate) / 140 * (_HEIGHT - 4)
    parts = []
    for start, end in lanes.runs(~np.isnan(rate)):
        points = " ".join(
            f"{i * _STEP + _STEP / 2:g},{top[i]:.1f}" for i in range(start, end)
        )
        if end - start == 1:  # a single point has no line: draw a dash
            x = start * _STEP
            points = f"{x},{top[start]:.1f} {x + _STEP},{top[start]:.1f}"
        parts.append(f'<polyline class="rate" points="{points}"/>')
    return "".join(parts)


def _bars(day):
    series = day.values[:, feature_index("steps")]
    steps = np.clip(means(series, _STEP), 0, 160)
    height = steps / 160 * (_HEIGHT / 2)
    return "".join(
        f'<rect class="steps" x="{i * _STEP}" width="{_STEP - 1}" '
        f'y="{_HEIGHT - height[i]:.1f}" height="{height[i]:.1f}"/>'
        for i in np.flatnonzero(np.nan_to_num(height) > 0.05)
    )
