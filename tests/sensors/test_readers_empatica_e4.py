"""The Empatica E4 reader on tiny sessions in both layouts."""

import datetime
import zipfile

import numpy as np
import pytest

from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.sensors.minutes import acceleration_features
from keras_sensorlm.sensors.readers import read_days
from keras_sensorlm.sensors.readers import read_report
from tests.sensors.recordings import E4_START
from tests.sensors.recordings import write_e4

# 09:50 UTC, minute 590.
FIRST = 590


def column(day, name):
    return day.values[:, feature_index(name)]


def observed(day, name):
    return np.flatnonzero(~np.isnan(column(day, name))).tolist()


def test_native_layout(tmp_path):
    days, report = read_report(write_e4(tmp_path / "night_1"))
    day = days[0]
    assert len(days) == 1
    assert day.participant == "empatica_e4-night_1"
    assert day.date == datetime.date(2022, 2, 7)
    assert day.source == "empatica_e4"
    minutes = list(range(FIRST, FIRST + 8))
    assert observed(day, "eda_level") == minutes
    assert observed(day, "axis_mean") == minutes
    np.testing.assert_allclose(column(day, "eda_slope")[minutes], 1, 1e-3)
    np.testing.assert_allclose(
        column(day, "skin_temperature_slope")[minutes], -1, 1e-3
    )
    assert (column(day, "heart_rate")[minutes] == 70).all()
    assert (column(day, "rr_median")[minutes] == 875).all()
    for name in ("steps", "lead_contact_count", "altitude_std"):
        assert name in report.missing
    assert any("not reliable" in note for note in report.notes)


def test_acceleration_is_in_g(tmp_path):
    folder = write_e4(tmp_path / "s")
    raw = np.loadtxt(folder / "ACC.csv", delimiter=",", skiprows=2) / 64
    expected = acceleration_features(np.arange(len(raw)) / 32, raw, 8)
    day = read_days(folder)[0]
    for name, values in expected.items():
        np.testing.assert_allclose(
            column(day, name)[FIRST : FIRST + 8], values, rtol=1e-5
        )


def test_iso_layout_is_the_same_recording(tmp_path):
    native = read_days(write_e4(tmp_path / "a" / "s"))[0]
    iso = read_days(write_e4(tmp_path / "b" / "s", iso=True))[0]
    np.testing.assert_array_equal(native.values, iso.values)
    assert native.date == iso.date


def test_a_zip_is_a_folder(tmp_path):
    folder = write_e4(tmp_path / "s")
    with zipfile.ZipFile(tmp_path / "1644_A0.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
    zipped = read_days(tmp_path / "1644_A0.zip")[0]
    assert zipped.participant == "empatica_e4-1644_A0"
    np.testing.assert_array_equal(zipped.values, read_days(folder)[0].values)


def test_a_time_zone_moves_the_day(tmp_path):
    # 23:58 UTC is 00:58 of the next day in Rome, without and with midnight.
    start = E4_START + 14 * 3600 + 8 * 60
    folder = write_e4(tmp_path / "s", start=start)
    utc = read_days(folder)
    rome = read_days(folder, timezone="Europe/Rome")
    assert [d.date.day for d in utc] == [7, 8]
    assert observed(utc[0], "eda_level") == [1438, 1439]
    assert observed(utc[1], "eda_level") == list(range(6))
    assert [d.date.day for d in rome] == [8]
    assert observed(rome[0], "eda_level") == list(range(58, 66))
    with pytest.raises(ValueError, match="IANA"):
        read_days(folder, timezone="Mars/Olympus")


def test_sessions_of_a_person_and_date_share_a_day(tmp_path):
    for part, late in (("f14_a", 0), ("f14_b", 780)):
        write_e4(
            tmp_path / "STRESS" / part,
            start=E4_START + late,
            iso=True,
            tags=[60, 200],
        )
    write_e4(tmp_path / "STRESS" / "S01", iso=True)
    days = read_days(tmp_path)
    assert [d.participant for d in days] == [
        "stress_exercise-S01",
        "stress_exercise-f14",
    ]
    assert observed(days[1], "eda_level") == [
        *range(FIRST, FIRST + 8),
        *range(FIRST + 13, FIRST + 21),
    ]
    assert [(e.label, e.start_minute) for e in days[1].events] == [
        ("stress test", FIRST + 1),
        ("stress test", FIRST + 14),
    ]
    assert days[0].source == "empatica_e4/stress_exercise"


def test_exercise_is_no_rest(tmp_path):
    bike = write_e4(tmp_path / "AEROBIC" / "S01", iso=True, tags=[70, 300])
    seat = write_e4(tmp_path / "STRESS" / "S01", iso=True, tags=[70])
    day = read_days(bike)[0]
    assert [(e.kind, e.label) for e in day.events] == [
        ("activity", "indoor bike")
    ]
    assert (day.events[0].start_minute, day.events[0].end_minute) == (
        FIRST + 1,
        FIRST + 5,
    )
    assert observed(day, "resting_heart_rate") == []
    assert len(observed(read_days(seat)[0], "resting_heart_rate")) > 0
    # One mark has no other end.
    assert read_days(seat)[0].events == ()


def test_tasks_of_stress_predict(tmp_path):
    gaps = np.cumsum([60, 300, 300, 600, 300, 120, 300])
    folder = write_e4(tmp_path / "S05", minutes=40, tags=gaps.tolist())
    day = read_days(folder)[0]
    assert day.participant == "stress_predict-S05"
    assert day.source == "empatica_e4/stress_predict"
    assert [(e.label, e.start_minute, e.end_minute) for e in day.events] == [
        ("stroop test", FIRST + 1, FIRST + 6),
        ("interview", FIRST + 11, FIRST + 21),
        ("hyperventilation", FIRST + 26, FIRST + 28),
    ]


def test_marks_that_do_not_fit_the_protocol_say_nothing(tmp_path):
    # One is off by half a day, so the six left do not tell the tasks.
    gaps = np.cumsum([60, 300, 300, 600, 300, 120, 300])
    marks = [gaps[0] - 43_200, *gaps[1:]]
    folder = write_e4(tmp_path / "S05", minutes=40, tags=marks)
    days, report = read_report(folder)
    assert days[0].events == ()
    assert report.dropped["event marks outside their session"] == 1


def test_the_covered_sensor(tmp_path):
    folder = write_e4(tmp_path / "STRESS" / "f07", iso=True)
    days, report = read_report(folder)
    for name in ("heart_rate", "rr_median", "skin_temperature"):
        assert observed(days[0], name) == []
    assert len(observed(days[0], "eda_level")) == 8
    assert len(observed(days[0], "log_energy")) == 8
    assert "dock" in report.skipped["f07/TEMP.csv"]
    assert any("STRESS/f07" in note for note in report.notes)


def test_two_hundred_degrees_are_no_skin(tmp_path):
    celsius = np.full(8 * 240, 33.0)
    celsius[:240] = 228.9
    folder = write_e4(tmp_path / "s", TEMP=celsius)
    days, report = read_report(folder)
    assert observed(days[0], "skin_temperature") == list(
        range(FIRST + 1, FIRST + 8)
    )
    assert report.implausible == {"skin_temperature": (240, 228.9)}


def test_zero_conductance_is_no_contact(tmp_path):
    eda = np.full(8 * 240, 2.0)
    eda[:300] = 0
    days, report = read_report(write_e4(tmp_path / "s", EDA=eda))
    assert column(days[0], "eda_level")[FIRST + 1] == 2
    assert observed(days[0], "eda_level")[0] == FIRST + 1
    assert report.dropped["skin conductance of 0 (no contact)"] == 300


def test_a_session_that_the_download_repeated(tmp_path):
    rng = np.random.default_rng(0)
    eda = np.tile(rng.uniform(1, 2, 4 * 240), 2)
    days, report = read_report(write_e4(tmp_path / "s", EDA=eda))
    for name in ("eda_level", "axis_mean", "heart_rate"):
        assert max(observed(days[0], name)) == FIRST + 3, name
    assert report.dropped["repeated samples of EDA.csv"] == 4 * 240


def test_intervals_of_another_clock_are_not_used(tmp_path):
    folder = write_e4(tmp_path / "s", iso=True)
    beats = (folder / "IBI.csv").read_text()
    (folder / "IBI.csv").write_text(
        beats.replace("2022-02-07 09:50:00", "1959-10-05 21:01:14.828125")
    )
    days, report = read_report(folder)
    assert observed(days[0], "rr_median") == []
    assert len(observed(days[0], "heart_rate")) == 8
    assert "start" in report.skipped["s/IBI.csv"]


def test_no_intervals_and_other_empty_streams(tmp_path):
    folder = write_e4(tmp_path / "s", tags=[])
    (folder / "IBI.csv").write_text("")
    (folder / "TEMP.csv").write_text("1644227400.0\n4.0\n")
    (folder / "BVP.csv").write_text("1644227400.0\n64.0\n1.0")
    days, report = read_report(folder)
    assert report.skipped["s/IBI.csv"] == "empty file"
    assert report.skipped["s/TEMP.csv"] == "empty file"
    assert "pulse wave" in report.skipped["s/BVP.csv"]
    assert observed(days[0], "skin_temperature") == []
    # An empty file says nothing, not even that there were no beats.
    assert "rr_valid_fraction" in report.missing


def test_minutes_without_a_beat_are_valid_for_no_part(tmp_path):
    folder = write_e4(tmp_path / "s")
    lines = (folder / "IBI.csv").read_text().split("\n")
    (folder / "IBI.csv").write_text("\n".join(lines[:130]))
    day = read_days(folder)[0]
    assert observed(day, "rr_median") == [FIRST, FIRST + 1]
    assert (column(day, "rr_valid_fraction")[FIRST + 2 : FIRST + 8] == 0).all()
    assert observed(day, "rr_valid_fraction") == list(range(FIRST, FIRST + 8))


@pytest.mark.parametrize(
    "name, text, complaint",
    [
        ("EDA", "yesterday\n4.0\n1.0", "2013-02-20 17:55:19.*yesterday"),
        ("EDA", "1644227400.0\nfast\n1.0", "rate in Hz.*fast"),
        ("EDA", "1644227400.0\n4.0\n1.0\ndry", "line 4.*'dry'"),
        ("ACC", "1644227400.0\n32.0\n1\n2", r"3 column\(s\).*1"),
        ("IBI", "1644227400.0, IBI\n5,0.8\n4,0.8", "never run backwards"),
    ],
)
def test_bad_files(tmp_path, name, text, complaint):
    folder = write_e4(tmp_path / "s")
    (folder / f"{name}.csv").write_text(text)
    with pytest.raises(ValueError, match=complaint) as caught:
        read_days(folder)
    assert f"{name}.csv" in str(caught.value)
