"""`keras-sensorlm prepare`, as a user types it."""

import sys

import pytest

from keras_sensorlm import cli
from tests.datasets.recordings import write_people

pytest.importorskip("tensorflow_datasets")
pytest.importorskip("apache_beam")


@pytest.fixture
def run(monkeypatch, capsys):
    def run(*arguments):
        words = ["keras-sensorlm", "prepare", *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", words)
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_it_prepares_and_says_what_it_did(run, tmp_path):
    people = write_people(tmp_path / "in", 9)
    (people / "broken.csv").write_text("timestamp,heart_rate\nnever,60\n")
    out = tmp_path / "out"
    code, text, _ = run(
        people,
        "--out",
        out,
        "--format",
        "table",
        "--keys",
        "low,high_level_all",
    )
    assert code == 0
    assert "9 days read, 9 written" in text
    assert "could not be read: 1 recordings" in text
    assert "broken.csv" in text
    (features,) = out.rglob("features.json")
    stored = features.read_text()
    assert "low_level_caption" in stored and "high_level_all_caption" in stored
    assert "high_middle_level_caption" not in stored

    code, _, error = run(people, "--out", out, "--keys", "low")
    assert code == 1 and "already" in error
    code, _, _ = run(
        people,
        *("--out", out, "--keys", "low", "--format", "array_record"),
        "--overwrite",
    )
    assert code == 0
    assert list(out.rglob("*.array_record-*"))
    assert not list(out.rglob("*.tfrecord-*"))


def test_strict_stops_and_names_the_file(run, tmp_path):
    people = write_people(tmp_path / "in", 3)
    (people / "broken.csv").write_text("timestamp,heart_rate\nnever,60\n")
    code, _, error = run(
        people, "-o", tmp_path / "out", "--strict", "-k", "low"
    )
    assert code == 1
    assert "broken.csv could not be read" in error
    assert "never" in error


@pytest.mark.parametrize(
    "options, message",
    [
        (["--keys", "lowest"], "lowest"),
        (["--splits", "all"], "Received: all"),
        (["--splits", "0.5,0.1,0.1"], "add up to 1"),
        (["--records", "csv"], "tfrecord"),
        (["--format", "csv"], "format"),
    ],
)
def test_bad_options_are_one_clear_line(run, tmp_path, options, message):
    people = write_people(tmp_path / "in", 1)
    code, _, error = run(people, "--out", tmp_path / "out", *options)
    assert code == 1
    assert message in error and "Traceback" not in error


def test_what_is_not_there_is_one_clear_line(run, tmp_path):
    code, _, error = run(tmp_path / "absent", "--out", tmp_path / "out")
    assert code == 1 and "no file or folder" in error
