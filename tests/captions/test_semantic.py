import random
import re

import numpy as np
import pytest

from keras_sensorlm.captions.claims import parse
from keras_sensorlm.captions.claims import verify
from keras_sensorlm.captions.grammar import noun_phrase
from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
from keras_sensorlm.captions.phrasing import FAMILIES
from keras_sensorlm.captions.semantic import merge
from keras_sensorlm.sensors.activities import ACTIVITIES
from keras_sensorlm.sensors.day import Event
from keras_sensorlm.sensors.day import SensorDay
from tests.captions.days import made_days

EMPTY = np.full((1440, 26), np.nan)


def summary(events, values=EMPTY, **options):
    captioner = HierarchicalCaptioner(**options)
    return captioner.caption(SensorDay(values, events=events))


def told(events, **options):
    """(kind, label, start, end) of what a summary tells."""
    claims = parse(summary(events, **options))
    return [(c.kind, c.label, c.start_minute, c.end_minute) for c in claims]


def activity(label, start, end):
    return Event("activity", label, start, end)


def test_keeps_the_eight_longest_activities_in_time_order():
    starts = range(0, 1300, 100)
    events = [
        activity(f"task {i}", start, start + 20 + 5 * i)
        for i, start in enumerate(starts)
    ]
    found = told(events)
    assert [label for _, label, _, _ in found] == [
        f"task {i}" for i in range(5, 13)
    ]
    assert found[-1] == ("activity", "task 12", 1200, 1280)


def test_short_activities_are_left_out():
    events = [activity("walk", 0, 19), activity("run", 100, 120)]
    assert told(events) == [("activity", "run", 100, 120)]


def test_merges_what_touches():
    events = [
        activity("Walk", 0, 15),
        activity("walk", 15, 30),
        activity("walk", 25, 40),
        activity("walk", 41, 60),
        activity("run", 60, 90),
    ]
    # The second walk is 19 minutes long.
    assert told(events) == [
        ("activity", "walk", 0, 40),
        ("activity", "run", 60, 90),
    ]
    # An event inside another does not shorten it.
    nested = [activity("walk", 0, 90), activity("walk", 10, 20)]
    assert [e[2:] for e in merge(nested)] == [(0, 90)]
    # What lies between two parts of one activity does not matter.
    mixed = [
        activity("walk", 0, 30),
        activity("eating", 20, 25),
        activity("walk", 30, 50),
    ]
    assert ("activity", "walk", 0, 50) in merge(mixed)


def test_tells_the_two_longest_sleeps():
    events = [
        Event("sleep", "sleep", 0, 300),
        Event("sleep", "sleep", 310, 330),
        Event("sleep", "nap", 800, 850),
    ]
    assert told(events) == [
        ("sleep", "sleep", 0, 300),
        ("sleep", "nap", 800, 850),
    ]


def test_tells_moods_with_their_minute():
    events = [Event("mood", "stressed", 800, 801), Event("mood", "ok", 9, 10)]
    assert told(events) == [
        ("mood", "ok", 9, None),
        ("mood", "stressed", 800, None),
    ]


def test_the_full_form_tells_what_the_sensors_did():
    values = EMPTY.copy()
    values[:, 0], values[:, 10], values[:, 20] = 60.0, 0.0, 1.0
    values[600:630, 0] = 140.0
    values[600:630, 10] = 150.0
    values[600:630, 20] = 3.5
    run = [activity("run", 600, 630)]
    full = summary(run, values, key="high_level_all_caption", infer_sleep=False)
    assert full.endswith(
        ", with a mean heart rate of 140.0 bpm, 4500 steps and a mean EDA "
        "level of 3.50 microsiemens."
    )
    assert "140" not in summary(run, values, infer_sleep=False)
    # A sensor that missed most of the event is not told of.
    values[600:620, 0] = np.nan
    full = summary(run, values, key="high_level_all_caption", infer_sleep=False)
    assert full.endswith(
        ", with 4500 steps and a mean EDA level of 3.50 microsiemens."
    )
    # Every part may be the only one.
    values[600:630, (0, 20)] = np.nan
    full = summary(run, values, key="high_level_all_caption", infer_sleep=False)
    assert full.endswith(", with 4500 steps.")


def still_night():
    values = EMPTY.copy()
    values[:, 0], values[:, 10] = 80.0, 20.0
    values[40:440, 0], values[40:440, 10] = 55.0, 0.0
    return values


def test_sleep_without_a_log_is_told_as_a_guess():
    for seed in range(12):
        caption = summary([], still_night(), seed=seed)
        (claim,) = parse(caption)
        assert claim.kind == "inferred_sleep"
        assert (claim.start_minute, claim.end_minute) == (40, 440)
        hedges = ("probabl", "presumabl", "suggest", "likely", "points to")
        assert any(word in caption for word in hedges)
        assert verify([claim], SensorDay(still_night()))[0].holds
    off = parse(summary([], still_night(), infer_sleep=False))
    assert off[0].kind == "no_log"


def test_a_log_of_sleep_takes_precedence():
    events = [Event("sleep", "sleep", 0, 420)]
    claims = parse(summary(events, still_night()))
    assert [claim.kind for claim in claims] == ["sleep"]


def test_a_device_that_lay_on_the_table_did_not_sleep():
    values = still_night()
    # No heart beat: nobody wore it.
    values[40:440, 0] = np.nan
    assert parse(summary([], values))[0].kind == "no_log"


def test_a_day_without_a_log_says_so():
    for seed in range(6):
        (claim,) = parse(summary([activity("walk", 0, 10)], seed=seed))
        assert claim.kind == "no_log"
        day = SensorDay(EMPTY, events=[activity("walk", 0, 10)])
        assert verify([claim], day)[0].holds
        # A logged walk of 20 minutes makes it untrue.
        day = SensorDay(EMPTY, events=[activity("walk", 0, 20)])
        assert not verify([claim], day)[0].holds


def test_all_activities_have_a_noun_phrase():
    for label in ACTIVITIES:
        assert label in noun_phrase(label)
        assert not noun_phrase(label).startswith("a period of")


@pytest.mark.parametrize(
    "label",
    [
        "Run. Then a walk",
        "yoga, with 300 steps",
        "a walk",
        "an outdoor bike ride",
        "from minute 3 to minute 5",
        "???",
        "läufe",
        "sleep",
        "nap",
        "{braces} %s",
        "x" * 80,
    ],
)
@pytest.mark.parametrize("kind", ["activity", "mood"])
def test_any_label_is_told_and_read_back(label, kind):
    day = SensorDay(EMPTY, events=[Event(kind, label, 100, 160)])
    for seed in range(25):
        claims = parse(HierarchicalCaptioner(seed=seed).caption(day))
        assert [c.kind for c in claims] == [kind]
        assert all(verdict.holds for verdict in verify(claims, day))


def test_labels_made_of_the_forms_own_words_are_read_back():
    words = {"minute 5", "07:00", "3", "bpm", "and", "a", "nap", "sleep"}
    for family in ("activity", "sleep", "mood", "inferred_sleep", "no_log"):
        for form in FAMILIES[family][0]:
            words |= set(re.findall(r"[a-z]+", form.lower()))
    words, rng = sorted(words), random.Random(0)
    for seed in range(400):
        label = " ".join(rng.choices(words, k=rng.randint(1, 5)))
        event = Event(rng.choice(["activity", "mood"]), label, 100, 160)
        day = SensorDay(EMPTY, events=[event])
        caption = HierarchicalCaptioner(seed=seed).caption(day)
        (verdict,) = verify(parse(caption), day)
        assert verdict.holds, (label, caption)


def test_times_can_be_told_by_the_clock():
    events = [activity("run", 420, 451), Event("sleep", "sleep", 1380, 1440)]
    caption = summary(events, time="clock")
    assert "minute 4" not in caption
    for seed in range(10):
        found = told(events, time="clock", seed=seed)
        assert found == told(events, seed=seed)


def test_every_made_day_is_told_in_time_order():
    for day in made_days(20):
        claims = HierarchicalCaptioner().claims(day)
        starts = [c.start_minute for c in claims if c.start_minute is not None]
        assert starts == sorted(starts)
