"""Classes in words, and what stands beside them."""

import dataclasses

from keras_sensorlm.evaluation import learners
from keras_sensorlm.evaluation.class_metrics import add_chance
from keras_sensorlm.evaluation.class_metrics import class_metrics
from keras_sensorlm.evaluation.class_metrics import pictured
from keras_sensorlm.evaluation.hand_made import day_features
from keras_sensorlm.evaluation.small_network import supervised_probabilities

ZERO_SHOT, FEW_SHOT, PROBE = "zero-shot", "few-shot", "linear probe"
UNSEEN = "names never met in training"
NEW_PEOPLE = "half of the tested people"


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
                simulated=data.simulated,
            )
            if method == "model" and not unseen and not task.several:
                results.details[task.name] |= {
                    "classes": list(task.labels),
                    "test": test.counts(data.num_classes).tolist(),
                    "train": data.train.counts(data.num_classes).tolist(),
                    **pictured(test.labels, chances),
                }
        add_chance(results, ZERO_SHOT, data, condition)


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
