import numpy as np
import pytest

import keras_sensorlm
from keras_sensorlm.captions.claim import KINDS
from keras_sensorlm.captions.claims import Claim
from keras_sensorlm.captions.claims import caption_factuality
from keras_sensorlm.captions.claims import parse
from keras_sensorlm.captions.claims import verify
from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
from keras_sensorlm.captions.verification import _CHECKS
from keras_sensorlm.sensors.day import Event
from keras_sensorlm.sensors.day import SensorDay
from tests.captions.days import made_days


def day_of(rate=62.0, events=(), source=None):
    values = np.full((1440, 26), np.nan)
    values[:, 0] = rate
    return SensorDay(values, events=events, source=source)


def holds(caption, day, **tolerances):
    return [v.holds for v in verify(parse(caption), day, **tolerances)]


HEART = (
    "For heart rate, the mean was {} bpm, the standard deviation 0.0, the "
    "minimum 62.0 and the maximum 62.0."
)


def test_every_number_is_checked_by_itself():
    claims = parse(HEART.format("62.0"))
    assert [(c.statistic, c.value, c.digits, c.unit) for c in claims] == [
        ("mean", 62.0, 1, "bpm"),
        ("max", 62.0, 1, "bpm"),
        ("min", 62.0, 1, "bpm"),
        ("std", 0.0, 1, "bpm"),
    ]
    assert holds(HEART.format("62.0"), day_of()) == [True] * 4
    assert holds(HEART.format("62.1"), day_of()) == [False, *[True] * 3]


def test_the_tolerance_is_half_of_the_last_printed_digit():
    day = day_of(62.04)
    (verdict, *_) = verify(parse(HEART.format("62")), day)
    assert verdict.holds
    assert verdict.tolerance == pytest.approx(0.5)
    assert verdict.measured == pytest.approx(62.04, abs=1e-5)
    (verdict, *_) = verify(parse(HEART.format("62.04")), day)
    assert verdict.holds
    assert verdict.tolerance == pytest.approx(0.005, rel=1e-3)
    assert holds(HEART.format("62.05"), day)[0] is False
    assert holds(HEART.format("62.6"), day, relative_tolerance=0.01)[0]


def test_units_are_part_of_what_is_said():
    assert (
        holds(HEART.format("62.0").replace("bpm", "ms"), day_of())[0] is False
    )
    assert holds(HEART.format("62.0").replace(" bpm", ""), day_of())[0]
    own = HEART.format("62.0").replace(
        "62.0.", "62.0 (in the device's own units)."
    )
    assert holds(own, day_of(source="empatica_e4")) == [False] * 4


def test_case_and_spaces_do_not_matter():
    caption = HEART.format("62.0")
    assert parse(caption)[0].kind == "statistic"
    assert parse(caption.lower()) == parse(caption)
    assert parse("  " + caption.replace(" ", "\n ").upper()) == parse(caption)


@pytest.mark.parametrize(
    "sentence",
    [
        "The heart sang.",
        "Heart rate averaged 62.0 bpm.",
        HEART.format("sixty"),
        HEART.format("62.0").removesuffix("."),
        HEART.format("62.0").replace("heart rate", "lung volume"),
        "A run lasted from minute 3.",
        "A run was logged between minute 3 and 07:00:00.",
        "No heart, brain or sleep channel shows a clear trend, peak or drop.",
        "...",
    ],
)
def test_what_no_form_reads_is_not_true(sentence):
    (claim,) = parse(sentence)
    assert claim.kind == "unreadable"
    assert claim.sentence == sentence.lower()
    assert holds(sentence, day_of()) == [False]


def test_one_unreadable_sentence_does_not_hide_the_others():
    claims = parse(f"Hello there. {HEART.format('62.0')} And goodbye.")
    assert [claim.kind for claim in claims] == [
        "unreadable",
        *["statistic"] * 4,
        "unreadable",
    ]


def test_events_are_checked_against_the_log():
    day = day_of(events=[Event("activity", "Run", 420, 450)])
    right = "A run lasted 30 minutes, starting at minute 420."
    assert holds(right, day) == [True]
    assert holds("A run took place from 07:00 to 07:30.", day) == [True]
    assert holds(right.replace("420", "421"), day) == [False]
    assert holds(right.replace("420", "421"), day, minute_tolerance=1) == [True]
    assert holds(right.replace("30", "31"), day) == [False]
    assert holds(right.replace("run", "walk"), day) == [False]
    # An activity is no sleep, whatever it is called.
    nap = day_of(events=[Event("activity", "nap", 420, 450)])
    assert holds("A nap lasted 30 minutes, beginning at minute 420.", nap) == [
        False
    ]


def test_parts_of_a_merged_event_are_true_as_well():
    parts = [Event("activity", "run", 0, 30), Event("activity", "run", 30, 60)]
    day = day_of(events=parts)
    for start, end in ((0, 60), (0, 30), (30, 60)):
        said = f"A run took place from minute {start} to minute {end}."
        assert holds(said, day) == [True]
    assert holds("A run took place from minute 0 to minute 45.", day) == [False]


def test_nonsense_minutes_are_false_and_no_error():
    for said in (
        "A run took place from minute 9000 to minute 3.",
        "Heart rate stayed level near 62.0 bpm from minute 700 to minute 90.",
        "Heart rate stayed level near 62.0 bpm from 99:99 to minute 9999.",
        "Heart rate peaked around minute 0, with a 40-minute average of 62.0.",
    ):
        assert not all(holds(said, day_of()))


def test_what_was_not_measured_cannot_be_true():
    said = HEART.format("62.0").replace("heart rate", "RMSSD")
    said = said.replace("bpm", "ms")
    verdicts = verify(parse(said), day_of())
    assert [verdict.holds for verdict in verdicts] == [False] * 4
    assert verdicts[0].reason == "nothing was measured"


def test_absence_is_checked_too():
    silent = SensorDay(np.full((1440, 26), np.nan))
    for key in ("low_level_caption", "middle_level_caption"):
        caption = HierarchicalCaptioner(key).caption(silent)
        assert holds(caption, silent) == [True]
        noisy = made_days(1)[0]
        assert holds(caption, noisy) == [False]


def test_unknown_kinds_of_claims_are_an_error():
    with pytest.raises(ValueError, match="statistic"):
        verify([Claim("rumour")], day_of())
    assert set(_CHECKS) == set(KINDS)


def test_factuality_counts_statements():
    day = day_of()
    right, wrong = HEART.format("62.0"), HEART.format("63.0")
    found = caption_factuality([right, wrong, "Hm.", ""], [day] * 4)
    assert found.true == 7
    assert found.statements == 10
    assert found.share == float(found) == 0.7
    assert found.unreadable == 2
    assert (found.true_captions, found.captions) == (1, 4)
    assert found.by_kind == {"statistic": (7, 8), "unreadable": (0, 2)}
    assert keras_sensorlm.caption_factuality is caption_factuality


def test_factuality_takes_one_caption_or_an_array():
    assert caption_factuality(HEART.format("62.0"), day_of()).share == 1.0
    values = day_of().values
    assert caption_factuality([HEART.format("62.0")], values[None]).share == 1.0
    with pytest.raises(ValueError, match="2 captions, 1 days"):
        caption_factuality(["a", "b"], [day_of()])
    with pytest.raises(ValueError, match="at least one"):
        caption_factuality([], [])
