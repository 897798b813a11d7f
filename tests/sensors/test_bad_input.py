"""Input that people do give: each kind ends in one clear error.

The readers' own tests hold more of each; this is the list to look at.
"""

import sys

import numpy as np
import pytest

from keras_sensorlm import SensorDay
from keras_sensorlm import cli
from keras_sensorlm.sensors.day import ImplausibleValueWarning
from keras_sensorlm.sensors.readers import example_day_path
from keras_sensorlm.sensors.readers import read_days
from keras_sensorlm.sensors.readers import read_report

HEAD = "timestamp,heart_rate"
FIRST = "2026-03-01 07:00,60"
# What the file holds, and what the error has to say.
FILES = {
    "an unknown feature": (
        ("timestamp,pulse", "2026-03-01 07:00,60"),
        "no column named like a feature",
    ),
    "time that runs backwards": (
        (HEAD, FIRST, "2026-03-01 06:59,61"),
        "line 3 is 60 s before line 2",
    ),
    "text in a column of numbers": (
        (HEAD, "2026-03-01 07:00,sixty"),
        "'heart_rate' should hold numbers, but line 2 holds 'sixty'",
    ),
    "a date that does not parse": (
        (HEAD, "2026-02-30 07:00,60"),
        "the time '2026-02-30 07:00' in line 2 does not parse",
    ),
    "an empty file": ((), "empty file"),
    "a head without rows": ((HEAD,), "empty file"),
    "rows without values": ((HEAD, "2026-03-01 07:00,"), "no minute has"),
    "nothing but impossible values": (
        (HEAD, "2026-03-01 07:00,900"),
        "heart_rate: 1 outside 25 to 250 bpm (such as 900)",
    ),
    "rows longer than their head": (
        (HEAD, FIRST + ",7,8"),
        "more cells than the first line names",
    ),
    "a comma at the end of each row": (
        (HEAD, FIRST + ","),
        "more cells than the first line names",
    ),
    "semicolons": (
        ("timestamp;heart_rate", "2026-03-01 07:00;60"),
        "separated by commas",
    ),
}


def run(monkeypatch, capsys, *arguments):
    """Exit status and error of the command line."""
    monkeypatch.setattr(sys, "argv", ["keras-sensorlm", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code or 0, capsys.readouterr().err


@pytest.fixture
def says(monkeypatch, capsys):
    """Checks that Python and the command line say the same, in one line."""

    def check(path, words):
        with pytest.raises((ValueError, OSError)) as error:
            read_days(path)
        assert words in str(error.value)
        code, told = run(monkeypatch, capsys, "read", path)
        assert code == 1
        assert told == f"keras-sensorlm: {error.value}\n"

    return check


@pytest.mark.parametrize("kind", FILES)
def test_a_bad_table(kind, tmp_path, says):
    rows, words = FILES[kind]
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(rows))
    says(path, words)


def test_a_zip_that_was_cut_off(tmp_path, says):
    whole = example_day_path().read_bytes()
    path = tmp_path / "cut.zip"
    path.write_bytes(whole[: len(whole) // 2])
    says(path, "It may have been cut off")


def test_folders_with_nothing_to_read(tmp_path, says):
    says(tmp_path, "empty folder")
    (tmp_path / "notes.txt").write_text("slept well")
    (tmp_path / "counts.npz").write_bytes(b"PK\x03\x04 counts of a hip")
    says(tmp_path, "Found nothing to read")
    says(tmp_path / "counts.npz", "Found nothing to read")
    says(tmp_path / "nowhere", "no file or folder")


@pytest.mark.parametrize("shape", [(26, 1440), (1440, 25), (1440,), (0, 26)])
def test_a_wrong_shape(shape):
    with pytest.raises(ValueError, match=r"\(1440, 26\).*Received") as error:
        SensorDay(np.zeros(shape))
    assert str(shape) in str(error.value)


def test_a_heart_rate_of_900_is_missing_and_counted(
    tmp_path, monkeypatch, capsys
):
    path = tmp_path / "mine.csv"
    path.write_text("\n".join([HEAD, FIRST, "2026-03-01 07:01,900"]))
    with pytest.warns(ImplausibleValueWarning, match="heart_rate: 1 outside"):
        (day,) = read_days(path)
    assert day.values[420, 0] == 60 and np.isnan(day.values[421, 0])
    _, report = read_report(path)
    assert report.implausible == {"heart_rate": (1, 900.0)}
    # Commands that show no report say it, too.
    code, told = run(monkeypatch, capsys, "captions", path, "--key", "low")
    assert code == 0
    assert "heart_rate: 1 outside 25 to 250 bpm (such as 900)" in told
