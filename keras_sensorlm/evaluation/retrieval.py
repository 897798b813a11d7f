"""Whether a day finds its own caption, and a caption its own day.

Ties are shared out honestly: where own and others are equally near, the own
one counts as standing anywhere among them with the same chance, so equal
embeddings give what guessing would give. Pools of fewer candidates are not
drawn: over all pools that could be, the expectation is computed exactly.
"""

import dataclasses

import numpy as np
from scipy import stats

from keras_sensorlm.evaluation.bootstrap import weighted_mean
from keras_sensorlm.evaluation.bootstrap import weighted_median

# Equal texts can come out of a matrix product this far apart.
_SAME = 1e-6


@dataclasses.dataclass(frozen=True)
class Placement:
    """Where each query's own candidate stands among all.

    Args:
        nearer: int array `(n,)`. Candidates nearer than the own one.
        ties: int array `(n,)`. Others that are as near.
        candidates: int. The own one included.
    """

    nearer: np.ndarray
    ties: np.ndarray
    candidates: int

    def ranks(self, pool=None):
        """Expected rank of the own candidate, 1 is best.

        Args:
            pool: int, optional. Candidates, the own one and others drawn at
                random. Defaults to all.

        Returns:
            Float64 array `(n,)`.
        """
        ahead = self.nearer + self.ties / 2
        return 1 + ahead * self._share_of_others(pool)

    def hits(self, k, pool=None):
        """Chance that the own candidate is among the first `k`.

        Args:
            k: int.
            pool: as for `ranks`.

        Returns:
            Float64 array `(n,)`.
        """
        if pool is None or pool >= self.candidates:
            return np.clip((k - self.nearer) / (self.ties + 1), 0.0, 1.0)
        others = self.candidates - 1
        found = [
            stats.hypergeom.cdf(
                k - 1, others, np.arange(b, b + t + 1), pool - 1
            ).mean()
            for b, t in zip(self.nearer, self.ties)
        ]
        return np.array(found)

    def _share_of_others(self, pool):
        if pool is None or pool >= self.candidates:
            return 1.0
        return (pool - 1) / (self.candidates - 1)


def place(similarity):
    """Finds each query's own candidate, which lies on the diagonal.

    Args:
        similarity: float array `(n, n)`. Row `i`: query `i` against all
            candidates.

    Returns:
        `Placement`.

    Raises:
        ValueError: if the array is not square or has fewer than two rows.

    Example:

    >>> place(np.array([[0.9, 0.1], [0.8, 0.8]])).nearer
    array([0, 0])
    """
    similarity = np.asarray(similarity, dtype="float64")
    if similarity.ndim != 2 or len(set(similarity.shape)) != 1:
        raise ValueError(
            "There should be one candidate for each query, in the same "
            f"order. Received: similarities of shape {similarity.shape}"
        )
    if len(similarity) < 2:
        raise ValueError("Expected at least two candidates, received one.")
    own = np.diagonal(similarity)[:, None]
    nearer = (similarity > own + _SAME).sum(axis=1)
    ties = (np.abs(similarity - own) <= _SAME).sum(axis=1) - 1
    return Placement(nearer, ties, len(similarity))


def recall_at(placement, k, pool=None, weights=None):
    """R@k: share of the queries whose own candidate is among the first k.

    Args:
        placement: `Placement`.
        k: int.
        pool: int, optional. As for `Placement.ranks`.
        weights: float array `(..., n)`, optional.

    Returns:
        Float64 `(...)`.

    Example:

    >>> found = place(np.array([[0.9, 0.1], [0.8, 0.8]]))
    >>> float(recall_at(found, 1))
    0.75
    """
    hits = placement.hits(k, pool)
    return weighted_mean(
        hits, np.ones(len(hits)) if weights is None else weights
    )


def median_rank(placement, pool=None, weights=None):
    """Lower median of the expected ranks.

    Args:
        placement: `Placement`.
        pool: int, optional. As for `Placement.ranks`.
        weights: float array `(..., n)`, optional.

    Returns:
        Float64 `(...)`.

    Example:

    >>> float(median_rank(place(np.eye(3))))
    1.0
    """
    ranks = placement.ranks(pool)
    return weighted_median(
        ranks, np.ones(len(ranks)) if weights is None else weights
    )


def retrieval_metrics(days, texts, ks=(1, 5, 10), pool=None):
    """R@k and median rank both ways, as plain numbers.

    For a validation pass; `evaluate` adds intervals.

    Args:
        days: float array `(n, dim)`. Embeddings of unit length.
        texts: float array `(n, dim)`. Those of the days' captions.
        ks: sequence of int. Defaults to `(1, 5, 10)`.
        pool: int, optional. As for `Placement.ranks`.

    Returns:
        dict of str to float, such as `"day_to_text_r1"` and
        `"text_to_day_median_rank"`.

    Example:

    >>> found = retrieval_metrics(np.eye(4), np.eye(4), ks=(1,))
    >>> found["day_to_text_r1"], found["text_to_day_median_rank"]
    (1.0, 1.0)
    """
    similarity = np.asarray(days) @ np.asarray(texts).T
    found = {}
    for way, matrix in (
        ("day_to_text", similarity),
        ("text_to_day", similarity.T),
    ):
        placement = place(matrix)
        for k in ks:
            found[f"{way}_r{k}"] = float(recall_at(placement, k, pool))
        found[f"{way}_median_rank"] = float(median_rank(placement, pool))
    return found
