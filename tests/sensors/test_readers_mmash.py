"""The MMASH reader on tiny files in its layout."""

import numpy as np
import pytest

from keras_sensorlm.sensors.readers import read_days
from keras_sensorlm.sensors.readers import read_report
from tests.sensors.recordings import write_mmash


def events_of(days):
    return [
        [(e.kind, e.label, e.start_minute, e.end_minute) for e in day.events]
        for day in days
    ]


def test_a_recording_over_midnight_is_two_days(tmp_path):
    folder = write_mmash(tmp_path / "user_7", bpm=70, steps=2)
    days, report = read_report(folder)
    assert [d.participant for d in days] == ["mmash-7", "mmash-7"]
    assert [d.date for d in days] == [None, None]
    assert [d.source for d in days] == ["mmash", "mmash"]
    seen = [np.flatnonzero(d.observed[:, 0]).tolist() for d in days]
    assert seen == [list(range(1430, 1440)), list(range(10))]
    assert days[0].values[1435, 10] == 120
    assert days[0].values[1435, 5] == 800
    assert any("date" in note for note in report.notes)


def test_device_quantities_are_no_features(tmp_path):
    days = read_days(write_mmash(tmp_path / "user_7"))
    observed = days[0].observed.any(axis=0)
    assert observed.tolist() == [True] * 11 + [False] * 15


def test_rest_carries_on_over_midnight(tmp_path):
    days = read_days(write_mmash(tmp_path / "user_7"))
    # The first four minutes of the recording are not yet known to be quiet.
    resting = ~np.isnan(days[0].values[1430:, 1])
    assert resting.tolist() == [False] * 4 + [True] * 6
    assert (days[1].values[:10, 1] == 70).all()


def test_second_day_coded_as_minus_29(tmp_path):
    plain = read_days(write_mmash(tmp_path / "user_7"))
    odd = read_days(write_mmash(tmp_path / "b" / "user_7", codes=(1, -29)))
    for a, b in zip(plain, odd, strict=True):
        np.testing.assert_array_equal(a.values, b.values)


def test_no_reading_and_outliers(tmp_path):
    bpm = np.full(1200, 70)
    bpm[:3], bpm[100] = 0, 251
    rr = np.full(1499, 0.8)
    rr[::50] = 2.5
    folder = write_mmash(tmp_path / "user_7", bpm=bpm, rr=rr)
    days, report = read_report(folder)
    assert report.dropped["heart rate samples of 0 (no reading)"] == 3
    assert report.dropped["RR intervals outside 300 to 2000 ms"] == 30
    assert report.implausible == {"heart_rate": (1, 251.0)}
    assert (days[0].values[1430:, 0] == 70).all()
    assert (days[0].values[1430:, 6] == 0).all()


def test_skipped_seconds_do_not_lower_the_steps(tmp_path):
    folder = write_mmash(tmp_path / "user_7", steps=1)
    file = folder / "Actigraph.csv"
    header, *rows = file.read_text().split("\n")
    rows = [r for i, r in enumerate(rows) if i % 35 >= 6]
    file.write_text("\n".join([header, *rows]))
    days = read_days(folder)
    assert (days[0].values[1430:, 10] == 60).all()


def test_diary_kinds_and_codes(tmp_path):
    diary = [(2, "23:51", "23:55", 1), (5, "00:02", "00:06", 2)]
    days = read_days(write_mmash(tmp_path / "user_7", diary=diary))
    assert events_of(days) == [
        [("activity", "sitting", 1431, 1435)],
        [("activity", "heavy movement", 2, 6)],
    ]


def test_a_diary_entry_over_midnight_is_one_event_a_day(tmp_path):
    diary = [(8, "23:55", "00:05", 1), (7, "23:56", "24:00", 1)]
    days = read_days(write_mmash(tmp_path / "user_7", diary=diary))
    assert events_of(days) == [
        [
            ("activity", "large screen", 1435, 1440),
            ("activity", "small screen", 1436, 1440),
        ],
        [("activity", "large screen", 0, 5)],
    ]


def test_events_are_clipped_to_the_recording(tmp_path):
    diary = [(2, "23:00", "23:52", 1), (6, "03:00", "03:30", 2)]
    days, report = read_report(write_mmash(tmp_path / "user_7", diary=diary))
    assert events_of(days) == [[("activity", "sitting", 1430, 1432)], []]
    assert report.dropped["activity entries outside the recording"] == 1


def test_a_morning_written_under_the_first_day_is_moved(tmp_path):
    # Before the recording began, but within it a day later.
    diary = [(6, "00:03", "00:07", 1)]
    days, report = read_report(write_mmash(tmp_path / "user_7", diary=diary))
    assert events_of(days) == [[], [("activity", "eating", 3, 7)]]
    assert report.dropped["diary entries moved to the second day"] == 1


def test_entries_that_cannot_be_right_are_left_out(tmp_path):
    diary = [
        (3, "23:52", "23:51", 1),  # 24 h of movement
        (99, "23:52", "23:54", 1),  # no such code
        (2, "soon", "23:54", 1),  # no such time
        (4, "23:53", "23:53", 1),  # a moment: one minute
        (6, "23:57", "23:59", 1),
        (6, "23:57", "23:59", 1),  # written twice
    ]
    days, report = read_report(write_mmash(tmp_path / "user_7", diary=diary))
    assert events_of(days)[0] == [
        ("activity", "medium movement", 1433, 1434),
        ("activity", "eating", 1437, 1439),
    ]
    assert report.dropped["activity entries over 12 hours"] == 1
    assert report.dropped["diary entries written twice"] == 1
    unknown = "diary entries without a start or a known code"
    assert report.dropped[unknown] == 2


def test_an_entry_without_an_end_ends_at_the_next(tmp_path):
    diary = [(6, "23:51", "", 1), (2, "23:55", "23:57", 1), (7, "00:08", "", 2)]
    days, report = read_report(write_mmash(tmp_path / "user_7", diary=diary))
    assert events_of(days) == [
        [
            ("activity", "eating", 1431, 1435),
            ("activity", "sitting", 1435, 1437),
        ],
        # The last one ends with the recording.
        [("activity", "small screen", 8, 10)],
    ]
    counted = "diary entries without an end, ended at the next"
    assert report.dropped[counted] == 2


def test_sleep_is_not_doubled(tmp_path):
    folder = write_mmash(
        tmp_path / "user_7",
        diary=[(0, "23:50", "00:06", 1), (0, "00:08", "00:09", 2)],
        # Out of bed before in bed: the next day, coded as the first.
        sleep=[(1, "23:52", 1, "00:07", 1, "23:54")],
    )
    days, report = read_report(folder)
    assert events_of(days) == [
        [("sleep", "sleep", 1434, 1440)],
        [("sleep", "sleep", 0, 7), ("sleep", "sleep", 8, 9)],
    ]
    counted = "diary sleeps that sleep.csv holds already"
    assert report.dropped[counted] == 1


def test_a_short_sleep_by_day_is_a_nap(tmp_path):
    folder = write_mmash(
        tmp_path / "user_7", start=13 * 3600, diary=[(0, "13:02", "13:15", 1)]
    )
    assert events_of(read_days(folder)) == [[("sleep", "nap", 782, 795)]]


def test_folders_files_and_what_is_not_read(tmp_path):
    write_mmash(tmp_path / "DataPaper" / "user_1")
    write_mmash(tmp_path / "DataPaper" / "user_2")
    _, report = read_report(tmp_path)
    assert report.participants == 2 and report.days == 4
    assert "PANAS" in report.skipped["user_1/questionnaire.csv"]
    only = read_days(tmp_path / "DataPaper" / "user_2" / "RR.csv")
    assert only[0].participant == "mmash-2"
    assert np.isnan(only[0].values[:, 0]).all()
    assert not np.isnan(only[0].values[1435, 3])


def test_an_empty_stream_is_missing_and_reported(tmp_path):
    folder = write_mmash(tmp_path / "user_7")
    (folder / "RR.csv").write_text("")
    days, report = read_report(folder)
    assert report.skipped["user_7/RR.csv"] == "empty file"
    assert np.isnan(days[0].values[:, 2:10]).all()
    assert (days[0].values[1430:, 0] == 70).all()


def test_text_and_times_that_do_not_parse(tmp_path):
    folder = write_mmash(tmp_path / "user_7")
    whole = (folder / "Actigraph.csv").read_text()
    for old, new, complaint in (
        (",70,9.9,1,23:50:02", ",high,9.9,1,23:50:02", "'HR'.*line 4.*'high'"),
        ("23:50:02", "25.50.02", r"09:30:00.*line 4.*25\.50\.02"),
        ("23:50:02", "23:49:02", "never run backwards"),
        ("Steps,HR", "Steps,Pulse", "lacks HR"),
    ):
        (folder / "Actigraph.csv").write_text(whole.replace(old, new))
        with pytest.raises(ValueError, match=complaint) as caught:
            read_days(folder)
        assert "Actigraph.csv" in str(caught.value)
