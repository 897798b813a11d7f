"""What is found in folders, and how it is gathered."""

import pytest

from keras_sensorlm.datasets.inputs import Recording
from keras_sensorlm.datasets.inputs import find_units
from keras_sensorlm.datasets.inputs import fingerprint
from keras_sensorlm.datasets.inputs import group_units
from tests.datasets.recordings import write_people
from tests.datasets.recordings import write_table


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")


def test_every_table_is_a_unit_whatever_the_depth(tmp_path):
    write_people(tmp_path, 12)
    touch(tmp_path, "README.md", ".hidden/x.csv", "group0/.x.csv", "a.zip")
    archive, *units = find_units(tmp_path)
    assert (str(archive), archive.format) == ("a.zip", None)
    assert len(units) == 12
    assert str(units[0]) == "group0/p00.csv"
    assert all(unit.format == "table" for unit in units)


def test_a_person_of_a_known_format_is_a_unit(tmp_path):
    touch(
        tmp_path,
        "study.csv",
        "user_1/Actigraph.csv",
        "user_1/RR.csv",
        "user_2/RR.csv",
        "user_3/notes.txt",
    )
    units = find_units(tmp_path)
    assert [str(u) for u in units] == ["user_1", "user_2"]
    assert {u.format for u in units} == {"mmash"}
    # The table beside them describes the study, unless it is asked for.
    assert len(find_units(tmp_path, "table")) == 4


def test_sessions_of_one_person_are_one_unit(tmp_path):
    for session in ("STRESS/S01", "AEROBIC/S01", "AEROBIC/S02"):
        touch(tmp_path, f"{session}/HR.csv", f"{session}/ACC.csv")
    touch(tmp_path, "subject-info.csv")
    units = find_units(tmp_path)
    assert [str(u) for u in units] == ["AEROBIC/S01, STRESS/S01", "AEROBIC/S02"]


def test_a_file_and_a_recognised_folder_are_one_unit(tmp_path):
    write_table(tmp_path / "me.csv", "me", 0, minutes=5)
    assert [str(u) for u in find_units(tmp_path / "me.csv")] == ["me.csv"]
    touch(tmp_path, "user_1/RR.csv")
    assert [str(u) for u in find_units(tmp_path / "user_1")] == ["user_1"]


def test_simulated_days_are_all_there_once():
    units = find_units("simulated:1000:3")
    days = [i for unit in units for i in range(*unit.span)]
    assert days == list(range(1000))
    assert {unit.seed for unit in units} == {3}
    assert find_units("simulated:5")[0].seed == 0


def test_groups_hold_every_unit_once_and_are_few(tmp_path):
    units = find_units(write_people(tmp_path, 30))
    groups = group_units(units)
    assert sorted(str(u) for g in groups for u in g) == [str(u) for u in units]
    assert len(groups) == 4
    assert group_units(units[::-1]) == groups
    recordings = [
        Recording((f"{i}.csv",), "table", f"{i}") for i in range(5000)
    ]
    assert len(group_units(recordings)) == 79
    many = group_units(find_units("simulated:2500000:0"))
    assert len(many) <= 1000
    assert sum(len(group) for group in many) == -(-2_500_000 // 64)


def test_fingerprint_tells_changed_inputs_and_settings(tmp_path):
    groups = group_units(find_units(write_people(tmp_path, 3)))
    before = fingerprint(groups, "settings")
    assert fingerprint(groups, "settings") == before
    assert fingerprint(groups, "others") != before
    with open(tmp_path / "group0" / "p01.csv", "a") as file:
        file.write("\n")
    assert fingerprint(groups, "settings") != before


@pytest.mark.parametrize(
    "source", ["simulated:", "simulated:x", "simulated:1:"]
)
def test_bad_simulations_are_explained(source):
    with pytest.raises(ValueError, match="simulated:N:SEED"):
        find_units(source)


def test_nothing_to_read_is_explained(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file or folder"):
        find_units(tmp_path / "absent")
    with pytest.raises(ValueError, match="Found nothing to read"):
        find_units(tmp_path)
    with pytest.raises(ValueError, match="no days"):
        find_units("simulated:0:1")
    with pytest.raises(ValueError, match="format"):
        find_units(tmp_path, "nonsense")
