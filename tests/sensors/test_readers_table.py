"""The table reader: time stamps, columns, zones, resampling, bad input."""

import datetime
import warnings

import numpy as np
import pandas as pd
import pytest

from keras_sensorlm.sensors.day import ImplausibleValueWarning
from keras_sensorlm.sensors.readers import read_days
from keras_sensorlm.sensors.readers import read_report


@pytest.fixture
def write(tmp_path):
    def write(*rows, name="ann.csv"):
        path = tmp_path / name
        path.write_text("\n".join(rows))
        return path

    return write


def test_minutes_and_names(write):
    path = write(
        "timestamp,Heart Rate,steps,note",
        "2026-03-01 00:00:00,60,0,woke",
        "2026-03-01 23:59:00,62,12,",
        "2026-03-02 00:00:00,64,,",
    )
    days, report = read_report(path)
    assert [d.participant for d in days] == ["ann", "ann"]
    assert [d.date for d in days] == [
        datetime.date(2026, 3, 1),
        datetime.date(2026, 3, 2),
    ]
    assert days[0].values[[0, 1439], 0].tolist() == [60, 62]
    assert days[0].observed.sum() == 2
    assert days[1].values[0, 0] == 64
    # Rows are hours apart: no count of a minute.
    assert "steps" in report.missing
    skipped = f"{path.parent.name}/ann.csv, column 'note'"
    assert report.skipped == {skipped: "not a feature"}


def test_samples_within_a_minute(write):
    path = write(
        "timestamp,heart_rate,steps,skin_temperature",
        "2026-03-01T07:00:05,60,4,33",
        "2026-03-01T07:00:25,70,5,",
        "2026-03-01T07:00:45.5,,6,34",
        "2026-03-01T07:01:05,80,,33",
    )
    day = read_days(path)[0]
    assert day.values[420, [0, 10, 23]].tolist() == [65, 15, 33.5]
    assert day.values[421, 0] == 80
    assert np.isnan(day.values[421, 10])
    assert day.source == "table"


def test_columns_by_mapping(write):
    path = write("when,pulse,T", "2026-03-01 07:00,60,33")
    day = read_days(
        path,
        columns={"pulse": "heart_rate", "T": "skin_temperature"},
        timestamp="when",
        source="my_watch",
    )[0]
    assert day.values[420, [0, 23]].tolist() == [60, 33]
    assert day.source == "my_watch"


def test_people_in_one_table_and_in_files(write, tmp_path):
    rows = ("timestamp,participant,heart_rate", "2026-03-01 07:00,p1,60")
    path = write(*rows, "2026-03-01 07:00,p2,70", "2026-03-01 07:01,p1,61")
    days = read_days(path)
    assert [d.participant for d in days] == ["p1", "p2"]
    assert days[0].values[420:422, 0].tolist() == [60, 61]
    write("timestamp,heart_rate", "2026-03-01 07:00,60", name="bob.csv")
    assert [d.participant for d in read_days(tmp_path)] == ["p1", "p2", "bob"]


def test_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    times = pd.date_range("2026-03-01 07:00", periods=3, freq="min")
    frame = pd.DataFrame({"heart_rate": [60.0, np.nan, 62.0]}, index=times)
    frame.to_parquet(tmp_path / "ann.parquet")
    day = read_days(tmp_path / "ann.parquet")[0]
    np.testing.assert_array_equal(day.values[420:423, 0], [60, np.nan, 62])
    aware = frame.tz_localize("UTC").reset_index(names="timestamp")
    aware.to_parquet(tmp_path / "ann.parquet")
    day = read_days(tmp_path / "ann.parquet", timezone="Asia/Tokyo")[0]
    assert day.values[960, 0] == 60
    (tmp_path / "ann.parquet").write_bytes(b"PAR1 cut off")
    with pytest.raises(ValueError, match="should be a Parquet file"):
        read_days(tmp_path / "ann.parquet")


@pytest.mark.parametrize(
    "time, options",
    [
        ("2026-03-01T07:00:00Z", {"timezone": "Europe/Rome"}),
        ("2026-03-01T08:00:00+01:00", {}),
        ("2026-03-01T08:00:00+0100", {"timezone": "Europe/Rome"}),
        ("2026-03-01T02:00:00-05:00", {"timezone": "Europe/Rome"}),
        ("2026-03-01 08:00", {"timezone": "Europe/Rome"}),
        ("1772348400", {"timezone": "Europe/Rome"}),
        ("1772348400000", {"timezone": "Europe/Rome"}),
        ("01.03.2026 08h00", {"timestamp_format": "%d.%m.%Y %Hh%M"}),
    ],
)
def test_eight_in_the_morning_in_rome(write, time, options):
    path = write("timestamp,heart_rate", f"{time},60")
    day = read_days(path, **options)[0]
    assert day.date == datetime.date(2026, 3, 1)
    assert np.flatnonzero(day.observed[:, 0]).tolist() == [480]


def rows_of_utc(first, last):
    times = pd.date_range(first, last, freq="min", inclusive="left")
    rows = [f"{t:%Y-%m-%dT%H:%M:%SZ},{t.hour},10" for t in times]
    return ("timestamp,eda_level,steps", *rows)


def test_a_day_of_23_hours(write):
    # Rome, 29 March 2026: 02:00 becomes 03:00, at 01:00 UTC.
    path = write(*rows_of_utc("2026-03-28 23:00", "2026-03-29 22:00"))
    days = read_days(path, timezone="Europe/Rome")
    assert len(days) == 1
    missing = np.flatnonzero(~days[0].observed[:, 20])
    assert missing.tolist() == list(range(120, 180))
    assert days[0].values[119, 20] == 0 and days[0].values[180, 20] == 1


def test_a_day_of_25_hours(write):
    # Rome, 25 October 2026: 03:00 becomes 02:00, at 01:00 UTC.
    path = write(*rows_of_utc("2026-10-24 22:00", "2026-10-25 23:00"))
    days = read_days(path, timezone="Europe/Rome")
    assert len(days) == 1
    assert days[0].observed[:, 20].all()
    # Two instants share 02:00 to 02:59; the minute holds their mean.
    assert (days[0].values[120:180, 20] == 0.5).all()
    assert (days[0].values[120:180, 10] == 10).all()
    assert days[0].values[[119, 180], 20].tolist() == [23, 2]


def test_a_clock_set_back_without_offset_is_an_error(write):
    path = write(
        "timestamp,heart_rate",
        "2026-10-25 02:59,60",
        "2026-10-25 02:00,61",
    )
    with pytest.raises(ValueError, match=r"run backwards.*line 3.*offset"):
        read_days(path)


def test_repeated_times_count_once(write):
    path = write(
        "timestamp,steps",
        "2026-03-01 07:00:00,10",
        "2026-03-01 07:00:00,10",
        "2026-03-01 07:00:30,5",
    )
    days, report = read_report(path)
    assert days[0].values[420, 10] == 15
    assert report.dropped == {"rows with the time of the row before": 1}


def test_a_heart_rate_of_900_is_missing_and_counted(write):
    path = write(
        "timestamp,heart_rate",
        "2026-03-01 07:00,900",
        "2026-03-01 07:01,60",
    )
    with pytest.warns(ImplausibleValueWarning) as caught:
        days = read_days(path)
    assert len(caught) == 1
    assert "heart_rate: 1 outside 25 to 250 bpm (such as 900)" in str(
        caught[0].message
    )
    assert np.isnan(days[0].values[420, 0])
    assert days[0].values[421, 0] == 60
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, report = read_report(path)
    assert report.implausible == {"heart_rate": (1, 900.0)}


HEAD = "timestamp,heart_rate"


@pytest.mark.parametrize(
    "rows, options, complaint",
    [
        ((HEAD, "2026-03-01 07:00,high"), {}, "'heart_rate'.*line 2.*'high'"),
        ((HEAD, "2026-02-30 07:00,60"), {}, "'2026-02-30 07:00' in line 2"),
        ((HEAD, "03/04/2026 07:00,60"), {}, "timestamp_format"),
        ((HEAD, ",60"), {}, "line 2 has no time"),
        ((HEAD, "12,60"), {}, "no Unix time"),
        (
            (HEAD, "2026-03-01T07:00Z,60", "2026-03-01T07:01,60"),
            {},
            "some times have a UTC offset",
        ),
        (("a,heart_rate", "1,60"), {}, "column of times.*a, heart_rate"),
        (("timestamp,pulse", "2026-03-01 07:00,60"), {}, "named like a feat"),
        (
            ("timestamp,pulse", "2026-03-01 07:00,60"),
            {"columns": {"pulse": "heartrate"}},
            "unknown feature 'heartrate'. Did you mean 'heart_rate'",
        ),
        (
            ("timestamp,pulse", "2026-03-01 07:00,60"),
            {"columns": {"puls": "heart_rate"}},
            "no column 'puls'",
        ),
        ((HEAD, "2026-03-01 07:00,60"), {"timestamp": "t"}, "column 't'"),
        (
            ("timestamp,steps,Steps", "2026-03-01 07:00,6,7"),
            {},
            "two columns for the feature 'steps'",
        ),
        ((HEAD, "2026-03-01 07:00,60"), {"timezone": "CEST!"}, "IANA"),
        ((HEAD, "2026-03-01 07:00,60"), {"zone": "UTC"}, "no option 'zone'"),
        ((HEAD,), {}, "empty file"),
        ((), {}, "empty file"),
    ],
)
def test_bad_tables(write, rows, options, complaint):
    with pytest.raises(ValueError, match=complaint) as caught:
        read_days(write(*rows), **options)
    assert "Traceback" not in str(caught.value)


def test_another_unit_is_an_error(write):
    rows = [f"2026-03-01 07:{i:02d},95" for i in range(30)]
    with pytest.raises(ValueError, match=r"ann.*skin_temperature.*degC"):
        read_days(write("timestamp,skin_temperature", *rows))
