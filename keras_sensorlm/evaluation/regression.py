"""How well numbers are predicted: pure functions, weights `(..., n)`."""

import numpy as np

from keras_sensorlm.evaluation.bootstrap import weighted_mean


def mean_absolute_error(truth, predictions, weights):
    """Mean distance, in the number's own unit.

    Example:

    >>> truth, predictions = np.zeros(2), np.array([1.0, 3.0])
    >>> float(mean_absolute_error(truth, predictions, np.ones(2)))
    2.0
    """
    return weighted_mean(np.abs(truth - predictions), weights)


def r_squared(truth, predictions, weights):
    """Share of the variance explained; 0 for the mean, negative for worse.

    Example:

    >>> truth = np.array([1.0, 2.0, 3.0])
    >>> float(r_squared(truth, truth, np.ones(3)))
    1.0
    """
    error = weighted_mean((truth - predictions) ** 2, weights)
    return 1 - error / _variance(truth, weights)


def correlation(truth, predictions, weights):
    """Pearson's correlation; NaN where nothing varies.

    Example:

    >>> truth = np.array([1.0, 2.0, 3.0])
    >>> round(float(correlation(truth, 5 - truth, np.ones(3))), 6)
    -1.0
    """
    both = weighted_mean(truth * predictions, weights)
    both -= weighted_mean(truth, weights) * weighted_mean(predictions, weights)
    spread = _variance(truth, weights) * _variance(predictions, weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(spread > 1e-12, both / np.sqrt(spread), np.nan)


def number_metrics(truth, predictions):
    """What is reported of numbers, as functions of weights.

    Args:
        truth: float array `(n,)`.
        predictions: float array `(n,)`.

    Returns:
        dict of str to a function of weights `(..., n)`.
    """
    metrics = {
        "mean_absolute_error": mean_absolute_error,
        "r_squared": r_squared,
        "correlation": correlation,
    }
    return {
        name: lambda w, metric=metric: metric(truth, predictions, w)
        for name, metric in metrics.items()
    }


def _variance(values, weights):
    mean = weighted_mean(values, weights)
    found = weighted_mean(values**2, weights) - mean**2
    # A drawn sample can be one person, with one value.
    return np.where(found > 1e-12, found, np.nan)
