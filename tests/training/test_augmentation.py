import numpy as np
import pytest

from keras_sensorlm.training.augmentation import Augmentation
from keras_sensorlm.training.augmentation import add_gaps
from keras_sensorlm.training.augmentation import crop_to_segment
from keras_sensorlm.training.augmentation import drop_channels
from keras_sensorlm.training.augmentation import drop_sentences

DAY = np.arange(1440 * 4, dtype="float32").reshape(1440, 4)


def generator(seed=0):
    return np.random.default_rng(seed)


def test_what_stays_is_untouched_and_the_rest_is_missing():
    settings = Augmentation(0.5, (20, 720), 0.3, 0.2)
    rng = generator()
    for _ in range(50):
        changed = settings.apply(DAY, rng)
        kept = ~np.isnan(changed)
        np.testing.assert_array_equal(changed[kept], DAY[kept])
    assert not np.isnan(DAY).any()


def test_a_segment_is_one_stretch_that_holds_something():
    values = DAY.copy()
    values[:900] = np.nan
    for seed in range(50):
        kept = ~np.isnan(crop_to_segment(values, generator(seed), 30, 60))
        minutes = np.flatnonzero(kept.any(axis=1))
        assert len(minutes) == minutes[-1] - minutes[0] + 1 <= 60
        assert minutes[0] >= 900


def test_one_channel_always_stays():
    assert (~np.isnan(drop_channels(DAY, generator(), 1.0))).all(0).sum() == 1
    empty = np.full((10, 3), np.nan, "float32")
    assert np.isnan(drop_channels(empty, generator(), 0.5)).all()


def test_gaps_cover_about_the_share_asked_for():
    rng = generator()
    covered = [
        np.isnan(add_gaps(DAY, rng, 0.3, 10, 60)).mean() for _ in range(300)
    ]
    # Gaps that overlap cover 1 - exp(-0.3) of the day.
    assert np.mean(covered) == pytest.approx(1 - np.exp(-0.3), abs=0.02)


def test_sentences_stay_whole():
    caption = "HR was 62.5 bpm. Steps peaked at 07:40. A calm day!"
    sentences = {"HR was 62.5 bpm.", "Steps peaked at 07:40.", "A calm day!"}
    seen = set()
    for seed in range(40):
        text = drop_sentences(caption, generator(seed), 0.5)
        seen.add(text)
        assert text
        assert set(text.replace(". ", ".|").split("|")) <= sentences
    assert len(seen) > 3
    assert drop_sentences(caption, generator(), 1.0) in sentences


def test_a_seed_gives_the_same_bytes():
    settings = Augmentation(0.5, (20, 720), 0.3, 0.2)
    one = settings.apply(DAY, generator(3))
    two = settings.apply(DAY, generator(3))
    assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize(
    "settings",
    [
        {"gap_rate": 1.5},
        {"segment_minutes": (30, 20)},
        {"gap_minutes": (0, 5)},
    ],
)
def test_impossible_settings_are_refused(settings):
    with pytest.raises(ValueError, match="should be"):
        Augmentation(**settings)
