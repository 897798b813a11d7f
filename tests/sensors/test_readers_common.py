"""Guessing the format, zips, the report, and what cannot be read."""

import zipfile

import pytest

from keras_sensorlm.sensors.day import ImplausibleValueWarning
from keras_sensorlm.sensors.readers import FORMATS
from keras_sensorlm.sensors.readers import example_day_path
from keras_sensorlm.sensors.readers import read_days
from keras_sensorlm.sensors.readers import read_report
from keras_sensorlm.sensors.readers.report import ReadReport
from tests.sensors.recordings import write_e4
from tests.sensors.recordings import write_fitabase
from tests.sensors.recordings import write_mmash


def write_table(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ann.csv").write_text("time,heart_rate\n2026-03-01 07:00,60")
    return folder


WRITERS = {
    "mmash": lambda f: write_mmash(f / "user_7"),
    "fitabase": lambda f: write_fitabase(f, [[5] * 60]),
    "empatica_e4": lambda f: write_e4(f / "s"),
    "table": write_table,
}


def test_every_format_is_tested():
    assert tuple(WRITERS) == FORMATS


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("packed", ["folder", "zip"])
def test_the_format_is_guessed(tmp_path, format, packed):
    path = tmp_path / "set"
    WRITERS[format](path)
    (path / "README.txt").write_text("about")
    (path / ".hidden.csv").write_text("time")
    if packed == "zip":
        with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
            for file in path.rglob("*"):
                archive.write(file, file.relative_to(path))
            archive.writestr("__MACOSX/._README.txt", "added by a Mac")
        path = tmp_path / "set.zip"
    days, report = read_report(path)
    assert report.format == format
    assert report.days == len(days) > 0
    assert not any("._" in file for file in report.skipped)
    named, _ = read_report(path, format=format)
    assert [d.participant for d in named] == [d.participant for d in days]


def test_several_formats_must_be_told_apart(tmp_path):
    WRITERS["mmash"](tmp_path)
    WRITERS["empatica_e4"](tmp_path)
    with pytest.raises(ValueError, match="several formats: mmash, empatica"):
        read_days(tmp_path)
    assert read_days(tmp_path, "empatica_e4")[0].source == "empatica_e4"


def test_the_report_is_readable(tmp_path):
    WRITERS["mmash"](tmp_path)
    _, report = read_report(tmp_path)
    text = str(report)
    assert text.startswith("mmash: 2 days of 1 person from 4 files")
    assert "heart_rate                 0.7%" in text
    assert "Missing everywhere:\n  jerk_autocorrelation, log_energy" in text
    assert "user_7/questionnaire.csv: questionnaires" in text
    assert "Notes:" in text
    assert report.coverage["heart_rate"] == pytest.approx(10 / 1440)
    assert len(report.missing) == 15


def test_an_empty_report_reads_too():
    assert str(ReadReport("table")).startswith("table: 0 days of 0 people")


def test_implausible_samples_warn_once(tmp_path):
    for person in ("user_1", "user_2"):
        write_mmash(tmp_path / person, bpm=[900, *[70] * 1199])
    with pytest.warns(ImplausibleValueWarning) as caught:
        read_days(tmp_path)
    assert len(caught) == 1
    assert "heart_rate: 2" in str(caught[0].message)


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file or folder"):
        read_days(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="empty folder"):
        read_days(tmp_path)


def test_nothing_readable(tmp_path):
    (tmp_path / "notes.txt").write_text("slept well")
    (tmp_path / "recipe.csv").write_text("flour,water\n1,2")
    with pytest.raises(ValueError, match="Found nothing to read") as caught:
        read_days(tmp_path)
    text = str(caught.value)
    assert "notes.txt" in text and "mmash" in text and "timestamp" in text
    for format in FORMATS[:3]:
        with pytest.raises(ValueError, match=f"Read nothing.*{format!r}"):
            read_days(tmp_path, format)


def test_unknown_format_and_option(tmp_path):
    WRITERS["mmash"](tmp_path)
    with pytest.raises(ValueError, match=r"mmash.*Received: format='fit'"):
        read_days(tmp_path, "fit")
    with pytest.raises(ValueError, match="'mmash' has no option 'timezone'"):
        read_days(tmp_path, timezone="UTC")


def test_a_truncated_zip(tmp_path):
    whole = example_day_path().read_bytes()
    path = tmp_path / "cut.zip"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"not a whole zip.*cut off"):
        read_days(path)
    # Whole directory, damaged content.
    damaged = bytearray(whole)
    damaged[1000:1100] = b"x" * 100
    path.write_bytes(bytes(damaged))
    with pytest.raises(ValueError, match="not a whole zip"):
        read_days(path)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="not a whole zip"):
        read_days(path)


def test_other_archives_must_be_unpacked(tmp_path):
    (tmp_path / "mmash.tar.xz").write_bytes(b"xz")
    with pytest.raises(ValueError, match="Unpack it"):
        read_days(tmp_path / "mmash.tar.xz")


def test_binary_is_no_table(tmp_path):
    (tmp_path / "ann.csv").write_bytes(bytes(range(128, 256)) * 9)
    with pytest.raises(ValueError, match="CSV file in UTF-8"):
        read_days(tmp_path / "ann.csv")


def test_the_example_is_a_real_day_with_its_licence_beside_it():
    days = read_days(example_day_path())
    assert [d.participant for d in days] == ["mmash-12", "mmash-12"]
    share = [d.coverage()["heart_rate"] for d in days]
    assert share[0] > 0.55 and share[1] > 0.35
    assert {e.kind for d in days for e in d.events} == {"activity", "sleep"}
    assert example_day_path().stat().st_size < 1.5e6
    notice = (example_day_path().parent / "ATTRIBUTION.txt").read_text()
    assert "Open Database License" in notice
    assert "10.13026/cerq-fc86" in notice
