"""Constructed signals with a known answer, and many with none."""

import numpy as np
import pytest

from keras_sensorlm.captions.structural_extra import level_shifts
from keras_sensorlm.captions.structural_extra import rhythms
from keras_sensorlm.captions.structural_extra import unusual

BIN = np.arange(36)


def noise(n, seed):
    return np.random.default_rng(seed).normal(size=(n, 36))


@pytest.mark.parametrize("at", [6, 11, 18, 30])
@pytest.mark.parametrize("height", [30.0, -30.0])
def test_a_step_is_found_where_it_is(at, height):
    series = 70 + 0.5 * noise(50, at) + height * (BIN >= at)
    for found in level_shifts(series):
        assert [shift.bin for shift in found] == [at]
        assert abs(found[0].before - 70) < 1.5
        assert abs(found[0].after - 70 - height) < 1.5


def test_two_steps_come_in_time_order():
    series = 70 + 20.0 * (BIN >= 10) - 25.0 * (BIN >= 24)
    found = level_shifts(series[None])[0]
    assert [shift.bin for shift in found] == [10, 24]


def test_a_step_is_found_beside_missing_bins():
    series = 70 + 20.0 * (BIN >= 18)
    series[[14, 20]] = np.nan
    assert [shift.bin for shift in level_shifts(series[None])[0]] == [18]


def test_slopes_spikes_constants_and_noise_are_no_shift():
    spike = np.zeros(36)
    spike[17] = 10
    empty = np.full(36, np.nan)
    for row in (BIN, -BIN, spike, np.ones(36), empty, np.sin(BIN / 6)):
        assert level_shifts(row[None].astype("float64")) == [[]]
    assert sum(map(bool, level_shifts(noise(1000, 1)))) < 10


@pytest.mark.parametrize("period", [3, 4, 6, 8, 9, 12])
def test_a_rhythm_is_found_under_noise_and_drift(period):
    wave = 10 * np.sin(2 * np.pi * BIN / period) + 0.5 * BIN
    found = rhythms(wave + noise(50, period))
    assert [rhythm.period for rhythm in found] == [period] * 50
    assert all(rhythm.correlation > 0.8 for rhythm in found)


def test_a_rhythm_survives_a_few_gaps_but_not_many():
    wave = np.sin(2 * np.pi * BIN / 6)
    wave[[5, 17, 18]] = np.nan
    assert rhythms(wave[None])[0].period == 6
    wave[25:30] = np.nan
    assert rhythms(wave[None]) == [None]


def test_noise_walks_lines_and_constants_have_no_rhythm():
    assert sum(r is not None for r in rhythms(noise(1000, 2))) < 10
    walks = noise(1000, 3).cumsum(axis=1)
    assert sum(r is not None for r in rhythms(walks)) < 20
    assert rhythms(np.stack([BIN, 5 - BIN, np.ones(36)])) == [None] * 3


def usual_days(days, seed):
    rng = np.random.default_rng(seed)
    daily = 70 + 15 * np.sin(2 * np.pi * (BIN - 9) / 36)
    return daily + rng.normal(size=(days, 2, 36))


@pytest.mark.parametrize("by, kind", [(20, "higher"), (-20, "lower")])
def test_an_unusual_stretch_is_found(by, kind):
    days = usual_days(15, 4)
    today = days[0].copy()
    today[1, 8:14] += by
    calm, found = unusual(today, days[1:])
    assert calm == []
    assert [(u.first, u.last, u.kind) for u in found] == [(8, 13, kind)]
    assert abs(found[0].value - found[0].usual - by) < 2


def test_usual_days_are_not_unusual():
    # Deviations are estimated from 14 days, hence not exactly zero.
    odd = 0
    for seed in range(100):
        days = usual_days(15, seed)
        odd += sum(map(len, unusual(days[0], days[1:])))
    assert odd <= 2


def test_too_few_days_or_no_data_say_nothing():
    days = usual_days(5, 5)
    assert unusual(days[0] + 50, days[1:]) == [[], []]
    many = usual_days(8, 6)
    assert unusual(np.full((2, 36), np.nan), many) == [[], []]
    assert unusual(many[0], np.full_like(many, np.nan)) == [[], []]


def test_one_odd_day_in_the_baseline_does_not_hide_today():
    days = usual_days(12, 7)
    days[3] += 200
    today = usual_days(1, 8)[0] + 30
    for found in unusual(today, days):
        assert [(u.first, u.last) for u in found] == [(0, 35)]


def test_bad_shapes_are_explained():
    with pytest.raises(ValueError, match=r"\(n, 36\).*\(36,\)"):
        level_shifts(np.zeros(36))
    with pytest.raises(ValueError, match=r"\(n, 36\).*\(2, 35\)"):
        rhythms(np.zeros((2, 35)))
    with pytest.raises(ValueError, match=r"\(days, 2, 36\).*\(4, 3, 36\)"):
        unusual(np.zeros((2, 36)), np.zeros((4, 3, 36)))
