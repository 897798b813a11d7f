"""The sensor tower: shapes, masks and the places of channels."""

import numpy as np
import pytest

from keras_sensorlm.models.sensor_encoder import SensorEncoder
from tests.models.backend_helpers import to_numpy
from tests.models.layer_test_case import LayerTestCase

FEATURES = ("heart_rate", "rmssd", "steps", "eda_level")


def day(batch=2, channels=4):
    x = np.random.default_rng(0).normal(size=(batch, 40, channels))
    return x.astype("float32")


def small(**kwargs):
    settings = {
        "width": 8,
        "num_layers": 2,
        "num_heads": 2,
        "num_minutes": 40,
        "features": FEATURES,
    }
    return SensorEncoder(**{**settings, **kwargs})


class TestSensorEncoder(LayerTestCase):
    golden = "sensor_encoder"

    def make(self, **kwargs):
        return small(
            skip_empty_patches=True, class_token=True, gated=True, **kwargs
        )

    def inputs(self):
        x = day()
        x[0, 10:20] = np.nan
        return {"sensors": x, "return_mask": True}

    def test_empty_patches_are_left_out(self):
        layer = self.made()
        tokens, mask = map(to_numpy, self.call(layer))
        assert tokens.shape == (2, 1 + 4 * 2, 8)
        assert np.flatnonzero(~mask[0]).tolist() == [3, 4]
        assert mask[1].all()
        position = layer.patch_embedding.position_embedding
        value = to_numpy(position.value).copy()
        value[2:4] += np.arange(8.0)
        position.assign(value)
        moved, _ = map(to_numpy, self.call(layer))
        np.testing.assert_array_equal(moved[0][mask[0]], tokens[0][mask[0]])
        assert np.abs(moved[1] - tokens[1]).max() > 1e-3

    def test_a_day_with_nothing_is_still_finite(self):
        nothing = np.full((1, 40, 4), np.nan, "float32")
        tokens, mask = self.call(self.made(), sensors=nothing)
        assert to_numpy(mask).all()
        assert np.isfinite(to_numpy(tokens)).all()


class TestPlainSensorEncoder(LayerTestCase):
    golden = "plain_sensor_encoder"

    def make(self, **kwargs):
        return small(missing="impute", **kwargs)

    def inputs(self):
        return {"sensors": day()}


class TestOddSensorEncoder(LayerTestCase):
    """Three channels for rectangles of two: one place stays empty."""

    golden = "odd_sensor_encoder"

    def make(self, **kwargs):
        return small(features=FEATURES[:3], **kwargs)

    def inputs(self):
        return {"sensors": day(channels=3)}

    def test_the_empty_place_is_always_missing(self):
        layer = self.made()
        assert layer.layout == (*FEATURES[:3], None)
        observed = np.ones((2, 40, 3), "bool")
        got = to_numpy(self.call(layer, observed=observed)[0])
        np.testing.assert_array_equal(got, to_numpy(self.call(layer)[0]))


def test_the_order_of_channels_follows_the_layout():
    plain = small(num_layers=1)
    expected = to_numpy(plain(day()))
    order = [2, 0, 3, 1]
    turned = small(
        num_layers=1,
        features=[FEATURES[i] for i in order],
        layout=FEATURES,
    )
    turned(day())
    turned.set_weights(plain.get_weights())
    x = day()[:, :, order]
    np.testing.assert_allclose(to_numpy(turned(x)), expected, atol=1e-6)
    observed = np.ones(x.shape, "bool")
    observed[:, :10, 1] = False
    other = np.ones(x.shape, "bool")
    other[:, :10, 0] = False
    np.testing.assert_allclose(
        to_numpy(turned(x, observed)),
        to_numpy(plain(day(), other)),
        atol=1e-6,
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"features": ("steps", "steps")}, "twice"),
        ({"layout": ("steps", None)}, "each of `features` once"),
        ({"features": FEATURES[:3], "missing": "impute"}, "3 features"),
        (
            {"skip_empty_patches": True, "missing": "impute"},
            "skip_empty_patches",
        ),
    ],
)
def test_settings_that_contradict(settings, message):
    with pytest.raises(ValueError, match=message):
        small(**settings)


def test_a_day_of_another_shape_is_named():
    with pytest.raises(ValueError, match=r"40 minutes, 4 features"):
        small()(np.zeros((1, 30, 4), "float32"))
