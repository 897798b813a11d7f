"""A scaling law beside the runs that it was fitted to."""

import numpy as np

from keras_sensorlm.visualization import figures

_POINTS = 60


def plot_scaling(parameters, days, losses, law, path, theme="light"):
    """Draws loss over days, a line for each size, and predicted over found.

    Args:
        parameters: float array `(runs,)`.
        days: float array `(runs,)`.
        losses: float array `(runs,)`.
        law: `keras_sensorlm.training.scaling.ScalingLaw`.
        path: path. Ends in .png, .svg or .pdf.
        theme: str. `"light"` or `"dark"`. Defaults to `"light"`.

    Raises:
        ImportError: if matplotlib is not installed.
    """
    theme = figures.theme_named(theme)
    parameters, days, losses = map(np.asarray, (parameters, days, losses))
    with figures.styled():
        figure = figures.new_figure(10.0, 4.0, theme)
        left, right = figure.subplots(1, 2)
        _draw_lines(left, parameters, days, losses, law, theme)
        _draw_fit(right, parameters, days, losses, law, theme)
        figure.suptitle(str(law), color=theme.ink, fontsize=10)
        figure.tight_layout()
        figures.save_figure(figure, path)


def _draw_lines(axes, parameters, days, losses, law, theme):
    sizes = np.unique(parameters)
    matplotlib = figures.matplotlib()
    shades = matplotlib.colormaps["viridis"](np.linspace(0, 0.85, len(sizes)))
    along = np.geomspace(days.min(), days.max(), _POINTS)
    for size, shade in zip(sizes, shades):
        here = parameters == size
        axes.plot(days[here], losses[here], "o", color=shade, markersize=4)
        axes.plot(
            along,
            law.loss(size, along),
            color=shade,
            linewidth=1,
            label=f"{size / 1e3:,.0f} k weights",
        )
    figures.dress(axes, (days.min() * 0.9, days.max() * 1.1), theme)
    axes.set_xscale("log")
    amounts = np.unique(days)
    axes.set_xticks(amounts, [f"{amount:,.0f}" for amount in amounts])
    axes.minorticks_off()
    axes.tick_params(axis="x", labelbottom=True)
    axes.set_xlabel("days seen", color=theme.muted, fontsize=8)
    axes.set_ylabel("loss on other days", color=theme.muted, fontsize=8)
    axes.legend(fontsize=7, frameon=False, labelcolor=theme.muted)


def _draw_fit(axes, parameters, days, losses, law, theme):
    told = law.loss(parameters, days)
    low = min(told.min(), losses.min()) * 0.98
    high = max(told.max(), losses.max()) * 1.02
    axes.plot([low, high], [low, high], color=theme.rule, linewidth=1)
    axes.plot(losses, told, "o", color=theme.series[0], markersize=4)
    figures.dress(axes, (low, high), theme)
    axes.set_ylim(low, high)
    axes.tick_params(axis="x", labelbottom=True)
    axes.set_xlabel("loss found", color=theme.muted, fontsize=8)
    axes.set_ylabel("loss by the law", color=theme.muted, fontsize=8)
