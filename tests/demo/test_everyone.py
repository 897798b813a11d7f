"""`examples/everyone.py`: the tour of people of the real data sets."""

import importlib.util
import pathlib

import pytest

EXAMPLE = (
    pathlib.Path(__file__).resolve().parents[2] / "examples" / "everyone.py"
)
SETS = ("mmash", "fitabase", "stress_predict", "wearable_stress_exercise")


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("everyone", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_two_people_of_every_data_set(real_data, example, tmp_path, capsys):
    paths = [str(real_data(name)) for name in SETS]
    out = tmp_path / "out"
    code = example.main([*paths, "--people", "2", "--out", str(out)])
    table = capsys.readouterr().out
    assert code == 0, table
    for name in SETS:
        assert f"| {name} |" in table
        assert len(list((out / name).glob("*/report.html"))) == 2


def test_an_error_is_told_and_the_others_go_on(
    example, tmp_path, monkeypatch, capsys
):
    (tmp_path / "set").mkdir()
    rows = ["timestamp,participant,heart_rate"]
    rows += [f"2026-03-01 07:00,{person},60" for person in ("ann", "bob")]
    (tmp_path / "set" / "all.csv").write_text("\n".join(rows))

    def tell(days, report, out, model, preset):
        if days[0].participant == "ann":
            raise ZeroDivisionError("no minutes")
        return (3, 3), (0, 2)

    monkeypatch.setattr(example, "tell", tell)
    monkeypatch.setattr(
        example.SensorLMPreset, "from_preset", lambda name: None
    )
    code = example.main([str(tmp_path / "set"), "--out", str(tmp_path)])
    table = capsys.readouterr().out
    assert code == 1
    assert "| set | 2 | 2 | 1 | 3 of 3 | 0 of 2 |" in table
    assert "- set, ann: ZeroDivisionError('no minutes')" in table
