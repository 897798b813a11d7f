"""Days become what a model reads, alike wherever that happens."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_sensorlm.models import sensor_converter
from keras_sensorlm.models.sensor_converter import SensorConverter
from keras_sensorlm.models.sensor_converter import interpolate_missing
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.features import DEFAULT_PROFILE
from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import DeviceProfile

MEANS = np.array([f.mean for f in FEATURES], dtype="float32")
STDS = np.array([f.std for f in FEATURES], dtype="float32")


@pytest.fixture
def days():
    """Three days in physical units with gaps of every kind."""
    rng = np.random.default_rng(0)
    values = MEANS + STDS * rng.normal(size=(3, 1440, 26))
    values[rng.random(values.shape) < 0.4] = np.nan
    values[0, :, 3] = np.nan  # A channel with nothing.
    values[1, :200, 2] = np.nan  # Nothing at the beginning,
    values[1, 700:, 2] = np.nan  # and at the end.
    values[2, :, 5] = np.nan
    values[2, 77, 5] = 800.0  # A single value.
    return values.astype("float32")


def as_numpy(x):
    return keras.ops.convert_to_numpy(x)


def reference(days, missing):
    """The definition, channel by channel, by `numpy.interp`."""
    x = (days - MEANS) / STDS
    if missing == "mask":
        return x
    for series in (day[:, i] for day in x for i in range(day.shape[1])):
        seen = np.flatnonzero(~np.isnan(series))
        minutes = np.arange(len(series))
        series[:] = np.interp(minutes, seen, series[seen]) if len(seen) else 0
    return x


@pytest.mark.parametrize("missing", ["mask", "impute"])
class TestSameEverywhere:
    def test_numpy_follows_the_definition(self, days, missing):
        found = SensorConverter(missing=missing).to_numpy(days)
        assert found.dtype == np.float32
        np.testing.assert_allclose(
            found, reference(days, missing), rtol=1e-5, atol=1e-5
        )

    def test_eager_call(self, days, missing):
        converter = SensorConverter(missing=missing)
        found = converter(days)
        assert keras.ops.is_tensor(found)
        np.testing.assert_array_equal(as_numpy(found), converter.to_numpy(days))

    def test_tensor_call(self, days, missing):
        converter = SensorConverter(missing=missing)
        found = converter(keras.ops.convert_to_tensor(days))
        np.testing.assert_allclose(
            as_numpy(found), converter.to_numpy(days), rtol=1e-6, atol=1e-6
        )

    def test_tf_data(self, days, missing):
        converter = SensorConverter(missing=missing)
        dataset = tf.data.Dataset.from_tensor_slices(days)
        one = next(iter(dataset.map(converter).batch(3)))
        batch = next(iter(dataset.batch(3).map(converter)))
        for found in (one, batch):
            np.testing.assert_allclose(
                found.numpy(), converter.to_numpy(days), rtol=1e-6, atol=1e-6
            )

    def test_functional_model_of_any_length(self, days, missing):
        converter = SensorConverter(missing=missing)
        inputs = keras.Input((None, 26))
        model = keras.Model(inputs, converter(inputs))
        found = model.predict(days, verbose=0)
        np.testing.assert_allclose(
            found, converter.to_numpy(days), rtol=1e-6, atol=1e-6
        )


@pytest.mark.skipif(
    keras.config.backend() != "tensorflow", reason="exports by TensorFlow"
)
def test_saved_model(days, tmp_path):
    converter = SensorConverter(missing="impute")
    archive = keras.export.ExportArchive()
    archive.track(converter)
    spec = tf.TensorSpec((None, 1440, 26), "float32")
    archive.add_endpoint("serve", converter, input_signature=[spec])
    archive.write_out(str(tmp_path / "saved"), verbose=False)
    found = tf.saved_model.load(str(tmp_path / "saved")).serve(days)
    np.testing.assert_allclose(
        found.numpy(), converter.to_numpy(days), rtol=1e-6, atol=1e-6
    )


def test_imputed_days_are_those_of_the_definition_to_the_bit(days):
    found = SensorConverter(missing="impute").to_numpy(days)
    expected = reference(days.astype("float64"), "impute").astype("float32")
    assert found.tobytes() == expected.tobytes()


def test_tensors_are_imputed_to_a_few_units_in_the_last_place(days):
    converter = SensorConverter(missing="impute")
    found = as_numpy(converter(keras.ops.convert_to_tensor(days)))
    exact = converter.to_numpy(days)
    # A subtraction, a division and the line round in float32; in units of
    # the greatest number of the day's channel, since a line may cross 0.
    unit = np.spacing(np.abs(exact).max(axis=1, keepdims=True))
    assert (np.abs(found - exact) / unit).max() <= 3


def test_interpolation_does_not_touch_what_was_observed(days):
    seen = ~np.isnan(days)
    np.testing.assert_array_equal(interpolate_missing(days)[seen], days[seen])


def test_one_day_has_no_batch_axis(days):
    day = SensorDay(np.full((1440, 26), np.nan))
    converter = SensorConverter()
    assert tuple(converter(day).shape) == (1440, 26)
    assert tuple(converter([day, day]).shape) == (2, 1440, 26)
    assert tuple(converter(days[0]).shape) == (1440, 26)


def test_each_day_by_its_own_profile(monkeypatch):
    other = DeviceProfile("other", {"log_energy": (10.0, 2.0)})
    profiles = {"other": other}
    monkeypatch.setattr(
        sensor_converter,
        "profile_for",
        lambda source: profiles.get(source, DEFAULT_PROFILE),
    )
    values = np.full((1440, 26), np.nan)
    column = FEATURE_NAMES.index("log_energy")
    values[:, column] = 14.0
    ours, theirs = SensorDay(values), SensorDay(values, source="other")
    found = SensorConverter().to_numpy([ours, theirs])[:, 0, column]
    feature = FEATURES[column]
    expected = [(14.0 - feature.mean) / feature.std, 2.0]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    # An array has no source: it follows the converter's own profile.
    found = SensorConverter(profile=other).to_numpy(values)[0, column]
    assert found == 2.0


def test_channels_are_found_by_name():
    values = np.full((1440, 26), np.nan)
    values[:, FEATURE_NAMES.index("steps")] = 8.0
    converter = SensorConverter(
        features=("spo2", "steps"), means=(97.0, 6.0), stds=(1.0, 2.0)
    )
    found = converter.to_numpy(SensorDay(values))
    assert np.isnan(found[:, 0]).all()
    assert (found[:, 1] == 1.0).all()


def test_another_devices_channels_keep_their_statistics():
    converter = SensorConverter(("steps", "x"), means=(1, 2), stds=(3, 4))
    moved = converter.with_features(
        ["x", "spo2", "heart_rate", "steps"], {"spo2": (97.0, 1.5)}
    )
    heart_rate = FEATURES[FEATURE_NAMES.index("heart_rate")]
    expected = [2, 97, heart_rate.mean, 1]
    np.testing.assert_allclose(moved.means, expected, rtol=1e-6)
    np.testing.assert_allclose(moved.stds, [4, 1.5, heart_rate.std, 3])
    with pytest.raises(ValueError, match=r"spo2.*statistics="):
        converter.with_features(["spo2"])


def test_nothing_is_clipped():
    values = np.full((10, 26), 1e6, dtype="float32")
    found = SensorConverter().to_numpy(values)
    np.testing.assert_allclose(found[0], (1e6 - MEANS) / STDS, rtol=1e-5)


def test_config_round_trip(days):
    converter = SensorConverter(
        missing="impute", profile=DeviceProfile("x", {"steps": (1.0, 2.0)})
    )
    config = keras.saving.serialize_keras_object(converter)
    again = keras.saving.deserialize_keras_object(config)
    np.testing.assert_array_equal(
        again.to_numpy(days), converter.to_numpy(days)
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"missing": "zero"}, "mask.*impute.*zero"),
        ({"means": [0.0]}, "each of the 26 features"),
        ({"stds": [0.0] * 26}, "positive"),
        ({"features": ["heart_rate", "spo2"]}, "spo2"),
    ],
)
def test_bad_settings(arguments, message):
    with pytest.raises(ValueError, match=message):
        SensorConverter(**arguments)


@pytest.mark.parametrize(
    ("days", "message"),
    [
        (np.zeros((1440, 25)), r"\(minutes, 26\).*\(1440, 25\)"),
        (np.zeros(26), "Received shape"),
        ("a day", "numbers"),
        ([SensorDay(np.zeros((1440, 26)) + MEANS), 3], "nothing but SensorDay"),
    ],
)
def test_bad_days(days, message):
    with pytest.raises(ValueError, match=message):
        SensorConverter().to_numpy(days)
