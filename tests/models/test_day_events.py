"""Trends, peaks and drops as tensors, and in the tokens of channels."""

import numpy as np
import pytest
from keras import ops

from keras_sensorlm import SensorConverter
from keras_sensorlm import read_days
from keras_sensorlm import simulate_days
from keras_sensorlm.captions.structural import bin_days
from keras_sensorlm.captions.structural import detect
from keras_sensorlm.captions.structural import detect_arrays
from keras_sensorlm.models.layers.channel_events import ChannelEvents
from keras_sensorlm.models.layers.day_events import MAX_DROPS
from keras_sensorlm.models.layers.day_events import MAX_PEAKS
from keras_sensorlm.models.layers.day_events import day_events
from keras_sensorlm.sensors.readers import example_day_path
from tests.models.backend_helpers import to_numpy
from tests.models.layer_test_case import LayerTestCase


def found_by_us(values):
    """`DayEvents` of days with NaN, as NumPy arrays."""
    values = np.asarray(values, "float32")
    there = ~np.isnan(values)
    events = day_events(ops.convert_to_tensor(np.nan_to_num(values)), there)
    return type(events)(*map(to_numpy, events))


def found_by_the_detector(values):
    """The same of trends and extremes, from `detect_arrays`."""
    series = bin_days(values)
    rows, channels, bins = series.shape
    trends, *masks = detect_arrays(series.reshape(-1, bins))
    extremes = []
    for mask, most in zip(masks, (MAX_PEAKS, MAX_DROPS)):
        bins_of = [np.flatnonzero(row)[:most] for row in mask]
        extremes += [
            [np.pad(row, (0, most - len(row)), constant_values=-1)]
            for row in bins_of
        ]
    peaks, drops = (
        np.concatenate(extremes[i : i + len(trends)]) for i in (0, len(trends))
    )
    extremes = np.concatenate([peaks, drops], axis=1)
    return (
        trends.reshape(rows, channels, 3, 3),
        extremes.reshape(rows, channels, -1),
    )


def days_of(*series):
    """Days of one channel, each bin constant, NaN where missing."""
    return np.repeat(np.array(series, "float32"), 40, axis=1)[:, :, None]


@pytest.mark.parametrize("source", ["recorded", "simulated"])
def test_it_finds_what_the_captions_detector_finds(source):
    if source == "recorded":
        days = read_days(example_day_path())
    else:
        days = simulate_days(12, seed=3)
    expected_trends, expected_extremes = found_by_the_detector(
        np.stack([day.values for day in days])
    )
    events = found_by_us(SensorConverter(missing="mask").to_numpy(days))
    kinds = expected_trends[..., 2]
    np.testing.assert_array_equal(events.kinds, kinds)
    spans = expected_trends[..., :2] + [0, 1]
    np.testing.assert_array_equal(events.spans[kinds >= 0], spans[kinds >= 0])
    np.testing.assert_array_equal(events.extremes, expected_extremes)
    assert (kinds >= 0).sum() > 5


def plateau(size, at=14):
    series = np.zeros(36)
    series[at : at + size] = 9.0
    return series


@pytest.mark.parametrize(
    "series",
    [
        plateau(1),
        plateau(2),
        plateau(3),
        plateau(6),
        plateau(2, at=34),
        # Too close to a higher one, and far enough.
        plateau(1, 10) + 1.1 * plateau(1, 13),
        plateau(1, 10) + 1.1 * plateau(1, 15),
        # A gap is an edge.
        np.where(np.arange(36) == 15, np.nan, plateau(1)),
        np.where(np.arange(36) == 18, np.nan, plateau(1)),
        np.where(np.arange(36) < 25, np.nan, plateau(1, 30)),
        np.where(np.arange(36) < 20, np.nan, plateau(1, 30)),
        -plateau(1),
        np.full(36, 7.0),
        np.full(36, np.nan),
        np.sin(np.arange(36) / 4.0),
    ],
)
def test_corner_cases_are_as_the_detector_settles_them(series):
    (expected,) = detect(series[None])
    events = found_by_us(days_of(series))
    found = events.extremes[0, 0]
    assert found[found >= 0].tolist() == [
        *expected["peaks"][:MAX_PEAKS],
        *expected["drops"][:MAX_DROPS],
    ]
    count = (events.kinds[0, 0] >= 0).sum()
    spans = events.spans[0, 0, :count] - [0, 1]
    assert spans.tolist() == [trend[:2] for trend in expected["trends"]]


def test_levels_are_means_of_bins():
    rising = np.concatenate([np.arange(12.0), np.full(24, 11.0)])
    events = found_by_us(days_of(rising))
    assert events.kinds[0, 0].tolist() == [0, 2, 2]
    np.testing.assert_allclose(events.ends[0, 0, 0], [0.0, 11.0], atol=1e-5)
    np.testing.assert_allclose(events.ends[0, 0, 1], [11.0, 11.0], atol=1e-5)
    events = found_by_us(days_of(plateau(1)))
    np.testing.assert_allclose(events.levels[0, 0, 0], 9.0, atol=1e-5)


def test_a_constant_channel_has_no_events():
    """Not even where its means differ in their last bits."""
    rng = np.random.default_rng(0)
    day = np.full((1, 1440, 1), 0.1, "float32")
    day[0, rng.random(1440) < 0.3] = np.nan
    events = found_by_us(day)
    assert (events.kinds == -1).all() and (events.extremes == -1).all()


class TestChannelEvents(LayerTestCase):
    golden = "channel_events"

    def make(self, **kwargs):
        return ChannelEvents(6, 5, means=[1.0, 0.0], stds=[0.2, 0.1], **kwargs)

    def inputs(self):
        rng = np.random.default_rng(0)
        bins = rng.normal(size=(2, 36, 2)).cumsum(axis=1)
        day = np.repeat(bins, 40, axis=1)
        day += 0.1 * rng.normal(size=day.shape)
        return {"sensors": day.astype("float32")}

    def test_what_is_missing_changes_nothing(self):
        layer, day = self.made(), self.inputs()["sensors"]
        there = np.ones(day.shape, bool)
        there[0, 100:400] = False
        day[0, 100:400] = np.nan
        expected = to_numpy(self.call(layer, sensors=day)[0])
        filled = np.where(there, day, 50.0).astype("float32")
        found = self.call(layer, sensors=filled, observed=there)[0]
        np.testing.assert_array_equal(to_numpy(found), expected)

    def test_when_something_happened_matters(self):
        layer, day = self.made(), self.inputs()["sensors"]
        before = to_numpy(self.call(layer, sensors=day)[0])
        after = to_numpy(self.call(layer, sensors=np.roll(day, 200, 1))[0])
        assert np.abs(after - before).max(axis=-1).min() > 1e-3
