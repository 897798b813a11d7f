"""Tokens of a channel's statistics, and the layer that reads them back."""

import numpy as np
import pytest
from keras import ops

from keras_sensorlm.models.layers.channel_summary import ChannelSummary
from keras_sensorlm.models.layers.channel_summary import day_statistics
from keras_sensorlm.models.layers.statistics_head import StatisticsHead
from keras_sensorlm.models.layers.statistics_head import statistics_loss
from keras_sensorlm.models.sensor_encoder import SensorEncoder
from tests.models.backend_helpers import to_numpy
from tests.models.layer_test_case import LayerTestCase


def day(seed=0):
    """Two days of an hour and three channels, the last one absent."""
    values = np.random.default_rng(seed).normal(size=(2, 60, 3))
    values = values.astype("float32")
    values[0, 20:, 0] = np.nan
    values[:, :, 2] = np.nan
    return values


class TestChannelSummary(LayerTestCase):
    golden = "channel_summary"

    def make(self, **kwargs):
        return ChannelSummary(8, [2.0, 0.0, 1.0], [1.5, 1.0, 2.0], **kwargs)

    def inputs(self):
        return {"sensors": np.nan_to_num(day(), nan=0.5)}

    def test_what_is_missing_changes_nothing(self):
        layer, values = self.made(), day()
        observed = ~np.isnan(values)
        filled = np.where(observed, values, 99.0).astype("float32")
        before, seen = self.call(layer, sensors=values)
        after, seen_too = self.call(layer, sensors=filled, observed=observed)
        np.testing.assert_array_equal(to_numpy(after), to_numpy(before))
        np.testing.assert_array_equal(to_numpy(seen), to_numpy(seen_too))
        assert to_numpy(seen).tolist() == [[True, True, False]] * 2


def test_statistics_come_in_physical_units():
    """A normalised day says what the day itself says."""
    values = np.nan_to_num(day(), nan=0.5) + 3.0
    means, stds = [70.0, -1.0, 0.0], [15.0, 0.5, 1.0]
    normalised = (values - np.array(means)) / np.array(stds)
    plain, units = ChannelSummary(8), ChannelSummary(8, means, stds)
    plain.build(values.shape)
    units.build(values.shape)
    units.set_weights(plain.get_weights())
    expected, _ = plain(ops.convert_to_tensor(values))
    found, _ = units(ops.convert_to_tensor(normalised.astype("float32")))
    np.testing.assert_allclose(to_numpy(found), to_numpy(expected), atol=1e-2)


class TestStatisticsHead(LayerTestCase):
    golden = "statistics_head"

    def make(self, **kwargs):
        return StatisticsHead(3, **kwargs)

    def inputs(self):
        rng = np.random.default_rng(0)
        sensor, text = rng.normal(size=(2, 4, 6)).astype("float32")
        return {"sensor_embeddings": sensor, "text_embeddings": text}


def test_statistics_are_numpys():
    values = day()
    observed = ~np.isnan(values)
    found = to_numpy(day_statistics(ops.convert_to_tensor(values), observed))
    for row in range(2):
        for channel in range(2):
            seen = values[row, observed[row, :, channel], channel]
            expected = [
                seen.mean(),
                seen.std(),
                seen.min(),
                seen.max(),
                np.log(len(seen) / 60 + 1e-3),
            ]
            np.testing.assert_allclose(found[row, channel], expected, atol=1e-5)
        np.testing.assert_allclose(
            found[row, 2], [0, 1e-6, 0, 0, np.log(1e-3)], atol=1e-5
        )


def test_the_loss_is_zero_for_the_days_own_statistics():
    values = ops.convert_to_tensor(day())
    observed = ops.logical_not(ops.isnan(values))
    own = ops.arcsinh(day_statistics(values, observed))
    loss = to_numpy(statistics_loss(own, values))
    np.testing.assert_allclose(loss, 0.0, atol=1e-6)
    other = to_numpy(statistics_loss(own + 0.5, values))
    np.testing.assert_allclose(other, 0.5, atol=1e-5)


def test_an_absent_channel_is_asked_for_its_coverage_alone():
    values = ops.convert_to_tensor(day())
    read = np.zeros((2, 3, 5), "float32")
    read[:, 2, :4] = 1e3
    far = to_numpy(statistics_loss(ops.convert_to_tensor(read), values))
    read[:, 2, :4] = 0.0
    near = to_numpy(statistics_loss(ops.convert_to_tensor(read), values))
    np.testing.assert_array_equal(far, near)


@pytest.mark.parametrize("class_token", [False, True])
def test_an_encoder_sees_what_happened_once(class_token):
    encoder = SensorEncoder(
        width=8,
        num_layers=1,
        num_heads=2,
        num_minutes=60,
        features=("a", "b", "c"),
        patch_size=(20, 3),
        skip_empty_patches=True,
        class_token=class_token,
        channel_summaries=True,
    )
    tokens, mask = encoder(ops.convert_to_tensor(day()), return_mask=True)
    assert tuple(tokens.shape) == (2, class_token + 3 + 3, 8)
    assert to_numpy(mask)[:, -3:].tolist() == [[True, True, False]] * 2
