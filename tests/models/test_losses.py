"""The losses against NumPy written out in loops."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_sensorlm import losses
from tests.models.backend_helpers import loss_and_gradients
from tests.models.backend_helpers import to_numpy


def embeddings(n=5, dim=7, seed=0):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, n, dim)).astype("float32")
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y /= np.linalg.norm(y, axis=1, keepdims=True)
    return x, y


def sigmoid_by_hand(logits, rows, columns):
    total = 0.0
    for i in rows:
        for j in columns:
            sign = 1.0 if i == j else -1.0
            total += np.log1p(np.exp(-sign * logits[i, j]))
    return total / len(rows)


def softmax_by_hand(logits, rows):
    def cross_entropy(matrix):
        matrix = matrix[np.ix_(rows, rows)]
        return np.mean(np.log(np.exp(matrix).sum(1)) - np.diag(matrix))

    return (cross_entropy(logits) + cross_entropy(logits.T)) / 2


def test_logits_are_scaled_and_shifted_cosines():
    x, y = embeddings()
    logits = losses.contrastive_logits(x, y, 3.0, -2.0)
    np.testing.assert_allclose(logits, 3.0 * x @ y.T - 2.0, atol=1e-5)
    logits = losses.contrastive_logits(x, y[:2], 3.0)
    np.testing.assert_allclose(logits, 3.0 * x @ y[:2].T, atol=1e-5)


def test_half_precision_is_raised_to_float32_before_the_product():
    x, y = (ops.cast(e, "bfloat16") for e in embeddings())
    logits = losses.contrastive_logits(x, y, 10.0, -10.0)
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"
    a, b = (ops.convert_to_numpy(ops.cast(e, "float32")) for e in (x, y))
    np.testing.assert_allclose(
        ops.convert_to_numpy(logits), 10.0 * a @ b.T - 10.0, atol=1e-5
    )


@pytest.mark.parametrize(
    "loss, by_hand",
    [
        (
            losses.sigmoid_contrastive_loss,
            lambda z, rows: sigmoid_by_hand(z, rows, rows),
        ),
        (losses.softmax_contrastive_loss, softmax_by_hand),
    ],
)
def test_contrastive_losses_equal_the_formula(loss, by_hand):
    x, y = embeddings()
    logits = 5.0 * x @ y.T - 1.0
    everyone = np.arange(5)
    assert float(loss(logits)) == pytest.approx(
        by_hand(logits, everyone), rel=1e-5
    )
    # A row of weight 0 is neither a row nor a candidate of the others.
    weights = np.array([1, 0, 1, 1, 0], "float32")
    expected = by_hand(logits, everyone[weights > 0])
    assert float(loss(logits, weights)) == pytest.approx(expected, rel=1e-5)
    wild = logits.copy()
    wild[1], wild[:, 4] = 50.0, -50.0
    assert float(loss(wild, weights)) == pytest.approx(expected, rel=1e-5)


def test_rows_are_weighted_in_the_mean():
    x, y = embeddings(n=3)
    logits = 4.0 * x @ y.T
    weights = np.array([2.0, 1.0, 1.0], "float32")
    rows = [sigmoid_by_hand(logits, [i], range(3)) for i in range(3)]
    assert float(
        losses.sigmoid_contrastive_loss(logits, weights)
    ) == pytest.approx(np.average(rows, weights=weights), rel=1e-5)


@pytest.mark.parametrize("scale", [1e3, 1e6])
@pytest.mark.parametrize("loss", losses.CONTRASTIVE_LOSSES.values())
def test_extreme_logits_stay_finite(loss, scale):
    logits = scale * np.random.default_rng(0).normal(size=(4, 4))
    value = float(loss(logits.astype("float32")))
    assert np.isfinite(value) and value > 0
    assert float(loss((scale * (2 * np.eye(4) - 1)).astype("float32"))) == 0.0


def test_captioning_loss_counts_each_token_once_and_padding_never():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(3, 6, 11)).astype("float32")
    token_ids = rng.integers(0, 11, size=(3, 6)).astype("int32")
    mask = np.arange(6) < np.array([[6], [3], [1]])
    log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    every = [
        -log_probs[b, i, token_ids[b, i + 1]]
        for b in range(3)
        for i in range(5)
        if mask[b, i + 1]
    ]
    loss = losses.captioning_loss(logits, token_ids, mask)
    assert float(loss) == pytest.approx(np.mean(every), rel=1e-5)
    spoiled_logits, spoiled_ids = logits.copy(), token_ids.copy()
    spoiled_logits[1, 2:], spoiled_ids[1, 3:] = 99.0, 0
    spoiled_logits[2], spoiled_ids[2, 1:] = -99.0, 0
    again = losses.captioning_loss(spoiled_logits, spoiled_ids, mask)
    assert float(again) == pytest.approx(float(loss), rel=1e-6)
    first = losses.captioning_loss(logits, token_ids, mask, [1.0, 0.0, 0.0])
    assert float(first) == pytest.approx(np.mean(every[:5]), rel=1e-5)


def test_what_is_only_read_is_not_asked_for():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2, 4, 5)).astype("float32")
    tokens = rng.integers(0, 5, (2, 4)).astype("int32")
    mask = np.array([[1, 1, 1, 0], [2, 2, 2, 2]])
    found = losses.captioning_loss(logits, tokens, mask)
    expected = losses.captioning_loss(logits[:1], tokens[:1], mask[:1])
    assert float(found) == pytest.approx(float(expected), rel=1e-6)
    assert to_numpy(losses.tokens_to_write(mask)).tolist() == [
        [1, 1, 0],
        [0, 0, 0],
    ]


def test_nothing_to_count_is_no_loss():
    logits = np.ones((2, 3, 4), "float32")
    ids = np.zeros((2, 3), "int32")
    assert float(losses.captioning_loss(logits, ids, ids)) == 0.0
    for loss in losses.CONTRASTIVE_LOSSES.values():
        assert float(loss(np.ones((2, 2), "float32"), np.zeros(2))) == 0.0


class Pairs(keras.layers.Layer):
    """Embeddings, scale and bias as weights, for their gradients."""

    def build(self, input_shape=None):
        x, y = embeddings(n=13)
        y = (x + 0.5 * y) / np.linalg.norm(x + 0.5 * y, axis=1, keepdims=True)
        for name, value in {
            "x": x,
            "y": y,
            "scale": 10.0,
            "bias": -5.0,
        }.items():
            weight = self.add_weight(np.shape(value), name=name)
            weight.assign(value)

    def tensors(self):
        return [ops.convert_to_tensor(weight) for weight in self.weights]


@pytest.mark.parametrize("chunk_size", [1, 4, 13, 50])
@pytest.mark.parametrize("weighted", [False, True])
def test_chunks_give_the_loss_and_the_gradients_of_the_whole(
    weighted, chunk_size
):
    pairs = Pairs()
    pairs.build()
    weights = None
    if weighted:
        weights = ops.convert_to_tensor(
            np.array([1, 0, 2, 1, 1, 0.5, 0, 1, 1, 1, 1, 1, 3], "float32")
        )

    def plain():
        logits = losses.contrastive_logits(*pairs.tensors())
        return losses.sigmoid_contrastive_loss(logits, weights)

    def chunked():
        return losses.chunked_sigmoid_contrastive_loss(
            *pairs.tensors(), weights, chunk_size=chunk_size
        )

    expected, gradients = loss_and_gradients(pairs, plain)
    value, chunked_gradients = loss_and_gradients(pairs, chunked)
    assert value == pytest.approx(expected, rel=1e-6)
    for path, gradient in gradients.items():
        np.testing.assert_allclose(
            chunked_gradients[path],
            gradient,
            rtol=1e-5,
            atol=1e-6 * np.abs(gradient).max(),
        )
    _, *found = losses.chunked_sigmoid_contrastive_loss(
        *pairs.tensors(), weights, chunk_size=chunk_size, return_hits=True
    )
    hits = losses.retrieval_hits(
        losses.contrastive_logits(*pairs.tensors()), weights
    )
    counted = np.ones(13, bool) if weights is None else to_numpy(weights) > 0
    for ours, theirs in zip(found, hits):
        assert (to_numpy(ours) == to_numpy(theirs))[counted].all()


def test_chunks_of_no_days_are_refused():
    x, y = embeddings()
    with pytest.raises(ValueError, match="chunk_size"):
        losses.chunked_sigmoid_contrastive_loss(x, y, 1.0, chunk_size=0)
