"""Simulated days: reproducible, plausible, and each activity like itself."""

import dataclasses
import datetime
import itertools
import time
import warnings

import numpy as np
import pytest

from keras_sensorlm.sensors.activities import ACTIVITIES
from keras_sensorlm.sensors.activities import ACTIVITY_TABLE
from keras_sensorlm.sensors.day import stack_days
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.sensors.simulation.heart import lagged_effort
from keras_sensorlm.sensors.simulator import DEVICES
from keras_sensorlm.sensors.simulator import MIXED_DEVICES
from keras_sensorlm.sensors.simulator import is_simulated
from keras_sensorlm.sensors.simulator import simulate_day
from keras_sensorlm.sensors.simulator import simulate_days
from keras_sensorlm.sensors.simulator import simulation_seed

RATE = feature_index("heart_rate")
STEPS = feature_index("steps")
RMSSD = feature_index("rmssd")
EDA = feature_index("eda_level")
LEAST_SPEED = 30  # days a second; a quiet core does over ten times that


@pytest.fixture(scope="module")
def days():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return simulate_days(500, seed=3)


@pytest.fixture(scope="module")
def mixed():
    return simulate_days(200, seed=4, devices="mixed", days_per_person=2)


def of_kind(days, kind, labels=None):
    """Pairs of a day and an event."""
    for day in days:
        for event in day.events:
            if event.kind == kind and (labels is None or event.label in labels):
                yield day, event


def during(days, kind, labels, name):
    """A feature's minutes within events, joined."""
    column = feature_index(name)
    return np.concatenate(
        [
            day.values[event.start_minute : event.end_minute, column]
            for day, event in of_kind(days, kind, labels)
        ]
    )


def mean_during(days, label, name):
    return np.nanmean(during(days, "activity", (label,), name))


def asleep(days):
    mask = np.zeros((len(days), 1440), dtype=bool)
    for row, day in zip(mask, days):
        for event in day.events:
            if event.label == "sleep":
                row[event.start_minute : event.end_minute] = True
    return mask


# Reproducible.


def test_same_seed_same_bytes(mixed):
    again = simulate_days(20, seed=4, devices="mixed", days_per_person=2)
    for first, second in zip(mixed, again):
        assert first.values.tobytes() == second.values.tobytes()
        assert first.events == second.events
        assert (first.participant, first.date) == (
            second.participant,
            second.date,
        )


@pytest.mark.parametrize("index", [0, 15, 16, 37])
def test_a_day_does_not_depend_on_its_neighbours(mixed, index):
    alone = simulate_day(4, index, devices="mixed", days_per_person=2)
    assert alone.values.tobytes() == mixed[index].values.tobytes()
    assert alone.events == mixed[index].events


def test_start_continues(days):
    later = simulate_days(5, seed=3, start=14)
    for first, second in zip(days[14:], later):
        assert first.values.tobytes() == second.values.tobytes()


def test_other_seeds_are_other_days(days):
    other = simulate_day(5, 0)
    assert not np.array_equal(other.values, days[0].values, equal_nan=True)
    assert other.participant == "sim-5-0"


def test_simulated_days_are_told_from_recorded_ones():
    for devices in ("all", "e4"):
        day = simulate_day(5, 0, devices)
        assert is_simulated(day) and simulation_seed(day) == 5
    renamed = dataclasses.replace(day, participant="somebody")
    assert is_simulated(renamed) and simulation_seed(renamed) is None
    recorded = dataclasses.replace(day, source="empatica_e4")
    assert not is_simulated(recorded) and simulation_seed(recorded) is None


def test_a_person_keeps_traits_and_device():
    days = simulate_days(60, seed=8, devices="watch", days_per_person=6)
    assert [d.participant for d in days[4:8]] == ["sim-8-0"] * 2 + [
        "sim-8-1"
    ] * 2
    dates = [day.date for day in days[:6]]
    assert dates == [
        dates[0] + datetime.timedelta(k) for k in range(len(dates))
    ]
    rest = np.nanmedian(stack_days(days)[:, :, RATE], axis=1).reshape(-1, 6)
    assert np.nanmean(np.nanstd(rest, axis=1)) < np.nanstd(rest) * 0.8
    # Who falls asleep before midnight is asleep at midnight the next day.
    for day, after in itertools.pairwise(days):
        if day.participant == after.participant:
            evening = any(e.end_minute == 1440 for e in day.events)
            morning = any(e.start_minute == 0 for e in after.events)
            assert evening == morning


# Plausible.


def test_values_lie_within_their_ranges_and_vary(days):
    values = stack_days(days)
    for i, feature in enumerate(FEATURES):
        column = values[:, :, i]
        known = column[~np.isnan(column)]
        assert len(known) > 0.2 * column.size, feature.name
        assert known.min() >= feature.low and known.max() <= feature.high
        assert known.std() > 0, feature.name


def test_device_units_have_the_makers_mean_and_deviation(days):
    values = stack_days(days)
    for i, feature in enumerate(FEATURES):
        if feature.unit == "device":
            column = values[:, :, i]
            assert abs(np.nanmean(column) - feature.mean) < 0.3 * feature.std
            assert 0.5 < np.nanstd(column) / feature.std < 1.5


def test_hearts_rest_in_sleep_and_vary_more(days):
    values, sleep = stack_days(days), asleep(days)
    rate, rmssd = values[:, :, RATE], values[:, :, RMSSD]
    night = np.nanmean(np.where(sleep, rate, np.nan))
    assert 50 < night < 70
    assert np.nanmean(np.where(sleep, np.nan, rate)) > night + 12
    slow = np.nanmedian(rmssd[rate < 60])
    assert slow > 1.5 * np.nanmedian(rmssd[rate > 85])
    still = values[:, :, feature_index("sleep_coefficient")]
    assert np.nanmean(still[sleep]) + 4 < np.nanmean(
        still[~sleep & ~np.isnan(still)]
    )
    warm = values[:, :, feature_index("skin_temperature")]
    assert np.nanmean(warm[sleep]) > np.nanmean(warm[~sleep]) + 0.5
    assert np.nanmean(values[:, :, STEPS][sleep]) < 0.5


def test_intervals_agree_with_heart_rate(mixed):
    values = stack_days(mixed)
    median = values[:, :, feature_index("rr_median")]
    ratio = 60_000 / median / values[:, :, RATE]
    assert np.nanmedian(ratio) == pytest.approx(1, abs=0.02)
    known = ~np.isnan(median)
    p20 = values[:, :, feature_index("rr_p20")][known]
    p80 = values[:, :, feature_index("rr_p80")][known]
    assert (p20 <= median[known] + 1e-3).mean() > 0.99
    assert (p80 >= median[known] - 1e-3).mean() > 0.99


def test_heart_rate_lags_effort_and_recovers_exponentially():
    load = np.zeros((1, 1440), dtype="float32")
    load[0, 600:640] = 0.6
    shown = lagged_effort(load, np.zeros((1, 1), dtype="float32"))[0]
    assert shown[599] == 0
    assert 0.3 < shown[600] / 0.6 < 0.9
    assert shown[606] > 0.59
    after = shown[640:680]
    assert (np.diff(after) < 0).all()
    # Quick at first, then slow: the half-lives grow.
    first = np.argmax(after < after[0] / 2)
    second = np.argmax(after < after[0] / 4)
    assert 1 <= first < second - first


def test_heart_rate_rises_after_a_run_begins(days):
    runs = [
        day.values[event.start_minute - 5 : event.start_minute + 8, RATE]
        for day, event in of_kind(days, "activity", ("run",))
        if event.start_minute > 5 and event.end_minute < 1400
    ]
    course = np.nanmean(runs, axis=0)
    before, begun = course[:5].mean(), course[5]
    assert before + 5 < begun < course[8] < course[12]
    assert course[12] > before + 40


def test_feelings_show(days):
    calm, stress = ("calm", "relaxed"), ("stressed", "anxious")
    rate = during(days, "mood", stress, "heart_rate")
    assert np.nanmean(rate) > 5 + np.nanmean(
        during(days, "mood", calm, "heart_rate")
    )
    for name, sign in (("eda_level", 1), ("rmssd", -1)):
        high = np.nanmedian(during(days, "mood", stress, name))
        low = np.nanmedian(during(days, "mood", calm, name))
        assert sign * (high - low) > 0.15 * low


def test_weekends_begin_later(days):
    ends = {True: [], False: []}
    for day, event in of_kind(days, "sleep", ("sleep",)):
        if 180 < event.end_minute < 800:
            ends[day.date.weekday() >= 5].append(event.end_minute)
    assert np.mean(ends[True]) > np.mean(ends[False]) + 20
    assert 330 < np.median(ends[False]) < 510
    asleep_share = asleep(days).mean()
    assert 0.25 < asleep_share < 0.36


# Activities.


def test_every_activity_happens_at_its_hours(days):
    found = {event.label for _, event in of_kind(days, "activity")}
    assert found == set(ACTIVITIES)
    assert len(ACTIVITIES) == 20
    for day, event in of_kind(days, "activity"):
        activity = ACTIVITY_TABLE[event.label]
        first, last = activity.hours
        assert 60 * first - 1 <= event.start_minute
        assert event.end_minute <= 60 * last + 1
        if activity.season == "winter":
            assert day.date.month in (12, 1, 2, 3)
        for other in day.events:
            if other.kind != "mood" and other != event:
                assert (
                    other.end_minute <= event.start_minute
                    or other.start_minute >= event.end_minute
                )


def test_activities_differ_as_they_should():
    days = simulate_days(1200, seed=6)

    def order(name, *labels):
        means = [mean_during(days, label, name) for label in labels]
        assert (np.diff(means) > 0).all(), (name, dict(zip(labels, means)))

    order("heart_rate", "yoga", "golf", "walk", "hike", "run")
    order("steps", "indoor bike", "martial arts", "walk", "treadmill", "run")
    order("altitude_std", "indoor bike", "outdoor bike", "hike", "skiing")
    order("skin_temperature", "swim", "outdoor bike", "indoor bike")
    order("skin_temperature", "skiing", "hike", "yoga")
    order("log_energy", "yoga", "indoor bike", "walk", "run")
    order("zero_crossing_std", "elliptical", "martial arts")
    order("rr_valid_fraction", "swim", "run", "walk", "yoga")
    swings = {
        label: np.nanstd(
            np.diff(during(days, "activity", (label,), "heart_rate"))
        )
        for label in ("interval workout", "treadmill")
    }
    assert swings["interval workout"] > 1.5 * swings["treadmill"]


# Devices and gaps.


def test_gaps_are_like_those_of_people(days):
    observed = ~np.isnan(stack_days(days))
    worn = observed[:, :, feature_index("skin_temperature")].mean(axis=1)
    assert 0.7 < worn.mean() < 0.95
    assert (worn < 1).mean() > 0.5
    pulse = observed[:, :, RATE] & ~observed[:, :, feature_index("rmssd")]
    # Beats are lost where the arm moves.
    steps = stack_days(days)[:, :, STEPS]
    assert pulse[steps > 60].mean() > pulse[steps == 0].mean() + 0.2


@pytest.mark.parametrize("name", DEVICES)
def test_devices_have_their_channels_and_no_other(name):
    device = DEVICES[name]
    days = simulate_days(40, seed=1, devices=name)
    has = ~np.isnan(stack_days(days)).all(axis=(0, 1))
    assert {f.name for f, h in zip(FEATURES, has) if h} == set(device.channels)
    assert {day.source for day in days} == {device.source}


def test_a_mixture_has_all_devices():
    days = simulate_days(200, seed=2, devices="mixed")
    channels = {
        frozenset(np.flatnonzero(~np.isnan(day.values).all(axis=0)))
        for day in days
    }
    assert len(channels) >= len(MIXED_DEVICES)


def test_wear_is_that_of_each_device():
    strap = simulate_days(60, seed=1, devices="strap")
    seen = ~np.isnan(stack_days(strap)[:, :, RATE])
    # One end of a recording that began in the morning.
    one_end = (seen[:, 0] != seen[:, -1]).mean()
    assert one_end > 0.6
    sessions = simulate_days(60, seed=1, devices="e4")
    minutes = (~np.isnan(stack_days(sessions)[:, :, EDA])).sum(axis=1)
    assert minutes.max() <= 100 and np.median(minutes) > 20
    energy = stack_days(sessions)[:, :, feature_index("log_energy")]
    assert np.nanmax(energy) < 5  # ln(g s), not the maker's units
    watch = simulate_days(60, seed=1, devices="watch")
    both = stack_days(watch)[:, :, [RATE, STEPS]]
    night = np.isnan(both[:, 120:300, 0]).mean()
    assert night > np.isnan(both[:, 720:900, 0]).mean() + 0.2


def test_every_day_has_something(mixed):
    for day in mixed + simulate_days(100, seed=9, devices="pedometer"):
        assert day.observed.any(axis=1).sum() >= 20
        steps = day.values[:, STEPS]
        assert np.isnan(steps).all() or np.nansum(steps) > 0


def test_no_days():
    assert simulate_days(0, seed=1) == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"n": -1},
        {"n": 1.5},
        {"seed": -1},
        {"seed": None},
        {"days_per_person": 0},
        {"start": -1},
        {"devices": "toaster"},
        {"devices": {}},
        {"devices": {"all": -1.0}},
    ],
)
def test_bad_arguments_are_explained(arguments):
    with pytest.raises(ValueError, match="Received") as error:
        simulate_days(**{"n": 1, "seed": 0, **arguments})
    assert next(iter(arguments)) in str(error.value)


def test_speed():
    simulate_days(16, seed=0)
    began = time.process_time()
    simulate_days(96, seed=1)
    assert 96 / (time.process_time() - began) > LEAST_SPEED
