"""`plot_explanation`: a map over the lanes of its day."""

import numpy as np

from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.visualization import day as day_picture
from keras_sensorlm.visualization import figures
from keras_sensorlm.visualization import lanes
from keras_sensorlm.visualization import stretches

_BAR_ROOM = 0.78  # inches below the clock, for the scale
_STRONGEST = 0.75  # opacity of the largest value
# Values under this share of the largest are noise to the eye: left clear.
_FAINTEST = 0.04


def plot_explanation(
    day,
    values,
    path=None,
    title=None,
    channels=None,
    window=None,
    minutes=10,
    layout="wide",
    theme="light",
):
    """Draws where a map points at, over the lanes of its day.

    Each lane's ground is coloured by the map's mean over its channels, in
    steps of some minutes: orange speaks for the text, violet against it; the
    two differ to the colour-blind, too, and violet is hatched. One scale for
    all lanes.

    Args:
        day: a `SensorDay`.
        values: float array `(1440, 26)`. A map, of `explain` or another.
        path: path, optional. Where to save the picture as well; ends in
            .png, .svg or .pdf.
        title: str, optional. What is explained, in words.
        channels: list of str, optional. As for `plot_day`.
        window: (int, int), optional. As for `plot_day`.
        minutes: int. Length of a step, a divisor of 1440. Defaults to `10`.
        layout: str. `"wide"` (the default) or `"narrow"`.
        theme: str. `"light"` (the default) or `"dark"`.

    Returns:
        A `matplotlib.figure.Figure`. Its last axes are the scale.

    Raises:
        ImportError: if matplotlib, the extra `plot`, is not installed.
        KeyError: if a channel is unknown.
        ValueError: if the map has another shape, or as `plot_day`.

    Example:

    >>> import keras_sensorlm
    >>> (day,) = keras_sensorlm.simulate_days(1, seed=0)
    >>> values = np.where(day.observed, 0.0, np.nan)
    >>> values[600:700] += 1.0
    >>> figure = plot_explanation(day, values, title="A run at noon.")
    >>> figure.axes[-1].get_xlabel()
    'share of the largest'
    """
    layout, window = day_picture.checked(day, layout, window)
    theme = figures.theme_named(theme)
    values = stretches.checked_map(values)
    panels = lanes.choose_panels(day, channels)
    shown = [panel for found in panels.values() for panel in found]
    grounds = {panel: _ground(values, panel, minutes) for panel in shown}
    most = max(
        (np.nanmax(np.abs(g), initial=0.0) for g in grounds.values()),
        default=0.0,
    )

    def color(axes, panel, theme):
        _color(axes, grounds[panel] / (most or 1.0), minutes, theme)

    with figures.styled():
        figure = day_picture.draw_lanes(
            day, panels, window, layout, theme, color, _BAR_ROOM
        )
        signed = any(np.nanmin(g, initial=0.0) < 0 for g in grounds.values())
        _draw_scale(figure, layout, theme, title, signed)
    if path is not None:
        figures.save_figure(figure, path)
    return figure


def _ground(values, panel, minutes):
    """The map's mean over a panel's channels and some minutes each."""
    columns = [feature_index(name) for name in panel.channels]
    return stretches.binned(values[:, columns], minutes)


def _color(axes, shares, minutes, theme):
    """Bands of -1 to 1 behind a lane's lines."""
    for index, share in enumerate(np.nan_to_num(shares)):
        if abs(share) < _FAINTEST:
            continue
        against = share < 0
        axes.axvspan(
            index * minutes,
            (index + 1) * minutes,
            facecolor=theme.against if against else theme.towards,
            alpha=_STRONGEST * min(abs(share), 1.0),
            linewidth=0,
            hatch="...." if against else None,
            edgecolor=theme.against,
            zorder=0.7,
        )


def _draw_scale(figure, layout, theme, title, signed):
    """The colours and what they mean, below the clock."""
    height = figure.get_size_inches()[1]
    bar = figures.add_box(
        figure,
        layout.left,
        height - _BAR_ROOM + 0.16,
        min(layout.inside - 0.3, 3.2),
        0.11,
    )
    low = -1.0 if signed else 0.0
    for start in np.arange(low, 1.0, 0.05):
        middle = start + 0.025
        bar.axvspan(
            start,
            start + 0.05,
            facecolor=theme.against if middle < 0 else theme.towards,
            alpha=_STRONGEST * abs(middle),
            hatch="...." if middle < 0 else None,
            edgecolor=theme.paper,
            linewidth=0,
        )
    bar.set_facecolor(theme.paper)
    bar.set_xlim(low, 1.0)
    ticks = (-1.0, 0.0, 1.0) if signed else (0.0, 1.0)
    names = ("against", "nothing", "for") if signed else ("nothing", "most")
    bar.set_xticks(ticks, names)
    bar.set_yticks([])
    bar.tick_params(colors=theme.rule, labelcolor=theme.ink, labelsize=8)
    bar.set_xlabel("share of the largest", color=theme.muted, fontsize=8)
    for spine in bar.spines.values():
        spine.set_color(theme.rule)
    if title:
        _write_title(figure, layout, theme, title)


def _write_title(figure, layout, theme, title):
    """What is explained, at the top right or, on a phone, left out."""
    width, height = figure.get_size_inches()
    if layout.inside < 6:
        return
    room = 70
    title = title if len(title) <= room else title[: room - 1] + "…"
    figure.text(
        1 - layout.right / width,
        1 - 0.24 / height,
        title,
        color=theme.ink,
        fontsize=9,
        ha="right",
        parse_math=False,
    )
