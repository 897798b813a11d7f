"""The measures give what scikit-learn and counting by hand give."""

import itertools

import numpy as np
import pytest

from keras_sensorlm.evaluation import bootstrap
from keras_sensorlm.evaluation import captioning
from keras_sensorlm.evaluation import classification
from keras_sensorlm.evaluation import retrieval
from keras_sensorlm.evaluation.ngrams import common_subsequence
from keras_sensorlm.sensors.simulator import simulate_days


def a_problem(seed=0, n=60, classes=4, levels=8):
    """Labels, probabilities with ties, predictions."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    scores = (
        rng.integers(0, levels, (n, classes)) + 3.0 * np.eye(classes)[labels]
    )
    scores = scores + 0.5
    probabilities = scores / scores.sum(axis=1, keepdims=True)
    return labels, probabilities, probabilities.argmax(axis=1)


@pytest.mark.parametrize("seed", range(3))
def test_classification_agrees_with_scikit_learn(seed):
    metrics = pytest.importorskip("sklearn.metrics")
    labels, probabilities, predictions = a_problem(seed)
    assert classification.balanced_accuracy(
        labels, predictions, 4
    ) == pytest.approx(metrics.balanced_accuracy_score(labels, predictions))
    assert classification.macro_f1(labels, predictions, 4) == pytest.approx(
        metrics.f1_score(labels, predictions, average="macro")
    )
    np.testing.assert_array_equal(
        classification.confusion_matrix(labels, predictions, 4),
        metrics.confusion_matrix(labels, predictions),
    )
    assert classification.macro_auroc(labels, probabilities) == pytest.approx(
        metrics.roc_auc_score(labels, probabilities, multi_class="ovr")
    )
    several = np.eye(4, dtype=bool)[labels] | (probabilities > 0.4)
    assert classification.macro_auroc(several, probabilities) == pytest.approx(
        metrics.roc_auc_score(several, probabilities)
    )


@pytest.mark.parametrize(
    "metric",
    [
        lambda y, p, w=None: classification.balanced_accuracy(
            y, p.argmax(1), 4, w
        ),
        lambda y, p, w=None: classification.macro_f1(y, p.argmax(1), 4, w),
        classification.macro_auroc,
        classification.calibration_error,
    ],
)
def test_a_weight_is_a_repetition(metric):
    labels, probabilities, _ = a_problem(n=30)
    weights = np.random.default_rng(1).integers(0, 3, (5, 30))
    together = metric(labels, probabilities, weights)
    for row, value in zip(weights, together):
        repeated = np.repeat(np.arange(30), row)
        assert value == pytest.approx(
            metric(labels[repeated], probabilities[repeated])
        )


def test_a_class_that_is_not_there_does_not_count():
    scores = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]])
    assert classification.balanced_accuracy([0, 1], [0, 1], 3) == 1.0
    assert classification.macro_auroc([0, 1], scores) == 1.0
    assert np.isnan(classification.macro_auroc([0, 0], scores))


def test_calibration_error_of_a_known_case():
    probabilities = np.array([[0.8, 0.2]] * 4 + [[0.6, 0.4]] * 2)
    labels = [0, 0, 0, 1, 1, 1]
    # |0.75 - 0.8| x 4/6 + |0 - 0.6| x 2/6
    assert classification.calibration_error(
        labels, probabilities
    ) == pytest.approx(0.05 * 4 / 6 + 0.6 * 2 / 6)
    curve = classification.reliability(labels, probabilities)
    assert [count for _, _, count in curve] == [2, 4]


def test_intervals_draw_people_with_all_their_days():
    people = np.repeat(["a", "b", "c", "d"], 25)
    hits = np.repeat([1.0, 1.0, 0.0, 0.0], 25)
    weights = bootstrap.bootstrap_weights(people, 200)
    assert (weights.reshape(200, 4, 25).std(axis=2) == 0).all()
    assert (weights.sum(axis=1) == 100).all()

    def metric(w):
        return bootstrap.weighted_mean(hits, w)

    by_person = bootstrap.estimate(metric, people)
    by_day = bootstrap.estimate(metric, np.arange(100).astype(str))
    assert by_person.value == by_day.value == 0.5
    assert by_person.people == 4 and by_person.examples == 100
    # Four people say far less than a hundred.
    assert by_person.high - by_person.low > 3 * (by_day.high - by_day.low)
    assert bootstrap.estimate(metric, people) == by_person
    other = bootstrap.bootstrap_weights(people, 200, seed=1)
    assert (weights != other).any()


def test_one_person_gives_no_interval():
    found = bootstrap.estimate(lambda w: np.float64(0.5), ["a", "a"])
    assert np.isnan(found.low) and str(found) == "0.500"
    with pytest.raises(ValueError, match="at least one example"):
        bootstrap.estimate(lambda w: w, [])


def test_the_weighted_median_is_the_median_of_repetitions():
    values = np.array([5.0, 1.0, 3.0, 9.0])
    weights = np.array([[1, 1, 1, 0], [0, 0, 1, 3]], dtype=float)
    np.testing.assert_array_equal(
        bootstrap.weighted_median(values, weights), [3.0, 9.0]
    )


def test_ties_in_retrieval_give_what_guessing_gives():
    placement = retrieval.place(np.ones((10, 10)))
    assert retrieval.recall_at(placement, 1) == pytest.approx(0.1)
    assert retrieval.recall_at(placement, 5) == pytest.approx(0.5)
    assert retrieval.recall_at(placement, 1, pool=4) == pytest.approx(0.25)
    assert retrieval.median_rank(placement) == pytest.approx(5.5)
    # Noise of a matrix product is no reason to rank.
    noise = 1e-8 * np.random.default_rng(0).normal(size=(10, 10))
    placement = retrieval.place(1 + noise)
    assert retrieval.recall_at(placement, 1) == pytest.approx(0.1)


def test_a_pool_is_the_mean_over_all_pools_that_could_be():
    similarity = np.random.default_rng(0).integers(0, 4, (6, 6)).astype(float)
    placement = retrieval.place(similarity)
    for query in range(6):
        others = [i for i in range(6) if i != query]
        for k in (1, 2):
            found = []
            for pool in itertools.combinations(others, 2):
                nearer = sum(
                    similarity[query, i] > similarity[query, query]
                    for i in pool
                )
                ties = sum(
                    similarity[query, i] == similarity[query, query]
                    for i in pool
                )
                found.append(np.clip((k - nearer) / (ties + 1), 0, 1))
            assert placement.hits(k, pool=3)[query] == pytest.approx(
                np.mean(found)
            )


def test_retrieval_both_ways():
    days = np.eye(3)
    # The second caption is the third's: all are equally far from its day.
    texts = np.eye(3)[[0, 2, 2]]
    found = retrieval.retrieval_metrics(days, texts, ks=(1,))
    assert found["day_to_text_r1"] == pytest.approx((1 + 1 / 3 + 1 / 2) / 3)
    assert found["text_to_day_r1"] == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="one candidate for each query"):
        retrieval.place(np.ones((2, 3)))
    with pytest.raises(ValueError, match="at least two"):
        retrieval.place(np.ones((1, 1)))


def test_the_fast_subsequence_is_the_slow_one():
    rng = np.random.default_rng(0)
    for _ in range(30):
        a, b = (rng.integers(0, 4, rng.integers(0, 12)).tolist() for _ in "ab")
        table = np.zeros((len(a) + 1, len(b) + 1), dtype=int)
        for i, j in itertools.product(range(len(a)), range(len(b))):
            table[i + 1, j + 1] = (
                table[i, j] + 1
                if a[i] == b[j]
                else max(table[i, j + 1], table[i + 1, j])
            )
        assert common_subsequence(a, b) == table[-1, -1]


def test_bleu_of_a_known_case():
    said = "the cat is on the mat"
    meant = ["there is a cat on the mat", "the cat sat on the mat"]
    scores = captioning.score_captions([said], simulate_days(1, 0), [meant])
    # Two words: "the cat", "on the", "the mat"; three: "on the mat".
    assert scores.matches.tolist() == [[6, 3, 1, 0]]
    assert scores.runs.tolist() == [[6, 5, 4, 3]]
    assert scores.metrics()["bleu"](np.ones(1)) == 0.0
    assert scores.reference_words.tolist() == [6]


def test_bleu_is_short_of_a_longer_reference():
    said, meant = "a b c d e", "a b c d e f g h i j"
    scores = captioning.score_captions([said], simulate_days(1, 0), [[meant]])
    assert scores.metrics()["bleu"](np.ones(1)) == pytest.approx(np.exp(-1))


def test_captions_are_scored_by_truth_and_variety():
    days = simulate_days(3, seed=1)
    empty = ["Nothing that can be read."] * 3
    scores = captioning.score_captions(empty, days, [[t] for t in empty])
    metrics = scores.metrics()
    assert metrics["factuality"](np.ones(3)) == 0.0
    assert metrics["distinct"](np.ones(3)) == pytest.approx(1 / 3)
    assert metrics["words"](np.ones(3)) == 5
    # Words that every day has tell no day apart.
    assert metrics["cider"](np.ones(3)) == 0.0
    with pytest.raises(ValueError, match="2 captions"):
        captioning.score_captions(empty[:2], days, [[""]] * 3)


def test_meteor_counts_chunks():
    assert captioning.meteor_exact(["a", "b"], ["a", "b"]) == 0.9375
    assert captioning.meteor_exact(["b", "a"], ["a", "b"]) == 0.5
    assert captioning.meteor_exact(["x"], ["a"]) == 0.0
    assert captioning.meteor_exact([], ["a"]) == 0.0
