"""All that is said is true, and what is altered is caught."""

import collections
import warnings

import pytest

from keras_sensorlm.captions.claims import caption_factuality
from keras_sensorlm.captions.claims import parse
from keras_sensorlm.captions.hierarchy import CAPTION_KEYS
from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
from keras_sensorlm.captions.verification import Evidence
from keras_sensorlm.captions.verification import check
from keras_sensorlm.sensors.readers import example_day_path
from keras_sensorlm.sensors.readers import read_days
from keras_sensorlm.sensors.simulator import simulate_days
from tests.captions.alterations import KINDS
from tests.captions.alterations import alter
from tests.captions.days import made_days

OPTIONS = (
    {},
    {"time": "clock", "temperature": "imperial", "seed": 1},
    {"units": False, "random_channels": 3, "seed": 2},
    {"level_shifts": True, "rhythms": True, "seed": 3, "time": "clock"},
)
ARCHIVES = ("mmash", "fitabase", "stress_predict", "wearable_stress_exercise")


def check_true(days, options=OPTIONS):
    for key in CAPTION_KEYS:
        for option in options:
            captions = HierarchicalCaptioner(key, **option).captions(days)
            found = caption_factuality(captions, days)
            assert found.unreadable == 0
            assert found.true == found.statements > 0


def share_caught(days, seed=0):
    """The share of altered captions that are caught, for each kind."""
    caught, altered = collections.Counter(), collections.Counter()
    evidence = [Evidence(day) for day in days]
    for key in CAPTION_KEYS:
        captions = HierarchicalCaptioner(key, seed).captions(days)
        for i, (caption, day) in enumerate(zip(captions, days)):
            for kind in KINDS:
                other = alter(caption, kind, day, f"{seed} {key} {i}")
                if other is not None:
                    claims = parse(other)
                    altered[kind] += 1
                    caught[kind] += not all(
                        check(claim, evidence[i]).holds for claim in claims
                    )
    # Two data sets hold no events to alter.
    return {kind: caught[kind] / altered[kind] for kind in altered}


def read(real_data, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read_days(real_data(name))


def test_made_days():
    check_true(made_days(6) + made_days(3, source="empatica_e4"))


def test_simulated_days():
    check_true(simulate_days(25, 0), OPTIONS[:2])


@pytest.mark.slow
def test_two_thousand_simulated_days():
    check_true(simulate_days(2000, 1), OPTIONS[:1])


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) for n in ARCHIVES]
)
def test_every_real_day(real_data, name):
    check_true(read(real_data, name), OPTIONS[:2])


def test_a_real_day_of_the_package():
    check_true(read_days(example_day_path()))


def test_alterations_are_caught():
    shares = share_caught(simulate_days(15, 2) + made_days(5))
    assert set(shares) == set(KINDS)
    assert min(shares.values()) >= 0.99, shares


@pytest.mark.slow
@pytest.mark.parametrize("name", ARCHIVES)
def test_alterations_of_real_captions_are_caught(real_data, name):
    days = read(real_data, name)
    shares = share_caught(days[:: max(1, len(days) // 60)])
    assert min(shares.values()) >= 0.99, shares
