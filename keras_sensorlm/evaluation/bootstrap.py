"""95 % intervals over people: `estimate`.

Days of one person are alike, so it is people who are drawn again, each with
all their days (the cluster bootstrap; Field and Welsh 2007). A drawn sample
is an integer weight for each example, and every metric of this package takes
such weights, many samples at once, as an array `(samples, examples)`.
"""

import dataclasses
import functools

import numpy as np

SAMPLES = 1000
_LEVEL = 0.95


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A number and how sure it is.

    Args:
        value: float. On the examples as they are.
        low: float. Lower end of the 95 % interval, NaN where people are
            too few to draw again.
        high: float. Upper end.
        examples: int. How many it was computed from.
        people: int. How many people these are of.
    """

    value: float
    low: float
    high: float
    examples: int
    people: int

    def __str__(self):
        if np.isnan(self.value):
            return "not defined"
        if np.isnan(self.low):
            return f"{self.value:.3f}"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def bootstrap_weights(people, samples=SAMPLES, seed=0):
    """How often each example is in each drawn sample.

    Args:
        people: sequence of str, one for each example: whose it is.
        samples: int. Defaults to `1000`.
        seed: int. Defaults to `0`.

    Returns:
        Float64 array `(samples, examples)`, whole numbers.

    Example:

    >>> weights = bootstrap_weights(["a", "a", "b"], samples=4)
    >>> bool((weights[:, 0] == weights[:, 1]).all())
    True
    """
    names, index = np.unique(np.asarray(people, dtype=str), return_inverse=True)
    rng = np.random.default_rng(seed)
    share = np.full(len(names), 1 / len(names))
    draws = rng.multinomial(len(names), share, size=samples)
    return draws[:, index].astype("float64")


def estimate(metric, people, samples=SAMPLES, seed=0):
    """A metric with its 95 % interval over people.

    Args:
        metric: callable. Takes weights `(..., examples)` and returns the
            metric `(...)`; NaN where it is not defined.
        people: sequence of str, one for each example.
        samples: int. Drawn samples. Defaults to `1000`.
        seed: int. Defaults to `0`.

    Returns:
        `Estimate`. With fewer than two people there is no interval.

    Raises:
        ValueError: if there are no examples.

    Example:

    >>> hits = np.array([1.0, 1.0, 0.0, 1.0])
    >>> estimate(lambda w: weighted_mean(hits, w), ["a", "b", "c", "d"]).value
    0.75
    """
    if not len(people):
        raise ValueError("Expected at least one example, received none.")
    value = float(metric(np.ones(len(people))))
    count = len(set(map(str, people)))
    low = high = float("nan")
    if count > 1 and not np.isnan(value):
        drawn = metric(_remembered(tuple(map(str, people)), samples, seed))
        # A sample can lack what the metric needs, such as a class.
        if not np.isnan(drawn).all():
            tail = (1 - _LEVEL) / 2
            low, high = np.nanquantile(drawn, [tail, 1 - tail]).tolist()
    return Estimate(value, low, high, len(people), count)


@functools.lru_cache(maxsize=8)
def _remembered(people, samples, seed):
    """The same weights for every metric of the same examples."""
    weights = bootstrap_weights(people, samples, seed)
    weights.flags.writeable = False
    return weights


def weighted_mean(values, weights):
    """Mean of `values` `(n,)` under weights `(..., n)`.

    Example:

    >>> float(weighted_mean(np.array([1.0, 4.0]), np.array([2.0, 1.0])))
    2.0
    """
    return weighted_ratio(values, np.ones(len(values)), weights)


def weighted_ratio(parts, wholes, weights):
    """Sum of `parts` over sum of `wholes`, both `(n,)`, under weights."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return (weights @ parts) / (weights @ wholes)


def weighted_median(values, weights):
    """Lower median of `values` `(n,)` under weights `(..., n)`.

    Example:

    >>> float(weighted_median(np.array([5.0, 1.0, 3.0]), np.ones(3)))
    3.0
    """
    order = np.argsort(values, kind="stable")
    running = np.cumsum(weights[..., order], axis=-1)
    middle = (running >= running[..., -1:] / 2).argmax(axis=-1)
    return np.asarray(values)[order][middle]
