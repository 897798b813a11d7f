"""Probes: who is learned from, who is asked, and what is reported."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from keras_sensorlm.evaluation import learners
from keras_sensorlm.evaluation import probe_section
from keras_sensorlm.evaluation.annotations import Annotations
from keras_sensorlm.evaluation.class_metrics import class_metrics
from keras_sensorlm.evaluation.class_metrics import metrics_over_draws
from keras_sensorlm.evaluation.class_section import NEW_PEOPLE
from keras_sensorlm.evaluation.class_section import TaskData
from keras_sensorlm.evaluation.embedder import Embedder
from keras_sensorlm.evaluation.examples import Examples
from keras_sensorlm.evaluation.examples import find_examples
from keras_sensorlm.evaluation.results import Results
from keras_sensorlm.evaluation.tasks import TASKS
from keras_sensorlm.evaluation.tasks import load_task
from keras_sensorlm.models.preset import SensorLMPreset
from keras_sensorlm.sensors.simulator import simulate_days
from tests.models.task_helpers import make_backbone
from tests.models.task_helpers import make_preprocessor


def examples(people, labels):
    return Examples([], np.array(labels), list(people))


def test_nobody_is_asked_who_was_learned_from():
    found = examples("aaabbbcccdddef", [0, 1, 2] * 4 + [0, 1])
    whose = np.array(found.people)
    drawn = probe_section.draw_people(found, 12, seed=3)
    assert len(drawn) == 12
    for learn, ask in drawn:
        assert not set(whose[learn]) & set(whose[ask])
        assert len(set(whose[learn])) == 3
        assert set(found.labels[learn]) == {0, 1, 2}
        assert sorted([*learn, *ask]) == list(range(14))
    assert len({tuple(learn) for learn, _ in drawn}) > 3
    again = probe_section.draw_people(found, 12, seed=3)
    assert all((a[0] == b[0]).all() for a, b in zip(drawn, again))
    for learn, _ in probe_section.draw_people(found, 5, 0, count=2):
        assert len(set(whose[learn])) == 2


def test_too_few_people_are_not_halved():
    assert not probe_section.draw_people(examples("abc", [0, 1, 0]), 3, 0)
    # Whoever is drawn, one side lacks a class.
    assert not probe_section.draw_people(examples("abcd", [0, 0, 0, 1]), 3, 0)


def test_draws_that_ask_everybody_are_averaged_as_ever():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 30)
    draws = [rng.dirichlet(np.ones(3), 30) for _ in range(3)]
    weights = rng.integers(1, 4, (5, 30)).astype(float)
    everybody = np.arange(30)
    expected = class_metrics(labels, draws)
    found = metrics_over_draws(labels, [(everybody, p) for p in draws])
    assert set(found) == set(expected)
    for name in found:
        np.testing.assert_allclose(
            found[name](weights), expected[name](weights)
        )


def test_a_draw_without_weight_does_not_count():
    labels = np.array([0, 1, 0, 1])
    draws = [(np.array([0, 1]), np.eye(2)), (np.array([2, 3]), 1 - np.eye(2))]
    metric = metrics_over_draws(labels, draws)["balanced_accuracy"]
    found = metric(np.array([[1.0, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1]]))
    assert found.tolist() == [0.5, 1.0, 0.0]


def test_turning_the_examples_changes_no_answer():
    rng = np.random.default_rng(0)
    labels = np.array([0, 0, 1, 1, 1, 2, 2])
    x, asked = rng.normal(size=(7, 90)), rng.normal(size=(5, 90))
    plain = make_pipeline(
        StandardScaler(),
        LogisticRegression(C=0.1, max_iter=1000, class_weight="balanced"),
    )
    found = learners.logistic_regression().fit(x, labels)
    np.testing.assert_allclose(
        found.predict_proba(asked),
        plain.fit(x, labels).predict_proba(asked),
        atol=2e-3,
    )


@pytest.fixture(scope="module")
def results():
    task = load_task(TASKS / "simulated_sleep.yaml")
    sides = [
        find_examples(task, simulate_days(12, seed=seed), Annotations())
        for seed in (5, 6)
    ]
    # As if they had been recorded.
    data = TaskData(task, *sides, simulated=False)
    embedders = {
        name: Embedder(
            SensorLMPreset(make_backbone(seed=seed), make_preprocessor())
        )
        for seed, name in enumerate(("model", "random weights"))
    }
    results = Results(seed=1, samples=50)
    probe_section.probes(results, data, embedders, shots=(1, 5), draws=4)
    return results


def test_every_question_has_all_methods(results):
    results.check_baselines()
    questions = {row.question for row in results.rows}
    asked = {question[:1] + question[2:3] for question in questions}
    assert asked == {
        ("few-shot", "1 shot"),
        ("few-shot", "5 shots"),
        ("linear probe", ""),
        ("linear probe", NEW_PEOPLE),
    }
    for question in questions:
        found = [row for row in results.rows if row.question == question]
        assert sorted(row.method for row in found) == [
            "chance",
            "hand-made features",
            "model",
            probe_section.EMBEDDING,
            probe_section.WITH_NAMES,
            "random weights",
        ]
        assert not any(
            row.baseline for row in found if row.method.startswith("model")
        )


def test_others_are_recognised_from_half_of_the_people(results):
    (row,) = results.find(
        method="hand-made features",
        condition=NEW_PEOPLE,
        metric="balanced_accuracy",
    )
    assert row.estimate.value > 0.9 and row.estimate.people == 10


def test_names_that_say_nothing_change_nothing():
    learned = np.array([[0.7, 0.3, 0.0]])
    found = probe_section.product(learned, np.full((1, 3), 1 / 3))
    np.testing.assert_allclose(found, learned, atol=1e-5)
    found = probe_section.product(learned, np.array([[0.3, 0.7, 0.0]]))
    np.testing.assert_allclose(found, [[0.5, 0.5, 0]], atol=1e-5)
