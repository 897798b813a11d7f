"""What every picture shares: colours, a canvas, the same bytes each time."""

import dataclasses
import importlib
import io
import pathlib

FORMATS = ("png", "svg", "pdf")
_DPI = 160
# Metadata that would differ between two runs (dates) or two machines.
_FIXED = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
_RC = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: same everywhere
    "font.size": 9.0,
    "axes.linewidth": 0.8,
    "axes.unicode_minus": True,
    "hatch.linewidth": 0.6,
    "svg.hashsalt": "keras_sensorlm",
}


@dataclasses.dataclass(frozen=True)
class Theme:
    """Colours of a picture; series colours are Okabe and Ito's.

    Their palette stays distinct under the common forms of colour
    blindness (https://jfly.uni-koeln.de/color/). Order matters: the first
    colour is the lane's main channel.
    """

    paper: str
    ink: str
    muted: str
    rule: str
    gap: str
    hatch: str
    series: tuple
    sleep: str
    activity: str
    mood: str
    diverging: str
    # Lines over a coloured ground, and that ground's colours: against, for.
    plain: tuple = ("#1c2430", "#5a6675", "#8a95a3")
    against: str = "#5e3c99"
    towards: str = "#e66101"


THEMES = {
    "light": Theme(
        paper="#ffffff",
        ink="#1c2430",
        muted="#4f5b69",
        rule="#d5dbe2",
        gap="#eef1f4",
        hatch="#c3cbd4",
        series=("#0072b2", "#d55e00", "#007a5a"),
        sleep="#0072b2",
        activity="#d55e00",
        mood="#a04a7d",
        diverging="RdBu_r",
    ),
    "dark": Theme(
        paper="#12171d",
        ink="#e8edf2",
        muted="#a9b4c0",
        rule="#33404d",
        gap="#1d252e",
        hatch="#3d4a58",
        series=("#56b4e9", "#f0a33a", "#3ecf9f"),
        sleep="#56b4e9",
        activity="#f0a33a",
        mood="#e39ac6",
        diverging="RdBu_r",
        plain=("#e8edf2", "#a9b4c0", "#7f8b98"),
        against="#9a86d8",
        towards="#f08c3a",
    ),
}


@dataclasses.dataclass(frozen=True)
class Layout:
    """One of the two shapes a picture comes in; widths in inches."""

    width: float
    left: float
    right: float
    tick_hours: int

    @property
    def inside(self):
        """Width of the axes."""
        return self.width - self.left - self.right


LAYOUTS = {
    "wide": Layout(width=10.0, left=0.75, right=0.2, tick_hours=2),
    "narrow": Layout(width=3.9, left=0.68, right=0.12, tick_hours=6),
}


def theme_named(name):
    """The `Theme` called `name`, `"light"` or `"dark"`."""
    try:
        return THEMES[name]
    except (KeyError, TypeError):
        raise ValueError(
            f"`theme` should be one of {tuple(THEMES)}. "
            f"Received: theme={name!r}"
        ) from None


def matplotlib():
    """Matplotlib, imported when it is first needed.

    Raises:
        ImportError: if it is not installed; the message names the extra.
    """
    try:
        return importlib.import_module("matplotlib")
    except ImportError:
        raise ImportError(
            "Pictures are drawn with matplotlib, which is not installed. "
            'Install it with: pip install "keras-sensorlm[plot]"'
        ) from None


def styled():
    """A context in which nobody's matplotlib style changes our pictures."""
    matplotlib()
    style = importlib.import_module("matplotlib.style")
    return style.context(["default", _RC])


def new_figure(width, height, theme):
    """A figure of `width` x `height` inches on its own Agg canvas.

    No pyplot: nothing global is touched, no window opens, and the figure is
    freed with its last reference.
    """
    matplotlib()
    figure_class = importlib.import_module("matplotlib.figure").Figure
    agg = importlib.import_module("matplotlib.backends.backend_agg")
    figure = figure_class(figsize=(width, height), dpi=_DPI)
    figure.set_facecolor(theme.paper)
    agg.FigureCanvasAgg(figure)
    return figure


def add_box(figure, left, top, width, height, **kwargs):
    """Axes placed in inches, `top` counted from the top of the figure."""
    full_width, full_height = figure.get_size_inches()
    return figure.add_axes(
        (
            left / full_width,
            1.0 - (top + height) / full_height,
            width / full_width,
            height / full_height,
        ),
        **kwargs,
    )


def dress(axes, window, theme):
    axes.set_facecolor(theme.paper)
    axes.set_xlim(*window)
    axes.tick_params(
        axis="both", colors=theme.rule, labelcolor=theme.muted, labelsize=8
    )
    axes.tick_params(axis="x", length=0, labelbottom=False)
    for spine in axes.spines.values():
        spine.set_color(theme.rule)
    axes.set_axisbelow(True)


def figure_bytes(figure, format="png", colors=None):
    """The figure as file contents; equal figures give equal bytes.

    Args:
        figure: a matplotlib `Figure`.
        format: str. `"png"`, `"svg"` or `"pdf"`.
        colors: int, optional. Reduces a PNG to a palette of so many
            colours, at most 256, for a file about a third as large.

    Returns:
        bytes.

    Raises:
        ValueError: if the format is another.
    """
    if format not in FORMATS:
        raise ValueError(
            f"`format` should be one of {FORMATS}. Received: {format!r}"
        )
    buffer = io.BytesIO()
    with styled():
        figure.savefig(buffer, format=format, metadata=_FIXED[format])
    if format != "png" or colors is None:
        return buffer.getvalue()
    pillow = importlib.import_module("PIL.Image")  # comes with matplotlib
    # Maximum coverage: a small event's colour survives in its own shade.
    image = (
        pillow.open(buffer)
        .convert("RGB")
        .quantize(colors, method=pillow.Quantize.MAXCOVERAGE)
    )
    smaller = io.BytesIO()
    image.save(smaller, format="png", optimize=True)
    return smaller.getvalue()


def save_figure(figure, path):
    """Writes the figure in the format that the file's ending names.

    Args:
        figure: a matplotlib `Figure`.
        path: path. Ends in .png, .svg or .pdf; parents are made.

    Raises:
        ValueError: if the ending is another.
    """
    path = pathlib.Path(path)
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise ValueError(
            "`path` should end in one of "
            f"{', '.join('.' + name for name in FORMATS)}. "
            f"Received: path={str(path)!r}"
        )
    contents = figure_bytes(figure, ending)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents)
