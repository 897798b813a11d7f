"""How well classes are told apart: pure functions of labels and scores.

Each takes weights `(..., n)`, so that one call serves a thousand samples of
`bootstrap.estimate`; without weights it gives what scikit-learn gives. Means
over classes are over those that occur.
"""

import numpy as np

BINS = 10


def confusion_matrix(labels, predictions, num_classes, weights=None):
    """Counts of predicted classes for each true one.

    Args:
        labels: int array `(n,)`. The true classes.
        predictions: int array `(n,)`.
        num_classes: int.
        weights: float array `(..., n)`, optional.

    Returns:
        Float64 array `(..., num_classes, num_classes)`, rows are truth.

    Example:

    >>> confusion_matrix([0, 0, 1], [0, 1, 1], 2)
    array([[1., 1.],
           [0., 1.]])
    """
    cells = np.asarray(labels) * num_classes + np.asarray(predictions)
    one_hot = np.eye(num_classes**2)[cells]
    counts = _weights(weights, len(cells)) @ one_hot
    return counts.reshape(*counts.shape[:-1], num_classes, num_classes)


def balanced_accuracy(labels, predictions, num_classes, weights=None):
    """Mean over classes of the share of each that was recognised.

    Args:
        labels: as for `confusion_matrix`.
        predictions: as for `confusion_matrix`.
        num_classes: as for `confusion_matrix`.
        weights: as for `confusion_matrix`.

    Returns:
        Float64 `(...)`.

    Example:

    >>> float(balanced_accuracy([0, 0, 1], [0, 1, 1], 2))
    0.75
    """
    counts = confusion_matrix(labels, predictions, num_classes, weights)
    right = np.diagonal(counts, axis1=-2, axis2=-1)
    return _mean_where(right, counts.sum(axis=-1))


def macro_f1(labels, predictions, num_classes, weights=None):
    """Mean over classes of the harmonic mean of precision and recall.

    Classes that neither occur nor are predicted do not count.

    Args:
        labels: as for `confusion_matrix`.
        predictions: as for `confusion_matrix`.
        num_classes: as for `confusion_matrix`.
        weights: as for `confusion_matrix`.

    Returns:
        Float64 `(...)`.

    Example:

    >>> round(float(macro_f1([0, 0, 1], [0, 1, 1], 2)), 4)
    0.6667
    """
    counts = confusion_matrix(labels, predictions, num_classes, weights)
    right = np.diagonal(counts, axis1=-2, axis2=-1)
    both = counts.sum(axis=-1) + counts.sum(axis=-2)
    return _mean_where(2 * right, both)


def auroc(positive, scores, weights=None):
    """Area under the ROC curve: how often a positive is scored higher.

    Ties count half.

    Args:
        positive: bool array `(n,)`.
        scores: float array `(n,)`.
        weights: float array `(..., n)`, optional.

    Returns:
        Float64 `(...)`, NaN where one side is empty.

    Example:

    >>> float(auroc([True, True, False], [0.9, 0.2, 0.2]))
    0.75
    """
    positive = np.asarray(positive, dtype=bool)
    scores = np.asarray(scores)
    order = np.argsort(scores, kind="stable")
    # Where each run of equal scores starts: one sum for each.
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    ranked = _weights(weights, len(scores))[..., order]
    ups = np.add.reduceat(ranked * positive[order], starts, axis=-1)
    downs = np.add.reduceat(ranked * ~positive[order], starts, axis=-1)
    below = np.cumsum(downs, axis=-1) - downs
    won = (ups * (below + downs / 2)).sum(axis=-1)
    pairs = ups.sum(axis=-1) * downs.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return won / pairs


def macro_auroc(labels, scores, weights=None):
    """Mean over classes of each class's area against all others.

    Args:
        labels: int array `(n,)`, or bool array `(n, classes)` where an
            example can be of several classes.
        scores: float array `(n, classes)`.
        weights: float array `(..., n)`, optional.

    Returns:
        Float64 `(...)`. Classes without a positive or a negative do not
        count.

    Example:

    >>> scores = np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7]])
    >>> float(macro_auroc([0, 0, 1], scores))
    1.0
    """
    scores = np.asarray(scores)
    labels = np.asarray(labels)
    if labels.ndim == 1:
        labels = labels[:, None] == np.arange(scores.shape[1])
    areas = [
        auroc(labels[:, i], scores[:, i], weights)
        for i in range(scores.shape[1])
    ]
    return _nan_mean(np.stack(areas, axis=-1))


def calibration_error(labels, probabilities, weights=None, bins=BINS):
    """Expected calibration error of the most likely class.

    The mean distance between how sure a prediction was and how often such
    predictions were right, over bins of equal width (Guo et al. 2017, arXiv
    1706.04599).

    Args:
        labels: int array `(n,)`.
        probabilities: float array `(n, classes)`, rows sum to 1.
        weights: float array `(..., n)`, optional.
        bins: int. Defaults to `10`.

    Returns:
        Float64 `(...)`, 0 is best.

    Example:

    >>> sure = np.array([[1.0, 0.0], [1.0, 0.0]])
    >>> float(calibration_error([0, 1], sure))
    0.5
    """
    right, sure, total = _binned(labels, probabilities, weights, bins)
    return np.abs(right - sure).sum(axis=-1) / total.sum(axis=-1)


def reliability(labels, probabilities, bins=BINS):
    """What a calibration plot shows.

    Args:
        labels: as for `calibration_error`.
        probabilities: as for `calibration_error`.
        bins: int. Defaults to `10`.

    Returns:
        List of `(mean probability, share right, count)`, one for each bin
        that is not empty.

    Example:

    >>> reliability([0, 1], np.array([[1.0, 0.0], [1.0, 0.0]]))
    [(1.0, 0.5, 2)]
    """
    sums = _binned(labels, probabilities, None, bins)
    return [
        (float(sure / total), float(right / total), int(total))
        for right, sure, total in zip(*sums)
        if total
    ]


def _binned(labels, probabilities, weights, bins):
    """Sums a bin `(..., bins)`: right ones, probabilities, examples."""
    probabilities = np.asarray(probabilities, dtype="float64")
    sure = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == np.asarray(labels)
    # 1.0 belongs to the last bin.
    index = np.minimum((sure * bins).astype(int), bins - 1)
    in_bin = np.eye(bins)[index]
    weights = _weights(weights, len(sure))
    return (
        weights @ (in_bin * right[:, None]),
        weights @ (in_bin * sure[:, None]),
        weights @ in_bin,
    )


def _weights(weights, count):
    if weights is None:
        return np.ones(count)
    return np.asarray(weights, dtype="float64")


def _mean_where(parts, wholes):
    """Mean of `parts / wholes` over the last axis, where there is a whole."""
    shares = np.full(np.shape(parts), np.nan)
    np.divide(parts, wholes, out=shares, where=wholes > 0)
    return _nan_mean(shares)


def _nan_mean(values):
    known = ~np.isnan(values)
    counts = known.sum(axis=-1)
    sums = np.where(known, values, 0.0).sum(axis=-1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
