import pickle
import random
import time

import numpy as np
import pytest

import keras_sensorlm
from keras_sensorlm.captions.claims import parse
from keras_sensorlm.captions.claims import verify
from keras_sensorlm.captions.hierarchy import CAPTION_KEYS
from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
from keras_sensorlm.sensors.day import SensorDay
from tests.captions.days import made_day
from tests.captions.days import made_days

ALL = "high_middle_low_level_caption"


def test_the_eight_keys_and_their_budgets():
    assert {key: value.budget for key, value in CAPTION_KEYS.items()} == {
        "low_level_caption": 512,
        "middle_level_caption": 512,
        "high_level_summary_caption": 256,
        "high_level_all_caption": 1024,
        "middle_low_level_caption": 1024,
        "high_low_level_caption": 1024,
        "high_middle_level_caption": 512,
        "high_middle_low_level_caption": 1024,
    }
    assert HierarchicalCaptioner().key == "high_level_summary_caption"
    assert keras_sensorlm.HierarchicalCaptioner is HierarchicalCaptioner


def test_levels_are_told_in_the_order_of_the_key():
    def level(claim):
        if claim.kind in ("activity", "sleep", "mood"):
            return "high"
        whole_day = claim.kind == "statistic" and claim.start_minute is None
        return "low" if whole_day else "middle"

    for key, (levels, _) in CAPTION_KEYS.items():
        if key == "high_level_all_caption":
            # Its numbers are those of events.
            continue
        claims = HierarchicalCaptioner(key).claims(made_day(2))
        assert list(dict.fromkeys(map(level, claims))) == list(levels)


@pytest.mark.parametrize("key", CAPTION_KEYS)
def test_a_caption_depends_on_nothing_but_its_day(key):
    days = made_days(9)
    captioner = HierarchicalCaptioner(key, level_shifts=True)
    together = captioner.captions(days)
    assert together == [captioner.caption(day) for day in days]
    order = random.Random(0).sample(range(9), 9)
    mixed = captioner.captions(days[i] for i in order)
    assert mixed == [together[i] for i in order]
    # Another captioner, as on another worker.
    again = HierarchicalCaptioner(key, level_shifts=True).captions(days[3:])
    assert again == together[3:]


def test_the_seed_chooses_the_words_and_the_random_channels():
    day = made_day(0)
    captions = {HierarchicalCaptioner(ALL, seed).caption(day) for seed in "abc"}
    assert len(captions) == 3
    first = HierarchicalCaptioner("low_level_caption", 1).claims(day)
    second = HierarchicalCaptioner("low_level_caption", 2).claims(day)
    assert {c.channel for c in first} != {c.channel for c in second}


def test_a_day_has_the_same_channels_in_every_key():
    day = made_day(1, gaps=False)
    channels = [
        {c.channel for c in HierarchicalCaptioner(key, budget=9999).claims(day)}
        for key in ("low_level_caption", "middle_low_level_caption")
    ]
    assert channels[0] == channels[1]


def test_the_words_vary_within_a_caption():
    caption = HierarchicalCaptioner("low_level_caption").caption(made_day(0))
    starts = [" ".join(s.split()[-6:]) for s in caption.split(". ")]
    assert len(set(starts)) > len(starts) // 2


def test_days_come_as_days_or_arrays():
    day = made_day(4)
    nameless = SensorDay(day.values)
    captioner = HierarchicalCaptioner("low_level_caption")
    expected = captioner.caption(nameless)
    assert captioner.captions(nameless) == [expected]
    assert captioner.caption(day.values) == expected
    assert captioner.captions(day.values) == [expected]
    assert captioner.captions(np.stack([day.values] * 2)) == [expected] * 2
    assert captioner.captions(iter([nameless, day.values])) == [expected] * 2
    assert captioner.captions([]) == []


def test_days_are_left_as_they_are():
    day = made_day(5)
    before = day.values.copy()
    HierarchicalCaptioner(ALL).caption(day)
    np.testing.assert_array_equal(day.values, before)


def test_a_captioner_can_be_sent_to_a_worker():
    captioner = HierarchicalCaptioner(ALL)
    expected = captioner.captions(made_days(3))
    copy = pickle.loads(pickle.dumps(captioner))
    assert copy.captions(made_days(3)) == expected


def test_exact_claims_hold_as_well():
    for key in CAPTION_KEYS:
        for day in made_days(3):
            claims = HierarchicalCaptioner(key).claims(day)
            assert all(verdict.holds for verdict in verify(claims, day))


def test_claims_are_what_the_caption_says():
    for key in CAPTION_KEYS:
        for seed in range(4):
            captioner = HierarchicalCaptioner(key, seed, level_shifts=True)
            day = made_day(seed, source=["empatica_e4", None][seed % 2])
            exact, read = captioner.claims(day), parse(captioner.caption(day))
            assert len(exact) == len(read)
            for a, b in zip(exact, read):
                assert same_claim(a, b), (a, b)


def same_claim(exact, read):
    for name in ("kind", "channel", "statistic", "unit", "direction", "label"):
        if getattr(exact, name) != getattr(read, name):
            return False
    if (exact.start_minute, exact.end_minute) != (
        read.start_minute,
        read.end_minute,
    ):
        return False
    if exact.value is None:
        return read.value is None
    return abs(exact.value - read.value) <= 0.5001 * 10.0**-read.digits


def test_an_empty_day_says_that_there_is_nothing():
    day = SensorDay(np.full((1440, 26), np.nan))
    for key, (levels, _) in CAPTION_KEYS.items():
        kinds = [c.kind for c in HierarchicalCaptioner(key).claims(day)]
        expected = {
            "high": "no_log",
            "middle": "no_structure",
            "low": "no_data",
        }
        assert kinds == [expected[level.split("_")[0]] for level in levels]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"key": "summary"}, "high_level_summary_caption"),
        ({"time": "hours"}, "minute, clock"),
        ({"temperature": "kelvin"}, "metric, imperial"),
        ({"groups": ["lungs"]}, "eda_temperature"),
        ({"groups": []}, "groups"),
        ({"groups": "lungs"}, "eda_temperature"),
        ({"random_channels": 4}, "between 0 and 3"),
        ({"random_channels": 1.5}, "whole number"),
        ({"sentences_per_group": 0}, "between 1 and"),
        ({"coverage_threshold": "half"}, "between 0 and 1"),
        ({"min_minutes": 0}, "between 1 and 1440"),
        ({"budget": 0}, "between 1 and"),
    ],
)
def test_wrong_options_say_what_is_right(options, words):
    with pytest.raises(ValueError, match=words) as error:
        HierarchicalCaptioner(**options)
    assert "Received" in str(error.value)


def test_wrong_days_say_what_is_right():
    captioner = HierarchicalCaptioner()
    with pytest.raises(ValueError, match="1440, 26"):
        captioner.captions(np.zeros((3, 3)))
    with pytest.raises(ValueError, match=r"\(1440, 26\)"):
        captioner.caption(np.zeros((1440, 34)))


def test_long_captions_take_little_time():
    # Half a millisecond is the aim on an idle core; this is a guard against
    # a slip by a factor, for machines with other work to do.
    captioner, days = HierarchicalCaptioner(ALL), made_days(60)
    captioner.captions(days)
    seconds = []
    for _ in range(5):
        start = time.process_time()
        captioner.captions(days)
        seconds.append(time.process_time() - start)
    assert min(seconds) / len(days) < 2e-3
