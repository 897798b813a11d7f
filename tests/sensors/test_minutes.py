"""Minute features of heart rate, steps, EDA and temperature."""

import numpy as np
import pytest

from keras_sensorlm.sensors.minutes import eda_features
from keras_sensorlm.sensors.minutes import heart_rate
from keras_sensorlm.sensors.minutes import line_per_minute
from keras_sensorlm.sensors.minutes import resting_heart_rate
from keras_sensorlm.sensors.minutes import steps_per_minute
from keras_sensorlm.sensors.minutes import temperature_features

QUARTERS = np.arange(0, 120, 0.25)


def test_heart_rate_is_the_mean_of_the_plausible_samples():
    bpm = np.repeat([60.0, 90.0], 60)
    bpm[[3, 70]] = [0, 255]
    column = heart_rate(np.arange(120), bpm, 3)
    assert column.tolist()[:2] == [60, 90]
    assert np.isnan(column[2])
    assert column.dtype == np.float32


def test_heart_rate_needs_samples():
    assert np.isnan(heart_rate([0, 30], [60, 60], 1)[0])
    assert heart_rate([0, 30], [60, 60], 1, min_samples=2)[0] == 60


def test_samples_outside_the_timeline_are_left_out():
    column = heart_rate([-1, 0, 1, 2, 60], [90, 60, 60, 60, 90], 1)
    assert column.tolist() == [60]


def test_rest_asks_for_five_quiet_minutes():
    steps = np.array([30, 0, 1, 2, 3, 5, 6, 0, 0, 0, 0, 0])
    at_rest = ~np.isnan(resting_heart_rate(np.full(12, 60.0), steps))
    assert np.flatnonzero(at_rest).tolist() == [5, 11]


def test_rest_is_the_heart_rate_itself():
    rate = np.linspace(60, 70, 8)
    column = resting_heart_rate(rate, np.zeros(8), quiet_minutes=2)
    np.testing.assert_array_equal(column[1:], rate[1:].astype("float32"))


def test_a_racing_heart_is_not_at_rest():
    rate = np.array([60.0, 130.0, 131.0, 205.0, 70.0])
    column = resting_heart_rate(rate, np.zeros(5), quiet_minutes=1)
    np.testing.assert_array_equal(column, [60, 130, np.nan, np.nan, 70])


def test_unknown_movement_is_not_rest():
    steps = np.zeros(12)
    steps[3] = np.nan
    at_rest = ~np.isnan(resting_heart_rate(np.full(12, 60.0), steps))
    assert np.flatnonzero(at_rest).tolist() == [8, 9, 10, 11]


def test_rest_by_movement_and_by_both():
    rate, moving = np.full(6, 60.0), np.array([0, 0, 0, 0, 0.02, 0.5])
    alone = resting_heart_rate(rate, movement=moving)
    assert np.isnan(alone).tolist() == [True] * 4 + [False, True]
    both = resting_heart_rate(rate, np.array([9] * 6), moving)
    assert np.isnan(both).all()
    with pytest.raises(ValueError, match="neither"):
        resting_heart_rate(rate)


def test_steps_are_a_rate_of_the_recorded_seconds():
    whole = steps_per_minute(np.arange(60), np.full(60, 2), 1)
    skipping = np.delete(np.arange(60), np.arange(10, 22))
    holed = steps_per_minute(skipping, np.full(48, 2), 1)
    assert whole[0] == 120
    assert holed[0] == pytest.approx(120)
    assert np.isnan(steps_per_minute(np.arange(29), np.ones(29), 1)[0])


def test_line_recovers_a_line():
    level, slope = line_per_minute(QUARTERS, 3 - 0.6 * QUARTERS / 3600, 2)
    np.testing.assert_allclose(slope, -0.6, rtol=1e-4)
    np.testing.assert_allclose(
        level, [3 - 0.6 * 30 / 3600, 3 - 0.6 * 90 / 3600], rtol=1e-6
    )


def test_line_is_least_squares():
    rng = np.random.default_rng(0)
    seconds = np.sort(rng.uniform(0, 60, 50))
    values = rng.normal(5, 1, 50)
    level, slope = line_per_minute(seconds, values, 1)
    a, b = np.polyfit(seconds, values, 1)
    assert slope[0] == pytest.approx(a * 3600, rel=1e-4)
    assert level[0] == pytest.approx(a * 30 + b, rel=1e-5)


def test_line_needs_half_a_minute_and_a_few_samples():
    short = QUARTERS[QUARTERS < 29]
    assert np.isnan(line_per_minute(short, short, 1)[0][0])
    assert np.isnan(line_per_minute([0, 30, 59], [1, 1, 1], 1)[0][0])
    # Half of it seen, the line still gives the value at the centre.
    late = QUARTERS[(QUARTERS > 25) & (QUARTERS < 60)]
    level, _ = line_per_minute(late, late, 1)
    assert level[0] == pytest.approx(30, rel=1e-5)


def test_eda_is_clipped_to_its_range():
    columns = eda_features(QUARTERS, np.full(len(QUARTERS), 80.0), 2)
    assert columns["eda_level"].tolist() == [60, 60]
    columns = eda_features(QUARTERS, 4 + QUARTERS / 3600, 2)
    np.testing.assert_allclose(columns["eda_slope"], 1, rtol=1e-4)


def test_temperature_of_a_covered_sensor_is_missing():
    celsius = np.full(len(QUARTERS), 33.0)
    celsius[:240] = 228.9
    celsius[300] = -40
    columns = temperature_features(QUARTERS, celsius, 2)
    assert np.isnan(columns["skin_temperature"][0])
    assert columns["skin_temperature"][1] == 33
    assert columns["skin_temperature_slope"][1] == 0


def test_missing_samples_are_not_zero():
    values = np.full(len(QUARTERS), 2.0)
    values[::3] = np.nan
    columns = eda_features(QUARTERS, values, 2)
    assert columns["eda_level"].tolist() == [2, 2]


def test_time_runs_forward():
    for function in (heart_rate, steps_per_minute, line_per_minute):
        with pytest.raises(ValueError, match="never run backwards"):
            function([0, 10, 5], [1, 1, 1], 1)
