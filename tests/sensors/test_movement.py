"""Accelerometer features on signals whose answer is known."""

import numpy as np
import pytest

from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.minutes import acceleration_features
from keras_sensorlm.sensors.minutes import movement_intensity

RATE = 32
NOISE = (1 / 64) ** 2 / 12
GRAVITY = np.array([0.0, 0.0, 1.0])


def times(minutes=1, rate=RATE):
    return np.arange(0, 60 * minutes, 1 / rate)


def shake(frequency=1.0, amplitude=0.5, rate=RATE, axis=(1.0, 0.0, 0.0)):
    """A sine along a line, with gravity."""
    wave = amplitude * np.sin(2 * np.pi * frequency * times(rate=rate) + 0.1)
    return wave[:, None] * np.array(axis) + GRAVITY


def one(acceleration, seconds=None, **options):
    seconds = times() if seconds is None else seconds
    columns = acceleration_features(seconds, acceleration, 1, **options)
    return {name: float(column[0]) for name, column in columns.items()}


def test_names_and_dtype():
    columns = acceleration_features(times(), shake(), 2)
    assert tuple(columns) == FEATURE_NAMES[11:20]
    assert all(c.dtype == np.float32 for c in columns.values())
    assert all(np.isnan(c[1]) for c in columns.values())


def test_a_sine_along_a_line():
    amplitude, frequency = 0.5, 1.5
    got = one(shake(frequency, amplitude))
    power = amplitude**2 / 2
    angle = 2 * np.pi * frequency / RATE
    jerk = power * (2 * np.sin(angle / 2)) ** 2
    expected = {
        "jerk_autocorrelation": (jerk * np.cos(angle) - NOISE)
        / (jerk + 2 * NOISE),
        "covariance_condition": (power + NOISE) / NOISE,
        "log_energy_ratio": np.log((power + NOISE) / (power / 3 + NOISE)),
        "zero_crossing_mean": 1 / (2 * frequency),
        "axis_mean": 1 / 3,
    }
    for name, value in expected.items():
        assert got[name] == pytest.approx(value, rel=2e-3), name
    assert got["zero_crossing_std"] == pytest.approx(0, abs=2e-3)
    # The mean of |sin| is 2 / pi.
    energy = np.log(60 * amplitude / np.sqrt(3) * 2 / np.pi)
    assert got["log_energy"] == pytest.approx(energy, abs=5e-3)


@pytest.mark.parametrize("amplitude", [0.01, 2.0])
def test_kurtosis_of_a_sine(amplitude):
    # Of |sin|: E|s| = 2/pi, E s^2 = 1/2, E|s|^3 = 4/(3 pi), E s^4 = 3/8.
    mean = 2 / np.pi
    variance = 1 / 2 - mean**2
    fourth = 3 / 8 - 4 * mean * 4 / (3 * np.pi) + 3 * mean**2 - 3 * mean**4
    # The magnitude is amplitude |s| / sqrt(3); rounding adds to it.
    variance *= amplitude**2 / 3
    fourth *= amplitude**4 / 9
    expected = (fourth + 6 * variance * NOISE + 3 * NOISE**2) / (
        variance + NOISE
    ) ** 2
    got = one(shake(0.37, amplitude))
    assert got["kurtosis"] == pytest.approx(expected, rel=0.01)


def test_equal_movement_in_all_directions():
    t = times()
    acceleration = 0.3 * np.stack(
        [np.sin(2 * np.pi * f * t) for f in (1, 2, 3)], axis=1
    )
    got = one(acceleration)
    assert got["covariance_condition"] == pytest.approx(1, rel=1e-4)
    assert got["log_energy_ratio"] == pytest.approx(0, abs=1e-4)


def test_the_first_principal_axis_does_not_depend_on_the_frame():
    rng = np.random.default_rng(0)
    acceleration = rng.normal(0, [0.5, 0.2, 0.1], (len(times()), 3))
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    a, b = one(acceleration), one(acceleration @ rotation)
    for name in set(a) - {"axis_mean", "sleep_coefficient"}:
        assert a[name] == pytest.approx(b[name], rel=1e-4), name


def test_a_still_minute_is_finite_and_calm():
    got = one(np.tile(GRAVITY, (len(times()), 1)))
    assert got["jerk_autocorrelation"] == pytest.approx(-0.5)
    assert got["covariance_condition"] == pytest.approx(1)
    assert got["log_energy_ratio"] == pytest.approx(0)
    assert got["log_energy"] == pytest.approx(np.log(60 * np.sqrt(NOISE)))
    assert got["kurtosis"] == pytest.approx(3)
    assert got["sleep_coefficient"] == 0
    # It never crosses zero: there is no time between crossings.
    assert np.isnan(got["zero_crossing_mean"])


@pytest.mark.parametrize("bin", range(16))
def test_sleep_coefficient_bins_are_logarithmic(bin):
    edge = (1 / 32) * (12 * 32) ** (bin / 16)
    acceleration = np.tile(GRAVITY, (len(times()), 1))
    acceleration[100, 0] += edge * 1.01
    assert one(acceleration)["sleep_coefficient"] == bin


def test_the_sampling_rate_does_not_matter():
    slow = one(shake(rate=25), times(rate=25))
    fast = one(shake(rate=100), times(rate=100))
    for name in ("log_energy", "zero_crossing_mean", "covariance_condition"):
        assert slow[name] == pytest.approx(fast[name], rel=5e-3), name


def test_half_a_minute_is_needed():
    t = times()
    columns = acceleration_features(t[: 29 * RATE], shake()[: 29 * RATE], 1)
    assert all(np.isnan(c[0]) for c in columns.values())
    columns = acceleration_features(t[: 31 * RATE], shake()[: 31 * RATE], 1)
    assert not any(np.isnan(c[0]) for c in columns.values())


def test_a_gap_is_no_crossing():
    t = times()
    keep = (t < 20) | (t >= 30.25)
    whole, holed = one(shake(0.5)), one(shake(0.5)[keep], t[keep])
    assert holed["zero_crossing_std"] == pytest.approx(0, abs=5e-3)
    assert holed["zero_crossing_mean"] == pytest.approx(
        whole["zero_crossing_mean"], rel=5e-3
    )


def test_intensity_is_the_mean_magnitude():
    columns = acceleration_features(times(), shake(1.0, 0.6), 1)
    assert movement_intensity(columns)[0] == pytest.approx(
        0.6 / np.sqrt(3) * 2 / np.pi, rel=5e-3
    )


def test_bad_input():
    with pytest.raises(ValueError, match=r"\(samples, 3\).*\(4, 2\)"):
        acceleration_features(np.arange(4), np.zeros((4, 2)))
    with pytest.raises(ValueError, match="never run backwards"):
        acceleration_features([1.0, 0.0], np.zeros((2, 3)))
    empty = acceleration_features(np.zeros(0), np.zeros((0, 3)), 4)
    assert all(np.isnan(c).all() and c.shape == (4,) for c in empty.values())
