import numpy as np
import pytest

from keras_sensorlm.captions.claims import parse
from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import feature_index
from tests.captions.days import made_days


def captioner(**options):
    return HierarchicalCaptioner("low_level_caption", **options)


def day_of(minutes=1440, source=None, **channels):
    values = np.full((1440, 26), np.nan)
    for name, value in channels.items():
        values[:minutes, feature_index(name)] = value
    return SensorDay(values, source=source)


def numbers(caption):
    return {(c.channel, c.statistic): c.value for c in parse(caption)}


def test_tells_mean_extremes_and_spread_of_observed_minutes():
    rate = np.r_[np.full(700, 60.0), np.full(700, 80.0)]
    day = day_of(1400, heart_rate=rate)
    assert numbers(captioner().caption(day)) == {
        ("heart_rate", "mean"): 70.0,
        ("heart_rate", "max"): 80.0,
        ("heart_rate", "min"): 60.0,
        ("heart_rate", "std"): 10.0,
    }


def test_digits_suit_the_feature():
    small = np.r_[np.zeros(720), np.full(720, 0.0084)]
    caption = captioner().caption(day_of(altitude_std=small))
    assert "0.0042" in caption
    assert "0.0 " not in caption
    caption = captioner().caption(day_of(rr_median=780.9))
    assert "781 ms" in caption
    # Too small for the usual digits, and yet not zero.
    tiny = np.r_[np.zeros(1439), 0.002]
    caption = captioner().caption(day_of(eda_level=tiny))
    assert numbers(caption)["eda_level", "mean"] == 1.4e-6
    # Zero has no sign.
    assert "-0" not in captioner().caption(day_of(eda_slope=-0.0))


def test_states_coverage_under_the_threshold():
    told = captioner().caption(day_of(720, heart_rate=60.0))
    assert "(measured for 50 percent of the day)" in told
    told = captioner().caption(day_of(30, heart_rate=60.0))
    assert "(measured for 2.1 percent of the day)" in told
    assert "measured" not in captioner().caption(day_of(1200, heart_rate=60.0))
    lenient = captioner(coverage_threshold=0.0)
    assert "measured" not in lenient.caption(day_of(30, heart_rate=60.0))


def test_leaves_out_what_has_too_little_data():
    day = day_of(9, heart_rate=60.0)
    assert {c.kind for c in parse(captioner().caption(day))} == {"no_data"}
    assert ("heart_rate", "mean") in numbers(
        captioner(min_minutes=9).caption(day)
    )


def test_firmware_features_of_other_devices_are_not_in_the_makers_units():
    own = captioner().caption(day_of(source="empatica_e4", log_energy=1.0))
    assert "(in the device's own units)" in own
    assert {c.unit for c in parse(own)} == {"own"}
    theirs = captioner().caption(day_of(log_energy=53.0))
    assert {c.unit for c in parse(theirs)} == {None}
    # Heart rate is in bpm on every device.
    rate = captioner().caption(day_of(source="empatica_e4", heart_rate=60.0))
    assert {c.unit for c in parse(rate)} == {"bpm"}
    part = captioner().caption(
        day_of(144, source="empatica_e4", log_energy=1.0)
    )
    assert (
        "(in the device's own units, measured for 10 percent of the day)"
        in part
    )


def test_units_can_be_left_out():
    day = day_of(heart_rate=60.0, skin_temperature=31.0)
    assert "bpm" in captioner().caption(day)
    assert "bpm" not in captioner(units=False).caption(day)
    assert "31.0 degrees Celsius" in captioner().caption(day)
    assert "degrees" not in captioner(units=False).caption(day)


@pytest.mark.parametrize("units", [True, False])
def test_imperial_temperature_always_names_its_unit(units):
    day = day_of(skin_temperature=np.r_[np.full(720, 30.0), np.full(720, 32.0)])
    caption = captioner(temperature="imperial", units=units).caption(day)
    assert "degrees Fahrenheit" in caption
    assert numbers(caption) == {
        ("skin_temperature", "mean"): 87.8,
        ("skin_temperature", "max"): 89.6,
        ("skin_temperature", "min"): 86.0,
        # A spread has no offset.
        ("skin_temperature", "std"): 1.8,
    }


def test_random_channels_are_real_channels_with_data():
    fixed = {
        *("heart_rate", "resting_heart_rate", "rmssd", "steps", "log_energy"),
        *("sleep_coefficient", "eda_level", "skin_temperature"),
    }
    seen = set()
    days = made_days(40)
    for day in days:
        coverage = day.coverage()
        told = [c.channel for c in captioner(budget=5000).claims(day)]
        told = set(told)
        assert all(coverage[name] * 1440 >= 10 for name in told)
        assert {n for n in fixed if coverage[n] * 1440 >= 10} <= told
        assert len(told - fixed) <= 8
        seen |= told
    assert seen == set(FEATURE_NAMES)


def test_without_random_channels():
    day = made_days(1, gaps=False)[0]
    told = captioner(random_channels=0, budget=5000).claims(day)
    assert len({claim.channel for claim in told}) == 8
    told = captioner(random_channels=3, budget=5000).claims(day)
    assert len({claim.channel for claim in told}) == 8 + 3 + 3 + 3 + 3
    # Where only others have data, they are better than nothing.
    lonely = captioner(random_channels=0).claims(day_of(rr_median=800.0))
    assert {claim.channel for claim in lonely} == {"rr_median"}


def test_groups_and_sentences_a_group():
    day = made_days(1, gaps=False)[0]
    heart = captioner(groups=["heart"], sentences_per_group=2).claims(day)
    assert [c.channel for c in heart[::4]] == [
        "heart_rate",
        "resting_heart_rate",
    ]
    assert captioner(groups="heart", sentences_per_group=2).claims(day) == heart
    both = captioner(groups=["eda_temperature", "sleep"]).claims(day)
    assert {c.channel for c in both} >= {"eda_level", "sleep_coefficient"}
    assert "heart_rate" not in {c.channel for c in both}
