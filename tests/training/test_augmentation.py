import numpy as np
import pytest

from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.training.augmentation import Augmentation
from keras_sensorlm.training.augmentation import add_gaps
from keras_sensorlm.training.augmentation import crop_to_segment
from keras_sensorlm.training.augmentation import drop_channels
from keras_sensorlm.training.augmentation import drop_sentences
from keras_sensorlm.training.augmentation import of_another_wearer

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


def another_wearers(seed, **settings):
    """A morning of a watch, before and after."""
    rng = generator(5)
    values = np.full((1440, 26), np.nan, "float32")
    hours = slice(400, 520)
    values[hours, feature_index("heart_rate")] = rng.normal(80.0, 8.0, 120)
    values[hours, feature_index("steps")] = rng.integers(0, 3, 120) * 40.0
    return values, of_another_wearer(values, generator(seed), **settings)


def test_another_wearer_did_the_same_at_the_same_time():
    heart, steps = feature_index("heart_rate"), feature_index("steps")
    rises, rates = [], []
    for seed in range(200):
        one, other = another_wearers(seed)
        np.testing.assert_array_equal(np.isnan(one), np.isnan(other))
        assert other.dtype == one.dtype
        for feature, channel in zip(FEATURES, other.T):
            seen = channel[~np.isnan(channel)]
            assert ((feature.low <= seen) & (seen <= feature.high)).all()
        stood = one[:, steps] == 0
        assert (other[stood, steps] == 0).all()
        order = np.argsort(one[400:520, heart], kind="stable")
        assert (np.diff(other[400:520, heart][order]) >= 0).all()
        rises.append(np.nanmean(other[:, heart]) - np.nanmean(one[:, heart]))
        rates.append(np.log(np.nanstd(other[:, heart])) - np.log(8.0))
    # 0.7 of the 16.2 bpm by which days of people differ, and a factor.
    assert np.std(rises) == pytest.approx(0.7 * 16.19, rel=0.2)
    assert np.std(rates) == pytest.approx(0.4, rel=0.2)


def test_nothing_is_another_wearers_nothing():
    empty = np.full((1440, 26), np.nan, "float32")
    assert np.isnan(of_another_wearer(empty, generator())).all()
    one, same = another_wearers(0, shift=0.0, stretch=0.0)
    np.testing.assert_allclose(same, one, rtol=1e-6)


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
