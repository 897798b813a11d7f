"""The readers on the real data sets, with the traps that are in them.

Skipped where the archives are not at hand.
"""

import numpy as np
import pandas as pd
import pytest

from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.sensors.profiles import profile_for
from keras_sensorlm.sensors.readers import read_report

ACCELERATION = FEATURE_NAMES[11:20]


@pytest.fixture(scope="module")
def read(real_data):
    """Each data set is read once."""
    kept = {}

    def read(name):
        if name not in kept:
            kept[name] = read_report(real_data(name))
        return kept[name]

    return read


def of(days, participant):
    return [day for day in days if day.participant == participant]


def column(day, name):
    return day.values[:, feature_index(name)]


def labels(day):
    return [event.label for event in day.events]


def test_mmash_everyone_has_two_days(read):
    days, report = read("mmash")
    assert report.format == "mmash"
    assert (report.participants, report.days) == (16, 32)
    filled = [n for n in FEATURE_NAMES if n not in report.missing]
    assert filled == list(FEATURE_NAMES[:11])
    for name in filled:
        least = 0.1 if name == "resting_heart_rate" else 0.45
        assert report.coverage[name] > least, name
    for i in range(0, 32, 2):
        first, second = days[i : i + 2]
        assert first.participant == second.participant
        # From the morning to midnight, and on to the next morning.
        seen = np.flatnonzero(first.observed.any(axis=1))
        assert 540 <= seen[0] <= 630 and seen[-1] == 1439
        seen = np.flatnonzero(second.observed.any(axis=1))
        assert seen[0] == 0 and 520 <= seen[-1] <= 660


def test_mmash_users_8_and_9_code_the_second_day_as_minus_29(read):
    days, _ = read("mmash")
    for person in ("mmash-8", "mmash-9"):
        first, second = of(days, person)
        assert first.coverage()["heart_rate"] > 0.5
        assert second.coverage()["heart_rate"] > 0.3
        assert "sleep" in labels(second)


def test_mmash_minutes_are_those_of_the_file(read, real_data):
    day = of(read("mmash")[0], "mmash-12")[0]
    folder = real_data("mmash") / "DataPaper" / "user_12"
    rows = pd.read_csv(folder / "Actigraph.csv")
    rows = rows[(rows["day"] == 1) & rows["time"].str.startswith("15:30:")]
    assert column(day, "heart_rate")[930] == pytest.approx(rows["HR"].mean())
    assert column(day, "steps")[930] == pytest.approx(
        rows["Steps"].sum() * 60 / len(rows)
    )
    beats = pd.read_csv(folder / "RR.csv")
    beats = beats[(beats["day"] == 1) & beats["time"].str.startswith("15:30:")]
    rr = beats["ibi_s"].to_numpy() * 1000
    assert column(day, "rr_median")[930] == pytest.approx(np.median(rr))
    low, high = np.percentile(rr, [5, 95])
    middle = rr[(rr >= low) & (rr <= high)]
    assert column(day, "sdnn")[930] == pytest.approx(
        middle.std(ddof=1), rel=1e-5
    )


def test_mmash_a_heart_rate_near_0_is_no_reading(read, real_data):
    # The file of user 2 holds none of 0 itself, but many of 8 to 24.
    file = real_data("mmash") / "DataPaper" / "user_2" / "Actigraph.csv"
    rows = pd.read_csv(file)
    rows["minute"] = rows["time"].str[:2].astype(int) * 60
    rows["minute"] += rows["time"].str[3:5].astype(int)
    seen = 0
    for i, day in enumerate(of(read("mmash")[0], "mmash-2"), start=1):
        for minute, own in rows[rows["day"] == i].groupby("minute"):
            zeros = own["HR"] < 25
            if not zeros.any():
                continue
            seen += int(zeros.sum())
            expected = own["HR"][~zeros]
            value = column(day, "heart_rate")[minute]
            if not len(expected):
                assert np.isnan(value)
            elif len(expected) >= 30:
                assert value == pytest.approx(expected.mean())
    assert seen > 100


def test_mmash_seconds_are_skipped_and_steps_are_not_lost(read, real_data):
    # About 6 of every 35 s are not in the file: sums would be a sixth short.
    file = real_data("mmash") / "DataPaper" / "user_12" / "Actigraph.csv"
    rows = pd.read_csv(file)
    first = of(read("mmash")[0], "mmash-12")[0]
    own = rows[rows["day"] == 1]
    minutes = own.groupby(own["time"].str[:5])["Steps"]
    whole = minutes.count().median() / 60
    assert 0.75 < whole < 0.9
    told = np.nansum(column(first, "steps"))
    assert told * whole == pytest.approx(own["Steps"].sum(), rel=0.03)


def test_mmash_a_strap_that_is_off_gives_no_rest(read):
    # In the last hour of user 15 heart rate jumps between 30 and 210 bpm.
    second = of(read("mmash")[0], "mmash-15")[1]
    assert np.nanmax(column(second, "heart_rate")) > 200
    assert np.nanmax(column(second, "resting_heart_rate")) <= 130


CODES = {
    0: {"sleep", "nap"},
    1: {"laying down"},
    2: {"sitting"},
    3: {"light movement"},
    4: {"medium movement"},
    5: {"heavy movement"},
    6: {"eating"},
    7: {"small screen"},
    8: {"large screen"},
    9: {"caffeinated drink"},
    10: {"smoking"},
    11: {"alcohol"},
    12: {"saliva sample"},
}


def test_mmash_codes_are_those_of_the_authors_notebook(read, real_data):
    days, _ = read("mmash")
    folder = real_data("mmash") / "DataPaper" / "user_12"
    diary = pd.read_csv(folder / "Activity.csv")
    written = set()
    for code in diary["Activity"]:
        written |= CODES[code]
    told = {label for d in of(days, "mmash-12") for label in labels(d)}
    assert told <= written
    assert written - told <= {"nap"}
    everyone = {label for d in days for label in labels(d)}
    assert everyone == set().union(*CODES.values())


def test_mmash_variability_is_near_the_published_means(read):
    # Without the limits on RR the 99th percentile of RMSSD is 646 ms.
    days, _ = read("mmash")
    values = np.concatenate([d.values for d in days])
    default = profile_for(None)
    for name in FEATURE_NAMES[3:10]:
        i = feature_index(name)
        distance = np.nanmean(values[:, i]) - default.mean()[i]
        assert abs(distance) < 0.8 * default.std()[i], name


def test_mmash_diaries(read):
    days, report = read("mmash")
    # User 1 sleeps from 00:30 without an end; sleep.csv has two stretches.
    second = of(days, "mmash-1")[1]
    sleeps = [e for e in second.events if e.kind == "sleep"]
    assert [(e.start_minute, e.end_minute) for e in sleeps] == [
        (46, 211),
        (237, 450),
    ]
    # User 13 is out of bed before in bed: that is the next day.
    first, second = of(days, "mmash-13")
    assert first.events[-1].start_minute == 23 * 60 + 41
    assert second.events[0].end_minute == 5 * 60 + 4
    # User 15 wrote breakfast under the first day.
    assert [
        e.label for e in of(days, "mmash-15")[1].events if e.start_minute == 450
    ] == ["eating"]
    # Users 8, 9 and 21 have entries that last over half a day.
    assert report.dropped["activity entries over 12 hours"] == 4
    assert (
        report.dropped["diary entries without an end, ended at the next"] == 2
    )
    assert all(e.kind != "mood" for d in days for e in d.events)
    assert "nap" in labels(of(days, "mmash-10")[0])


def test_fitabase(read):
    days, report = read("fitabase")
    assert report.participants == 25
    with_heart = {d.participant for d in days if d.coverage()["heart_rate"]}
    assert len(with_heart) == 6
    assert [n for n in FEATURE_NAMES if n not in report.missing] == [
        "heart_rate",
        "resting_heart_rate",
        "steps",
    ]
    assert report.dropped["minutes of days without a step (not worn)"] > 0
    for day in days:
        steps = column(day, "steps")
        assert day.date is not None and day.events == ()
        assert np.isnan(steps).all() or np.nansum(steps) > 0


def test_fitabase_steps_add_up_to_the_daily_sums(read, real_data):
    days, _ = read("fitabase")
    table = pd.read_csv(real_data("fitabase") / "dailyActivity_merged.csv")
    sums = {
        (f"fitabase-{row.Id}", pd.to_datetime(row.ActivityDate).date()): (
            row.TotalSteps
        )
        for row in table.itertuples()
    }
    same = [
        np.nansum(column(day, "steps")) == sums[day.participant, day.date]
        for day in days
        if (day.participant, day.date) in sums and day.coverage()["steps"] > 0.5
    ]
    # Fitbit's daily sums hold what was synchronised later, too.
    assert len(same) > 400 and np.mean(same) > 0.75


def test_stress_predict(read):
    days, report = read("stress_predict")
    assert report.format == "empatica_e4"
    assert (report.participants, report.days) == (27, 27)
    assert report.missing == ("steps", "lead_contact_count", "altitude_std")
    for day in days:
        recorded = day.observed.any(axis=1).sum()
        assert 40 <= recorded <= 70
        assert day.source == "empatica_e4/stress_predict"
        assert labels(day) in (
            [],
            ["stroop test", "interview", "hyperventilation"],
        )
        # 2 to 4 % of a day, at a time of day that cannot be relied on.
        assert 0.02 < recorded / 1440 < 0.05
    assert any("not reliable" in note for note in report.notes)
    # Marks of S17, S18 and S30 lie half a day off.
    assert report.dropped["event marks outside their session"] == 4
    assert labels(of(days, "stress_predict-S17")[0]) == []
    assert sum(bool(d.events) for d in days) == 22


def test_stress_and_exercise(read):
    days, report = read("wearable_stress_exercise")
    assert report.format == "empatica_e4"
    assert report.participants == 26
    assert set(report.missing) == {
        "steps",
        "lead_contact_count",
        "altitude_std",
    }
    assert {label for d in days for label in labels(d)} == {
        "stress test",
        "indoor bike",
    }
    for name in ("skin_temperature", "heart_rate"):
        values = np.concatenate([column(d, name) for d in days])
        assert np.nanmax(values) < {"skin_temperature": 41}.get(name, 200)
    # Sensors that read over 200 degC in four sessions.
    assert report.implausible["skin_temperature"][0] > 10_000
    cold = of(days, "stress_exercise-S07")[0]
    assert np.isnan(column(cold, "skin_temperature")).all()


def test_the_sessions_that_data_constraints_names(read):
    days, report = read("wearable_stress_exercise")
    # STRESS/f07: the dock covered PPG and temperature.
    covered = next(
        d
        for d in of(days, "stress_exercise-f07")
        if labels(d) == ["stress test"]
    )
    for name in ("heart_rate", "rr_median", "skin_temperature"):
        assert np.isnan(column(covered, name)).all(), name
    for name in ("eda_level", "log_energy"):
        assert not np.isnan(column(covered, name)).all(), name
    # STRESS/S02: repeated by the download, in 26 minutes of truth.
    assert report.dropped["repeated samples of ACC.csv"] == 49_542
    assert report.dropped["repeated samples of TEMP.csv"] == 6_192
    assert report.skipped["S02/IBI.csv"].startswith("out of order")
    # STRESS/f14 and AEROBIC/S11 were recorded in two parts.
    (f14,) = of(days, "stress_exercise-f14")
    eda = ~np.isnan(column(f14, "eda_level"))
    assert np.flatnonzero(np.diff(eda)).size == 4
    # ANAEROBIC/S01 has no intervals, AEROBIC/f04 those of another clock.
    assert report.skipped["S01/IBI.csv"] == "empty file"
    assert report.skipped["f04/IBI.csv"].startswith("its start")
    noted = " ".join(report.notes)
    for session in ("STRESS/f07", "AEROBIC/S07", "ANAEROBIC/S16"):
        assert session in noted


def test_the_profile_is_that_of_the_archives(read):
    days = [
        *read("stress_predict")[0],
        *read("wearable_stress_exercise")[0],
    ]
    values = np.concatenate([d.values for d in days]).astype("float64")
    profile = profile_for("empatica_e4")
    for name in ACCELERATION:
        i = feature_index(name)
        mean, std = profile.statistics[name]
        assert np.nanmean(values[:, i]) == pytest.approx(mean, abs=1e-3)
        assert np.nanstd(values[:, i]) == pytest.approx(std, abs=1e-3)
