"""The text tower: masks, causality and the cache."""

import numpy as np
import pytest
from keras import ops

from keras_sensorlm.models.text_encoder import TextEncoder
from tests.models.backend_helpers import to_numpy
from tests.models.layer_test_case import LayerTestCase

IDS = np.random.default_rng(0).integers(0, 20, (2, 6)).astype("int32")
MASK = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]], "int32")


def small(**kwargs):
    return TextEncoder(20, 8, 2, 2, max_length=7, **kwargs)


class TestBidirectional(LayerTestCase):
    golden = "text_encoder"

    def make(self, **kwargs):
        return small(**kwargs)

    def inputs(self):
        return {"token_ids": IDS, "padding_mask": MASK}

    def test_padding_is_not_read(self):
        layer = self.made()
        changed = np.where(MASK, IDS, 3).astype("int32")
        expected = to_numpy(self.call(layer)[0])
        got = to_numpy(self.call(layer, token_ids=changed)[0])
        seen = MASK.astype("bool")
        np.testing.assert_array_equal(got[seen], expected[seen])

    def test_the_released_recipe_reads_its_padding(self):
        layer = self.made(mask_padding=False)
        changed = np.where(MASK, IDS, 3).astype("int32")
        expected = to_numpy(self.call(layer)[0])
        got = to_numpy(self.call(layer, token_ids=changed)[0])
        assert np.abs(got[1, 0] - expected[1, 0]).max() > 1e-4


class TestCausal(LayerTestCase):
    golden = "causal_text_encoder"

    def make(self, **kwargs):
        return small(causal=True, gated=True, **kwargs)

    def inputs(self):
        return {"token_ids": IDS, "padding_mask": MASK}

    def test_sees_only_what_came_before(self):
        layer, changed = self.made(), IDS.copy()
        changed[:, 4] = (IDS[:, 4] + 1) % 20
        before = to_numpy(self.call(layer)[0])
        after = to_numpy(self.call(layer, token_ids=changed)[0])
        np.testing.assert_array_equal(before[:, :4], after[:, :4])
        assert np.abs(before[:, 4:] - after[:, 4:]).max() > 1e-4

    def test_the_cache_gives_the_same(self):
        layer = self.made()
        expected = to_numpy(self.call(layer)[0])
        cache = layer.init_cache(2, 7)
        y, cache = layer.decode(ops.convert_to_tensor(IDS[:, :3]), cache, 0)
        np.testing.assert_allclose(to_numpy(y), expected[:, :3], atol=1e-5)
        for i in range(3, 6):
            ids = ops.convert_to_tensor(IDS[:, i : i + 1])
            index = ops.convert_to_tensor(i, "int32")
            y, cache = layer.decode(ids, cache, index)
            np.testing.assert_allclose(
                to_numpy(y)[:, 0], expected[:, i], atol=1e-5
            )


def test_only_a_causal_tower_decodes():
    layer = small()
    layer(IDS)
    with pytest.raises(ValueError, match="causal"):
        layer.decode(IDS, layer.init_cache(2, 7), 0)


def test_a_text_that_is_too_long():
    with pytest.raises(ValueError, match=r"max_length=7.*Received: 8"):
        small()(np.zeros((1, 8), "int32"))
