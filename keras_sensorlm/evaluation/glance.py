"""What to look at first: one line a question."""

import dataclasses

from keras_sensorlm.evaluation.caption_section import CAPTIONING
from keras_sensorlm.evaluation.class_section import FEW_SHOT
from keras_sensorlm.evaluation.class_section import UNSEEN
from keras_sensorlm.evaluation.class_section import ZERO_SHOT
from keras_sensorlm.evaluation.degrade import HALF
from keras_sensorlm.evaluation.number_section import NUMBERS
from keras_sensorlm.evaluation.results import MODEL
from keras_sensorlm.evaluation.results import Row
from keras_sensorlm.evaluation.retrieval_section import RETRIEVAL
from keras_sensorlm.evaluation.robustness import INTACT
from keras_sensorlm.evaluation.robustness import KEY
from keras_sensorlm.evaluation.robustness import ROBUSTNESS

LOWER_IS_BETTER = ("median_rank", "mean_absolute_error", "calibration_error")
METRICS = {
    "macro_auroc": "macro AUROC",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "calibration_error": "calibration error",
    "mean_absolute_error": "mean absolute error",
    "r_squared": "R squared",
    "correlation": "correlation",
    "r@1": "R@1",
    "r@5": "R@5",
    "r@10": "R@10",
    "median_rank": "median rank",
    "factuality": "true statements",
    "factuality_tolerant": "true within 5 % and 40 min",
    "statements": "statements a caption",
    "bleu": "BLEU",
    "rouge_l": "ROUGE-L",
    "meteor_exact": "METEOR, equal words alone",
    "cider": "CIDEr",
    "words": "words",
    "repetition": "repeated runs of 4 words",
    "distinct": "distinct captions",
    "prefers_own": "nearer to the own numbers",
}
# Section -> the metrics that stand for it, and the conditions.
_SHOWN = {
    ZERO_SHOT: ("balanced_accuracy", "macro_auroc"),
    FEW_SHOT: ("balanced_accuracy",),
    NUMBERS: ("r_squared",),
    RETRIEVAL: ("r@1",),
    CAPTIONING: ("factuality", "factuality_tolerant"),
    ROBUSTNESS: ("balanced_accuracy", "macro_auroc", "r@1"),
}


@dataclasses.dataclass(frozen=True)
class Line:
    """One number with what it is to be compared with.

    Attributes:
        model: `Row`. The model's.
        best: `Row`. The best baseline's.
        chance: `Row` or None.
        title: str. The question, in words.
    """

    model: Row
    best: Row
    chance: Row | None
    title: str

    @property
    def kind(self):
        """Section and metric, in words."""
        row = self.model
        more = {FEW_SHOT: f", {row.condition}", ROBUSTNESS: f", {HALF}"}
        return (
            f"{row.section}{more.get(row.section, '')}: {METRICS[row.metric]}"
        )


def at_a_glance(results):
    """The main lines of all sections.

    Args:
        results: `Results`.

    Returns:
        List of `Line`.
    """
    chosen = [row for row in results.rows if _is_main(row)]
    lines = [line for row in chosen if (line := line_of(results, row))]
    # Kinds in the order in which they are asked, each together.
    order = [(s, m) for s, metrics in _SHOWN.items() for m in metrics]
    lines.sort(key=lambda x: order.index((x.model.section, x.model.metric)))
    return lines


def line_of(results, row):
    """A model's row beside its baselines, `Line`."""
    others = [
        other
        for other in results.rows
        if other.question == row.question and other.baseline
    ]
    if not others:
        return None
    lower = row.metric in LOWER_IS_BETTER
    best = (min if lower else max)(others, key=lambda r: r.estimate.value)
    chance = next((r for r in others if r.method == "chance"), None)
    return Line(row, best, chance, _title(results, row))


def _title(results, row):
    if row.section == RETRIEVAL:
        return f"{row.task.removesuffix(f', {KEY}')}: {row.condition}"
    title = results.details.get(row.task, {}).get("title", row.task)
    if row.section == ROBUSTNESS:
        (intact,) = results.find(
            section=row.section,
            task=row.task,
            metric=row.metric,
            method=row.method,
            condition=row.condition.replace(HALF, INTACT),
        )
        way = row.condition.removeprefix(HALF)
        title = f"{title}{way} (as recorded: {intact.estimate.value:.3f})"
    return title.removesuffix("_caption").replace("_", " ")


def _is_main(row):
    if row.method != MODEL or row.metric not in _SHOWN.get(row.section, ()):
        return False
    if row.section == RETRIEVAL:
        # The smaller pool where there is one.
        return KEY in row.task and (
            "among 100" in row.condition or row.estimate.examples <= 100
        )
    if row.section == ROBUSTNESS:
        return row.condition.startswith(HALF)
    if row.section == FEW_SHOT:
        return row.condition == "5 shots"
    # Groups of classes and other names are in the sections.
    return row.condition != UNSEEN and "/" not in row.task
