"""`plot_day`: a day as people draw it."""

import dataclasses
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.visualization import event_lane
from keras_sensorlm.visualization import figures
from keras_sensorlm.visualization import lanes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PANEL_HEIGHT = 0.95
_HEADER = 0.26  # a panel's title line
_LANE_GAP = 0.14
_TITLE, _SMALL_TITLE = 11, 7.5  # points
_EMPTY_LANE = 0.2
_DASHES = ("-", (0, (4, 1.5)), (0, (1, 1.2)))
# A diary that fills the day would tint it all, and so say nothing.
_MOST_SHADED = 0.4


def plot_day(
    day: SensorDay,
    path: str | os.PathLike | None = None,
    channels: Sequence[str] | None = None,
    window: tuple[int, int] | None = None,
    layout: str = "wide",
    theme: str = "light",
) -> "Figure":
    """Draws a day: one lane a modality, events as spans, gaps hatched.

    Args:
        day: a `SensorDay`.
        path: path, optional. Where to save the picture as well; ends in
            .png, .svg or .pdf. The same day gives the same bytes.
        channels: list of str, optional. Feature names to draw. By default
            the usual channels of each modality that were observed.
        window: (int, int), optional. First minute and minute after the
            last. By default the whole day, or the recording's own span when
            it lies within six hours.
        layout: str. `"wide"` (10 inches, the default) or `"narrow"` (3.9
            inches, for a phone).
        theme: str. `"light"` (the default) or `"dark"`.

    Returns:
        A `matplotlib.figure.Figure`. Its `axes` are the events lane, where
        there are events, and one for each panel, top to bottom.

    Raises:
        ImportError: if matplotlib, the extra `plot`, is not installed.
        KeyError: if a channel is unknown.
        ValueError: if `day` is no `SensorDay`, or another argument is
            none of the choices above.

    Example:

    >>> import numpy as np
    >>> from keras_sensorlm import SensorDay
    >>> values = np.full((1440, 26), np.nan)
    >>> values[:, 0] = 60.0
    >>> figure = plot_day(SensorDay(values))
    >>> [axes.get_ylabel() for axes in figure.axes][:1]
    ['bpm']
    """
    layout, window = checked(day, layout, window)
    theme = figures.theme_named(theme)
    panels = lanes.choose_panels(day, channels)
    with figures.styled():
        figure = draw_lanes(day, panels, window, layout, theme)
    if path is not None:
        figures.save_figure(figure, path)
    return figure


def checked(day, layout, window):
    if not isinstance(day, SensorDay):
        raise ValueError(
            "`day` should be one keras_sensorlm.SensorDay (of a list, draw "
            f"each). Received: {type(day).__name__}"
        )
    if layout not in figures.LAYOUTS:
        raise ValueError(
            f"`layout` should be one of {tuple(figures.LAYOUTS)}. "
            f"Received: layout={layout!r}"
        )
    if window is None:
        window = lanes.visible_window(day)
    start, end = window
    if not 0 <= start < end <= MINUTES_PER_DAY:
        raise ValueError(
            "`window` should satisfy 0 <= start < end <= "
            f"{MINUTES_PER_DAY}. Received: window={window!r}"
        )
    return figures.LAYOUTS[layout], (int(start), int(end))


def draw_lanes(day, panels, window, layout, theme, more=None, room=0.0):
    """Draws the lanes of a day.

    Args:
        day: a `SensorDay`.
        panels: dict from modality to `Panel`s, of `lanes.choose_panels`.
        window: (int, int). First minute and minute after the last.
        layout: `Layout`.
        theme: `Theme`.
        more: callable of (axes, panel, theme), optional. Draws behind the
            channels of a panel, whose lines then are of ink.
        room: float. Inches left free below. Defaults to `0.0`.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    rows = event_lane.place(day, window, layout)
    notes = _notes(day, window, layout)
    top = 0.4 + 0.2 * len(notes)
    height = top + _lanes_height(panels, rows) + 0.42 + room
    if more is not None:
        theme = dataclasses.replace(theme, series=theme.plain)
    figure = figures.new_figure(layout.width, height, theme)
    write_title(figure, name_of(day), layout, theme, notes)
    axes = None
    if rows:
        axes = event_lane.draw(figure, rows, window, layout, theme, top)
        top += event_lane.height(rows) + _LANE_GAP
    for modality, chosen in panels.items():
        for panel in chosen:
            axes = _draw_panel(
                figure, day, panel, window, layout, theme, top, more
            )
            top += _HEADER + _PANEL_HEIGHT
        if not chosen:
            axes = _draw_empty(figure, modality, window, layout, theme, top)
            top += _EMPTY_LANE
        top += _LANE_GAP
    draw_clock(axes, window, layout, theme)
    return figure


def _lanes_height(panels, rows):
    height = 0.0
    if rows:
        height += event_lane.height(rows) + _LANE_GAP
    for chosen in panels.values():
        full = len(chosen) * (_HEADER + _PANEL_HEIGHT)
        height += (full or _EMPTY_LANE) + _LANE_GAP
    return height


def name_of(day):
    """Who and when, as a title."""
    who = day.participant or "One day"
    if day.date is not None:
        who += f", {day.date:%A} {day.date.day} {day.date:%B %Y}"
    return who


def write_title(figure, title, layout, theme, notes=()):
    """Writes a title and lines of notes at a figure's top left."""
    width, height = figure.get_size_inches()
    size, most = _TITLE, int(layout.inside / 0.095)
    if len(title) > most:
        # Smaller first, and only then cut off.
        size = max(_SMALL_TITLE, _TITLE * most / len(title))
        most = int(most * _TITLE / size)
        title = title if len(title) <= most else title[: most - 1] + "…"
    for i, line in enumerate((title, *notes)):
        figure.text(
            layout.left / width,
            1 - (0.24 + 0.2 * i) / height,
            line,
            color=theme.muted if i else theme.ink,
            fontsize=8.5 if i else size,
            fontweight="normal" if i else "bold",
            # A participant's name is words, never a formula.
            parse_math=False,
        )


def _notes(day, window, layout):
    notes = []
    if day.source is not None:
        notes.append(f"source: {day.source}")
    if window != (0, MINUTES_PER_DAY):
        notes.append(
            f"shown: {lanes.clock(window[0])} to {lanes.clock(window[1])}"
        )
    notes.append("hatched: nothing measured")
    return _wrapped(notes, int(layout.inside / 0.072))


def _wrapped(notes, letters):
    lines = [notes[0]]
    for note in notes[1:]:
        if len(lines[-1]) + len(note) + 3 <= letters:
            lines[-1] += f" · {note}"
        else:
            lines.append(note)
    return lines


def _draw_panel(figure, day, panel, window, layout, theme, top, more):
    axes = figures.add_box(
        figure, layout.left, top + _HEADER, layout.inside, _PANEL_HEIGHT
    )
    figures.dress(axes, window, theme)
    columns = [feature_index(name) for name in panel.channels]
    values = day.values[:, columns]
    unseen = np.isnan(values).all(axis=1)
    _hatch(axes, unseen, window, theme)
    if more is None:
        _shade(axes, day, window, theme)
    roomy = window[1] - window[0] <= 6 * 60
    for i in range(len(panel.channels)):
        _draw_channel(axes, values, i, panel, roomy, theme)
    low, high = _limits(values[window[0] : window[1]], panel)
    axes.set_ylim(low, high)
    if more is not None:
        more(axes, panel, theme)
    ticker = figures.matplotlib().ticker
    axes.yaxis.set_major_locator(ticker.MaxNLocator(4, min_n_ticks=3))
    axes.yaxis.grid(True, color=theme.rule, linewidth=0.6)
    axes.set_ylabel(panel.unit, color=theme.muted, fontsize=8)
    axes.yaxis.set_label_coords(-0.56 / layout.inside, 0.5)
    axes.set_title(
        panel.title, loc="left", fontsize=9, color=theme.ink, pad=3.5,
        fontweight="bold",
    )  # fmt: skip
    if len(panel.channels) > 1:
        _legend(axes, theme)
    return axes


def _draw_channel(axes, values, order, panel, roomy, theme):
    series = values[:, order]
    color = theme.series[order]
    minutes = np.arange(MINUTES_PER_DAY) + 0.5
    if panel.bars:
        known = np.nan_to_num(series)
        # The outline keeps a single minute visible in a small picture.
        axes.fill_between(minutes, 0, known, step="mid", color=color, lw=0.5)
        return
    # The main line on top, unless the other is sparse and would be hidden.
    sparse = np.isfinite(series).sum() < 0.9 * np.isfinite(values[:, 0]).sum()
    zorder = 3 + 0.1 * (order if sparse else -order)
    axes.plot(
        minutes,
        series,
        color=color,
        linewidth=(1.1, 0.9, 0.9)[order],
        # Dashes of a whole day's noise would only blur; where there is room
        # for them, lines differ in more than colour.
        linestyle="-" if order == 0 or not roomy else _DASHES[order],
        zorder=zorder,
        label=lanes.words(panel.channels[order]),
    )
    seen = ~np.isnan(series)
    beside = np.roll(seen, 1) | np.roll(seen, -1)
    alone = seen & ~beside
    # A single minute between gaps has no line of its own.
    axes.plot(
        minutes[alone],
        series[alone],
        ".",
        color=color,
        markersize=2.5,
        zorder=3.5,
    )


def _limits(values, panel):
    seen = values[~np.isnan(values)]
    if not seen.size:
        return 0.0, panel.span or 1.0
    low, high = float(seen.min()), float(seen.max())
    if panel.bars:
        return 0.0, max(high * 1.06, panel.span)
    wide = max(high - low, panel.span, 1e-6 * abs(high), 1e-6)
    middle = (low + high) / 2
    floor = 0.0 if low >= 0 else -np.inf
    bottom = max(middle - 0.56 * wide, floor)
    return bottom, max(middle + 0.56 * wide, bottom + wide)


def _legend(axes, theme):
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=3,
        frameon=False,
        fontsize=7.5,
        labelcolor=theme.muted,
        handlelength=1.8,
        columnspacing=1.2,
        borderaxespad=0.1,
        borderpad=0.1,
    )


def _draw_empty(figure, modality, window, layout, theme, top):
    axes = figures.add_box(figure, layout.left, top, layout.inside, _EMPTY_LANE)
    figures.dress(axes, window, theme)
    axes.set_yticks([])
    _hatch(axes, np.ones(MINUTES_PER_DAY, dtype=bool), window, theme)
    axes.text(
        0.006,
        0.5,
        f"{lanes.LANE_NAMES[modality]}: not measured",
        transform=axes.transAxes,
        va="center_baseline",
        fontsize=8,
        color=theme.muted,
        bbox={"facecolor": theme.paper, "edgecolor": "none", "pad": 1.2},
    )
    return axes


def _hatch(axes, unseen, window, theme):
    """Hatches where nothing was measured."""
    inside = np.zeros_like(unseen)
    inside[window[0] : window[1]] = unseen[window[0] : window[1]]
    for start, end in lanes.runs(inside):
        axes.axvspan(
            start,
            end,
            facecolor=theme.gap,
            edgecolor=theme.hatch,
            hatch="////",
            linewidth=0,
            zorder=0.5,
        )


def _shade(axes, day, window, theme):
    """Carries sleep and activities faintly down through the lanes."""
    for kind in ("sleep", "activity"):
        spans = [
            (
                max(event.start_minute, window[0]),
                min(event.end_minute, window[1]),
            )
            for event in day.events
            if event.kind == kind
        ]
        spans = [(start, end) for start, end in spans if start < end]
        share = sum(end - start for start, end in spans)
        if kind == "activity" and share > _MOST_SHADED * (
            window[1] - window[0]
        ):
            continue
        for start, end in spans:
            axes.axvspan(
                start,
                end,
                facecolor=getattr(theme, kind),
                alpha=0.10,
                linewidth=0,
                zorder=0.6,
            )


def draw_clock(axes, window, layout, theme):
    """Clock times below the lowest lane."""
    step = layout.tick_hours * 60
    steps = (10, 15, 30, 60, 120, 240, step)
    most = 13 if layout.inside > 6 else 5
    length = window[1] - window[0]
    step = next(s for s in steps if length / s <= most or s == step)
    first = -(-window[0] // step) * step
    ticks = list(range(first, window[1] + 1, step))
    axes.set_xticks(ticks, [lanes.clock(minute) for minute in ticks])
    axes.tick_params(axis="x", length=3, labelbottom=True, labelcolor=theme.ink)
    for label, minute in zip(axes.get_xticklabels(), ticks):
        if minute == window[1]:  # would run off the picture's edge
            label.set_horizontalalignment("right")
    axes.set_xlabel("local time", color=theme.muted, fontsize=8)
