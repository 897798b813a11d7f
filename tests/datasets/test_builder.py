"""The Beam stage and the TFDS builder by themselves."""

import pickle

import pytest

tfds = pytest.importorskip("tensorflow_datasets")
beam = pytest.importorskip("apache_beam")

from etils import epath  # noqa: E402

from keras_sensorlm.datasets.builder import SensorLM  # noqa: E402
from keras_sensorlm.datasets.builder import WriteGroup  # noqa: E402
from keras_sensorlm.datasets.inputs import find_units  # noqa: E402
from keras_sensorlm.datasets.inputs import group_units  # noqa: E402
from keras_sensorlm.datasets.plan import Plan  # noqa: E402
from keras_sensorlm.datasets.shards import write_group  # noqa: E402
from tests.datasets.recordings import bytes_of  # noqa: E402
from tests.datasets.recordings import write_people  # noqa: E402
from tests.datasets.recordings import write_table  # noqa: E402

PLAN = Plan(keys=("low_level_caption",), fractions=(0.5, 0.5, 0.0))


def test_counters_tell_what_became_of_the_days(tmp_path):
    folder = write_people(tmp_path / "in", 10)
    write_table(folder / "short.csv", "p20", 1, minutes=12)
    (folder / "broken.csv").write_text("timestamp,heart_rate\nnever,60\n")
    groups = list(enumerate(group_units(find_units(folder))))
    out = tmp_path / "parts"
    out.mkdir()
    pipeline = beam.Pipeline()
    _ = pipeline | beam.Create(groups) | beam.ParDo(WriteGroup(PLAN, str(out)))
    result = pipeline.run()
    result.wait_until_finish()
    found = {
        counter.key.metric.name: counter.committed
        for counter in result.metrics().query()["counters"]
        if counter.key.metric.namespace == "sensorlm"
    }
    assert found["days: read"] == 11
    assert found["days: captioned"] == 10
    assert found["days dropped: under 0.25 h observed"] == 1
    assert found["recordings unread"] == 1
    splits = found["days of splits: train"], found["days of splits: validation"]
    assert sum(splits) == 10 and min(splits) > 0


def test_what_a_worker_needs_is_small_and_can_be_sent():
    groups = group_units(find_units("simulated:2500000:0"))
    assert len(pickle.dumps(groups[0])) < 2_000
    stage = pickle.loads(pickle.dumps(WriteGroup(PLAN, "/parts")))
    assert (stage.plan, stage.folder) == (PLAN, "/parts")


def test_a_group_done_by_two_workers_at_once_is_the_same(tmp_path):
    """As happens where a runner starts a slow worker's share once more."""
    units = find_units(write_people(tmp_path / "in", 4))
    once, twice = epath.Path(tmp_path / "1"), epath.Path(tmp_path / "2")
    for folder in (once, twice):
        folder.mkdir()
        summary = write_group(3, units, PLAN, folder)
    (twice / "00003.json").unlink()
    assert write_group(3, units, PLAN, twice) == summary
    assert bytes_of(tmp_path / "1") == bytes_of(tmp_path / "2")


def test_a_lost_file_is_written_again(tmp_path):
    units = find_units(write_people(tmp_path / "in", 4))
    folder = epath.Path(tmp_path / "parts")
    folder.mkdir()
    summary = write_group(0, units, PLAN, folder)
    before = bytes_of(tmp_path / "parts")
    (folder / summary["files"]["train"][0][0]).unlink()
    assert write_group(0, units, PLAN, folder) == summary
    assert bytes_of(tmp_path / "parts") == before


def test_full_files_are_followed_by_more(tmp_path, monkeypatch):
    from keras_sensorlm.datasets import shards

    monkeypatch.setattr(shards, "RECORDS_PER_FILE", 3)
    units = find_units(write_people(tmp_path / "in", 8))
    folder = epath.Path(tmp_path / "parts")
    folder.mkdir()
    plan = Plan(keys=PLAN.keys, fractions=(1.0, 0.0, 0.0))
    files = write_group(0, units, plan, folder)["files"]["train"]
    assert [(name, count) for name, count, _ in files] == [
        ("00000-train-000", 3),
        ("00000-train-001", 3),
        ("00000-train-002", 2),
    ]


def test_the_builder_works_as_any_other_of_tfds(tmp_path):
    folder = write_people(tmp_path / "in", 6)
    builder = SensorLM(source=folder, plan=PLAN, data_dir=tmp_path / "out")
    builder.download_and_prepare()
    assert builder.info.splits.total_num_examples == 6
    dataset = builder.as_dataset(split="train+validation")
    assert len(list(dataset)) == 6
    # Read again without saying what it was made of.
    again = SensorLM(data_dir=tmp_path / "out")
    assert again.info.splits.total_num_examples == 6
    assert "high_level_all_caption" not in again.info.features


def test_a_builder_without_a_source_says_so(tmp_path):
    with pytest.raises(ValueError, match="nothing to prepare"):
        SensorLM(data_dir=tmp_path).download_and_prepare()
