"""The evaluation as one self-contained page."""

import importlib.resources

from keras_sensorlm.evaluation import page_sections as sections
from keras_sensorlm.evaluation.glance import METRICS
from keras_sensorlm.evaluation.glance import at_a_glance
from keras_sensorlm.visualization import html
from keras_sensorlm.visualization.html import escape

_NOT_MEDICAL = (
    "Research software, not a medical device: nothing here says whether "
    "anybody is well."
)
_HOW_TO_READ = (
    "A dot is the number on the people tested, the bar around it the 95 % "
    "interval when people are drawn again. Blue is the model, grey what it is "
    "compared with. Nobody who is tested was trained on."
)


def render_page(report):
    """The page, as one string of HTML.

    It needs no network, follows the reader's width and colours, and holds
    nothing but text, tables and SVG.

    Args:
        report: `Report`.

    Returns:
        str. The same report gives the same bytes.
    """
    parts = [
        ("glance", "At a glance", _glance(report)),
        ("people", "Who was tested", _people(report)),
        *sections.all_sections(report.results),
        ("numbers", "Every number", _every_number(report.results)),
        ("notes", "What was left out", _notes(report.results)),
    ]
    title = f"What {report.preset} can do"
    return html.page(
        title,
        title,
        parts,
        style=_styles(),
        skip="Skip to the numbers",
        lead=escape(_HOW_TO_READ),
        notice=_NOT_MEDICAL,
        made=(
            f"Made with keras-sensorlm {report.version}, seed {report.seed}, "
            f"weights {report.weights[:12]}."
        ),
    )


def _styles():
    files = importlib.resources.files("keras_sensorlm")
    paths = (
        "visualization/assets/report.css",
        "evaluation/assets/evaluation.css",
    )
    return "\n".join(
        (files / path).read_text(encoding="utf-8") for path in paths
    )


def _glance(report):
    tables = {}
    for line in at_a_glance(report.results):
        chance = line.chance
        guess = ""
        if chance and chance is not line.best:
            guess = f"; chance {chance.estimate.value:.3f}"
        tables.setdefault(line.kind, []).append(
            [
                f"{escape(line.title)} {sections.tag(line.model.simulated)}",
                f"<strong>{escape(line.model.estimate)}</strong>",
                f"{escape(line.best.estimate)}<br>"
                f"<small>{escape(line.best.method)}{guess}</small>",
            ]
        )
    head = ("Question", "Model [95 %]", "Best baseline [95 %]")
    return "\n".join(
        html.table(kind[0].upper() + kind[1:], head, rows, "glance")
        for kind, rows in tables.items()
    )


def _people(report):
    rows = [
        [
            f"{escape(row['source'])} "
            f"{sections.tag('simulated' in row['source'])}",
            str(row["test_people"]),
            str(row["test_days"]),
            str(row["train_people"]),
            str(row["train_days"]),
        ]
        for row in report.data
    ]
    head = (
        "Source",
        "People tested",
        "Their days",
        "People to learn from",
        "Their days",
    )
    said = (
        f'<p class="quiet">Split: {escape(report.split)} people are tested '
        "on. Probes and baselines learn from the others; the model itself is "
        "asked without any of them where it says zero-shot.</p>"
    )
    return html.table("Days by source", head, rows) + said


def _every_number(results):
    rows = [
        [
            escape(row.section),
            f"{escape(row.task)} {sections.tag(row.simulated)}",
            escape(row.condition),
            escape(METRICS.get(row.metric, row.metric)),
            escape(row.method),
            escape(row.estimate),
            f"{row.estimate.people} / {row.estimate.examples}",
        ]
        for row in results.rows
    ]
    head = (
        "Section",
        "Question",
        "Condition",
        "Metric",
        "Who",
        "Value [95 %]",
        "People / examples",
    )
    table = html.table(f"All {len(rows)} numbers", head, rows)
    return f"<details><summary>Show all {len(rows)}</summary>{table}</details>"


def _notes(results):
    items = "".join(f"<li>{escape(note)}</li>" for note in results.notes)
    return f"<ul>{items}</ul>" if items else ""
