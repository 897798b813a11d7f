"""Who is tested on, and what is known of them beside the signals."""

import datetime

import numpy as np
import pytest

from keras_sensorlm.datasets.splits import load_splits
from keras_sensorlm.evaluation.annotations import read_annotations
from keras_sensorlm.evaluation.collection import Collection
from keras_sensorlm.evaluation.collection import load_collection
from keras_sensorlm.evaluation.number_section import TARGETS
from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.sensors.simulator import is_simulated
from keras_sensorlm.sensors.simulator import simulate_days
from tests.sensors.recordings import write_mmash


def test_simulated_people_to_test_on_are_others():
    found = load_collection(["simulated:3"])
    assert {d.participant.split("-")[1] for d in found.test} == {"20261124"}
    assert all(map(is_simulated, found.train + found.test))
    other = load_collection(["simulated:3"], split="validation")
    assert {d.participant.split("-")[1] for d in other.test} == {"20261123"}
    assert found.summary()[0]["test_people"] == 3


def test_a_person_on_both_sides_is_an_error():
    days = simulate_days(2, seed=0)
    with pytest.raises(ValueError, match="trained on and tested on: sim-0-1"):
        Collection(days, days[1:])


def test_people_are_shared_out_as_listed(tmp_path):
    for number in (1, 5, 12, 99):
        write_mmash(tmp_path / f"user_{number}")
    found = load_collection([tmp_path])
    # 99 is in no list: nobody can have been trained on them.
    assert {d.participant for d in found.test} == {"mmash-12", "mmash-99"}
    assert {d.participant for d in found.train} == {"mmash-1", "mmash-5"}
    chosen_by = load_collection([tmp_path], split="validation")
    assert {d.participant for d in chosen_by.test} == {"mmash-5"}
    assert {d.participant for d in chosen_by.train} == {"mmash-1"}


def test_what_cannot_be_evaluated_is_a_clear_error(tmp_path):
    with pytest.raises(ValueError, match="simulated:N"):
        load_collection(["simulated:many"])
    with pytest.raises(ValueError, match="'test' or 'validation'"):
        load_collection(["simulated:1"], split="train")
    write_mmash(tmp_path / "user_1")
    with pytest.raises(ValueError, match="no days of test people"):
        load_collection([tmp_path])


def test_tables_beside_the_signals_are_read(tmp_path):
    write_mmash(tmp_path / "user_7")
    (tmp_path / "user_7" / "user_info.csv").write_text(
        ",Gender,Weight,Height,Age\n0,M,80,200,0\n"
    )
    (tmp_path / "sleepDay_merged.csv").write_text(
        "Id,SleepDay,TotalSleepRecords,TotalMinutesAsleep,TotalTimeInBed\n"
        "5,4/12/2016 12:00:00 AM,1,327,346\n"
    )
    (tmp_path / "weightLogInfo_merged.csv").write_text(
        "Id,Date,BMI\n5,4/12/2016,22\n5,4/13/2016,24\n"
    )
    (tmp_path / "subject-info.csv").write_text(
        "Info ,Gender,Age,Height (cm),Weight (kg)\n"
        "S01,m,21,200,80\nS02,m,20,-,-\n* a remark,,,,\n"
    )
    found = read_annotations(tmp_path)
    assert found.people == {
        "mmash-7": {"bmi": 20.0},  # an age of 0 is none
        "fitabase-5": {"bmi": 23.0},
        "stress_exercise-S01": {"age": 21.0, "bmi": 20.0},
        "stress_exercise-S02": {"age": 20.0},
    }
    night = ("fitabase-5", datetime.date(2016, 4, 12))
    assert found.days == {night: {"minutes_asleep": 327.0}}


def write_session(folder, start, minutes):
    folder.mkdir(parents=True)
    rows = [f"2013-02-20 {start}", "4.0", *["0.5"] * (240 * minutes)]
    (folder / "EDA.csv").write_text("\n".join(rows))


def test_kinds_of_session_come_from_their_folders(tmp_path):
    write_session(tmp_path / "STRESS" / "S01", "10:00:00", 60)
    # Recorded in two parts, and begun before the file above ends.
    write_session(tmp_path / "ANAEROBIC" / "S01_a", "10:30:00", 5)
    write_session(tmp_path / "ANAEROBIC" / "S01_b", "10:40:00", 10)
    key = ("stress_exercise-S01", datetime.date(2013, 2, 20))
    found = read_annotations(tmp_path).sessions[key]
    assert [(e.label, e.start_minute, e.end_minute) for e in found] == [
        ("stress session", 600, 630),
        ("anaerobic session", 630, 650),
    ]


def test_resting_heart_rate_is_hidden_where_it_is_asked_for():
    target = {t.name: t for t in TARGETS}["resting_heart_rate"]
    day = simulate_days(1, seed=0)[0]
    hidden, value = target.of(day, {})
    column = feature_index("resting_heart_rate")
    assert value == pytest.approx(np.nanmean(day.values[:, column]))
    assert np.isnan(hidden.values[:, column]).all()
    assert hidden.observed[:, 0].any()


@pytest.mark.filterwarnings("ignore")
def test_the_real_sets_are_annotated(real_data):
    exercise = read_annotations(real_data("wearable_stress_exercise"))
    labels = [e.label for events in exercise.sessions.values() for e in events]
    assert len(labels) == 26 + 20 + 21
    assert len(read_annotations(real_data("mmash")).people) == 16
    assert len(read_annotations(real_data("fitabase")).days) == 234
    listed = load_splits().people["mmash"]
    people = set(read_annotations(real_data("mmash")).people)
    assert people == {p for lists in listed.values() for p in lists}
