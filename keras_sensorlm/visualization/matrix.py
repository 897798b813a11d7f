"""`plot_matrix`: the normalised day as the model sees it."""

import os
from typing import TYPE_CHECKING

import numpy as np

from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.features import DeviceProfile
from keras_sensorlm.sensors.profiles import profile_for
from keras_sensorlm.visualization import day as day_picture
from keras_sensorlm.visualization import figures
from keras_sensorlm.visualization import lanes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROW = 0.17  # inches a feature
_TOP = 0.68  # inches, title and note
_BAR = 0.12  # inches, the colour bar's height
# Beyond this many standard deviations a colour says "far" and no more.
_FAR = 3.0


def plot_matrix(
    day: SensorDay,
    path: str | os.PathLike | None = None,
    profile: DeviceProfile | None = None,
    layout: str = "wide",
    theme: str = "light",
) -> "Figure":
    """Draws the normalised 1440 x 26 matrix of a day as a heat map.

    Each row is a feature, (value - mean) / std by its device profile; blue
    is below and red above the population's mean, hatched is missing. Two
    minutes share a column, four in the narrow layout.

    Args:
        day: a `SensorDay`.
        path: path, optional. Where to save the picture as well; ends in
            .png, .svg or .pdf. The same day gives the same bytes.
        profile: `DeviceProfile`, optional. Standardises the day; by default
            the profile of its source.
        layout: str. `"wide"` (10 inches, the default) or `"narrow"` (3.9).
        theme: str. `"light"` (the default) or `"dark"`.

    Returns:
        A `matplotlib.figure.Figure`; its first axes hold the map.

    Raises:
        ImportError: if matplotlib, the extra `plot`, is not installed.
        ValueError: if `day` is no `SensorDay`, or `layout` or `theme` is
            none of the choices above.

    Example:

    >>> import numpy as np
    >>> from keras_sensorlm import SensorDay
    >>> values = np.full((1440, 26), np.nan)
    >>> values[:, 0] = 60.0
    >>> figure = plot_matrix(SensorDay(values))
    >>> len(figure.axes[0].get_yticklabels())
    26
    """
    layout, _ = day_picture.checked(day, layout, None)
    theme = figures.theme_named(theme)
    profile = profile or profile_for(day.source)
    with np.errstate(invalid="ignore"):
        normal = (day.values - profile.mean()) / profile.std()
    with figures.styled():
        figure = _draw(day, normal.T, layout, theme)
    if path is not None:
        figures.save_figure(figure, path)
    return figure


def _draw(day, normal, layout, theme):
    wide = layout.inside > 6
    left = 1.95 if wide else 1.45
    inside = layout.width - left - layout.right
    rows = _ROW * len(FEATURES)
    figure = figures.new_figure(layout.width, _TOP + rows + 1.1, theme)
    notes = ("hatched: nothing measured",)
    name = day_picture.name_of(day)
    day_picture.write_title(figure, name, layout, theme, notes)
    axes = figures.add_box(figure, left, _TOP, inside, rows)
    figures.dress(axes, (0, MINUTES_PER_DAY), theme)
    image = _draw_map(axes, _shrunk(normal, 2 if wide else 4), theme)
    axes.set_yticks(
        np.arange(len(FEATURES)) + 0.5,
        [lanes.words(name) for name in FEATURE_NAMES],
    )
    axes.tick_params(axis="y", length=0, labelsize=7.5, labelcolor=theme.ink)
    for i in range(1, len(FEATURES)):
        if FEATURES[i].modality != FEATURES[i - 1].modality:
            axes.axhline(i, color=theme.ink, linewidth=0.8)
    day_picture.draw_clock(axes, (0, MINUTES_PER_DAY), layout, theme)
    bar = figures.add_box(
        figure, left, _TOP + rows + 0.55, min(inside, 4.0), _BAR
    )
    _draw_scale(figure, image, bar, theme)
    return figure


def _shrunk(normal, minutes):
    """Means of a few observed minutes, about one column for a pixel.

    Left to the renderer, minutes narrower than a pixel would be dropped or
    features mixed.
    """
    grouped = normal.reshape(len(normal), -1, minutes)
    seen = ~np.isnan(grouped)
    count = seen.sum(axis=2)
    sums = np.where(seen, grouped, 0.0).sum(axis=2)
    return np.where(count > 0, sums / np.maximum(count, 1), np.nan)


def _draw_map(axes, normal, theme):
    minutes = MINUTES_PER_DAY / normal.shape[1]
    for row, series in enumerate(normal):
        for start, end in lanes.runs(np.isnan(series)):
            axes.fill_between(
                [start * minutes, end * minutes],
                row,
                row + 1,
                facecolor=theme.gap,
                edgecolor=theme.hatch,
                hatch="/////",
                linewidth=0,
                zorder=0.5,
            )
    return axes.imshow(
        np.ma.masked_invalid(normal),
        aspect="auto",
        extent=(0, MINUTES_PER_DAY, len(FEATURES), 0),
        cmap=theme.diverging,
        vmin=-_FAR,
        vmax=_FAR,
        interpolation="nearest",
        zorder=1,
    )


def _draw_scale(figure, image, bar, theme):
    scale = figure.colorbar(
        image, cax=bar, orientation="horizontal", extend="both"
    )
    scale.set_label(
        "standard deviations from the mean",
        color=theme.muted,
        fontsize=8,
    )
    scale.outline.set_edgecolor(theme.rule)
    bar.tick_params(colors=theme.rule, labelcolor=theme.muted, labelsize=8)
