"""The best linear head on a few examples, found outright."""

import numpy as np
from scipy import optimize
from scipy import special

# The bias of a class without examples: its probability is 0.
_NEVER = -1e4


def logistic_head(features, labels, num_classes, strength=0.1):
    """Kernel and bias of a multinomial logistic regression.

    Features are standardised, classes weigh the same however many examples
    they have, and weights are kept small (a Gaussian prior, not on the
    bias), so that there is one best head. It is that of scikit-learn's
    `LogisticRegression(C=strength, class_weight="balanced")` behind a
    `StandardScaler`, folded into one linear layer.

    Args:
        features: float array `(n, dim)`.
        labels: int array `(n,)`.
        num_classes: int. A class without examples is never the answer.
        strength: float. How far examples may move the weights; less is
            smoother. Defaults to `0.1`.

    Returns:
        `(kernel, bias)`, float32 arrays `(dim, num_classes)` and
        `(num_classes,)`.

    Example:

    >>> x = np.array([[0.0, 5.0], [1.0, 5.0], [4.0, 5.0], [5.0, 5.0]])
    >>> kernel, bias = logistic_head(x, np.array([0, 0, 1, 1]), 2)
    >>> (x @ kernel + bias).argmax(axis=1).tolist()
    [0, 0, 1, 1]
    """
    features = np.asarray(features, dtype="float64")
    labels = np.asarray(labels)
    centre, spread = features.mean(axis=0), features.std(axis=0)
    # A feature that never changes tells nothing.
    spread[spread < 1e-6 * np.abs(centre).clip(1.0)] = np.inf
    known, places = np.unique(labels, return_inverse=True)
    # The best weights lie in the span of the examples, of which there are
    # few: as many numbers an example say all there is to say.
    x, scale, axes = np.linalg.svd(
        (features - centre) / spread, full_matrices=False
    )
    small, offset = _fitted(x * scale, places, len(known), strength)
    kernel = np.zeros((features.shape[1], num_classes))
    bias = np.full(num_classes, _NEVER)
    kernel[:, known] = (axes.T @ small) / spread[:, None]
    bias[known] = offset - centre @ kernel[:, known]
    return kernel.astype("float32"), bias.astype("float32")


def _fitted(x, labels, num_classes, strength):
    """Weights and bias that minimise the penalised cross-entropy."""
    one_hot = np.eye(num_classes)[labels]
    counts = one_hot.sum(axis=0)
    weights = (len(labels) / (num_classes * counts))[labels]
    shape = (x.shape[1] + 1, num_classes)
    x = np.concatenate([x, np.ones((len(x), 1))], axis=1)

    def loss(flat):
        w = flat.reshape(shape)
        logits = x @ w
        spread = special.logsumexp(logits, axis=1)
        errors = weights @ (spread - (logits * one_hot).sum(axis=1))
        wrong = special.softmax(logits, axis=1) - one_hot
        slope = strength * x.T @ (weights[:, None] * wrong)
        slope[:-1] += w[:-1]
        value = strength * errors + (w[:-1] ** 2).sum() / 2
        return value, slope.ravel()

    found = optimize.minimize(
        loss,
        np.zeros(shape).ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 1000, "gtol": 1e-6},
    )
    w = found.x.reshape(shape)
    return w[:-1], w[-1]
