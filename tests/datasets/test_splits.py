"""People are shared out once, and nobody is on two sides."""

import numpy as np
import pytest

from keras_sensorlm.datasets import splits as module
from keras_sensorlm.datasets.splits import PeopleSplits
from keras_sensorlm.datasets.splits import check_disjoint
from keras_sensorlm.datasets.splits import draw_split
from keras_sensorlm.datasets.splits import load_splits
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.readers import read_days
from keras_sensorlm.sensors.simulator import simulate_days
from tests.datasets import strata

ARCHIVES = {
    "mmash": "mmash",
    "fitabase": "fitabase",
    "stress_predict": "empatica_e4/stress_predict",
    "wearable_stress_exercise": "empatica_e4/stress_exercise",
}


def a_day(participant, source="mmash"):
    values = np.full((1440, 26), np.nan, "float32")
    return SensorDay(values, participant=participant, source=source)


@pytest.mark.parametrize("source", ARCHIVES.values())
def test_about_30_percent_are_tested_on(source):
    lists = load_splits().people[source]
    count = sum(map(len, lists.values()))
    assert 0.27 <= len(lists["test"]) / count <= 0.34
    assert len(lists["train"]) > len(lists["test"])


def test_the_example_person_is_never_trained_on():
    assert "mmash-12" in load_splits().people["mmash"]["test"]


def test_a_person_in_two_lists_is_an_error():
    lists = {"train": ["a"], "validation": [], "test": ["a"]}
    with pytest.raises(ValueError, match=r"a is in two lists: x/train"):
        PeopleSplits({"x": lists}, {})
    with pytest.raises(ValueError, match="should have the splits"):
        PeopleSplits({"x": {"train": ["a"]}}, {})


def test_people_of_no_list_are_tested_on():
    splits = load_splits()
    assert splits.of(a_day("mmash-1")) == "train"
    assert splits.of(a_day("mmash-3")) == "test"
    assert splits.of(a_day("somebody", "my watch")) == "test"


def test_simulated_people_are_told_by_their_seed():
    splits = load_splits()
    for split, seed in splits.simulated.items():
        assert splits.of(simulate_days(1, seed)[0]) == split
    assert splits.of(simulate_days(1, seed=1, devices="e4")[0]) == "train"
    assert splits.of(a_day("sim-7-0", "simulated")) == "train"
    assert splits.of(a_day("somebody", "simulated")) == "train"
    # A name proves nothing.
    assert splits.of(a_day("sim-7-0", "my watch")) == "test"


def test_select_keeps_the_order_and_knows_its_names():
    days = [a_day("mmash-12"), a_day("mmash-1"), a_day("mmash-5")]
    chosen = load_splits().select(days, "train", "test")
    assert [day.participant for day in chosen] == ["mmash-12", "mmash-1"]
    with pytest.raises(ValueError, match="should be one of"):
        load_splits().select(days, "tests")


def test_an_overlap_is_an_error():
    a, b = a_day("a"), a_day("b")
    check_disjoint([a], [b])
    check_disjoint([], [a_day(None)])
    with pytest.raises(ValueError, match="trained on and tested on: b"):
        check_disjoint([a, b], [b])
    with pytest.raises(ValueError, match="without participant"):
        check_disjoint([a_day(None)], [b])


def test_a_draw_follows_its_seed_and_strata():
    people = {f"p{i}": "even" if i % 2 == 0 else "odd" for i in range(20)}
    drawn = draw_split(people, seed=1, first=["p3"])
    assert drawn == draw_split(people, seed=1, first=["p3"])
    assert drawn != draw_split(people, seed=2, first=["p3"])
    assert "p3" in drawn["test"]
    tested = [people[person] for person in drawn["test"]]
    assert tested.count("even") == tested.count("odd") == 3


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("archive", ARCHIVES)
def test_the_lists_are_what_the_seed_drew(real_data, archive):
    people = {}
    for day in read_days(real_data(archive)):
        people.setdefault(day.participant, []).append(day)
    drawn = draw_split(
        {person: strata.stratum(days) for person, days in people.items()},
        strata.SEED,
        first=strata.EXAMPLE,
    )
    assert drawn == load_splits().people[ARCHIVES[archive]]


def test_the_file_ships(tmp_path):
    assert module.SPLITS_FILE.parent.name == "assets"
    copy = tmp_path / "mine.yaml"
    copy.write_text(module.SPLITS_FILE.read_text())
    assert load_splits(copy) == load_splits()
