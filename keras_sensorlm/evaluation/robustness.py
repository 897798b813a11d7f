"""The same questions with less to go by, and with nothing to go by.

`robustness` takes recorded things away. `learnt` asks what the answers come
from: a model that has learnt what it should loses them when channels trade
places, when values become noise, and when only the gaps are left.
"""

import re

import numpy as np

from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
from keras_sensorlm.evaluation import degrade
from keras_sensorlm.evaluation import learners
from keras_sensorlm.evaluation.bootstrap import Estimate
from keras_sensorlm.evaluation.bootstrap import weighted_mean
from keras_sensorlm.evaluation.class_metrics import add_chance
from keras_sensorlm.evaluation.class_metrics import class_metrics
from keras_sensorlm.evaluation.hand_made import day_features
from keras_sensorlm.evaluation.retrieval_section import POOL
from keras_sensorlm.evaluation.retrieval_section import add_guessing
from keras_sensorlm.evaluation.retrieval_section import add_retrieval
from keras_sensorlm.evaluation.retrieval_section import archives

ROBUSTNESS, LEARNT = "robustness", "what it has learnt"
INTACT = "as recorded"
KEY = "high_middle_low_level_caption"
_SIX_HOURS = 360
# Days searched under each condition; more would only take longer.
_MOST_DAYS = 300
_NUMBER = re.compile(r"\d+(?:[.:]\d+)*")


def robust_classes(results, data, embedder, fitted):
    """A task's zero-shot answers with less and less recorded.

    Args:
        results: `Results`.
        data: `TaskData`.
        embedder: `Embedder`.
        fitted: dict of str to learners of hand-made features, fitted on
            what was recorded: baselines.
    """
    test = data.test
    changes = {INTACT: lambda day, rng: day, **degrade.conditions(test.days)}
    for condition, change in changes.items():
        days = _changed(test.days, change, results.seed)
        _ask(
            results, ROBUSTNESS, data, condition, embedder, embedder.once(days)
        )
        features = day_features(days)
        for method, learner in fitted.items():
            scores = learners.class_scores(learner, features, data.num_classes)
            _add(results, ROBUSTNESS, data, condition, scores, method)


def robust_retrieval(results, collection, embedder, seed=0):
    """Retrieval with less and less recorded.

    Asked twice: with the captions of the whole recordings, whose statements
    about what was taken away no longer hold, and with those of what is left.

    Args:
        results: `Results`.
        collection: `Collection`.
        embedder: `Embedder`.
        seed: int. Of the captions' wording. Defaults to `0`.
    """
    captioner = HierarchicalCaptioner(KEY, seed)
    for name, days, people, simulated in _main_archives(collection):
        whole = embedder.texts(captioner.captions(days))
        changes = {INTACT: lambda day, rng: day, **degrade.conditions(days)}
        for condition, change in changes.items():
            changed = _changed(days, change, results.seed)
            seen = embedder.once(changed)
            left = embedder.texts(captioner.captions(changed))
            for said, texts in (("the whole", whole), ("what is left", left)):
                _search(
                    results,
                    ROBUSTNESS,
                    f"{name}, captions of {said}",
                    condition,
                    seen @ texts.T,
                    people,
                    simulated,
                )


def learnt_classes(results, data, embedder):
    """A task's zero-shot answers to days that make no sense.

    Args:
        results: `Results`.
        data: `TaskData`.
        embedder: `Embedder`.
    """
    values = embedder.normalise(data.test.days)
    for condition, change in _NONSENSE.items():
        embeddings = embedder.normalised(change(values, results.seed))
        _ask(results, LEARNT, data, condition, embedder, embeddings)


def learnt_retrieval(results, collection, embedder, seed=0):
    """Retrieval of days, and with captions, that make no sense.

    Args:
        results: `Results`.
        collection: `Collection`.
        embedder: `Embedder`.
        seed: int. Of the captions' wording. Defaults to `0`.
    """
    captioner = HierarchicalCaptioner(KEY, seed)
    for name, days, people, simulated in _main_archives(collection):
        captions = captioner.captions(days)
        texts = embedder.texts(captions)
        values = embedder.normalise(days)
        for condition, change in _NONSENSE.items():
            seen = embedder.normalised(change(values, results.seed))
            _search(
                results,
                LEARNT,
                name,
                condition,
                seen @ texts.T,
                people,
                simulated,
            )
        seen = embedder.days(days)
        swapped = embedder.texts(swap_numbers(captions, days))
        _search(
            results,
            LEARNT,
            name,
            "captions with another day's numbers",
            seen @ swapped.T,
            people,
            simulated,
        )
        _prefer(results, name, seen, texts, swapped, people, simulated)


def swap_numbers(captions, days):
    """Captions with the numbers of another day of the same source.

    Args:
        captions: list of str.
        days: list of `SensorDay`.

    Returns:
        List of str: the same words, with the numbers of the next caption of
        that source, again from its start where they run out.

    Example:

    >>> from keras_sensorlm import simulate_days
    >>> swap_numbers(["a 1 b 2", "c 3"], simulate_days(2, seed=0))
    ['a 3 b 3', 'c 1']
    """
    by_source = {}
    for i, day in enumerate(days):
        by_source.setdefault(day.source, []).append(i)
    swapped = list(captions)
    for rows in by_source.values():
        for row, other in zip(rows, [*rows[1:], rows[0]]):
            numbers = _NUMBER.findall(captions[other])
            if numbers:
                swapped[row] = _with_numbers(captions[row], numbers)
    return swapped


def _with_numbers(caption, numbers):
    count = iter(range(len(caption)))
    return _NUMBER.sub(lambda _: numbers[next(count) % len(numbers)], caption)


def _prefer(results, name, seen, texts, swapped, people, simulated):
    own = (seen * texts).sum(axis=1)
    other = (seen * swapped).sum(axis=1)
    prefers = np.where(np.isclose(own, other, atol=1e-6), 0.5, own > other)
    fields = {"condition": "own numbers or another's", "simulated": simulated}
    results.add(
        LEARNT,
        name,
        {"prefers_own": lambda w: weighted_mean(prefers, w)},
        people,
        **fields,
    )
    results.add_estimate(
        LEARNT,
        name,
        "prefers_own",
        Estimate(0.5, 0.5, 0.5, len(people), len(set(people))),
        method="chance",
        baseline=True,
        **fields,
    )


def _changed(days, change, seed):
    return [
        change(day, np.random.default_rng([seed, i]))
        for i, day in enumerate(days)
    ]


def _main_archives(collection):
    for name, (days, simulated) in archives(collection).items():
        if name in ("all recorded days", "simulated days"):
            days = days[:_MOST_DAYS]
            people = [day.participant or "unknown" for day in days]
            yield name, days, people, simulated


def _ask(results, section, data, condition, embedder, embeddings):
    sentences = [data.task.sentences(label) for label in data.task.labels]
    chances, _ = embedder.class_probabilities(embeddings, sentences)
    _add(results, section, data, condition, chances, "model")
    add_chance(results, section, data, condition)


def _add(results, section, data, condition, scores, method):
    results.add(
        section,
        data.task.name,
        class_metrics(data.test.labels, scores),
        data.test.people,
        method=method,
        condition=condition,
        simulated=data.simulated,
    )


def _search(results, section, task, condition, similarity, people, simulated):
    settings = {
        "section": section,
        "prefix": condition,
        "ks": (1, 10),
        "pools": (POOL if len(people) > POOL else None,),
    }
    add_retrieval(
        results, task, similarity, people, "model", simulated, **settings
    )
    add_guessing(results, task, people, simulated, **settings)


def _unchanged(values, seed):
    return values


def _other_channels(values, seed):
    """Each day's recorded channels, each in another's place."""
    changed = values.copy()
    for row, day in zip(changed, values):
        recorded = np.flatnonzero(~np.isnan(day).all(axis=0))
        row[:, recorded] = day[:, np.roll(recorded, len(recorded) // 2)]
    return changed


def _later(values, seed):
    return np.roll(values, _SIX_HOURS, axis=1)


def _noise(values, seed):
    noise = np.random.default_rng(seed).normal(size=values.shape)
    return np.where(np.isnan(values), np.nan, noise).astype("float32")


def _gaps_alone(values, seed):
    return np.where(np.isnan(values), np.nan, 0.0).astype("float32")


_NONSENSE = {
    INTACT: _unchanged,
    "channels in each other's places": _other_channels,
    "6 hours later": _later,
    "noise where there were values": _noise,
    "the gaps alone, all values average": _gaps_alone,
}
