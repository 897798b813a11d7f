"""The vectorised detector against the definition and the authors' results."""

import json
import pathlib

import numpy as np
import pytest

from keras_sensorlm.captions import structural
from keras_sensorlm.captions import trends
from keras_sensorlm.captions.extrema import find_prominent
from tests.captions import reference_structural as reference

# What the authors' released code (Apache-2.0) finds on 24 series.
PUBLISHED = pathlib.Path(__file__).parent / "data" / "structural_events.json"
BIN = np.arange(36)


def families(n, seed):
    """Random series of many kinds, ties and plateaus among them."""
    rng = np.random.default_rng(seed)
    level = rng.normal(size=(n, 1))
    period = rng.integers(2, 12, (n, 1))
    walk = rng.normal(size=(n, 36)).cumsum(axis=1)
    rare = rng.random((n, 36)) < 0.15
    return {
        "walk": walk,
        "walk in float32": walk.astype("float32"),
        "noise": rng.normal(size=(n, 36)),
        "few values": rng.integers(0, 4, (n, 36)).astype("float64"),
        "whole numbers": rng.integers(0, 41, (n, 36)) / 40,
        "levels": np.repeat(rng.normal(size=(n, 6)).round(4), 6, axis=1),
        "repeated levels": np.repeat(
            rng.choice([49.8097, 52.0708, 12.3], (n, 9)), 4, axis=1
        ),
        "square": np.where(BIN // period % 2, level, 49.8097),
        "stairs": level * (BIN // period) + 0.1,
        "sine": 50 * np.sin(BIN * 2 * np.pi / period) + level,
        "line": level * BIN,
        "constant": np.broadcast_to(level, (n, 36)),
        "rare bursts": np.where(rare, rng.exponential(size=(n, 36)), 0),
        "bumps": walk + 20 * (rng.random((n, 36)) < 0.05),
        "dips": walk - 20 * (rng.random((n, 36)) < 0.05),
        "tiny": 1e-9 * walk + 1e3,
    }


def test_equals_the_published_detector():
    cases = json.loads(PUBLISHED.read_text())
    found = structural.detect([case.pop("series") for case in cases])
    assert len(cases) == 24
    assert found == cases


@pytest.mark.parametrize("family", families(1, 0))
def test_equals_the_definition(family):
    series = families(150, seed=7)[family]
    for row, found in zip(series, structural.detect(series)):
        assert found == reference.detect(row)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3])
def test_peaks_equal_scipy_with_and_without_gaps(share):
    rng = np.random.default_rng(3)
    for series in families(200, seed=11).values():
        series = np.where(rng.random(series.shape) < share, np.nan, series)
        series = series[(~np.isnan(series)).sum(axis=1) >= 12]
        for row, found in zip(series, structural.detect(series)):
            peaks, drops = reference.extrema(row)
            assert (found["peaks"], found["drops"]) == (peaks, drops)


def test_result_depends_on_the_row_alone():
    series = np.concatenate(list(families(100, seed=5).values()))
    series[::3, 4:9] = np.nan
    order = np.random.default_rng(0).permutation(len(series))
    together = structural.detect(series)
    assert structural.detect(series[order]) == [together[i] for i in order]
    assert structural.detect(series[7:8]) == together[7:8]


def test_scale_and_offset_change_nothing():
    # Powers of two and whole numbers, so that rounding does not matter.
    series = families(200, seed=9)["whole numbers"] * 40
    assert structural.detect(series * 8) == structural.detect(series)
    assert structural.detect(series + 64) == structural.detect(series)


def test_mirrored_series_swap_directions():
    series = families(200, seed=13)["walk"]
    swap = {
        "increasing": "decreasing",
        "decreasing": "increasing",
        "stable": "stable",
    }
    for up, down in zip(structural.detect(series), structural.detect(-series)):
        assert [[*t[:2], swap[t[2]]] for t in up["trends"]] == down["trends"]


def test_few_gaps_leave_a_clear_trend():
    series = 60.0 + BIN[None]
    series[0, [3, 15, 30]] = np.nan
    assert structural.detect(series)[0]["trends"] == [
        [0, 11, "increasing"],
        [12, 23, "increasing"],
        [24, 35, "increasing"],
    ]


def test_no_trend_starts_ends_or_mostly_lies_in_a_gap():
    rng = np.random.default_rng(17)
    series = families(400, seed=17)["walk"]
    series[rng.random(series.shape) < 0.2] = np.nan
    count = 0
    for row, found in zip(series, structural.detect(series)):
        for first, last, _ in found["trends"]:
            window = row[first : last + 1]
            assert not np.isnan(window[[0, -1]]).any()
            assert np.isnan(window).mean() <= 0.25
            count += 1
    assert count > 300


def test_fit_with_gaps_equals_a_fit_through_the_observed_bins():
    rng = np.random.default_rng(19)
    x = rng.normal(size=(36, 50)) + 1e4
    x[rng.random(x.shape) < 0.1] = np.nan
    slopes = trends._fit_with_gaps(x)
    assert 0.2 < np.isnan(slopes).mean() < 0.8
    for window, column in zip(*np.nonzero(~np.isnan(slopes))):
        first, last = trends.FIRST[window], trends.LAST[window]
        y = x[first : last + 1, column]
        t = np.flatnonzero(~np.isnan(y))
        expected = np.polyfit(t, y[t], 1)[0]
        np.testing.assert_allclose(slopes[window, column], expected, atol=1e-8)


def test_a_peak_beside_a_gap_is_not_called():
    series = np.zeros((2, 36))
    series[:, 20] = 10.0
    assert structural.detect(series)[0]["peaks"] == [20]
    series[0, 19], series[1, 21] = np.nan, np.nan
    assert [f["peaks"] for f in structural.detect(series)] == [[], []]


def test_too_little_data_gives_nothing():
    series = np.full((2, 36), np.nan)
    series[0, :11] = np.arange(11)
    assert (
        structural.detect(series)
        == [{"trends": [], "peaks": [], "drops": []}] * 2
    )
    assert structural.detect(np.empty((0, 36))) == []


def test_arrays_and_dicts_say_the_same():
    series = families(300, seed=21)["bumps"]
    arrays = structural.detect_arrays(series)
    for row, found in enumerate(structural.detect(series)):
        kept = [t for t in arrays.trends[row].tolist() if t[2] >= 0]
        assert found["trends"] == [
            [first, last, structural.KINDS[kind]] for first, last, kind in kept
        ]
        assert found["peaks"] == arrays.peaks[row].nonzero()[0].tolist()
        assert found["drops"] == arrays.drops[row].nonzero()[0].tolist()


def test_bins_are_means_of_observed_minutes():
    rng = np.random.default_rng(23)
    days = rng.normal(size=(3, 1440, 5)).astype("float32")
    days[rng.random(days.shape) < 0.3] = np.nan
    days[0, 40:71, 2] = np.nan
    binned = structural.bin_days(days)
    blocks = days.astype("float64").reshape(3, 36, 40, 5)
    expected = np.nanmean(blocks, axis=2).transpose(0, 2, 1)
    assert np.isnan(binned).sum() == 1 and np.isnan(binned[0, 2, 1])
    expected[0, 2, 1] = np.nan
    np.testing.assert_allclose(binned, expected, atol=1e-12)
    assert structural.bin_minutes(1, 1) == (40, 80)


@pytest.mark.parametrize(
    "series, message",
    [
        (np.zeros((4, 35)), r"\(n, 36\).*\(4, 35\)"),
        (np.zeros(36), r"\(n, 36\).*\(36,\)"),
        (np.full((2, 36), np.inf), "2 of 2 rows"),
    ],
)
def test_bad_series_are_explained(series, message):
    with pytest.raises(ValueError, match=message):
        structural.detect(series)


def test_bad_days_are_explained():
    with pytest.raises(ValueError, match=r"1440.*\(2, 26, 1440\)"):
        structural.bin_days(np.zeros((2, 26, 1440)))


def test_equal_heights_are_settled_as_scipy_does():
    row = np.zeros(36)
    row[[10, 12, 14, 20, 22]] = 5.0
    found = find_prominent(row[:, None], np.array([2.0]), np.array([2.0]))
    expected = reference.find_peaks(
        row, height=2.0, distance=5, prominence=2.0, width=(None, 4)
    )[0]
    assert found[:, 0].nonzero()[0].tolist() == expected.tolist()
