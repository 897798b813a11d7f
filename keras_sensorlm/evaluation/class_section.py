"""Classes: zero-shot, few-shot, linear probe, and what they stand beside."""

import dataclasses

import numpy as np

from keras_sensorlm.evaluation import learners
from keras_sensorlm.evaluation.class_metrics import add_chance
from keras_sensorlm.evaluation.class_metrics import class_metrics
from keras_sensorlm.evaluation.class_metrics import pictured
from keras_sensorlm.evaluation.hand_made import day_features
from keras_sensorlm.evaluation.small_network import supervised_probabilities

ZERO_SHOT, FEW_SHOT, PROBE = "zero-shot", "few-shot", "linear probe"
UNSEEN = "names never met in training"
SHOTS = (1, 2, 5, 10, 20, 50)
DRAWS = 20


@dataclasses.dataclass
class TaskData:
    """A task with its examples on both sides.

    Args:
        task: `Task`.
        train: `Examples`.
        test: `Examples`.
        simulated: bool.
    """

    task: object
    train: object
    test: object
    simulated: bool

    @property
    def num_classes(self):
        return len(self.task.labels)

    def within(self, group):
        """The same among the classes of a group of the task."""
        task = self.task.within(group)
        classes = [self.task.labels.index(label) for label in task.labels]
        return TaskData(
            task,
            self.train.of_classes(classes),
            self.test.of_classes(classes),
            self.simulated,
        )

    @property
    def can_be_asked(self):
        """Whether tested people have examples of two classes at least."""
        counts = self.test.counts(self.num_classes)
        return bool((counts > 0).sum() >= 2)

    @property
    def can_learn(self):
        """Whether every class occurs on the learning side."""
        return bool(
            len(self.train) and (self.train.counts(self.num_classes) > 0).all()
        )


def zero_shot(results, data, embedders):
    """Compares days with the words for classes.

    Args:
        results: `Results`.
        data: `TaskData`.
        embedders: dict of str to `Embedder`: `"model"` and others.
    """
    task, test = data.task, data.test
    fields = {"simulated": data.simulated}
    results.details[task.name] = {"title": task.title}
    for unseen in (False, True):
        if unseen and not task.has_unseen:
            continue
        condition = UNSEEN if unseen else ""
        sentences = [task.sentences(label, unseen) for label in task.labels]
        for method, embedder in embedders.items():
            chances, cosines = embedder.class_probabilities(
                embedder.days(test.days), sentences
            )
            # Several classes do not share one probability.
            scores = cosines if task.several else chances
            results.add(
                ZERO_SHOT,
                task.name,
                class_metrics(test.labels, scores),
                test.people,
                method=method,
                condition=condition,
                **fields,
            )
            if method == "model" and not unseen and not task.several:
                results.details[task.name] |= {
                    "classes": list(task.labels),
                    "test": test.counts(data.num_classes).tolist(),
                    "train": data.train.counts(data.num_classes).tolist(),
                    **pictured(test.labels, chances),
                }
        add_chance(
            results,
            ZERO_SHOT,
            task.name,
            test.labels,
            data.num_classes,
            test.people,
            condition=condition,
            **fields,
        )


def supervised(results, data):
    """Baselines that are shown every label of the people to learn from.

    Args:
        results: `Results`.
        data: `TaskData`.

    Returns:
        dict of str to the fitted learner of hand-made features.
    """
    if not data.can_learn:
        return {}
    train, test = data.train, data.test
    fitted = fit_hand_made(results, data)
    asked = day_features(test.days)
    scores = {
        method: learners.class_scores(learner, asked, data.num_classes)
        for method, learner in fitted.items()
    }
    scores["supervised small network"] = supervised_probabilities(
        train.days, train.labels, test.days, data.num_classes, results.seed
    )
    for method, chances in scores.items():
        results.add(
            ZERO_SHOT,
            data.task.name,
            class_metrics(test.labels, chances),
            test.people,
            method=method,
            simulated=data.simulated,
        )
    return fitted


def fit_hand_made(results, data):
    """Learners of hand-made features, on all examples to learn from.

    Args:
        results: `Results`.
        data: `TaskData`.

    Returns:
        dict of str to a fitted learner; empty where examples can be of
        several classes or a class has none.
    """
    if not data.can_learn or data.task.several:
        return {}
    features = day_features(data.train.days)
    return {
        f"hand-made + {name}": make(results.seed).fit(
            features, data.train.labels
        )
        for name, make in (
            ("logistic regression", learners.logistic_regression),
            ("random forest", learners.random_forest),
        )
    }


def probes(results, data, embedders, shots=SHOTS, draws=DRAWS):
    """Logistic regression on embeddings, of few or of all examples.

    Args:
        results: `Results`.
        data: `TaskData`. One class an example.
        embedders: dict of str to `Embedder`.
        shots: sequence of int. Examples of each class, or all that there
            are of a class that has fewer. Defaults to `SHOTS`.
        draws: int. Sets of examples over which a number of shots is
            averaged. Defaults to `20`.
    """
    train, test = data.train, data.test
    if not data.can_learn or data.task.several:
        return
    features = {
        method: (embedder.days(train.days), embedder.days(test.days))
        for method, embedder in embedders.items()
    }
    features["hand-made features"] = (
        day_features(train.days),
        day_features(test.days),
    )
    for method, (x, asked) in features.items():
        _probe(results, data, PROBE, "", method, x, asked, None, 1)
        for count in shots:
            if count > train.counts(data.num_classes).max():
                break
            condition = "1 shot" if count == 1 else f"{count} shots"
            _probe(
                results,
                data,
                FEW_SHOT,
                condition,
                method,
                x,
                asked,
                count,
                draws,
            )
    for condition in dict.fromkeys(
        row.condition
        for row in results.find(section=FEW_SHOT, task=data.task.name)
    ):
        _chance(results, data, FEW_SHOT, condition)
    _chance(results, data, PROBE, "")


def _chance(results, data, section, condition):
    add_chance(
        results,
        section,
        data.task.name,
        data.test.labels,
        data.num_classes,
        data.test.people,
        condition=condition,
        simulated=data.simulated,
    )


def _probe(results, data, section, condition, method, x, asked, count, draws):
    train, test = data.train, data.test
    scores = []
    for draw in range(draws):
        rows = np.arange(len(train))
        if count is not None:
            rows = draw_shots(train.labels, count, [results.seed, draw, count])
        learner = learners.logistic_regression(results.seed)
        learner.fit(x[rows], train.labels[rows])
        scores.append(learners.class_scores(learner, asked, data.num_classes))
    results.add(
        section,
        data.task.name,
        class_metrics(test.labels, scores),
        test.people,
        method=method,
        condition=condition,
        simulated=data.simulated,
    )


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
