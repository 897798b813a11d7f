"""A day as a small drawing: inline SVG made of NumPy and strings.

It needs no plotting library, follows the colours of the page around it, and
is what a notebook shows for a `SensorDay`.
"""

import html

import numpy as np

from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.features import MODALITIES

_STEP = 10  # minutes a point
_WIDTH, _LEFT, _RIGHT = 720, 96, 12
_LANE, _BAND, _GAP = 44, 14, 10
# Both stand out from white and from black paper.
_BLUE, _ORANGE, _PINK = "#3b8fd0", "#d9822b", "#b5659a"
_COLORS = {"sleep": _BLUE, "activity": _ORANGE, "mood": _PINK}
_SHADE = 'fill="currentColor" fill-opacity="0.12"'
# What a reader looks for first; other channels only where these lack.
_USUAL = ("heart_rate", "steps", "eda_level", "skin_temperature")
_MOST_LANES = 3
_MOST_EVENTS = 8  # told in words; the drawing has them all


def clock(minute):
    """Minute of the day as `HH:MM`; 1440 is 24:00.

    Example:

    >>> clock(445)
    '07:25'
    """
    return f"{int(minute) // 60:02d}:{int(minute) % 60:02d}"


def runs(mask):
    """Stretches in which a bool mask `(n,)` is true.

    Returns:
        int array `(m, 2)` of first minute and minute after the last.

    Example:

    >>> runs([False, True, True, False, True]).tolist()
    [[1, 3], [4, 5]]
    """
    padded = np.concatenate([[False], np.asarray(mask, dtype=bool), [False]])
    return np.flatnonzero(padded[1:] != padded[:-1]).reshape(-1, 2)


def means(series, minutes=_STEP):
    """Means of some minutes each, NaN where none was observed.

    Args:
        series: float array `(1440,)`, NaN where missing.
        minutes: int. A divisor of 1440. Defaults to `10`.

    Returns:
        Float64 array `(1440 // minutes,)`.
    """
    series = series.reshape(-1, minutes).astype("float64")
    seen = ~np.isnan(series)
    count = seen.sum(axis=1)
    sums = np.where(seen, series, 0.0).sum(axis=1)
    return np.where(count > 0, sums / np.maximum(count, 1), np.nan)


def describe_events(day, most=None):
    """Events in words, such as `run 07:00 to 07:30; sleep ...`.

    Args:
        day: `SensorDay`.
        most: int, optional. How many to tell. Defaults to all.
    """
    said = [_told(event) for event in day.events]
    if most is not None and len(said) > most:
        said = [*said[:most], f"and {len(said) - most} more"]
    return "; ".join(said) or "no events noted"


def _told(event):
    return (
        f"{event.label} {clock(event.start_minute)} to "
        f"{clock(event.end_minute)}"
    )


def day_html(day):
    """A day for a notebook: who and when, a drawing, what was measured.

    Args:
        day: `SensorDay`.

    Returns:
        str of HTML without style sheet or script; text from the data is
        escaped.
    """
    facts = (
        day.participant or "One day",
        day.date and f"{day.date:%A} {day.date.isoformat()}",
        day.source,
    )
    title = " · ".join(html.escape(fact) for fact in facts if fact)
    observed = day.observed
    channels = int(observed.any(axis=0).sum())
    said = (
        f"{channels} of {len(FEATURES)} channels; something was measured in "
        f"{observed.any(axis=1).mean():.0%} of the minutes (means of "
        f"{_STEP} minutes; grey: not measured). "
        f"Events: {describe_events(day, _MOST_EVENTS)}."
    )
    return (
        '<figure style="margin:0.5em 0;max-width:46em">'
        f'<figcaption style="font-weight:600">{title}</figcaption>'
        f"{day_svg(day)}"
        f'<p style="margin:0.3em 0;font-size:0.9em">{html.escape(said)}</p>'
        "</figure>"
    )


def day_svg(day):
    """Channels over the clock, events above, gaps shaded.

    Args:
        day: `SensorDay`.

    Returns:
        str of SVG.
    """
    names = _channels(day)
    kinds = [
        kind for kind in _COLORS if any(e.kind == kind for e in day.events)
    ]
    parts, top = [], 4
    for kind in kinds:
        parts.append(_band(day, kind, top))
        top += _BAND + 4
    for name in names:
        parts.append(_lane(day, name, top))
        top += _LANE + _GAP
    if not names:
        parts.append(_box(0, MINUTES_PER_DAY, top, _LANE, _SHADE))
        parts.append(_text(_x(720), top + 26, "nothing measured", "middle"))
        top += _LANE + _GAP
    parts.append(_ticks(top - _GAP + 4))
    said = ", ".join(map(_words, names))
    label = f"{said or 'Nothing measured'}, over the clock. " + (
        f"Events: {describe_events(day, _MOST_EVENTS)}."
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {top + 14}" role="img" '
        f'aria-label="{html.escape(label, quote=True)}" '
        'style="width:100%;height:auto" font-size="11" '
        f'font-family="sans-serif">{"".join(parts)}</svg>'
    )


def _channels(day):
    """The few channels that are drawn, the usual ones first."""
    seen = day.observed.any(axis=0)
    observed = {f.name: f for f, there in zip(FEATURES, seen) if there}
    names = [name for name in _USUAL if name in observed][:_MOST_LANES]
    if names:
        return names
    first = {}
    for name, found in observed.items():
        first.setdefault(found.modality, name)
    return [first[m] for m in MODALITIES if m in first][:_MOST_LANES]


def _words(name):
    return name.replace("_", " ").replace("eda", "EDA")


def _x(minute):
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * minute / MINUTES_PER_DAY


def _box(start, end, top, height, style):
    return (
        f'<rect x="{_x(start):.1f}" y="{top:.1f}" '
        f'width="{max(_x(end) - _x(start), 1):.1f}" height="{height:.1f}" '
        f"{style}/>"
    )


def _text(x, y, text, anchor="end", more=""):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" '
        f'fill="currentColor"{more}>{html.escape(text)}</text>'
    )


def _band(day, kind, top):
    boxes = "".join(
        f"<g><title>{html.escape(_told(event))}</title>"
        + _box(
            event.start_minute,
            event.end_minute,
            top,
            _BAND,
            f'fill="{_COLORS[kind]}"',
        )
        + "</g>"
        for event in day.events
        if event.kind == kind
    )
    return _text(_LEFT - 8, top + 11, kind) + boxes


def _lane(day, name, top):
    index = [f.name for f in FEATURES].index(name)
    unit = FEATURES[index].unit
    points = means(day.values[:, index])
    low, high = float(np.nanmin(points)), float(np.nanmax(points))
    bars = name == "steps"
    low = 0.0 if bars else low
    high = high if high > low else low + 1.0
    heights = (points - low) / (high - low) * (_LANE - 6)
    draw = _bars if bars else _line
    words = {"uS": "µS", "degC": "°C"}.get(unit, unit)
    gaps = "".join(
        _box(start * _STEP, end * _STEP, top, _LANE, _SHADE)
        for start, end in runs(np.isnan(points))
    )
    faint = ' opacity="0.75" font-size="9"'
    return (
        gaps
        + draw(heights, top)
        + f'<path d="M{_LEFT} {top + _LANE}H{_WIDTH - _RIGHT}" '
        'stroke="currentColor" stroke-opacity="0.4"/>'
        + _text(_LEFT - 8, top + 9, f"{high:.3g}", more=faint)
        + _text(_LEFT - 8, top + 24, _words(name))
        + _text(_LEFT - 8, top + _LANE - 1, f"{low:.3g} {words}", more=faint)
    )


def _line(heights, top):
    parts = []
    for start, end in runs(~np.isnan(heights)):
        points = [
            (_x((i + 0.5) * _STEP), top + _LANE - 3 - heights[i])
            for i in range(start, end)
        ]
        if len(points) == 1:  # a single point has no line: draw a dash
            ((x, y),) = points
            points = [(x - 2, y), (x + 2, y)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{_BLUE}" '
            'stroke-width="1.5" stroke-linejoin="round"/>'
        )
    return "".join(parts)


def _bars(heights, top):
    return "".join(
        _box(
            i * _STEP,
            (i + 1) * _STEP - 1,
            top + _LANE - heights[i],
            heights[i],
            f'fill="{_BLUE}"',
        )
        for i in np.flatnonzero(np.nan_to_num(heights) > 0.05)
    )


def _ticks(top):
    return "".join(
        _text(
            _x(60 * hour),
            top + 10,
            clock(60 * hour),
            "end" if hour == 24 else "middle",
        )
        for hour in range(0, 25, 4)
    )
