"""Classes learned from few or from all examples: probes on a frozen model."""

import numpy as np

from keras_sensorlm.evaluation import learners
from keras_sensorlm.evaluation.class_metrics import add_chance
from keras_sensorlm.evaluation.class_metrics import metrics_over_draws
from keras_sensorlm.evaluation.class_section import FEW_SHOT
from keras_sensorlm.evaluation.class_section import NEW_PEOPLE
from keras_sensorlm.evaluation.class_section import PROBE
from keras_sensorlm.evaluation.hand_made import day_features
from keras_sensorlm.evaluation.results import MODEL

SHOTS = (1, 2, 5, 10, 20, 50)
DRAWS = 20
WITH_NAMES = "model, with names of classes"
EMBEDDING = "model, embedding alone"
_FEWEST_PEOPLE = 4
_TRIES = 50
_FLOOR = 1e-6


def probes(results, data, embedders, shots=SHOTS, draws=DRAWS):
    """Logistic regression on what a frozen model makes of days.

    Learned from few or all examples of the people to learn from, whom a
    pretrained model may have met; and, of recorded people, from one half of
    the tested people, asked of the other half, so that it met neither.

    Args:
        results: `Results`.
        data: `TaskData`. One class an example.
        embedders: dict of str to `Embedder`.
        shots: sequence of int. Examples of each class, or all that there
            are of a class that has fewer. Defaults to `SHOTS`.
        draws: int. Sets of examples over which a number of shots is
            averaged. Defaults to `20`.
    """
    if not data.can_learn or data.task.several:
        return
    plans = list(_plans(results, data, shots, draws))
    said = _said_by_names(data, embedders[MODEL])
    for method, features in _views(data, embedders).items():
        for section, condition, plan in plans:
            answers = [
                (ask, _answer(results, data, features, learn, ask))
                for learn, ask in plan
            ]
            _add(results, data, section, condition, method, answers)
            if method == MODEL and said is not None:
                answers = [(ask, product(p, said[ask])) for ask, p in answers]
                _add(results, data, section, condition, WITH_NAMES, answers)
    for section, condition, _ in plans:
        add_chance(results, section, data, condition)


def product(learned, said):
    """What examples and names say together, each as much as the other.

    Args:
        learned: float array `(n, classes)`. Probabilities.
        said: float array `(n, classes)`. Probabilities.

    Returns:
        Float64 array `(n, classes)`, rows sum to 1.

    Example:

    >>> product(np.array([[0.5, 0.5]]), np.array([[0.9, 0.1]])).tolist()
    [[0.9, 0.1]]
    """
    both = np.maximum(learned, _FLOOR) * np.maximum(said, _FLOOR)
    return both / both.sum(axis=1, keepdims=True)


def _views(data, embedders):
    """Method -> features of the examples to learn from, then of the tested."""
    days = [*data.train.days, *data.test.days]
    found = {name: model.channels(days) for name, model in embedders.items()}
    found[EMBEDDING] = embedders[MODEL].days(days)
    found["hand-made features"] = day_features(days)
    return found


def _said_by_names(data, embedder):
    """Zero-shot probabilities of the tested examples, if there are any."""
    if embedder.preset.backbone.contrastive is None:
        return None
    task = data.task
    said, _ = embedder.class_probabilities(
        embedder.days(data.test.days),
        [task.sentences(label) for label in task.labels],
    )
    return said


def _plans(results, data, shots, draws):
    """What is learned from and asked: `(section, condition, pairs)`.

    Of a pair, the first are rows of `_views`, the second rows of the tested
    examples.
    """
    train, test = data.train, data.test
    everybody = np.arange(len(test))
    yield PROBE, "", [(np.arange(len(train)), everybody)]
    for count in shots:
        if count > train.counts(data.num_classes).max():
            break
        yield (
            FEW_SHOT,
            "1 shot" if count == 1 else f"{count} shots",
            [
                (
                    draw_shots(
                        train.labels, count, [results.seed, draw, count]
                    ),
                    everybody,
                )
                for draw in range(draws)
            ],
        )
    if data.simulated:
        # No simulated person of the evaluation was met in training.
        return
    halves = draw_people(test, draws, results.seed)
    if halves:
        pairs = [(len(train) + learn, ask) for learn, ask in halves]
        yield PROBE, NEW_PEOPLE, pairs


def _answer(results, data, features, learn, ask):
    """Probabilities of the asked rows, learned from other rows."""
    labels = np.concatenate([data.train.labels, data.test.labels])
    learner = learners.logistic_regression(results.seed)
    learner.fit(features[learn], labels[learn])
    asked = features[len(data.train) + ask]
    return learners.class_scores(learner, asked, data.num_classes)


def _add(results, data, section, condition, method, answers):
    results.add(
        section,
        data.task.name,
        metrics_over_draws(data.test.labels, answers),
        data.test.people,
        method=method,
        condition=condition,
        simulated=data.simulated,
    )


def draw_people(examples, draws, seed, count=None):
    """People to learn from and others to ask, again and again.

    Args:
        examples: `Examples`.
        draws: int.
        seed: int.
        count: int, optional. How many to learn from. Defaults to half of
            them, rounded up.

    Returns:
        List of `(learn, ask)`, int arrays of rows; those to learn from have
        every class among them, the others two at least. Empty with fewer
        than four people; shorter where such draws are rare.

    Example:

    >>> from keras_sensorlm.evaluation.examples import Examples
    >>> found = Examples([], np.array([0, 1] * 4), list("aabbccdd"))
    >>> [(learn, ask)] = draw_people(found, 1, seed=0)
    >>> learn.tolist(), ask.tolist()
    ([4, 5, 6, 7], [0, 1, 2, 3])
    """
    whose = np.asarray(examples.people, dtype=str)
    people = np.unique(whose)
    classes = np.unique(examples.labels)
    if len(people) < _FEWEST_PEOPLE:
        return []
    count = count or -(-len(people) // 2)
    found = []
    for attempt in range(_TRIES * draws):
        rng = np.random.default_rng([seed, attempt])
        learning = np.isin(whose, rng.choice(people, count, replace=False))
        learn, ask = np.flatnonzero(learning), np.flatnonzero(~learning)
        learned = set(examples.labels[learn])
        if len(learned) == len(classes) and len(set(examples.labels[ask])) > 1:
            found.append((learn, ask))
        if len(found) == draws:
            break
    return found


def draw_shots(labels, count, seed):
    """Rows of `count` examples of each class, or of all where fewer.

    Args:
        labels: int array `(n,)`.
        count: int.
        seed: what `numpy.random.default_rng` takes.

    Returns:
        Int array, sorted.

    Example:

    >>> draw_shots(np.array([0, 0, 0, 1]), 2, seed=0).tolist()
    [0, 2, 3]
    """
    rng = np.random.default_rng(seed)
    rows = []
    for label in np.unique(labels):
        mine = np.flatnonzero(labels == label)
        rows.append(rng.permutation(mine)[:count])
    return np.sort(np.concatenate(rows))
