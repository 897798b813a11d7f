"""The decoder: masks, causality and both caches."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_sensorlm.models.multimodal_decoder import MultimodalDecoder
from tests.models.backend_helpers import to_numpy
from tests.models.layer_test_case import MaskedLayerTestCase


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


class TestMultimodalDecoder(MaskedLayerTestCase):
    golden = "multimodal_decoder"
    mask_name = "memory_mask"
    masked_name = "memory"

    def make(self, **kwargs):
        return MultimodalDecoder(2, 2, 16, gated=True, **kwargs)

    def inputs(self):
        return {
            "x": noise(2, 6, 8),
            "memory": noise(2, 5, 6, seed=1),
            "memory_mask": np.array([[1] * 5, [1, 1, 0, 0, 0]], "bool"),
        }

    def test_the_caches_give_the_same(self):
        layer = self.made()
        expected = to_numpy(self.call(layer)[0])
        inputs = {k: ops.convert_to_tensor(v) for k, v in self.inputs().items()}
        cross = layer.compute_cross_cache(inputs["memory"])
        cache = layer.init_cache(2, 6)
        for i in range(6):
            y, cache = layer.decode(
                inputs["x"][:, i : i + 1],
                cache,
                ops.convert_to_tensor(i, "int32"),
                cross,
                inputs["memory_mask"],
            )
            np.testing.assert_allclose(
                to_numpy(y)[:, 0], expected[:, i], atol=1e-5
            )

    @pytest.mark.skipif(
        keras.backend.backend() != "torch",
        reason="Only PyTorch notes a transposition without making it.",
    )
    def test_no_product_has_to_copy_a_cache(self):
        memory = ops.convert_to_tensor(self.inputs()["memory"])
        caches = self.made().compute_cross_cache(memory)
        for tensor in keras.tree.flatten(caches):
            assert tensor.is_contiguous()
