"""One day as one self-contained page: `render_report`, `save_report`."""

import importlib.resources
import os
import pathlib

from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.version import __version__
from keras_sensorlm.visualization import coverage
from keras_sensorlm.visualization import figures
from keras_sensorlm.visualization import html
from keras_sensorlm.visualization import looked
from keras_sensorlm.visualization import sketches
from keras_sensorlm.visualization.day import name_of
from keras_sensorlm.visualization.day import plot_day
from keras_sensorlm.visualization.findings import DayFindings
from keras_sensorlm.visualization.matrix import plot_matrix
from keras_sensorlm.whole_file import write_whole

_NOT_MEDICAL = (
    "This page was made by research software. It is not a medical device "
    "and gives no medical advice: nothing here should be used to diagnose, "
    "treat or monitor anyone."
)


# Of the pictures inside the page: enough for smooth maps and clean edges.
_COLORS = 128
_SHOWN = 8  # classes; the others are folded away


def render_report(day: SensorDay, findings: DayFindings | None = None) -> str:
    """The page that tells a day, as one string of HTML.

    Everything is inside the page: it opens offline, on a phone, in light
    and dark, and reads aloud in order. All text from the data is escaped.

    Args:
        day: a `SensorDay`.
        findings: `DayFindings`, optional. Captions, scores and neighbours;
            sections without findings are left out.

    Returns:
        str. A complete HTML document; the same input gives the same bytes.

    Raises:
        ImportError: if matplotlib, the extra `plot`, is not installed.
        ValueError: if `day` is no `SensorDay`.

    Example:

    >>> import numpy as np
    >>> from keras_sensorlm import SensorDay
    >>> values = np.full((1440, 26), np.nan)
    >>> values[:, 0] = 60.0
    >>> page = render_report(SensorDay(values, participant="<me>"))
    >>> "&lt;me&gt;" in page, "<me>" in page
    (True, False)
    """
    findings = findings or DayFindings()
    sections = (
        ("day", "The day", _pictures(day)),
        ("data", "What was measured", coverage.measured_section(day, findings)),
        ("words", "The day in words", _captions(findings)),
        ("model", "What the model says", _model(findings)),
        ("why", "Where the model looked", looked.explanations(day, findings)),
    )
    name = name_of(day)
    style = importlib.resources.files(__package__) / "assets" / "report.css"
    return html.page(
        f"{name} - a day of wearable data",
        name,
        sections,
        style=style.read_text(encoding="utf-8"),
        skip="Skip to the day",
        lead=coverage.summary(day),
        notice=_NOT_MEDICAL,
        made=f"Made with keras-sensorlm {__version__}.",
    )


def save_report(
    day: SensorDay,
    path: str | os.PathLike,
    findings: DayFindings | None = None,
) -> pathlib.Path:
    """Writes `render_report` to a file, whole or not at all.

    Args:
        day: a `SensorDay`.
        path: path. The file; its parents are made.
        findings: `DayFindings`, optional.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        ImportError: if matplotlib, the extra `plot`, is not installed.
        ValueError: if `day` is no `SensorDay`.
    """
    page = render_report(day, findings)
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_whole(path, page)


def _pictures(day):
    shapes = [
        (layout, theme)
        for layout in figures.LAYOUTS
        for theme in figures.THEMES
    ]

    def drawn(plot):
        return {
            (layout, theme): figures.figure_bytes(
                plot(day, layout=layout, theme=theme), colors=_COLORS
            )
            for layout, theme in shapes
        }

    matrix_alt = (
        "Heat map of the 26 normalised features over the 1440 minutes of "
        "the day; the table of channels below says the same in numbers."
    )
    return "\n".join(
        [
            html.picture(drawn(plot_day), coverage.day_in_words(day)),
            "<details><summary>As the model sees it: the normalised matrix"
            "</summary>",
            html.picture(drawn(plot_matrix), matrix_alt),
            "</details>",
        ]
    )


def _captions(findings):
    parts = []
    for heading, items in findings.captions.items():
        parts.append(f"<h3>{html.escape(heading)}</h3>")
        parts.append(html.statements(items))
    if not parts:
        return ""
    lead = (
        '<p class="quiet">Written by rules from the data. Each statement was '
        "read back and checked: ✓ agrees with the data, ✗ is contradicted, "
        "○ holds nothing that can be checked.</p>"
    )
    return "\n".join([lead, *parts])


def _model(findings):
    parts = [
        part
        for part in (
            _ranking(findings),
            _generated(findings),
            _neighbours(findings),
        )
        if part
    ]
    if parts and findings.model_note:
        note = f"<p>{html.escape(findings.model_note)}</p>"
        parts.insert(0, f'<div class="note" role="note">{note}</div>')
    return "\n".join(parts)


def _ranking(findings):
    if not findings.ranking:
        return ""
    first, rest = findings.ranking[:_SHOWN], findings.ranking[_SHOWN:]
    caption = "Activities by the model's probability, most likely first"
    parts = [
        "<h3>Which activity it looks like</h3>",
        _calibration(findings),
        _ranking_table(caption, first),
    ]
    if rest:
        parts.append(
            f"<details><summary>The other {len(rest)}</summary>"
            + _ranking_table("Less likely activities", rest)
            + "</details>"
        )
    return "\n".join(parts)


def _ranking_table(caption, ranking):
    rows = [
        [
            html.escape(label),
            f'<span class="number">{score:.1%}</span>',
            html.bar(score),
        ]
        for label, score in ranking
    ]
    head = ("Activity", "Probability", "Bar")
    return html.table(caption, head, rows, "ranking")


def _calibration(findings):
    """What the first probability is worth; said before it is read."""
    if findings.calibration is None:
        return (
            '<p class="quiet">What these probabilities are worth was not '
            "measured.</p>"
        )
    label, score = findings.ranking[0]
    worth = findings.calibration.worth(score)
    return (
        f"<p><strong>{html.escape(label)}, {score:.0%}:</strong> "
        f"{html.escape(worth)}</p>"
        f'<p class="quiet">{html.escape(findings.calibration.summary)}</p>'
    )


def _generated(findings):
    if not findings.generated:
        return ""
    text = " ".join(item.text for item in findings.generated)
    said = "Its statements were not checked."
    if findings.factuality is not None:
        true, count = findings.factuality
        said = (
            f"{true} of {count} statements agree with the data"
            + (f" ({findings.tolerance})" if findings.tolerance else "")
            + "."
        )
    return "\n".join(
        [
            "<h3>The caption it writes</h3>",
            f"<blockquote><p>{html.escape(text)}</p></blockquote>",
            f"<p><strong>Factuality:</strong> {html.escape(said)}</p>",
            html.statements(findings.generated),
            looked.words(findings.looked),
        ]
    )


def _neighbours(findings):
    if not findings.neighbours:
        return ""
    items = []
    for rank, found in enumerate(findings.neighbours, start=1):
        items.append(
            "<li>"
            f'<p class="title">{rank}. {html.escape(name_of(found.day))}</p>'
            f"{sketches.thumbnail(found.day)}"
            f"<p>similarity {found.score:.3f} · "
            f"{html.escape(found.day.source or 'unnamed source')}</p>"
            f"<p>{html.escape(sketches.describe_events(found.day))}</p>"
            "</li>"
        )
    return "\n".join(
        [
            "<h3>The days nearest to a sentence</h3>",
            f"<blockquote><p>{html.escape(findings.query)}</p></blockquote>",
            '<p class="quiet">Line: heart rate, 40 to 180 bpm. Bars: steps. '
            "Bands: sleep and activities. Midnight to midnight.</p>",
            f'<ol class="days">{"".join(items)}</ol>',
        ]
    )
