"""A record holds the day, and is read as the authors' code reads it."""

import numpy as np
import pytest

from keras_sensorlm.datasets.records import input_signal
from keras_sensorlm.datasets.records import parse_signal
from keras_sensorlm.datasets.records import record_features
from keras_sensorlm.datasets.records import serialize_signal
from keras_sensorlm.datasets.records import to_record
from keras_sensorlm.sensors.day import Event
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.features import FEATURES


def a_day(seed=0, gaps=0.3):
    rng = np.random.default_rng(seed)
    mean = np.array([f.mean for f in FEATURES])
    values = np.tile(mean, (1440, 1)) * (1 + 0.01 * rng.random((1440, 26)))
    values[rng.random(values.shape) < gaps] = np.nan
    values[:, 20:23] = np.nan
    values[:300, 5] = np.nan
    return SensorDay(
        values,
        participant="p1",
        date="2026-03-02",
        events=[Event("activity", "run", 400, 450), Event("sleep", "x", 0, 9)],
    )


def test_signal_is_bytewise_what_tensorflow_serialises():
    tf = pytest.importorskip("tensorflow")
    signal = input_signal(a_day())
    data = serialize_signal(signal)
    assert data == tf.io.serialize_tensor(tf.constant(signal)).numpy()
    # The two lines by which the authors' code decodes it.
    parsed = tf.io.parse_tensor(data, out_type=tf.double)
    image = tf.cast(tf.reshape(parsed, (1440, 26, 1)), tf.float32)
    assert image.shape == (1440, 26, 1)
    np.testing.assert_array_equal(parse_signal(data), signal)


def test_signal_equals_the_converter():
    pytest.importorskip("keras")
    from keras_sensorlm.models.sensor_converter import SensorConverter

    day = a_day(seed=1)
    expected = SensorConverter(missing="impute").to_numpy(day)
    # The released code casts what it reads to float32.
    signal = input_signal(day).astype("float32")
    assert signal.tobytes() == expected.tobytes()


def test_signal_keeps_what_was_observed_and_fills_the_rest():
    day = a_day(seed=2)
    signal = input_signal(day)
    mean = np.array([f.mean for f in FEATURES])
    std = np.array([f.std for f in FEATURES])
    back = signal * std + mean
    seen = day.observed
    np.testing.assert_allclose(back[seen], day.values[seen], rtol=1e-4)
    assert not np.isnan(signal).any()
    assert (signal[:, 20:23] == 0).all()
    first = np.flatnonzero(seen[:, 5])[0]
    assert (signal[:first, 5] == signal[first, 5]).all()


def test_record_survives_the_feature_connectors():
    pytest.importorskip("tensorflow_datasets")
    day = a_day()
    features = record_features(["low_level_caption"])
    record = to_record(day, {"low_level_caption": "hello"})
    data = features.serialize_example(record)
    decoded = features.deserialize_example_np(data)
    np.testing.assert_array_equal(decoded["observed"], day.observed)
    assert decoded["participant"] == b"p1"
    assert decoded["date"] == b"2026-03-02"
    assert decoded["low_level_caption"] == b"hello"
    assert list(decoded["events"]["label"]) == [b"x", b"run"]
    assert list(decoded["events"]["start_minute"]) == [0, 400]


def test_unknown_person_and_date_are_empty():
    record = to_record(SensorDay(np.full((1440, 26), np.nan)), {})
    assert (record["participant"], record["date"], record["source"]) == (
        ("",) * 3
    )
    assert record["events"] == []


def test_bad_signals_are_explained():
    with pytest.raises(ValueError, match=r"\(1440, 26\).*\(26, 1440\)"):
        serialize_signal(np.zeros((26, 1440)))
    with pytest.raises(ValueError, match=r"serialised float64.*9 bytes"):
        parse_signal(b"too short")
