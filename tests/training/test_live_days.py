"""Examples that are made anew: true texts, nothing invented, one seed."""

import dataclasses

import numpy as np
import pytest

from keras_sensorlm import SensorDay
from keras_sensorlm import simulate_days
from keras_sensorlm.captions.claims import caption_factuality
from keras_sensorlm.models.preprocessor import SensorLMPreprocessor
from keras_sensorlm.sensors.day import Event
from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.training.batches import TrainingBatches
from keras_sensorlm.training.devices import channels_of_a_device
from keras_sensorlm.training.devices import moved_in_time
from keras_sensorlm.training.devices import part_of
from keras_sensorlm.training.devices import with_channels
from keras_sensorlm.training.devices import worn_minutes
from keras_sensorlm.training.labels import NAMES
from keras_sensorlm.training.labels import label_of
from keras_sensorlm.training.labels import labelled_span
from keras_sensorlm.training.live_days import Live
from keras_sensorlm.training.live_days import LiveDays
from keras_sensorlm.training.recipe import Recipe


def recipe(**live):
    return Recipe(
        name="live",
        steps=2,
        batch_size=4,
        caption_keys={"high_middle_low_level_caption": 1.0},
        live=Live(**live),
    )


def generator(seed=0):
    return np.random.default_rng(seed)


def examples(days, seed=0, **live):
    source = LiveDays(days, recipe(**live))
    rngs = [generator([seed, i]) for i in range(len(source))]
    return source.examples(range(len(source)), rngs, generator(seed))


@pytest.fixture(scope="module")
def days():
    return list(simulate_days(12, seed=3))


@pytest.fixture(scope="module")
def session():
    """An hour of a wrist band, in the evening."""
    values = np.full((1440, 26), np.nan, "float32")
    values[1200:1260, FEATURE_NAMES.index("heart_rate")] = 90.0
    return SensorDay(
        values,
        participant="someone",
        source="empatica_e4/stress_exercise",
        events=[Event("activity", "stress test", 1210, 1250)],
    )


@pytest.mark.parametrize("seed", range(3))
def test_captions_are_true_of_what_is_left(days, seed):
    kept, texts, length, read, _ = examples(days, seed, label_rate=0.0)
    assert length == 256 and read == 0
    for day, text in zip(kept, texts):
        assert caption_factuality(text, day) == 1.0, text
    assert any(np.isnan(day.values).mean() > 0.5 for day in kept)


def test_nothing_is_invented(days):
    kept, *_ = examples(days, label_rate=0.0)
    for before, after in zip(days, kept):
        seen = ~np.isnan(after.values)
        np.testing.assert_array_equal(after.values[seen], before.values[seen])


def test_labels_name_what_happens_in_the_minutes_that_stay(days):
    kept, texts, length, read, _ = examples(
        days, label_rate=1.0, whole_rate=0.0, lengths={32: 0.5, 256: 0.5}
    )
    assert length == 32 and read is None
    for before, after, text in zip(days, kept, texts):
        first, last = worn_minutes(after)
        inside = [
            event.label
            for event in before.events
            if event.start_minute < last and event.end_minute > first
        ]
        spoken = [n for label in inside for n in NAMES.get(label, (label,))]
        spoken += [*NAMES["sitting"], *NAMES["light movement"], "recording"]
        spoken += ["elliptical", "treadmill"]
        assert any(name in text.lower() for name in spoken), text


def test_one_seed_makes_the_same_examples(days):
    first, second = examples(days, seed=4), examples(days, seed=4)
    assert first[1:] == second[1:]
    for one, other in zip(first[0], second[0]):
        np.testing.assert_array_equal(one.values, other.values)
    assert examples(days, seed=5)[1] != first[1]


def test_real_days_count_as_often_as_asked(days, session):
    source = LiveDays([*days, session], recipe(real_repeats=3))
    assert len(source) == len(days) + 3


def test_a_session_moves_with_its_events(session):
    moved = moved_in_time(session, generator(1))
    first, last = worn_minutes(moved)
    assert last - first == 60 and first != 1200
    (event,) = moved.events
    assert event.start_minute - first == 10 and event.duration == 40
    other = dataclasses.replace(session, source="mmash")
    assert moved_in_time(other, generator(1)) is other


def test_a_device_keeps_some_channels(days):
    kept = [
        with_channels(days[0], channels_of_a_device(generator(i)))
        for i in range(20)
    ]
    counts = {int(day.observed.any(axis=0).sum()) for day in kept}
    assert {1, 3} <= counts


def test_a_batch_can_hold_one_kind_of_device(days):
    kept, *_ = examples(days, label_rate=0.0, alike_rate=1.0, device_rate=0.0)
    whole = [day for day in kept if day.observed.any(axis=1).mean() > 0.5]
    seen = np.stack([day.observed.any(axis=0) for day in whole])
    # Single channels may be dropped still, none may be added.
    assert seen.any(axis=0).sum() < 26


def test_a_part_is_one_stretch(days):
    for seed in range(20):
        first, last = worn_minutes(part_of(days[0], generator(seed)))
        assert 20 <= last - first <= 1440


def test_a_session_is_cut_as_often_as_asked(session):
    lengths = {}
    for rate in (0.0, 0.5, 1.0):
        spans = [labelled_span(session, generator(i), rate) for i in range(200)]
        lengths[rate] = [
            span.end_minute - span.start_minute
            for span in spans
            if span.label == "stress test"
        ]
    assert set(lengths[0.0]) == {40}
    assert min(lengths[1.0]) >= 20 and len(set(lengths[1.0])) > 15
    whole = np.mean(np.array(lengths[0.5]) == 40)
    assert whole == pytest.approx(0.5, abs=0.15)


def test_only_real_wearers_become_others(days, session):
    settings = {"label_rate": 1.0, "gap_rate": 0.0, "channel_drop_rate": 0.0}
    mixed = [*days, session]
    plain, texts, *_ = examples(mixed, wearer_rate=0.0, **settings)
    changed, same_texts, *_ = examples(mixed, wearer_rate=1.0, **settings)
    same = [
        np.array_equal(one.values, other.values, equal_nan=True)
        for one, other in zip(plain, changed)
    ]
    assert same == [True] * len(days) + [False]
    assert texts[:-1] == same_texts[:-1]


def test_an_empty_day_has_a_label():
    day = SensorDay(np.full((1440, 26), np.nan))
    span = labelled_span(day, generator())
    assert span.label == "a recording"
    assert "recording" in label_of(span.label, generator()).lower()


@pytest.mark.parametrize(
    "settings", [{"label_rate": 1.5}, {"lengths": {}}, {"real_repeats": 0}]
)
def test_bad_settings_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        Live(**settings)


def test_a_recipe_without_live_settings_is_refused(days):
    plain = Recipe(name="plain", steps=1, batch_size=2)
    with pytest.raises(ValueError, match="live"):
        LiveDays(days, plain)


def test_names_come_from_people_who_gave_them(days, session):
    """With `logged_rate=1` every label is one of a real person's log."""
    _, texts, *_ = examples(
        [*days, session],
        label_rate=1.0,
        logged_rate=1.0,
        device_rate=0.0,
        channel_drop_rate=0.0,
    )
    names = {name for name in NAMES["stress test"]}
    for text in texts:
        assert any(name in text.lower() for name in names), text


def test_what_a_diary_says_is_only_gone_on_with(days):
    settings = dataclasses.replace(
        recipe(label_rate=0.0, prompted_keys=["high_middle_low_level_caption"]),
        backbone={},
    )
    preprocessor = SensorLMPreprocessor.from_preset("sensorlm_tiny_en")
    batches = TrainingBatches(LiveDays(days, settings), preprocessor, settings)
    mask = np.asarray(batches[0][0]["padding_mask"])
    assert (mask[:, :3] == 2).all() and (mask[:, 3] == 1).all()
    with pytest.raises(ValueError, match="prompted_keys"):
        Live(prompted_keys=["diary"])


def test_the_end_is_learned_of_captions_that_say_everything(days, session):
    """A caption that was shortened to fit does not teach to stop early."""
    settings = dataclasses.replace(
        recipe(label_rate=0.0, lengths={128: 1.0}, clock_rate=0.0),
        caption_keys={"low_level_caption": 1.0},
        backbone={},
    )
    preprocessor = SensorLMPreprocessor.from_preset("sensorlm_tiny_en")
    source = LiveDays([*days[:3], session], settings)
    batches = TrainingBatches(source, preprocessor, settings)
    ends = [end for step in range(2) for end in batches.examples(step).ends]
    assert set(ends) == {True, False}
    for step in range(2):
        found, x = batches.examples(step), batches[step][0]
        ids, mask = np.asarray(x["token_ids"]), np.asarray(x["padding_mask"])
        last = mask.astype(bool).sum(axis=1) - 1
        rows = np.arange(len(ids))
        assert (ids[rows, last] == preprocessor.tokenizer.end_token_id).all()
        assert (mask[rows, last] == np.where(found.ends, 1, 2)).all()
        assert (mask[rows, last - 1] == 1).all()
