"""Every layer through the shared checks, and what is special to each."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_sensorlm.models import layers
from keras_sensorlm.models.layers.attention import Attention
from keras_sensorlm.models.layers.attention_pooling import AttentionPooling
from keras_sensorlm.models.layers.contrastive_scale import ContrastiveScale
from keras_sensorlm.models.layers.decoder_block import DecoderBlock
from keras_sensorlm.models.layers.embedding_head import EmbeddingHead
from keras_sensorlm.models.layers.mlp import Mlp
from keras_sensorlm.models.layers.token_pooling import pool_tokens
from keras_sensorlm.models.layers.transformer_block import TransformerBlock
from tests.models.backend_helpers import to_numpy
from tests.models.layer_test_case import LayerTestCase
from tests.models.layer_test_case import MaskedLayerTestCase


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]], "bool")


class TestMlp(LayerTestCase):
    golden = "mlp"

    def make(self, **kwargs):
        return Mlp(12, **kwargs)

    def inputs(self):
        return {"x": noise(2, 5, 8)}


class TestGatedMlp(TestMlp):
    golden = "gated_mlp"

    def make(self, **kwargs):
        return Mlp(12, gated=True, **kwargs)


class TestAttention(MaskedLayerTestCase):
    golden = "attention"

    def make(self, **kwargs):
        return Attention(2, **kwargs)

    def inputs(self):
        return {
            "x": noise(2, 3, 8),
            "memory": noise(2, 5, 6, seed=1),
            "key_mask": MASK,
        }

    masked_name = "memory"

    def test_equals_the_formula(self):
        layer, inputs = self.made(), self.inputs()
        x, memory = inputs["x"], inputs["memory"]
        weights = to_numpy(layer.attention_weights(x, memory, MASK))
        assert (weights[1, :, :, 3:] == 0).all()
        value = to_numpy(layer.value(memory)).reshape(2, 5, 2, 4)
        y = np.einsum("bhqk,bkhd->bqhd", weights, value).reshape(2, 3, 8)
        expected = to_numpy(layer.output_dense(y))
        got = to_numpy(self.call(layer)[0])
        np.testing.assert_allclose(got, expected, atol=1e-5)

    def test_heads_must_divide_the_width(self):
        with pytest.raises(ValueError, match="num_heads=3"):
            Attention(3)(noise(1, 2, 8))

    def test_causal_with_a_mask_sees_neither(self):
        layer, x = self.make(), noise(2, 5, 8)
        both = to_numpy(layer(x, key_mask=MASK, causal=True))
        changed = x.copy()
        changed[:, 4] = 9.0
        again = to_numpy(layer(changed, key_mask=MASK, causal=True))
        np.testing.assert_array_equal(both[:, :4], again[:, :4])


class TestTransformerBlock(MaskedLayerTestCase):
    golden = "transformer_block"

    def make(self, **kwargs):
        return TransformerBlock(2, 16, gated=True, **kwargs)

    def inputs(self):
        return {"x": noise(2, 5, 8), "key_mask": MASK}

    def visible(self, output):
        return output[MASK]

    def test_remat_changes_nothing_but_memory(self):
        plain = self.made()
        remat = TransformerBlock(2, 16, plain.gated, remat=not plain.remat)
        self.call(remat)
        for weight, value in zip(remat.weights, plain.weights):
            weight.assign(value)
        np.testing.assert_allclose(
            to_numpy(self.call(remat)[0]),
            to_numpy(self.call(plain)[0]),
            atol=1e-6,
        )

    @pytest.mark.parametrize("chunks", [(1,) * 6, (3, 1, 2)])
    def test_the_cache_gives_the_same(self, chunks):
        layer, x = self.made(), noise(2, 6, 8)
        expected = to_numpy(layer(x, causal=True))
        cache, start = layer.attention.init_cache(2, 9), 0
        for steps in chunks:
            index = ops.convert_to_tensor(start, "int32")
            part = ops.convert_to_tensor(x[:, start : start + steps])
            y, cache = layer.decode(part, cache, index)
            np.testing.assert_allclose(
                to_numpy(y), expected[:, start : start + steps], atol=1e-5
            )
            start += steps


class TestRematTransformerBlock(TestTransformerBlock):
    golden = "remat_transformer_block"

    def make(self, **kwargs):
        return TransformerBlock(2, 16, remat=True, **kwargs)


class TestDecoderBlock(MaskedLayerTestCase):
    golden = "decoder_block"
    mask_name = "memory_mask"
    masked_name = "memory"

    def make(self, **kwargs):
        return DecoderBlock(2, 16, **kwargs)

    def inputs(self):
        return {
            "x": noise(2, 4, 8),
            "memory": noise(2, 5, 6, seed=1),
            "memory_mask": MASK,
        }

    def test_is_causal(self):
        layer, x = self.made(), self.inputs()["x"]
        x[:, 3] = 5.0
        before, after = self.call(layer)[0], self.call(layer, x=x)[0]
        before, after = to_numpy(before), to_numpy(after)
        np.testing.assert_array_equal(before[:, :3], after[:, :3])
        assert np.abs(before[:, 3] - after[:, 3]).max() > 1e-3


class TestAttentionPooling(MaskedLayerTestCase):
    golden = "attention_pooling"

    def make(self, **kwargs):
        return AttentionPooling(2, 16, num_queries=3, gated=True, **kwargs)

    def inputs(self):
        return {"x": noise(2, 5, 8), "key_mask": MASK}

    def test_queries_differ(self):
        pooled = to_numpy(self.call(self.make())[0])
        assert pooled.shape == (2, 3, 8)
        assert np.abs(pooled[:, 0] - pooled[:, 1]).max() > 1e-3


class TestEmbeddingHead(MaskedLayerTestCase):
    golden = "embedding_head"
    masked_name = "tokens"

    def make(self, **kwargs):
        return EmbeddingHead(6, num_heads=2, **kwargs)

    def inputs(self):
        return {"tokens": noise(2, 5, 8), "key_mask": MASK}

    def test_rows_have_unit_length_in_float32(self):
        y = to_numpy(self.call(self.make(dtype="mixed_bfloat16"))[0])
        assert y.dtype == "float32"
        np.testing.assert_allclose(np.linalg.norm(y, axis=1), 1, atol=1e-6)


class TestMeanEmbeddingHead(TestEmbeddingHead):
    golden = "mean_embedding_head"

    def make(self, **kwargs):
        return EmbeddingHead(6, pooling="mean", **kwargs)


class TestContrastiveScale(LayerTestCase):
    golden = "contrastive_scale"

    def make(self, **kwargs):
        return ContrastiveScale("sigmoid", **kwargs)

    def inputs(self):
        return {"x": noise(2, 3)}


def test_softmax_scale_starts_and_ends_like_clip():
    layer = ContrastiveScale("softmax")
    scale, bias = layer(noise(1))
    assert float(to_numpy(scale)) == pytest.approx(1 / 0.07)
    assert float(to_numpy(bias)) == 0
    assert len(layer.weights) == 1
    layer.log_scale.assign(9.0)
    assert float(to_numpy(layer(noise(1))[0])) == 100


def test_every_layer_is_public_and_known_to_keras():
    for name in layers.__all__:
        registered = keras.saving.get_registered_object(
            f"keras_sensorlm>{name}"
        )
        assert registered is getattr(layers, name)


def test_pooling_rules():
    x = noise(2, 5, 3)
    expected = {
        "cls": x[:, 0],
        "last": x[:, -1],
        "eos": np.stack([x[0, 4], x[1, 2]]),
        "mean": np.stack([x[0].mean(0), x[1, :3].mean(0)]),
    }
    for rule, value in expected.items():
        got = to_numpy(pool_tokens(x, rule, MASK))
        np.testing.assert_allclose(got, value, atol=1e-6, err_msg=rule)
    for rule in ("eos", "last"):
        got = to_numpy(pool_tokens(x, rule))
        np.testing.assert_array_equal(got, x[:, -1])


@pytest.mark.parametrize(
    "make",
    [
        lambda: EmbeddingHead(pooling="max"),
        lambda: pool_tokens(noise(1, 2, 3), "max"),
        lambda: ContrastiveScale("hinge"),
    ],
)
def test_unknown_choices_are_named(make):
    with pytest.raises(ValueError, match=r"max|hinge"):
        make()
