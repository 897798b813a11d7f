"""RR features on sequences whose answer is known in closed form."""

import numpy as np
import pytest

from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.minutes import rr_features


def features_of(rr, minutes=1, start=0.0, **options):
    """Features of intervals that follow each other without a gap."""
    rr = np.asarray(rr, dtype=float)
    seconds = start + np.cumsum(rr) / 1000
    return rr_features(seconds, rr, minutes, **options)


def test_names_and_dtype():
    columns = features_of(np.full(70, 800.0))
    assert tuple(columns) == FEATURE_NAMES[2:10]
    assert all(c.dtype == np.float32 for c in columns.values())


def test_a_steady_heart_has_no_variability():
    columns = features_of(np.full(70, 800.0))
    assert columns["rr_valid_fraction"][0] == pytest.approx(70 * 0.8 / 60)
    for name in ("rr_p80", "rr_p20", "rr_median"):
        assert columns[name][0] == 800
    for name in ("rmssd", "sdnn", "rr_entropy", "rr_difference_entropy"):
        assert columns[name][0] == 0


def test_two_alternating_intervals():
    n = 60
    columns = features_of(np.tile([800.0, 900.0], n // 2))
    assert columns["rr_p20"][0] == 800
    assert columns["rr_median"][0] == 850
    assert columns["rr_p80"][0] == 900
    # Every difference is +-100, and no value lies beyond the percentiles.
    assert columns["rmssd"][0] == pytest.approx(100)
    assert columns["sdnn"][0] == pytest.approx(50 * np.sqrt(n / (n - 1)))
    assert columns["rr_entropy"][0] == pytest.approx(np.log(2))


def test_a_ramp_is_trimmed_to_its_middle():
    # 41 integers: the percentiles fall on samples, 5-95 % keeps 37 of them,
    # and consecutive integers have the sample variance n (n + 1) / 12.
    columns = features_of(700.0 + np.arange(41))
    assert columns["rr_p20"][0] == 708
    assert columns["rr_p80"][0] == 732
    assert columns["sdnn"][0] == pytest.approx(np.sqrt(37 * 38 / 12))
    assert columns["rmssd"][0] == pytest.approx(1)


@pytest.mark.parametrize("kinds", [2, 5, 10])
def test_equally_frequent_intervals_have_the_entropy_ln_k(kinds):
    rr = 700 + 20.0 * np.tile(np.arange(kinds), 60 // kinds)
    columns = features_of(rr)
    assert columns["rr_entropy"][0] == pytest.approx(np.log(kinds), abs=1e-6)


def test_variability_is_capped_at_125():
    columns = features_of(np.tile([600.0, 1000.0], 30))
    assert columns["rmssd"][0] == 125
    assert columns["sdnn"][0] == 125


def test_percentiles_are_those_of_numpy():
    rr = np.random.default_rng(0).normal(850, 60, 65)
    columns = features_of(rr)
    for name, q in (("rr_p20", 20), ("rr_median", 50), ("rr_p80", 80)):
        assert columns[name][0] == pytest.approx(np.percentile(rr, q))


def test_outliers_and_what_borders_on_them_are_not_used():
    rr = np.full(60, 800.0)
    rr[[20, 40]] = [250.0, 2500.0]
    columns = features_of(rr)
    assert columns["rr_median"][0] == 800
    assert columns["rr_difference_entropy"][0] == 0
    assert columns["rr_valid_fraction"][0] == pytest.approx(58 * 0.8 / 60)


def test_no_difference_is_taken_over_a_gap():
    rr = np.repeat([800.0, 900.0], 20)
    seconds = np.cumsum(rr) / 1000
    joined = rr_features(seconds, rr, 1)
    seconds[20:] += 10
    apart = rr_features(seconds, rr, 1)
    assert joined["rr_difference_entropy"][0] > 0
    assert apart["rr_difference_entropy"][0] == 0


def test_whole_second_times_need_a_tolerance():
    rr = np.tile([800.0, 890.0], 30)
    exact = np.cumsum(rr) / 1000
    for late in (0, 6):
        # A skipped stretch of 6 s after beat 31, as in MMASH.
        seconds = np.floor(exact + np.where(np.arange(60) > 30, late, 0))
        columns = rr_features(seconds, rr, 1, tolerance=1.0)
        assert columns["rmssd"][0] == pytest.approx(90)
    # Without it most neighbours seem to be apart.
    strict = rr_features(np.floor(exact), rr, 1, tolerance=0.05)
    assert np.isnan(strict["rmssd"][0])


def test_too_few_beats_are_missing_but_counted():
    columns = features_of(np.full(9, 1000.0))
    assert columns["rr_valid_fraction"][0] == pytest.approx(0.15)
    for name in FEATURE_NAMES[3:10]:
        assert np.isnan(columns[name][0]), name


def test_a_running_sensor_without_beats_has_a_valid_fraction_of_0():
    silent = features_of(np.full(60, 900.0), minutes=3)
    running = features_of(
        np.full(60, 900.0), minutes=3, recorded=[True, True, False]
    )
    assert np.isnan(silent["rr_valid_fraction"][1:]).all()
    assert running["rr_valid_fraction"][1] == 0
    assert np.isnan(running["rr_valid_fraction"][2])


def test_minutes_do_not_mix_and_a_minute_break_is_no_gap():
    columns = features_of(np.repeat([1000.0, 500.0], [60, 119]), minutes=2)
    assert columns["rr_median"].tolist() == [1000, 500]
    # The beat at 60.0 s opens the second minute with an interval of 1000.
    assert columns["rr_p80"][1] == 500
    assert columns["rr_difference_entropy"][0] == 0


def test_no_beats_at_all():
    columns = rr_features([], [], minutes=5)
    assert all(np.isnan(c).all() and c.shape == (5,) for c in columns.values())


def test_bad_input():
    with pytest.raises(ValueError, match=r"never run backwards.*sample 2"):
        rr_features([0.0, 2.0, 1.0], [800, 800, 800])
    with pytest.raises(ValueError, match="one time a sample"):
        rr_features([0.0, 1.0], [800])
    with pytest.raises(ValueError, match="should be numbers"):
        rr_features([0.0], ["fast"])
