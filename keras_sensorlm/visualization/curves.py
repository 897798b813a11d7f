"""The curves of a training run."""

import json
import pathlib

from keras_sensorlm.visualization import figures

_VALIDATION = "validation_"
# Title, and the figures of a history's lines that are drawn together.
_PANELS = (
    ("Loss", ("loss", "validation_loss")),
    (
        "Contrastive loss",
        ("contrastive_loss", "validation_contrastive_loss"),
    ),
    (
        "Captioning loss (nat a token)",
        ("captioning_loss", "validation_captioning_loss"),
    ),
    (
        "Retrieval",
        (
            "text_to_sensor_r1",
            "validation_text_to_day_r1",
            "validation_text_to_day_r10",
        ),
    ),
    (
        "Words and activities",
        (
            "validation_zero_shot_auroc",
            "validation_factuality",
            "validation_token_accuracy",
        ),
    ),
    ("Learning rate", ("learning_rate",)),
)
_NAMES = {"text_to_sensor_r1": "training, within a batch"}
_COLUMNS = 2
_WIDTH, _HEIGHT = 10.0, 2.5


def plot_curves(history, path, title=None, theme="light", cuts=()):
    """Draws what a run's history holds, a panel for each kind of figure.

    Args:
        history: path of a run's `history.json`, or what is in it: a list of
            dict, each with `"step"` and figures; not every line has every
            figure.
        path: path. Ends in .png, .svg or .pdf.
        title: str, optional. Stands over the panels.
        theme: str. `"light"` or `"dark"`. Defaults to `"light"`.
        cuts: sequence of int. Steps at which the run was cut off and
            resumed, marked by a line. Defaults to none.

    Raises:
        ValueError: if nothing in the history is known, or the theme or the
            path's ending is not.
        ImportError: if matplotlib is not installed.
    """
    theme = figures.theme_named(theme)
    if isinstance(history, (str, pathlib.Path)):
        history = json.loads(pathlib.Path(history).read_text("utf-8"))
    panels = [
        (name, keys)
        for name, keys in _PANELS
        if any(key in line for line in history for key in keys)
    ]
    if not panels:
        raise ValueError("The history holds no figure that could be drawn.")
    rows = -(-len(panels) // _COLUMNS)
    with figures.styled():
        figure = figures.new_figure(_WIDTH, _HEIGHT * rows + 0.3, theme)
        grid = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
        for axes, panel in zip(grid, panels):
            _draw(axes, *panel, history, theme)
            for step in cuts:
                axes.axvline(step, color=theme.muted, linewidth=0.8, ls=":")
        for axes in grid[len(panels) :]:
            axes.set_visible(False)
        if title:
            figure.suptitle(title, color=theme.ink, fontsize=11)
        figure.tight_layout()
        figures.save_figure(figure, path)


def _draw(axes, title, keys, history, theme):
    last = history[-1]["step"]
    # A little room, so that the last points are seen whole.
    figures.dress(axes, (0, 1.03 * max(last, 1)), theme)
    axes.tick_params(axis="x", labelbottom=True)
    axes.set_title(title, color=theme.ink, fontsize=9, loc="left")
    axes.grid(color=theme.rule, linewidth=0.6)
    for key, color in zip(keys, theme.series):
        points = [(line["step"], line[key]) for line in history if key in line]
        if not points:
            continue
        few = len(points) <= 30
        axes.plot(
            *zip(*points),
            color=color,
            linewidth=1.2,
            marker="o" if few else None,
            markersize=2.5,
            label=_name(key),
        )
    if len(keys) > 1:
        axes.legend(fontsize=7, frameon=False, labelcolor=theme.muted)
    axes.set_xlabel("step", color=theme.muted, fontsize=8)


def _name(key):
    if key in _NAMES:
        return _NAMES[key]
    if not key.startswith(_VALIDATION):
        return "training"
    name = key.removeprefix(_VALIDATION).replace("_", " ")
    return "validation" if "loss" in name else name
