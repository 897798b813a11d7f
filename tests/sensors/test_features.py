"""The feature table and device profiles."""

import numpy as np
import pytest

from keras_sensorlm.sensors.features import DEFAULT_PROFILE
from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import MODALITIES
from keras_sensorlm.sensors.features import DeviceProfile
from keras_sensorlm.sensors.features import feature
from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.sensors.profiles import profile_for
from keras_sensorlm.sensors.profiles import register_profile

DEVICE = [f.name for f in FEATURES if f.unit == "device"]


def test_there_are_26_features_of_five_modalities():
    assert len(FEATURES) == len(set(FEATURE_NAMES)) == 26
    counts = [[f.modality for f in FEATURES].count(m) for m in MODALITIES]
    assert dict(zip(MODALITIES, counts)) == {
        "PPG": 10,
        "ACC": 10,
        "EDA": 3,
        "TEMP": 2,
        "ALT": 1,
    }


def test_the_mean_of_each_feature_is_plausible():
    for f in FEATURES:
        assert f.low <= f.mean <= f.high, f.name
        assert f.std > 0, f.name


def test_lookups():
    assert feature("steps").unit == "steps/min"
    assert feature_index("altitude_std") == 25
    with pytest.raises(KeyError, match=r"Unknown feature 'hr'.*heart_rate"):
        feature_index("hr")


def test_the_default_profile_is_the_table():
    np.testing.assert_allclose(
        DEFAULT_PROFILE.mean(), [f.mean for f in FEATURES]
    )
    assert DEFAULT_PROFILE.device_units
    assert profile_for(None) is DEFAULT_PROFILE
    assert profile_for("simulated") is DEFAULT_PROFILE


def test_the_e4_has_its_own_accelerometer_statistics_and_no_others():
    profile = profile_for("empatica_e4/stress_predict")
    assert profile is profile_for("empatica_e4")
    assert sorted(profile.statistics) == sorted(DEVICE)
    assert not profile.device_units
    differs = profile.mean() != DEFAULT_PROFILE.mean()
    assert [n for n, d in zip(FEATURE_NAMES, differs) if d] == DEVICE


def test_sources_without_acceleration_are_not_in_device_units():
    for source in ("mmash", "fitabase"):
        assert not profile_for(source).device_units


def test_a_profile_of_ones_own():
    mine = DeviceProfile("watch_of_a_test", {"kurtosis": (4.0, 2.0)})
    register_profile(mine)
    assert profile_for("watch_of_a_test/ward 7") is mine
    with pytest.raises(ValueError, match="Unknown feature 'pulse'"):
        register_profile(DeviceProfile("bad", {"pulse": (1.0, 1.0)}))
    with pytest.raises(ValueError, match="above 0"):
        register_profile(DeviceProfile("bad", {"kurtosis": (1.0, 0.0)}))
    with pytest.raises(ValueError, match="DeviceProfile"):
        register_profile("empatica_e4")
