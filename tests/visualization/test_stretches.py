import numpy as np
import pytest

from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.visualization import stretches
from keras_sensorlm.visualization import strongest_stretches

HEART, STEPS = feature_index("heart_rate"), feature_index("steps")


def blank():
    values = np.full((1440, 26), np.nan)
    values[:, [HEART, STEPS]] = 0.0
    return values


def test_stretches_are_found_where_the_map_is_strong():
    values = blank()
    values[600:640, HEART] = 2.0
    values[700:720, STEPS] = -1.0
    first, second = strongest_stretches(values)
    assert (first.modality, first.start_minute, first.end_minute) == (
        "PPG", 600, 640,
    )  # fmt: skip
    assert first.share == pytest.approx(0.8)
    assert second.share == pytest.approx(-0.2)
    assert second.words == "Movement, 11:40 to 12:00"
    told = stretches.told(values)
    assert "(80% of all, for)" in told and "(20% of all, against)" in told


def test_shares_of_all_are_at_most_one():
    rng = np.random.default_rng(0)
    found = strongest_stretches(rng.normal(size=(1440, 26)), most=1000)
    assert 0 < sum(abs(s.share) for s in found) <= 1
    sizes = [abs(s.share) for s in found]
    assert sizes == sorted(sizes, reverse=True)


def test_a_map_of_zeros_points_nowhere():
    assert strongest_stretches(blank()) == []
    assert stretches.told(np.full((1440, 26), np.nan)) == "Nothing stands out."


def test_a_map_that_tells_no_channels_apart_names_none():
    values = blank()
    values[600:640] += 1.0
    values += np.arange(26) / 100  # of the channels, whatever the time
    values[:580, STEPS] = np.nan
    (found,) = strongest_stretches(values, most=1)
    assert found.words == "All channels, 10:00 to 10:40"


def test_what_was_hidden_together_counts_once():
    values = np.full((1440, 26), np.nan)
    values[:, :10], values[:, STEPS] = 0.0, 0.0
    values[600:640, :10] = 1.0
    values[700:740, STEPS] = 1.0
    first, second = strongest_stretches(values)
    assert first.share == second.share == pytest.approx(0.5)


def test_bins_know_missing_minutes():
    values = np.full((1440, 2), np.nan)
    values[0, 0], values[3, 1] = 2.0, 4.0
    found = stretches.binned(values, 20)
    assert found[0] == 3.0 and np.isnan(found[1:]).all()


def test_bad_arguments_teach():
    with pytest.raises(ValueError, match="shape"):
        strongest_stretches(np.zeros((10, 26)))
    with pytest.raises(ValueError, match="divide"):
        strongest_stretches(np.ones((1440, 26)), minutes=7)
