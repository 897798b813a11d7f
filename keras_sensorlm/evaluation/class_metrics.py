"""The metrics of one set of predictions, as functions of weights."""

import functools
import warnings

import numpy as np

from keras_sensorlm.evaluation import classification
from keras_sensorlm.evaluation.bootstrap import Estimate
from keras_sensorlm.evaluation.results import rounded

_GUESSES = 200


def class_metrics(labels, probabilities, calibrated=True):
    """What is reported of class probabilities.

    Args:
        labels: int array `(n,)`, or bool `(n, classes)` where there can be
            several classes: then the areas alone are reported.
        probabilities: float array `(n, classes)`, or a list of such, over
            which the metrics are averaged.
        calibrated: bool. Whether these are probabilities at all, whose
            calibration can be asked for. Defaults to `True`.

    Returns:
        dict of str to a function of weights `(..., n)`.

    Example:

    >>> scores = np.array([[0.9, 0.1], [0.2, 0.8]])
    >>> metrics = class_metrics(np.array([0, 1]), scores)
    >>> sorted(metrics)
    ['balanced_accuracy', 'calibration_error', 'macro_auroc', 'macro_f1']
    """
    draws = (
        probabilities if isinstance(probabilities, list) else [probabilities]
    )
    count = draws[0].shape[1]
    found = {
        "macro_auroc": _mean_over(
            draws, lambda p, w: classification.macro_auroc(labels, p, w)
        )
    }
    if labels.ndim == 2:
        return found
    for name in ("balanced_accuracy", "macro_f1"):
        metric = getattr(classification, name)
        found[name] = _mean_over(
            draws,
            lambda p, w, metric=metric: metric(
                labels, p.argmax(axis=1), count, w
            ),
        )
    if calibrated:
        found["calibration_error"] = _mean_over(
            draws, lambda p, w: classification.calibration_error(labels, p, w)
        )
    return found


def metrics_over_draws(labels, draws):
    """The metrics of `class_metrics`, where each draw asks some examples.

    Args:
        labels: int array `(n,)`. Of all examples.
        draws: list of `(rows, probabilities)`: which examples were asked,
            and float array `(len(rows), classes)`.

    Returns:
        dict of str to a function of weights `(..., n)`: the mean over the
        draws, those left out in which it is not defined.

    Example:

    >>> labels = np.array([0, 1, 1])
    >>> right, wrong = np.eye(2), 1 - np.eye(2)
    >>> draws = [(np.array([0, 1]), right), (np.array([0, 2]), wrong)]
    >>> metrics = metrics_over_draws(labels, draws)
    >>> float(metrics["balanced_accuracy"](np.ones(3)))
    0.5
    """
    each = [(rows, class_metrics(labels[rows], p)) for rows, p in draws]

    def mean(name, weights):
        with warnings.catch_warnings():
            # A sample of people can lack all who were asked in a draw.
            warnings.simplefilter("ignore", RuntimeWarning)
            found = [
                metrics[name](weights[..., rows]) for rows, metrics in each
            ]
            return np.nanmean(found, axis=0)

    return {name: functools.partial(mean, name) for name in each[0][1]}


def add_chance(results, section, data, condition=""):
    """What guessing gives: the mean and the middle 95 % of 200 guesses.

    Args:
        results: `Results`.
        section: see `Row`.
        data: `TaskData`, whose tested examples are guessed at.
        condition: see `Row`. Defaults to none.
    """
    labels, people = data.test.labels, data.test.people
    num_classes = data.num_classes
    key = (labels.tobytes(), labels.shape, num_classes)
    if key not in results.guesses:
        results.guesses[key] = _guessed(labels, num_classes, results.seed)
    for name, (mean, low, high) in results.guesses[key].items():
        found = Estimate(mean, low, high, len(labels), len(set(people)))
        results.add_estimate(
            section,
            data.task.name,
            name,
            found,
            method="chance",
            baseline=True,
            condition=condition,
            simulated=data.simulated,
        )


def _guessed(labels, num_classes, seed):
    """Metric -> mean and middle 95 % over guesses."""
    rng = np.random.default_rng(seed)
    guesses = rng.dirichlet(np.ones(num_classes), (_GUESSES, len(labels)))
    ones = np.ones(len(labels))
    values = [
        {name: f(ones) for name, f in class_metrics(labels, guess).items()}
        for guess in guesses
    ]
    found = {}
    for name in values[0]:
        drawn = np.array([float(value[name]) for value in values])
        low, high = np.nanquantile(drawn, [0.025, 0.975]).tolist()
        found[name] = float(np.nanmean(drawn)), low, high
    return found


def pictured(labels, probabilities):
    """What the confusion and calibration plots show, as plain data."""
    count = probabilities.shape[1]
    confusion = classification.confusion_matrix(
        labels, probabilities.argmax(axis=1), count
    )
    return {
        "confusion": confusion.astype(int).tolist(),
        "reliability": rounded(
            classification.reliability(labels, probabilities)
        ),
    }


def _mean_over(draws, metric):
    def mean(weights):
        return np.mean([metric(p, weights) for p in draws], axis=0)

    return mean
