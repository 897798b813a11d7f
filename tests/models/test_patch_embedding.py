"""Patches: the convolution of the released code, and what is missing."""

import types

import keras
import numpy as np
import pytest
from keras import ops

from keras_sensorlm.models.layers import patch_embedding as module
from keras_sensorlm.models.layers.patch_embedding import (
    RectangularPatchEmbedding,
)
from tests.models.backend_helpers import to_numpy
from tests.models.layer_test_case import LayerTestCase


def day(batch=2, minutes=12, channels=4):
    x = np.random.default_rng(0).normal(size=(batch, minutes, channels))
    return x.astype("float32")


def half_missing():
    """A day where patches are full, partly missing, and empty."""
    x = day()
    x[0, :4, :2] = np.nan
    x[0, 5, 3] = np.nan
    x[1, :, 0] = np.nan
    return x


class TestImpute(LayerTestCase):
    golden = "patch_embedding_impute"

    def make(self, **kwargs):
        return RectangularPatchEmbedding(8, (4, 2), "impute", **kwargs)

    def inputs(self):
        return {"sensors": day()}

    def test_equals_a_convolution(self):
        layer, x = self.made(), day()
        kernel = to_numpy(layer.values.kernel.value).reshape(4, 2, 1, 8)
        y = to_numpy(
            ops.conv(
                ops.convert_to_tensor(x[..., None]),
                ops.convert_to_tensor(kernel),
                strides=(4, 2),
                padding="valid",
                data_format="channels_last",
            )
        )
        expected = y.reshape(2, 6, 8) + to_numpy(layer.values.bias.value)
        expected = expected + to_numpy(layer.position_embedding.value)
        got = to_numpy(self.call(layer)[0])
        np.testing.assert_allclose(got, expected, atol=1e-5)


class TestMask(LayerTestCase):
    golden = "patch_embedding_mask"

    def make(self, **kwargs):
        return RectangularPatchEmbedding(8, (4, 2), "mask", **kwargs)

    def inputs(self):
        return {"sensors": half_missing(), "return_mask": True}

    def test_what_lies_under_the_mask_changes_nothing(self):
        layer, hidden = self.made(), np.isnan(half_missing())
        expected = to_numpy(self.call(layer)[0])
        for filling in (0.0, 1e30, np.inf, np.nan):
            filled = np.where(hidden, np.float32(filling), half_missing())
            got = self.call(layer, sensors=filled, observed=~hidden)[0]
            np.testing.assert_array_equal(to_numpy(got), expected)

    def test_nan_is_missing_whatever_observed_says(self):
        layer = self.made()
        got = self.call(layer, observed=np.ones((2, 12, 4), "bool"))
        for a, b in zip(got, self.call(layer)):
            np.testing.assert_array_equal(to_numpy(a), to_numpy(b))

    def test_each_missing_place_has_its_own_vector(self):
        layer, x = self.made(), day()
        full = to_numpy(self.call(layer, sensors=x)[0])
        vectors = to_numpy(layer.missing_embedding.value)
        kernel = to_numpy(layer.values.kernel.value)
        x[0, 1, 1] = np.nan
        place = 1 * 2 + 1
        got = to_numpy(self.call(layer, sensors=x)[0])
        change = vectors[place] - day()[0, 1, 1] * kernel[place]
        np.testing.assert_allclose(got[0, 0], full[0, 0] + change, atol=1e-5)
        np.testing.assert_array_equal(got[0, 1:], full[0, 1:])

    def test_mask_says_which_patches_hold_anything(self):
        mask = to_numpy(self.call(self.make())[1])
        assert not mask[0, 0]
        assert mask.sum() == mask.size - 1


def masked_patches(layer, **kwargs):
    x = np.ones((50, 12, 4), "float32")
    return ~to_numpy(layer(x, return_mask=True, **kwargs)[1])


def test_random_masking_is_for_training_and_seeded():
    def make(seed):
        return RectangularPatchEmbedding(8, (4, 2), mask_ratio=0.4, seed=seed)

    layer = make(3)
    assert not masked_patches(layer).any()
    first = masked_patches(layer, training=True)
    assert 0.25 < first.mean() < 0.55
    assert (masked_patches(layer, training=True) != first).any()
    again, other = make(3), make(4)
    assert (masked_patches(again, training=True) == first).all()
    assert (masked_patches(other, training=True) != first).any()


def test_replicas_hide_together_what_one_device_hides(monkeypatch):
    def hidden(index, count, rows):
        replicas = types.SimpleNamespace(index=index, count=count)
        monkeypatch.setattr(module, "current_replicas", lambda: replicas)
        layer = RectangularPatchEmbedding(8, (4, 2), mask_ratio=0.4, seed=3)
        x = np.ones((rows, 12, 4), "float32")
        return ~to_numpy(layer(x, training=True, return_mask=True)[1])

    parts = [hidden(index, 2, 25) for index in range(2)]
    assert (np.concatenate(parts) == hidden(0, 1, 50)).all()
    assert (parts[0] != parts[1]).any()


def test_random_masking_hides_on_top_of_what_is_missing():
    layer = RectangularPatchEmbedding(8, (4, 2), mask_ratio=0.5, seed=0)
    x = np.tile(half_missing(), (25, 1, 1))
    before = to_numpy(layer(x, return_mask=True)[1])
    after = to_numpy(layer(x, training=True, return_mask=True)[1])
    assert not (after & ~before).any()
    assert after.sum() < before.sum()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"missing": "zero"}, "zero"),
        ({"mask_ratio": 1.0}, "mask_ratio=1.0"),
        ({"mask_ratio": 0.1, "missing": "impute"}, "impute"),
    ],
)
def test_settings_that_contradict(settings, message):
    with pytest.raises(ValueError, match=message):
        RectangularPatchEmbedding(8, **settings)


def test_a_day_that_patches_do_not_divide():
    with pytest.raises(ValueError, match="12 minutes and 4"):
        RectangularPatchEmbedding(8, (5, 2))(day())


def test_missing_under_mixed_precision_stays_hidden():
    layer = RectangularPatchEmbedding(8, (4, 2), dtype="mixed_bfloat16")
    hidden = np.isnan(half_missing())
    filled = np.where(hidden, np.float32(1e38), half_missing())
    got = to_numpy(layer(filled, ~hidden))
    np.testing.assert_array_equal(got, to_numpy(layer(half_missing())))
    assert keras.backend.standardize_dtype(layer.compute_dtype) == "bfloat16"
