"""Days of other devices, as a served model takes them."""

import numpy as np
import pytest

from keras_sensorlm import models
from keras_sensorlm.export import request_values
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.features import FEATURE_NAMES
from tests.export.presets import make_days

SOURCES = [None, "empatica_e4/stress_predict", "mmash", "a new watch"]


def days_of_all_sources():
    return [
        SensorDay(np.clip(make_days(1)[0], 0, None), source=source)
        for source in SOURCES
    ]


@pytest.mark.parametrize("own", [False, True])
def test_the_model_reads_what_the_preset_would_have_read(own):
    features = FEATURE_NAMES[:3] + FEATURE_NAMES[12:]
    statistics = {}
    if own:
        statistics["means"] = np.linspace(1, 9, len(features))
        statistics["stds"] = np.linspace(2, 3, len(features))
    converter = models.SensorConverter(features, **statistics)
    days = days_of_all_sources()
    sent = request_values(days, features, **statistics)
    assert sent.dtype == np.float32
    np.testing.assert_allclose(
        converter.to_numpy(sent), converter.to_numpy(days), atol=1e-4
    )
    # Of the default device nothing was moved, of the other one something.
    np.testing.assert_array_equal(
        sent[0], days[0].values[:, [0, 1, 2, *range(12, 26)]]
    )
    assert np.nanmax(np.abs(sent[1] - sent[0])) > 1


def test_one_day_and_arrays():
    day = days_of_all_sources()[0]
    assert request_values(day).shape == (1, 1440, 26)
    np.testing.assert_array_equal(request_values(day.values)[0], day.values)
    values = make_days(2).astype("float64")
    assert request_values(values).dtype == np.float32


@pytest.mark.parametrize("days", [["a walk"], np.zeros(1440)])
def test_bad_days(days):
    with pytest.raises(ValueError, match="Received"):
        request_values(days)
