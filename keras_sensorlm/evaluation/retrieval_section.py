"""Retrieval: own captions and own days, both ways, for every caption key."""

import numpy as np

from keras_sensorlm.captions.hierarchy import CAPTION_KEYS
from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
from keras_sensorlm.evaluation.bootstrap import Estimate
from keras_sensorlm.evaluation.retrieval import Placement
from keras_sensorlm.evaluation.retrieval import median_rank
from keras_sensorlm.evaluation.retrieval import place
from keras_sensorlm.evaluation.retrieval import recall_at

RETRIEVAL = "retrieval"
POOL = 100
KS = (1, 5, 10)
# Fewer days than this are no archive to search in.
_LEAST_DAYS = 20


def archives(collection):
    """The sets of days that are searched, by name.

    Args:
        collection: `Collection`.

    Returns:
        dict of str to `(days, simulated)`: all recorded days of tested
        people, each source with enough of them, and the simulated ones.
    """
    real = collection.real("test")
    found = {"all recorded days": (real, False)}
    sources = sorted({day.source or "unnamed" for day in real})
    if len(sources) > 1:
        for source in sources:
            days = [day for day in real if (day.source or "unnamed") == source]
            found[source] = (days, False)
    found["simulated days"] = (collection.simulated("test"), True)
    return {
        name: (days, simulated)
        for name, (days, simulated) in found.items()
        if len(days) >= _LEAST_DAYS
    }


def retrieval(results, collection, embedders, keys=tuple(CAPTION_KEYS), seed=0):
    """Searches every archive with every kind of caption.

    Args:
        results: `Results`.
        collection: `Collection`.
        embedders: dict of str to `Embedder`.
        keys: sequence of str. Caption keys. Defaults to all eight.
        seed: int. Of the captions' wording. Defaults to `0`.
    """
    for name, (days, simulated) in archives(collection).items():
        people = [day.participant or "unknown" for day in days]
        seen = {m: embedder.days(days) for m, embedder in embedders.items()}
        for key in keys:
            captions = HierarchicalCaptioner(key, seed).captions(days)
            task = f"{name}, {key}"
            results.details[task] = {
                "days": len(days),
                "distinct_captions": len(set(captions)),
            }
            for method, embedder in embedders.items():
                similarity = seen[method] @ embedder.texts(captions).T
                add_retrieval(
                    results, task, similarity, people, method, simulated
                )
            add_guessing(results, task, people, simulated)


def add_retrieval(
    results,
    task,
    similarity,
    people,
    method,
    simulated,
    section=RETRIEVAL,
    prefix="",
    ks=KS,
    pools=(POOL, None),
):
    """R@k and median ranks of one set of similarities, both ways.

    Args:
        results: `Results`.
        task: see `Row`.
        similarity: float array `(n, n)`, days by captions.
        people: list of str. Whose each day is.
        method: see `Row`.
        simulated: see `Row`.
        section: see `Row`. Defaults to `"retrieval"`.
        prefix: str. Put before each condition. Defaults to `""`.
        ks: sequence of int. Defaults to `(1, 5, 10)`.
        pools: sequence of int or None. Candidates; None for all. Defaults
            to `(100, None)`.
    """
    for pool in pools:
        if pool is not None and pool >= len(people):
            continue
        for way, matrix in ways(similarity):
            placement = place(matrix)
            results.add(
                section,
                task,
                _metrics(placement, pool, ks),
                people,
                method=method,
                condition=_condition(prefix, way, pool, len(people)),
                simulated=simulated,
            )


def add_guessing(
    results,
    task,
    people,
    simulated,
    section=RETRIEVAL,
    prefix="",
    ks=KS,
    pools=(POOL, None),
):
    """What guessing gives, exactly; arguments as in `add_retrieval`."""
    count = len(people)
    # Everything is as near as the own one.
    ties = Placement(np.zeros(1, int), np.full(1, count - 1), count)
    for pool in pools:
        if pool is not None and pool >= count:
            continue
        for way, _ in ways(np.zeros((1, 1))):
            for name, metric in _metrics(ties, pool, ks).items():
                value = float(metric(np.ones(1)))
                results.add_estimate(
                    section,
                    task,
                    name,
                    Estimate(value, value, value, count, len(set(people))),
                    method="chance",
                    baseline=True,
                    condition=_condition(prefix, way, pool, count),
                    simulated=simulated,
                )


def ways(similarity):
    """Both directions of a search: `(name, similarities)`."""
    return (
        ("day to caption", similarity),
        ("caption to day", similarity.T),
    )


def _condition(prefix, way, pool, count):
    place_in = f"among {pool}" if pool else f"among all {count}"
    return ", ".join(part for part in (prefix, way, place_in) if part)


def _metrics(placement, pool, ks):
    found = {
        f"r@{k}": lambda w, k=k: recall_at(placement, k, pool, w) for k in ks
    }
    found["median_rank"] = lambda w: median_rank(placement, pool, w)
    return found
