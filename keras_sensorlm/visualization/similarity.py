"""`plot_similarity`: days and sentences, each with each."""

import textwrap

import numpy as np

from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.visualization import figures
from keras_sensorlm.visualization.day import name_of

_CELL = 0.42  # inches
_MOST_NUMBERS = 144  # cells that still have room for their numbers
_LETTERS = 38


def similarity_matrix(preset, days, texts):
    """Cosines of the embeddings of days and texts.

    Args:
        preset: `SensorLMPreset`.
        days: one `SensorDay`, a list of them, or a float array `(n, 1440,
            26)` in physical units with NaN for missing.
        texts: str or list of str.

    Returns:
        Float32 array `(n, m)`, -1 to 1.

    Raises:
        ValueError: if there are no days or no texts.
    """
    days = preset.embed_days(days, verbose=False)
    return days @ preset.embed_texts(texts, verbose=False).T


def plot_similarity(
    preset,
    days,
    texts,
    path=None,
    names=None,
    theme="light",
):
    """Draws how near each day is to each text.

    Where the i-th text belongs to the i-th day, a model that knows its days
    has its largest numbers on the diagonal. A dot marks the nearest text of
    each day.

    Args:
        preset: see `similarity_matrix`.
        days: see `similarity_matrix`.
        texts: see `similarity_matrix`.
        path: path, optional. Where to save the picture as well; ends in
            .png, .svg or .pdf.
        names: list of str, optional. Of the days. Defaults to participants
            and dates.
        theme: str. `"light"` (the default) or `"dark"`.

    Returns:
        A `matplotlib.figure.Figure`. Its first axes hold the matrix.

    Raises:
        ImportError: if matplotlib, the extra `plot`, is not installed.
        ValueError: if there are no days or texts, or the numbers of days
            and names differ.
    """
    theme = figures.theme_named(theme)
    texts = [texts] if isinstance(texts, str) else list(texts)
    cosines = similarity_matrix(preset, days, texts)
    names = list(names) if names is not None else _names(days, len(cosines))
    if len(names) != len(cosines):
        raise ValueError(
            "`names` should be one for each day. Received: "
            f"{len(names)} names for {len(cosines)} days"
        )
    with figures.styled():
        figure = _draw(cosines, names, texts, theme)
    if path is not None:
        figures.save_figure(figure, path)
    return figure


def _names(days, count):
    if isinstance(days, SensorDay):
        days = [days]
    return [
        name_of(days[i]) if isinstance(days[i], SensorDay) else f"day {i + 1}"
        for i in range(count)
    ]


def _draw(cosines, names, texts, theme):
    rows, columns = cosines.shape
    left, bottom = 2.4, 2.3
    width, height = columns * _CELL, rows * _CELL
    figure = figures.new_figure(
        left + max(width, 1.6) + 0.3, 0.4 + height + bottom + 0.55, theme
    )
    axes = figures.add_box(figure, left, 0.4, width, height)
    image = axes.imshow(cosines, cmap="cividis", aspect="auto")
    _label(axes, names, texts, theme)
    _number(axes, cosines, image)
    best = cosines.argmax(axis=1)
    axes.plot(
        best + (0.32 if cosines.size <= _MOST_NUMBERS else 0.0),
        np.arange(rows) - (0.32 if cosines.size <= _MOST_NUMBERS else 0.0),
        "o",
        markersize=4,
        markerfacecolor="#d55e00",
        markeredgecolor="#ffffff",
        markeredgewidth=0.6,
    )
    bar = figures.add_box(
        figure, left, 0.4 + height + bottom, max(min(width, 3.0), 1.4), 0.12
    )
    scale = figure.colorbar(image, cax=bar, orientation="horizontal")
    scale.set_label(
        "cosine; dot: the day's nearest text", color=theme.muted, fontsize=8
    )
    scale.outline.set_edgecolor(theme.rule)
    bar.tick_params(colors=theme.rule, labelcolor=theme.muted, labelsize=8)
    return figure


def _label(axes, names, texts, theme):
    rows = [textwrap.shorten(name, _LETTERS, placeholder="…") for name in names]
    columns = [textwrap.shorten(t, _LETTERS, placeholder="…") for t in texts]
    axes.set_yticks(range(len(rows)), rows, parse_math=False)
    axes.set_xticks(range(len(columns)), columns, parse_math=False)
    axes.tick_params(length=0, labelcolor=theme.ink, labelsize=8)
    for label in axes.get_xticklabels():
        label.set_rotation(40)
        label.set_horizontalalignment("right")
        label.set_rotation_mode("anchor")
    for spine in axes.spines.values():
        spine.set_color(theme.rule)


def _number(axes, cosines, image):
    """Writes each cosine, dark on light cells and light on dark ones."""
    if cosines.size > _MOST_NUMBERS:
        return
    for (row, column), cosine in np.ndenumerate(cosines):
        shade = image.norm(cosine)
        axes.text(
            column,
            row,
            f"{cosine:.2f}",
            ha="center",
            va="center",
            fontsize=7,
            color="#000000" if shade > 0.5 else "#ffffff",
        )
