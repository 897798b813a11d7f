"""SensorDay and Event: what they accept and what they say otherwise."""

import datetime
import warnings

import numpy as np
import pytest

from keras_sensorlm.sensors.day import Event
from keras_sensorlm.sensors.day import ImplausibleValueWarning
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.day import stack_days


def blank():
    return np.full((1440, 26), np.nan)


def a_day(bpm=60.0, **rest):
    values = blank()
    values[:, 0] = bpm
    return SensorDay(values, **rest)


def test_a_day_keeps_its_values_as_read_only_float32():
    values = blank()
    day = SensorDay(values, participant=7, date="2026-03-01", source="x")
    values[0, 0] = 99
    assert day.values.dtype == np.float32
    assert np.isnan(day.values).all()
    assert day.participant == "7"
    assert day.date == datetime.date(2026, 3, 1)
    with pytest.raises(ValueError):
        day.values[0, 0] = 1


@pytest.mark.parametrize("shape", [(26, 1440), (1440, 25), (1439, 26), (26,)])
def test_wrong_shapes(shape):
    with pytest.raises(ValueError, match=r"\(1440, 26\).*Received shape"):
        SensorDay(np.zeros(shape))


def test_text_is_no_number():
    values = blank().astype(object)
    values[3, 3] = "high"
    with pytest.raises(ValueError, match="should be numbers"):
        SensorDay(values)


@pytest.mark.parametrize("date", ["01/03/2026", "2026-13-01", 20260301])
def test_a_date_that_does_not_parse(date):
    with pytest.raises(ValueError, match="ISO date"):
        SensorDay(blank(), date=date)


def test_single_implausible_values_are_missing_and_counted():
    values = blank()
    values[:, 0] = 60
    values[10, 0], values[11, 0], values[12, 1] = 900, -1, np.inf
    values[:, 1] = 60
    values[12, 1] = np.inf
    with pytest.warns(ImplausibleValueWarning) as caught:
        day = SensorDay(values)
    text = str(caught[0].message)
    assert "heart_rate: 2 of 1440" in text and "900" in text
    assert "resting_heart_rate: 1 of 1440" in text
    assert np.isnan(day.values[[10, 11], 0]).all()
    assert np.isnan(day.values[12, 1])
    assert day.coverage()["heart_rate"] == 1438 / 1440


def test_another_unit_is_an_error():
    values = blank()
    values[:, 23] = 95.0  # degrees Fahrenheit
    with pytest.raises(ValueError, match=r"skin_temperature.*degC"):
        SensorDay(values)


def test_a_plausible_day_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        a_day()


def test_events_are_sorted_and_checked():
    run = Event("activity", "run", 420, 450)
    sleep = Event("sleep", "sleep", 0, 400)
    assert a_day(events=[run, sleep]).events == (sleep, run)
    with pytest.raises(ValueError, match="should be a list"):
        a_day(events=["run"])


@pytest.mark.parametrize(
    "event, complaint",
    [
        (("meal", "lunch", 0, 10), "kind"),
        (("activity", " ", 0, 10), "label"),
        (("activity", "run", 10, 10), "0 <= start_minute < end_minute"),
        (("activity", "run", 1430, 1450), "split one that crosses midnight"),
        (("activity", "run", -1, 5), "0 <= start_minute"),
        (("activity", "run", 0.5, 5), "whole minute"),
    ],
)
def test_bad_events(event, complaint):
    with pytest.raises(ValueError, match=complaint):
        Event(*event)


def test_segment_clips_values_and_events():
    run = Event("activity", "run", 420, 450)
    part = a_day(events=[run, Event("sleep", "sleep", 0, 400)]).segment(
        430, 500
    )
    assert part.observed.any(axis=1).nonzero()[0].tolist() == list(
        range(430, 500)
    )
    assert part.events == (Event("activity", "run", 430, 450),)
    with pytest.raises(ValueError, match="start_minute < end_minute"):
        part.segment(500, 400)


def test_stack_days():
    one, two = a_day(60), a_day(70)
    assert stack_days(one).shape == (1, 1440, 26)
    assert stack_days([one, two])[:, 0, 0].tolist() == [60, 70]
    assert stack_days(blank()).shape == (1, 1440, 26)
    with pytest.raises(ValueError):
        stack_days([])
    with pytest.raises(ValueError, match="shape"):
        stack_days(np.zeros((2, 1440, 25)))


def test_repr_tells_what_is_there():
    text = repr(a_day(participant="p1", date="2026-03-01", source="table"))
    assert "participant='p1'" in text and "channels=1 of 26" in text
