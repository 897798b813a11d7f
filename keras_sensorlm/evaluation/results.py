"""Every number that is reported, as rows that can be sorted and saved."""

import collections
import dataclasses
import math

from keras_sensorlm.evaluation.bootstrap import SAMPLES
from keras_sensorlm.evaluation.bootstrap import Estimate
from keras_sensorlm.evaluation.bootstrap import estimate

MODEL = "model"
# Enough to tell models apart, and the same on every machine more often.
_DIGITS = 4


@dataclasses.dataclass(frozen=True)
class Row:
    """One number.

    Args:
        section: str. What kind of question, such as `"zero-shot"`.
        task: str. Which question.
        condition: str. Under which circumstances, such as `"5 shots"`; `""`
            for none.
        metric: str.
        method: str. Who answers: `"model"`, the model that is evaluated, or
            something else, such as `"chance"`.
        baseline: bool. Whether `method` is there to compare with.
        simulated: bool. Whether the people are simulated.
        estimate: `Estimate`.
    """

    section: str
    task: str
    condition: str
    metric: str
    method: str
    baseline: bool
    simulated: bool
    estimate: Estimate

    @property
    def question(self):
        """What rows must share to be compared."""
        return self.section, self.task, self.condition, self.metric

    def to_dict(self):
        """Plain data; NaN becomes None."""
        found = dataclasses.asdict(self)
        numbers = found.pop("estimate")
        return {**found, **{k: rounded(v) for k, v in numbers.items()}}


class Results:
    """Rows, and the details that plots and tables need besides.

    Args:
        seed: int. Of the intervals. Defaults to `0`.
        samples: int. People are drawn so often. Defaults to `1000`.

    Attributes:
        rows: list of `Row`, in the order in which they were found.
        details: dict of str to plain data.
        notes: list of str. What was left out, and why.
    """

    def __init__(self, seed=0, samples=SAMPLES):
        self.seed = seed
        self.samples = samples
        self.rows = []
        self.details = {}
        self.notes = []
        # What guessing gives, which no circumstance changes.
        self.guesses = {}

    def add(
        self,
        section,
        task,
        metrics,
        people,
        method=MODEL,
        condition="",
        baseline=None,
        simulated=False,
    ):
        """Computes metrics with their intervals.

        Args:
            section: see `Row`.
            task: see `Row`.
            metrics: dict of str to a function of weights; see `estimate`.
            people: sequence of str. Whose each example is.
            method: see `Row`. Defaults to `"model"`.
            condition: see `Row`. Defaults to `""`.
            baseline: see `Row`. Defaults to whether the method is another
                than `"model"`.
            simulated: see `Row`. Defaults to `False`.
        """
        if baseline is None:
            baseline = not method.startswith(MODEL)
        for name, metric in metrics.items():
            found = estimate(metric, people, self.samples, self.seed)
            self.add_estimate(
                section,
                task,
                name,
                found,
                method=method,
                condition=condition,
                baseline=baseline,
                simulated=simulated,
            )

    def add_estimate(self, section, task, metric, found, **fields):
        """Adds a number that was computed already; see `Row`."""
        row = Row(
            section=section, task=task, metric=metric, estimate=found, **fields
        )
        self.rows.append(row)

    def find(self, **fields):
        """The rows whose fields are these.

        Example:

        >>> results = Results()
        >>> results.add("s", "t", {"m": lambda w: w.mean(-1)}, ["a", "b"])
        >>> [str(row.estimate) for row in results.find(task="t")]
        ['1.000 [1.000, 1.000]']
        """
        return [
            row
            for row in self.rows
            if all(getattr(row, key) == value for key, value in fields.items())
        ]

    def check_baselines(self):
        """No number without one to compare it with.

        Raises:
            ValueError: if a model's number has no baseline.
        """
        methods = collections.defaultdict(set)
        for row in self.rows:
            methods[row.question].add(row.baseline)
        alone = [key for key, found in methods.items() if True not in found]
        if alone:
            raise ValueError(
                "Every number needs a baseline beside it. Received none for "
                f"{' / '.join(alone[0])} and {len(alone) - 1} more."
            )

    def to_dict(self):
        """Plain data for JSON."""
        return {
            "rows": [row.to_dict() for row in self.rows],
            "details": self.details,
            "notes": self.notes,
        }


def rounded(value):
    """Numbers as they are written down, recursively; NaN becomes None.

    Example:

    >>> rounded([0.123456, float("nan")])
    [0.1235, None]
    """
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    if isinstance(value, float):
        return round(value, _DIGITS) if math.isfinite(value) else None
    return value
