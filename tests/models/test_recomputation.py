"""Attention in blocks, and what the backward pass computes again."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_sensorlm.models.layers import attention_math
from keras_sensorlm.models.layers import recomputation
from keras_sensorlm.models.layers.blockwise_attention import blockwise_attention
from keras_sensorlm.models.layers.decoder_block import DecoderBlock
from keras_sensorlm.models.layers.transformer_block import TransformerBlock
from tests.models.backend_helpers import loss_and_gradients
from tests.models.backend_helpers import to_numpy

not_tensorflow = pytest.mark.skipif(
    keras.backend.backend() == "tensorflow",
    reason="Keras's scan stacks only what has the shape of its state there",
)
only_jax = pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="for XLA on a CPU"
)


class Inputs(keras.layers.Layer):
    """Makes gradients of inputs gradients of weights."""

    def __init__(self, **arrays):
        super().__init__()
        for name, array in arrays.items():
            weight = self.add_weight(
                shape=array.shape, name=name, dtype="float32"
            )
            weight.assign(array)
            setattr(self, name, weight)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def attention_inputs(length, memory_length):
    return Inputs(
        query=noise(2, length, 3, 4),
        key=noise(2, memory_length, 3, 4, seed=1),
        value=noise(2, memory_length, 3, 4, seed=2),
    )


def key_mask(memory_length):
    """Some keys hidden in the first row, all in the second."""
    mask = np.ones((2, memory_length), "bool")
    mask[0, 3:90] = False
    mask[1] = False
    return ops.convert_to_tensor(mask)


def plain_attention(query, key, value, mask):
    logits = ops.einsum("bqhd,bkhd->bhqk", query, key) / 2.0
    if mask is not None:
        logits = ops.where(mask[:, None, None, :], logits, -1e9)
    return ops.einsum("bhqk,bkhd->bqhd", ops.softmax(logits), value)


def weighted(outputs, seed=3):
    weights = ops.convert_to_tensor(noise(*outputs.shape, seed=seed))
    return ops.sum(outputs * weights)


@not_tensorflow
# One block, blocks that do not divide the queries, more keys than queries.
@pytest.mark.parametrize(
    "lengths, masked",
    [((5, 5), False), ((301, 301), True), ((150, 400), True)],
)
def test_attention_in_blocks_is_attention(lengths, masked):
    layer = attention_inputs(*lengths)
    mask = key_mask(lengths[1]) if masked else None

    def loss_of(attention):
        def loss():
            parts = (layer.query, layer.key, layer.value)
            parts = [ops.convert_to_tensor(x) for x in parts]
            return weighted(attention(*parts, mask))

        return loss_and_gradients(layer, loss)

    expected, gradients = loss_of(plain_attention)
    value, others = loss_of(blockwise_attention)
    assert value == pytest.approx(expected, rel=1e-4, abs=1e-4)
    assert set(others) == set(gradients) and len(others) == 3
    for name, gradient in gradients.items():
        np.testing.assert_allclose(others[name], gradient, atol=2e-5)


@not_tensorflow
def test_attention_in_blocks_keeps_half_precision():
    x = [ops.cast(noise(2, 9, 3, 4, seed=i), "bfloat16") for i in range(3)]
    y = blockwise_attention(*x)
    assert keras.backend.standardize_dtype(y.dtype) == "bfloat16"
    x = [ops.cast(part, "float32") for part in x]
    np.testing.assert_allclose(
        to_numpy(y), to_numpy(plain_attention(*x, None)), atol=0.02
    )


def test_blocks_are_for_long_days_where_nothing_is_fused():
    def chosen(length, memory_length):
        x, y = (np.zeros((1, n, 1, 1)) for n in (length, memory_length))
        return attention_math.blocks_are_faster(x, y)

    assert chosen(1872, 1872) == recomputation.xla_on_a_cpu()
    assert not chosen(1, 1872) and not chosen(256, 256)


def gradients_of(layer, *inputs, **kwargs):
    def loss():
        return weighted(ops.cast(layer(*inputs, **kwargs), "float32"))

    return loss_and_gradients(layer, loss)


MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]], "bool")
BLOCKS = {
    "transformer": (TransformerBlock, (noise(2, 5, 8),), {"key_mask": MASK}),
    "decoder": (
        DecoderBlock,
        (noise(2, 4, 8), noise(2, 5, 6, seed=1)),
        {"memory_mask": MASK},
    ),
}


@pytest.mark.parametrize(
    "name, dtype", [("transformer", "float32"), ("decoder", "mixed_bfloat16")]
)
def test_gradients_are_those_without_walls_and_remat(name, dtype, monkeypatch):
    make, inputs, kwargs = BLOCKS[name]
    inputs = [ops.convert_to_tensor(x) for x in inputs]
    kwargs = {k: ops.convert_to_tensor(x) for k, x in kwargs.items()}
    plain, remat = (
        make(2, 16, remat=remat, name="block", dtype=dtype)
        for remat in (False, True)
    )
    for layer in (plain, remat):
        layer.build(*(x.shape for x in inputs))
    plain.set_weights(remat.get_weights())
    with_walls = gradients_of(plain, *inputs, **kwargs)
    with_remat = gradients_of(remat, *inputs, **kwargs)
    monkeypatch.setattr(recomputation, "xla_on_a_cpu", lambda: False)
    expected = gradients_of(plain, *inputs, **kwargs)
    tolerance = 1e-5 if dtype == "float32" else 0.05
    for loss, gradients in (with_walls, with_remat):
        assert loss == pytest.approx(expected[0], rel=tolerance)
        assert set(gradients) == set(expected[1])
        for path, gradient in expected[1].items():
            scale = max(1.0, np.abs(gradient).max())
            np.testing.assert_allclose(
                gradients[path], gradient, atol=tolerance * scale, err_msg=path
            )


@only_jax
def test_a_wall_gives_any_gradient_back():
    import jax

    for first in (0.0, -0.0, np.inf, -np.inf, np.nan):
        gradient = noise(2, 3, 4)
        gradient[0, 0, 0] = first
        gradient[1, 2] = [-np.inf, np.nan, np.inf, -0.0]
        for run in (lambda f: f, jax.jit):
            _, back = jax.vjp(run(recomputation.end_branch), noise(2, 3, 4))
            (got,) = run(back)(gradient)
            assert np.asarray(got).tobytes() == gradient.tobytes()


@only_jax
def test_remat_saves_memory():
    """What `keras.remat` does not do here: XLA takes its barrier out."""
    import jax

    def memory(remat):
        def tower(weights, x):
            for weight in weights:
                x = remat(lambda x, w=weight: x + ops.tanh(ops.sin(x) @ w))(x)
            return ops.sum(x**2)

        weights = [noise(64, 64, seed=i) for i in range(8)]
        step = jax.jit(jax.grad(tower)).lower(weights, noise(4096, 64))
        return step.compile().memory_analysis().temp_size_in_bytes

    plain = memory(lambda function: function)
    assert memory(recomputation.remat) < 0.7 * plain
