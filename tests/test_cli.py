import subprocess
import sys

import pandas as pd
import pytest

from keras_sensorlm import cli


def run(monkeypatch, capsys, *arguments):
    """What the program prints, says as an error, and ends with."""
    monkeypatch.setattr(sys, "argv", ["keras-sensorlm", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    printed = capsys.readouterr()
    return end.value.code or 0, printed.out, printed.err


@pytest.fixture
def table(tmp_path):
    """Two days of heart rate and steps as a plain table."""
    times = pd.date_range("2026-03-01 23:00", periods=120, freq="min")
    frame = pd.DataFrame(
        {"timestamp": times, "heart_rate": 60.0, "steps": range(120)}
    )
    path = tmp_path / "mine.csv"
    frame.to_csv(path, index=False)
    return path


def test_help_is_fast_and_loads_nothing_heavy():
    script = (
        "import sys; from keras_sensorlm import cli; "
        "bad = {'keras', 'keras_hub', 'tensorflow', 'jax', 'torch', "
        "'pandas', 'matplotlib'} & set(sys.modules); assert not bad, bad; "
        "sys.argv = ['keras-sensorlm', '--help']; cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        timeout=20,
    )
    for command in ("demo", "read", "captions", "plot", "explain"):
        assert command in done.stdout
    assert "not a medical device" in done.stdout


@pytest.mark.parametrize(
    "command", ["demo", "read", "captions", "plot", "explain", "export"]
)
def test_every_command_explains_itself(command, monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, command, "--help")
    assert code == 0
    assert "--format" in out


def test_version(monkeypatch, capsys):
    import keras_sensorlm

    code, out, _ = run(monkeypatch, capsys, "--version")
    assert (code, out) == (0, f"keras-sensorlm {keras_sensorlm.__version__}\n")


def test_read_tells_days_channels_and_gaps(table, monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, "read", table, "--channels")
    assert code == 0
    assert "2026-03-01" in out and "2026-03-02" in out
    assert "2 of 26" in out
    assert "Missing everywhere" in out


def test_read_without_a_path_reads_the_shipped_day(monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, "read", "--limit", 1)
    assert code == 0
    assert out.count("mmash-12") == 1
    assert "and 1 more day\n" in out


def test_plot_gives_each_day_a_file(table, tmp_path, monkeypatch, capsys):
    out = tmp_path / "new" / "pictures"
    code, printed, _ = run(
        monkeypatch, capsys, "plot", table, "--out", out, "--image", "svg"
    )
    assert code == 0
    files = sorted(path.name for path in out.iterdir())
    assert len(files) == 2 and all(name.endswith(".svg") for name in files)
    assert all(name in printed.replace("\n", "") for name in files)


def test_days_of_one_name_do_not_overwrite_each_other(tmp_path):
    class Day:
        participant, date = "a/../b", None

    taken = set()
    names = [cli.file_name(Day, taken) for _ in range(3)]
    assert names == ["a_.._b-undated", "a_.._b-undated-2", "a_.._b-undated-3"]


@pytest.mark.parametrize("key", ["high_middle_low", "low"])
def test_captions_are_printed(key, table, monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, "captions", table, "--key", key)
    assert code == 0
    assert "heart rate" in out
    again = run(monkeypatch, capsys, "captions", table, "--key", key)
    assert again == (0, out, "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["read", "nowhere.csv"], "no file or folder"),
        (["read", "--format", "fax"], "mmash"),
        (["captions", "--key", "lowest"], "middle_level_caption"),
        (["plot", "--image", "bmp"], ".png, .svg, .pdf"),
    ],
)
def test_bad_input_ends_in_one_clear_line(
    arguments, words, monkeypatch, capsys
):
    code, _, err = run(monkeypatch, capsys, *arguments)
    assert code == 1
    assert err.startswith("keras-sensorlm: ") and words in err
    assert "Traceback" not in err


def test_an_unknown_option_is_a_usage_error(monkeypatch, capsys):
    code, _, err = run(monkeypatch, capsys, "read", "--loud")
    assert code == 2
    assert "--loud" in err


def test_evaluate_says_what_it_cannot_read(monkeypatch, capsys, tmp_path):
    pytest.importorskip("sklearn")
    arguments = ("--out", tmp_path / "out")
    code, _, err = run(
        monkeypatch, capsys, "evaluate", "x", "simulated:no", *arguments
    )
    assert code == 1 and "simulated:600" in err
    code, _, err = run(
        monkeypatch, capsys, "evaluate", "x", tmp_path / "no", *arguments
    )
    assert code == 1 and "no file or folder" in err
    assert not (tmp_path / "out").exists()


def test_evaluate_explains_itself(monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, "evaluate", "--help")
    assert code == 0
    for word in ("--only", "--quick", "--split", "--tasks", "simulated:N"):
        assert word in out
