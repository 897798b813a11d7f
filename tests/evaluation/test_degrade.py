"""What is taken away is gone, and nothing else is."""

import numpy as np
import pytest

from keras_sensorlm.evaluation import degrade
from keras_sensorlm.evaluation import learners
from keras_sensorlm.evaluation import robustness
from keras_sensorlm.evaluation.hand_made import STATISTICS
from keras_sensorlm.evaluation.hand_made import day_features
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.simulator import simulate_days


def rng():
    return np.random.default_rng(0)


def test_a_modality_is_taken_away():
    day = simulate_days(1, seed=0)[0]
    left = degrade.without_modality(day, "ACC")
    for i, feature in enumerate(FEATURES):
        same = left.observed[:, i] == day.observed[:, i]
        gone = not left.observed[:, i].any()
        assert gone if feature.modality == "ACC" else same.all()


def test_half_of_the_recorded_channels_go():
    day = degrade.on_device(simulate_days(1, seed=0)[0], "watch")
    assert day.observed.any(axis=0).sum() == 3
    assert degrade.half_of_the_channels(day, rng()).observed.any(0).sum() == 2


@pytest.mark.parametrize("share", [0.1, 0.8, 1.0])
def test_gaps_cover_the_share_that_was_asked_for(share):
    day = simulate_days(1, seed=0)[0].segment(600, 700)
    before = day.observed.any(axis=1).sum()
    after = degrade.with_gaps(day, share, rng()).observed.any(axis=1).sum()
    assert after == round((1 - share) * before)


def test_conditions_that_change_nothing_are_left_out():
    watch = [
        degrade.on_device(day, "watch") for day in simulate_days(2, seed=0)
    ]
    names = set(degrade.conditions(watch))
    assert "without EDA" not in names  # it has none
    assert "channels of watch" not in names  # that is what it is
    assert {"without PPG", "without ACC", "channels of pedometer"} <= names
    assert "half of the channels" in names


def test_nonsense_keeps_what_it_says_it_keeps():
    values = np.full((1, 1440, 26), np.nan, "float32")
    values[0, 60:120, 0], values[0, 60:120, 10] = 1.0, 2.0
    named = robustness._NONSENSE
    swapped = named["channels in each other's places"](values, 0)
    assert swapped[0, 60, 0] == 2.0 and swapped[0, 60, 10] == 1.0
    later = named["6 hours later"](values, 0)
    assert np.flatnonzero(~np.isnan(later[0, :, 0])).tolist() == list(
        range(420, 480)
    )
    gaps = named["the gaps alone, all values average"](values, 0)
    noise = named["noise where there were values"](values, 0)
    for changed in (gaps, noise):
        assert (np.isnan(changed) == np.isnan(values)).all()
    assert np.nanmax(np.abs(gaps)) == 0.0
    assert np.nanstd(noise) > 0.5


def test_numbers_are_swapped_within_a_source():
    days = [*simulate_days(2, 0), *simulate_days(1, 0, devices="e4")]
    captions = ["mean 60.5 at 07:40", "mean 80.2 at 23:10", "mean 1.5"]
    assert robustness.swap_numbers(captions, days) == [
        "mean 80.2 at 23:10",
        "mean 60.5 at 07:40",
        "mean 1.5",
    ]


def test_day_features_are_plain_statistics():
    values = np.full((1440, 26), np.nan, "float32")
    values[360:480, 0] = np.linspace(60, 80, 120)
    found = dict(zip(STATISTICS, day_features([SensorDay(values)])[0]))
    assert found["mean"] == pytest.approx(70.0)
    assert (found["min"], found["max"]) == (60.0, 80.0)
    assert found["observed"] == 120
    minutes, cosine, sine = day_features([values])[0, -3:]
    # Recorded around 07:00, a bit after a quarter of the day.
    assert minutes == 120
    assert np.arctan2(sine, cosine) / (2 * np.pi) * 24 == pytest.approx(
        7.0, abs=0.02
    )


def test_the_strength_of_ridge_is_chosen_by_leaving_people_out():
    pytest.importorskip("sklearn")
    generator = rng()
    people = np.repeat(np.arange(10), 12)
    x = generator.normal(size=(120, 10))
    learner = learners.ridge(people)
    assert len(learner.cv) == 5
    for rows, left_out in learner.cv:
        assert not set(people[rows]) & set(people[left_out])
    y = 3 * x[:, 0]
    assert np.corrcoef(learner.fit(x, y).predict(x), y)[0, 1] > 0.99
    assert learner.best_params_["ridge__alpha"] < 100
