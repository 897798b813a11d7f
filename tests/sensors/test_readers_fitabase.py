"""The Fitabase reader on tiny files in its layout."""

import datetime

import numpy as np
import pytest

from keras_sensorlm.sensors.readers import read_days
from keras_sensorlm.sensors.readers import read_report
from tests.sensors.recordings import write_fitabase


def heart(first, last, bpm=64, every=15):
    """Rows of heart rate from one minute of 2016-04-13 to another."""
    rows = []
    for second in range(first * 60, last * 60, every):
        at = datetime.datetime(2016, 4, 13) + datetime.timedelta(seconds=second)
        hour = at.hour % 12 or 12
        half = "AM" if at.hour < 12 else "PM"
        clock = f"{hour}:{at:%M:%S} {half}"
        rows.append((f"{at.month}/{at.day}/{at.year} {clock}", bpm))
    return rows


def a_walk(hours=24):
    steps = np.zeros((hours, 60))
    steps[9, 10:20] = 100
    return steps


def test_steps_and_heart_rate_are_put_on_their_minutes(tmp_path):
    rows = heart(0, 1440)
    days = read_days(write_fitabase(tmp_path, a_walk(), rows))
    assert len(days) == 1
    day = days[0]
    assert day.participant == "fitabase-11"
    assert day.date == datetime.date(2016, 4, 13)
    assert day.source == "fitabase"
    assert (day.values[550:560, 10] == 100).all()
    assert np.nansum(day.values[:, 10]) == 1000
    assert (day.values[:, 0] == 64).all()


def test_rest_is_not_while_walking(tmp_path):
    day = read_days(write_fitabase(tmp_path, a_walk(), heart(0, 1440)))[0]
    at_rest = ~np.isnan(day.values[:, 1])
    assert not at_rest[550:564].any()
    assert at_rest[4:550].all() and at_rest[564:].all()


def test_intensity_is_no_feature_but_tells_rest(tmp_path):
    intensity = np.zeros((24, 60))
    intensity[12] = 2
    folder = write_fitabase(tmp_path, a_walk(), heart(0, 1440), intensity)
    day = read_days(folder)[0]
    assert np.isnan(day.values[720:784, 1]).all()
    assert day.observed.any(axis=0).sum() == 3


def test_the_rows_of_a_month_become_days(tmp_path):
    steps = np.concatenate([a_walk(), a_walk(), a_walk(3 * 4)])
    days = read_days(write_fitabase(tmp_path, steps))
    assert [d.date.day for d in days] == [13, 14, 15]
    # The last rows end at noon: the rest of that day is missing.
    assert np.isnan(days[2].values[720:, 10]).all()
    assert not np.isnan(days[2].values[:720, 10]).any()


def test_a_day_without_a_step_was_not_worn(tmp_path):
    steps = np.concatenate([np.zeros((24, 60)), a_walk()])
    days, report = read_report(write_fitabase(tmp_path, steps))
    assert [d.date.day for d in days] == [14]
    counted = "minutes of days without a step (not worn)"
    assert report.dropped[counted] == 1440


def test_zeros_in_gaps_of_the_heart_rate_are_missing(tmp_path):
    rows = heart(0, 600) + heart(620, 1200)
    days, report = read_report(write_fitabase(tmp_path, a_walk(), rows))
    missing = np.isnan(days[0].values[:, 10])
    # A gap of 20 min is a drop-out, the 4 h at the end are not worn.
    assert missing.nonzero()[0].tolist() == list(range(1200, 1440))
    assert any("240" in f"{n}" for n in report.dropped.values())


def test_zeros_stay_where_heart_rate_cannot_tell(tmp_path):
    day = read_days(write_fitabase(tmp_path, a_walk(), heart(60, 90)))[0]
    assert not np.isnan(day.values[:, 10]).any()


def test_duplicates_and_implausible_values_are_counted(tmp_path):
    rows = heart(0, 600)
    rows[5] = (rows[5][0], 900)
    folder = write_fitabase(tmp_path, a_walk(), [*rows[:10], *rows[9:]])
    days, report = read_report(folder)
    assert report.dropped["duplicate rows of heartrate_seconds_merged.csv"] == 1
    assert report.implausible == {"heart_rate": (1, 900.0)}
    assert days[0].values[1, 0] == 64


def test_heart_rate_alone(tmp_path):
    folder = write_fitabase(tmp_path, a_walk(), heart(0, 30))
    day = read_days(folder / "heartrate_seconds_merged.csv")[0]
    assert day.observed.any(axis=0).nonzero()[0].tolist() == [0]


def test_sleep_has_no_clock_time(tmp_path):
    folder = write_fitabase(tmp_path, a_walk())
    (folder / "sleepDay_merged.csv").write_text("Id,SleepDay\n11,4/13/2016")
    days, report = read_report(folder)
    assert days[0].events == ()
    skipped = report.skipped[f"{folder.name}/sleepDay_merged.csv"]
    assert "clock times" in skipped


def test_bad_files(tmp_path):
    folder = write_fitabase(tmp_path, a_walk(), heart(0, 30))
    file = folder / "heartrate_seconds_merged.csv"
    whole = file.read_text()
    for old, new, complaint in (
        ("12:00:30 AM", "half past", "line 4.*half past"),
        (",64\n11,4/13/2016 12:01:00", ",?\n11,4/13/2016 12:01:00", "'Value'"),
        ("12:00:30 AM", "12:00:01 AM", "never run backwards"),
        ("Value", "BPM", "lacks Value"),
    ):
        file.write_text(whole.replace(old, new))
        with pytest.raises(ValueError, match=complaint):
            read_days(folder)
