"""How loss falls with the size of a model and with the days it sees."""

import dataclasses
import itertools

import numpy as np

# Where the fit starts: exponents, and shares of the loss that each term has.
_EXPONENTS = (0.15, 0.5)
_SHARES = (0.1, 0.5)
# Residuals of log loss above this count linearly, so that one odd run does
# not bend the law (as in Hoffmann et al. 2022).
_HUBER = 1e-3
# A floor below this is none.
_NOTHING = 1e-6


@dataclasses.dataclass(frozen=True)
class ScalingLaw:
    """`loss = a N^-b + c D^-d + e` for N weights and D days.

    Attributes:
        a: float.
        b: float.
        c: float.
        d: float.
        e: float. What no size and no data take away; 0 where the fit was
            asked for none.
        error: float. Root mean square of the relative error of the fit.
    """

    a: float
    b: float
    c: float
    d: float
    e: float
    error: float

    def loss(self, parameters, days):
        """The loss that the law gives; numbers or arrays."""
        parameters = np.asarray(parameters, dtype="float64")
        days = np.asarray(days, dtype="float64")
        by_size = self.a * parameters**-self.b
        return by_size + self.c * days**-self.d + self.e

    def best_size(self, budget):
        """The size with the lowest loss for `parameters * days = budget`.

        Training costs in proportion to that product. Where the slopes of
        both terms are equal (Hoffmann et al. 2022, arXiv 2203.15556, section
        3.3).
        """
        ratio = self.b * self.a / (self.d * self.c)
        return (ratio * budget**self.d) ** (1 / (self.b + self.d))

    def __str__(self):
        floor = f" + {self.e:.3g}" if self.e > _NOTHING else ""
        return (
            f"loss = {self.a:.3g} N^-{self.b:.3f} + {self.c:.3g} "
            f"D^-{self.d:.3f}{floor}"
        )


def fit_scaling_law(parameters, days, losses, floor=True):
    """Fits a law to the final losses of a grid of runs.

    Minimises the Huber loss of the difference of logarithms from several
    starts (Hoffmann et al. 2022, arXiv 2203.15556, approach 3).

    Args:
        parameters: float array `(runs,)`. Weights of each run's model.
        days: float array `(runs,)`. Days that it has seen.
        losses: float array `(runs,)`. Its loss on other days.
        floor: bool. Whether there is a term that does not fall. Defaults to
            `True`.

    Returns:
        `ScalingLaw`.

    Raises:
        ValueError: if there are fewer runs than the law has numbers, fewer
            than two sizes or amounts of data, or a value is not positive.

    Example:

    >>> sizes, days = np.meshgrid([1e5, 1e6, 1e7], [1e3, 1e4, 1e5])
    >>> losses = 40 * sizes**-0.3 + 60 * days**-0.4 + 1.5
    >>> law = fit_scaling_law(sizes.ravel(), days.ravel(), losses.ravel())
    >>> round(law.b, 2), round(law.d, 2), round(law.e, 2)
    (0.3, 0.4, 1.5)
    """
    from scipy.optimize import least_squares

    n, d, loss = (
        np.asarray(values, dtype="float64").ravel()
        for values in (parameters, days, losses)
    )
    _check(n, d, loss, floor)
    # Around the middle of the data, so that factors and exponents can be
    # told apart.
    middle = np.exp(np.log(n).mean()), np.exp(np.log(d).mean())

    def terms(x):
        by_size = np.exp(x[0] - np.exp(x[1]) * np.log(n / middle[0]))
        by_days = np.exp(x[2] - np.exp(x[3]) * np.log(d / middle[1]))
        return by_size + by_days + (np.exp(x[4]) if floor else 0.0)

    def residuals(x):
        return np.log(terms(x)) - np.log(loss)

    fits = []
    for b, share, c, other in itertools.product(
        _EXPONENTS, _SHARES, _EXPONENTS, _SHARES
    ):
        level = np.log(loss.mean())
        rest = max(1 - share - other, 0.05)
        start = [level + np.log(share), np.log(b)]
        start += [level + np.log(other), np.log(c)]
        start += [level + np.log(rest)] if floor else []
        fits.append(
            least_squares(
                residuals,
                start,
                bounds=(-30, 30),
                loss="huber",
                f_scale=_HUBER,
                max_nfev=500,
            )
        )
    x = min(fits, key=lambda fit: fit.cost).x
    b, exponent = np.exp(x[1]), np.exp(x[3])
    return ScalingLaw(
        a=float(np.exp(x[0]) * middle[0] ** b),
        b=float(b),
        c=float(np.exp(x[2]) * middle[1] ** exponent),
        d=float(exponent),
        e=float(np.exp(x[4])) if floor else 0.0,
        error=float(np.sqrt(np.mean(residuals(x) ** 2))),
    )


def _check(n, d, loss, floor):
    needed = 4 + floor
    if not len(n) == len(d) == len(loss) or len(n) < needed:
        raise ValueError(
            f"Expected the same number of sizes, days and losses, at least "
            f"{needed}. Received: {len(n)}, {len(d)}, {len(loss)}"
        )
    if len(set(n)) < 2 or len(set(d)) < 2:
        raise ValueError(
            "A law of both needs at least two sizes and two amounts of data. "
            f"Received: {len(set(n))} and {len(set(d))}"
        )
    if min(n.min(), d.min(), loss.min()) <= 0:
        raise ValueError("Sizes, days and losses should be positive.")
