"""Recordings become records: whole, repeatable, one split a person."""

import pathlib
import subprocess
import sys
import time

import numpy as np
import pytest

tfds = pytest.importorskip("tensorflow_datasets")
pytest.importorskip("apache_beam")

from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner  # noqa: E402
from keras_sensorlm.datasets import parse_signal  # noqa: E402
from keras_sensorlm.datasets import prepare  # noqa: E402
from keras_sensorlm.datasets import shards  # noqa: E402
from keras_sensorlm.datasets.plan import Plan  # noqa: E402
from keras_sensorlm.datasets.records import input_signal  # noqa: E402
from keras_sensorlm.datasets.shards import BadInputError  # noqa: E402
from keras_sensorlm.sensors.readers import read_days  # noqa: E402
from tests.datasets.recordings import bytes_of  # noqa: E402
from tests.datasets.recordings import write_people  # noqa: E402
from tests.datasets.recordings import write_table  # noqa: E402

KEYS = ("low_level_caption", "high_level_summary_caption")
PEOPLE = 20


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    folder = write_people(tmp_path_factory.mktemp("people"), PEOPLE)
    # A second day of one person, in another file; and a day of no use.
    write_table(folder / "more.csv", "p03", 77, date="2026-03-05")
    write_table(folder / "short.csv", "p30", 78, minutes=12)
    return folder


@pytest.fixture(scope="module")
def prepared(people, tmp_path_factory):
    return prepare(people, tmp_path_factory.mktemp("out"), keys=KEYS)


# Array records are written without TensorFlow, so a worker starts faster.
ARRAYS = {"keys": KEYS, "file_format": "array_record"}


@pytest.fixture(scope="module")
def arrays(people, tmp_path_factory):
    return prepare(people, tmp_path_factory.mktemp("arrays"), **ARRAYS)


def out_of(prepared):
    """The folder that was given to `prepare`."""
    return pathlib.Path(prepared.folder).parents[1]


def records_of(prepared, split):
    builder = tfds.builder_from_directory(prepared.folder)
    return list(tfds.as_numpy(builder.as_dataset(split=split)))


@pytest.fixture(scope="module")
def records(prepared):
    splits = [s for s, n in prepared.card["records"].items() if n]
    return {split: records_of(prepared, split) for split in splits}


def test_every_day_is_written_once(records, prepared):
    days = sorted(
        (record["participant"].decode(), record["date"].decode())
        for split in records.values()
        for record in split
    )
    expected = [(f"p{i:02d}", "2026-03-02") for i in range(PEOPLE)]
    assert days == sorted([*expected, ("p03", "2026-03-05")])
    counts = prepared.card["counts"]
    assert counts["days"] == {"read": 22, "captioned": 21}
    assert counts["days dropped"] == {"under 0.25 h observed": 1}
    assert prepared.card["unread"] == []


def test_nobody_is_in_two_splits(records):
    people = [{r["participant"] for r in split} for split in records.values()]
    assert len(people) > 1
    assert sum(map(len, people)) == len(set.union(*people)) == PEOPLE


def test_a_record_holds_the_day_and_its_captions(records, people):
    everything = [r for split in records.values() for r in split]
    (found,) = [r for r in everything if r["participant"] == b"p07"]
    (day,) = read_days(people / "group0" / "p07.csv")
    np.testing.assert_array_equal(
        parse_signal(found["input_signal"]), input_signal(day)
    )
    np.testing.assert_array_equal(found["observed"], day.observed)
    for key in KEYS:
        caption = HierarchicalCaptioner(key).caption(day)
        assert found[key].decode() == caption
    assert found["source"] == b"table"


def test_the_authors_pipeline_reads_it(prepared):
    import tensorflow as tf

    builder = tfds.builder("sensorlm", data_dir=out_of(prepared))
    dataset = builder.as_dataset("train")

    def decode(example):
        signal = tf.io.parse_tensor(example["input_signal"], tf.double)
        image = tf.cast(tf.reshape(signal, (1440, 26, 1)), tf.float32)
        return image, example["high_level_summary_caption"]

    images, texts = next(iter(dataset.map(decode).batch(4)))
    assert images.shape == (4, 1440, 26, 1)
    assert np.isfinite(images.numpy()).all()
    assert all(texts.numpy())


def test_the_card_counts_what_is_there(prepared):
    card = prepared.card
    assert sum(card["records"].values()) == 21
    assert sum(card["participants"].values()) == PEOPLE
    heart = card["channels"]["heart_rate"]
    assert heart["days"] == 21
    # Ten of 24 hours, less every seventh minute.
    assert abs(heart["coverage"] - 10 / 24 * 6 / 7) < 0.001
    assert card["channels"]["eda_level"] == {"coverage": 0.0, "days": 0}
    text = pathlib.Path(prepared.folder, "DATA_CARD.md").read_text()
    assert "21 days of 20 people" in text
    assert "21 written" in str(prepared)


def test_workers_do_not_change_a_byte(people, arrays, tmp_path):
    many = prepare(people, tmp_path, workers=2, **ARRAYS)
    expected = bytes_of(out_of(arrays))
    assert len(expected) >= 6
    assert bytes_of(tmp_path) == expected
    assert many.card == arrays.card


def test_array_records_hold_the_same_and_are_read_by_index(prepared, arrays):
    builder = tfds.builder_from_directory(arrays.folder)
    source = builder.as_data_source("train")
    assert len(source) == arrays.card["records"]["train"]
    assert parse_signal(source[3]["input_signal"]).shape == (1440, 26)
    assert source[3]["observed"].dtype == bool
    expected = records_of(prepared, "train")
    for record, other in zip(expected, source, strict=True):
        assert record["input_signal"] == other["input_signal"]
        for key in KEYS:
            assert record[key] == other[key]


def test_a_bad_file_is_named_and_the_rest_is_done(people, tmp_path):
    folder = tmp_path / "in"
    write_people(folder, 9)
    (folder / "broken.csv").write_text("timestamp,heart_rate\nnever,60\n")
    (folder / "cut.zip").write_bytes(b"PK\x03\x04 and no more")
    done = prepare(folder, tmp_path / "out", keys=KEYS)
    assert sum(done.card["records"].values()) == 9
    assert [name for name, _ in done.card["unread"]] == [
        "broken.csv",
        "cut.zip",
    ]
    assert all(error for _, error in done.card["unread"])
    assert "broken.csv" in str(done)
    with pytest.raises(BadInputError, match=r"broken\.csv|cut\.zip"):
        prepare(folder, tmp_path / "strict", keys=KEYS, strict=True)
    assert not list((tmp_path / "strict").rglob("dataset_info.json"))


# Prepares, and at the twelfth recording leaves a sign and hangs.
HANGING = """
import pathlib, sys, time
from keras_sensorlm.datasets import prepare, shards
source, out, sign = sys.argv[1:4]
original, read = shards._read, []
def hang(*args):
    read.append(args)
    if len(read) == 12:
        pathlib.Path(sign).touch()
        time.sleep(600)
    return original(*args)
shards._read = hang
prepare(source, out, keys=sys.argv[4:], file_format="array_record")
"""


def test_killed_and_started_again_gives_the_same(people, arrays, tmp_path):
    out, sign = tmp_path / "out", tmp_path / "hanging"
    process = subprocess.Popen(
        [sys.executable, "-c", HANGING, people, out, sign, *KEYS],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while not sign.exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert list(out.rglob("*.unfinished"))
    assert not list(out.rglob("sensorlm-*"))

    again = prepare(people, out, **ARRAYS)
    assert again.card == arrays.card
    # The same files, and nothing else: no half file and no working folder.
    assert bytes_of(out) == bytes_of(out_of(arrays))


def test_only_what_was_not_finished_is_done_again(
    people, prepared, tmp_path, monkeypatch
):
    read, original = [], shards._read

    def fail_at_twelfth(unit, *args):
        read.append(str(unit))
        if len(read) == 12:
            raise RuntimeError("the machine went away")
        return original(unit, *args)

    monkeypatch.setattr(shards, "_read", fail_at_twelfth)
    with pytest.raises(RuntimeError, match="went away"):
        prepare(people, tmp_path, keys=KEYS)
    # Work that was begun with other settings is cleared away, too.
    (tmp_path / "sensorlm" / ".parts-0123").mkdir()
    prepare(people, tmp_path, keys=KEYS)
    assert not list(tmp_path.rglob(".parts-*"))
    finished = 8
    assert len(read) == 12 + PEOPLE + 2 - finished
    assert bytes_of(tmp_path) == bytes_of(out_of(prepared))


def test_what_is_there_is_not_overwritten_unasked(prepared, people):
    with pytest.raises(FileExistsError, match="already"):
        prepare(people, out_of(prepared), keys=KEYS)


def test_splits_follow_their_shares():
    plan = Plan(fractions=(0.7, 0.2, 0.1), seed=3)
    splits = [plan.split_of(f"person {i}") for i in range(4000)]
    assert abs(splits.count("train") / 4000 - 0.7) < 0.03
    assert abs(splits.count("test") / 4000 - 0.1) < 0.03
    other = Plan(fractions=(0.7, 0.2, 0.1), seed=4)
    assert splits != [other.split_of(f"person {i}") for i in range(4000)]


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"keys": ["middle"]}, r"middle_level_caption.*middle"),
        ({"keys": []}, "none"),
        ({"fractions": (0.5, 0.1, 0.1)}, "add up to 1"),
        ({"file_format": "csv"}, r"tfrecord.*csv"),
        ({"min_hours": 25}, r"0 to 24.*25"),
        ({"workers": 0}, r"at least 1.*0"),
    ],
)
def test_bad_settings_are_explained(settings, message, people, tmp_path):
    with pytest.raises(ValueError, match=message):
        prepare(people, tmp_path, **settings)
    assert not list(tmp_path.rglob("*.json"))


def test_no_day_worth_a_record_is_explained(tmp_path):
    write_table(tmp_path / "short.csv", "p", 0, minutes=12)
    with pytest.raises(ValueError, match=r"under 0\.25 h observed"):
        prepare(tmp_path / "short.csv", tmp_path / "out", keys=KEYS)
