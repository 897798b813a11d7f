"""The page's sections, one for each kind of question."""

from keras_sensorlm.evaluation import plots
from keras_sensorlm.evaluation.caption_section import CAPTIONING
from keras_sensorlm.evaluation.class_section import FEW_SHOT
from keras_sensorlm.evaluation.class_section import NEW_PEOPLE
from keras_sensorlm.evaluation.class_section import PROBE
from keras_sensorlm.evaluation.class_section import UNSEEN
from keras_sensorlm.evaluation.class_section import ZERO_SHOT
from keras_sensorlm.evaluation.glance import METRICS
from keras_sensorlm.evaluation.number_section import NUMBERS
from keras_sensorlm.evaluation.results import MODEL
from keras_sensorlm.evaluation.retrieval_section import RETRIEVAL
from keras_sensorlm.evaluation.robustness import INTACT
from keras_sensorlm.evaluation.robustness import LEARNT
from keras_sensorlm.evaluation.robustness import ROBUSTNESS
from keras_sensorlm.visualization.html import escape

_SEE_LABELS = (
    '<p class="quiet">Methods with "hand-made" or "supervised" in their name '
    "are shown every label of the people to learn from; zero-shot is shown "
    "none.</p>"
)
_MANY = 8
_PROBED = {
    "": "Balanced accuracy from all examples",
    NEW_PEOPLE: "Learned from half of the tested people, asked of the others",
}


def all_sections(results):
    """`(anchor, title, HTML)` of each section; HTML is empty without rows."""
    return (
        ("zero-shot", "Classes without training on them", _zero_shot(results)),
        ("few-shot", "Classes from a few examples", _few_shot(results)),
        ("predicted", "Numbers from embeddings", _numbers(results)),
        ("retrieval", "Finding days and captions", _retrieval(results)),
        ("captions", "Captions that it writes", _captions(results)),
        ("robustness", "With less recorded", _robustness(results)),
        ("learnt", "What it has learnt", _learnt(results)),
    )


def tag(simulated):
    """The mark of what is about simulated people."""
    return '<span class="tag">simulated</span>' if simulated else ""


def _tasks(results, section):
    """Names of a section's tasks in order, and whether simulated."""
    rows = results.find(section=section)
    return {row.task: row.simulated for row in rows}.items()


def _title(results, task, simulated):
    title = results.details.get(task, {}).get("title", task)
    title = title.removesuffix("_caption").replace("_", " ")
    return f"<h3>{escape(title)} {tag(simulated)}</h3>"


def _forest(results, caption, name=None, low=0.0, high=1.0, **fields):
    """One metric of all methods, the model first."""
    rows = results.find(**fields)
    rows.sort(key=lambda row: row.baseline)
    shown = [(row.method, row.estimate, row.baseline) for row in rows]
    if name is not None:
        shown = [(name(row), row.estimate, row.baseline) for row in rows]
    return plots.forest(caption, shown, low, high) if shown else ""


def _zero_shot(results):
    parts = []
    for task, simulated in _tasks(results, ZERO_SHOT):
        parts.append(_title(results, task, simulated))
        details = results.details.get(task, {})
        charts = [
            _forest(
                results,
                f"{METRICS[metric]}{', ' + condition if condition else ''}",
                section=ZERO_SHOT,
                task=task,
                metric=metric,
                condition=condition,
            )
            for condition in ("", UNSEEN)
            for metric in ("balanced_accuracy", "macro_auroc")
        ]
        if "confusion" in details:
            charts.append(_confusion(details))
            charts.append(
                plots.calibration(
                    "Share that was right; larger dots are more examples",
                    details["reliability"],
                )
            )
        parts.append(_side_by_side(charts))
    return _SEE_LABELS + "\n".join(parts) if parts else ""


def _confusion(details):
    table = plots.confusion(
        "True classes (rows) and the model's answers (columns)",
        details["classes"],
        details["confusion"],
    )
    if len(details["classes"]) > _MANY:
        return table.replace('class="confusion"', 'class="confusion many"')
    return table


def _few_shot(results):
    parts = []
    for task, simulated in _tasks(results, PROBE):
        rows = results.find(
            section=FEW_SHOT, task=task, metric="balanced_accuracy"
        )
        conditions = list(dict.fromkeys(row.condition for row in rows))
        methods = list(dict.fromkeys(row.method for row in rows))
        found = {(row.method, row.condition): row.estimate for row in rows}
        series = {
            method: [found.get((method, c)) for c in conditions]
            for method in methods
        }
        names = [condition.split()[0] for condition in conditions]
        parts += [
            _title(results, task, simulated),
            _side_by_side(
                [
                    plots.curves(
                        "Balanced accuracy, mean of the draws",
                        series,
                        names,
                        "examples of each class",
                    ),
                    *(
                        _forest(
                            results,
                            caption,
                            section=PROBE,
                            task=task,
                            metric="balanced_accuracy",
                            condition=condition,
                        )
                        for condition, caption in _PROBED.items()
                    ),
                ]
            ),
        ]
    return "\n".join(parts)


def _numbers(results):
    parts = []
    for task, _ in _tasks(results, NUMBERS):
        errors = results.find(
            section=NUMBERS, task=task, metric="mean_absolute_error"
        )
        widest = max(
            max(row.estimate.value, _finite(row.estimate.high))
            for row in errors
        )
        parts += [
            _title(results, task, False),
            _side_by_side(
                [
                    _forest(
                        results,
                        "Share of the variance explained; 0 is the mean",
                        low=-1.0,
                        section=NUMBERS,
                        task=task,
                        metric="r_squared",
                    ),
                    _forest(
                        results,
                        "Mean absolute error",
                        high=float(f"{widest:.2g}") or 1.0,
                        section=NUMBERS,
                        task=task,
                        metric="mean_absolute_error",
                    ),
                ]
            ),
        ]
    return "\n".join(parts)


def _finite(value):
    return value if value == value else 0.0


def _retrieval(results):
    rows = [
        row for row in results.find(section=RETRIEVAL) if row.metric == "r@1"
    ]
    parts = []
    archives = dict.fromkeys(row.task.rsplit(", ", 1)[0] for row in rows)
    for archive in archives:
        mine = [row for row in rows if row.task.rsplit(", ", 1)[0] == archive]
        conditions = list(dict.fromkeys(row.condition for row in mine))
        parts.append(f"<h3>{escape(archive)} {tag(mine[0].simulated)}</h3>")
        charts = []
        for condition in conditions:
            shown = [
                (
                    f"{_key(row.task)}: {row.method}"
                    if row.baseline
                    else _key(row.task),
                    row.estimate,
                    row.baseline,
                )
                for row in mine
                if row.condition == condition
                and (not row.baseline or row.task == mine[-1].task)
            ]
            charts.append(plots.forest(f"R@1, {condition}", shown))
        parts.append(_side_by_side(charts))
    if not parts:
        return ""
    said = (
        '<p class="quiet">Captions that several days share are shared out: '
        "such a day counts as found with the chance that it comes first. A "
        "pool of 100 is the mean over all pools that could be drawn.</p>"
    )
    return said + "\n".join(parts)


def _key(task):
    return task.rsplit(", ", 1)[-1].removesuffix("_caption").replace("_", " ")


def _captions(results):
    parts = []
    for task, simulated in _tasks(results, CAPTIONING):
        parts.append(_title(results, task, simulated))
        charts = [
            _forest(
                results,
                METRICS[metric],
                section=CAPTIONING,
                task=task,
                metric=metric,
            )
            for metric in (
                "factuality",
                "factuality_tolerant",
                "bleu",
                "rouge_l",
                "meteor_exact",
                "distinct",
                "repetition",
            )
        ]
        parts.append(_side_by_side(charts))
        for sample in results.details.get(task, {}).get("samples", ()):
            parts.append(
                f"<details><summary>{escape(sample['day'])}</summary>"
                f'<dl class="samples"><dt>written by the model</dt>'
                f"<dd>{escape(sample['written'])}</dd>"
                f"<dt>by rules, from the data</dt>"
                f"<dd>{escape(sample['reference'])}</dd></dl></details>"
            )
    return "\n".join(parts)


def _robustness(results):
    return _conditions(
        results,
        ROBUSTNESS,
        '<p class="quiet">The dotted line is the model on days as recorded. '
        "Channels and minutes are taken away from tested days alone.</p>",
    )


def _learnt(results):
    return _conditions(
        results,
        LEARNT,
        '<p class="quiet">A model that reads values falls to chance where '
        "they are noise or all average; what is left then comes from when and "
        "how long something was recorded. The dotted line is the model on "
        "days as recorded.</p>",
    )


def _conditions(results, section, said):
    parts = []
    for task, simulated in _tasks(results, section):
        metrics = ("balanced_accuracy", "r@1", "prefers_own")
        charts = []
        for metric in metrics:
            rows = results.find(section=section, task=task, metric=metric)
            if section == LEARNT or metric != "balanced_accuracy":
                rows = [r for r in rows if r.method in (MODEL, "chance")]
            charts += [
                _one_method(rows, metric, method)
                for method in dict.fromkeys(
                    row.method for row in rows if row.method != "chance"
                )
            ]
        parts.append(_title(results, task, simulated))
        parts.append(_side_by_side(charts))
    return said + "\n".join(parts) if parts else ""


def _one_method(rows, metric, method):
    """A method under every condition, and chance on the whole."""
    mine = [row for row in rows if row.method == method]
    intact = [row for row in mine if row.condition.startswith(INTACT)]
    shown = [(row.condition, row.estimate, row.baseline) for row in mine]
    chance = [row for row in rows if row.method == "chance"][:1]
    shown += [("chance", row.estimate, True) for row in chance]
    return plots.forest(
        f"{METRICS[metric]}: {method}",
        shown,
        mark=intact[0].estimate.value if intact else None,
    )


def _side_by_side(charts):
    charts = [chart for chart in charts if chart]
    return f'<div class="charts">{"".join(charts)}</div>'
