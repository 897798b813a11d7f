"""The whole report of a day, from a model's answers to the page."""

import numpy as np
import pytest

from keras_sensorlm import cli
from keras_sensorlm.visualization import Calibration
from keras_sensorlm.visualization import zero_shot_findings
from tests.visualization.explanation.presets import LABELS
from tests.visualization.explanation.presets import example_day
from tests.visualization.explanation.presets import make_preset
from tests.visualization.explanation.presets import shared_preset


def test_everything_is_asked_and_checked():
    preset, day = shared_preset(), example_day()
    found = zero_shot_findings(preset, day, labels=LABELS)
    chances = dict(found.ranking)
    assert set(chances) == set(LABELS)
    assert sum(chances.values()) == pytest.approx(1.0, abs=1e-5)
    (why,) = found.explained
    assert why.text == found.ranking[0][0]
    assert why.faithful in (True, False) and "20 random orders" in why.tested
    np.testing.assert_array_equal(np.isnan(why.values), ~day.observed)
    assert set(found.captions) == {"Statistical", "Structural", "Semantic"}
    assert found.looked.words and found.factuality[1] == len(found.generated)


def test_what_a_model_lacks_is_left_out():
    found = zero_shot_findings(
        make_preset(decoder=False),
        example_day(),
        labels=LABELS,
        texts="A run at noon.",
        test_maps=False,
    )
    (why,) = found.explained
    assert (why.text, why.faithful) == ("A run at noon.", None)
    assert not found.generated and found.looked is None


def test_a_calibration_belongs_to_its_labels():
    other = Calibration(((0.5, 0.5, 2),), 0.0, labels=("run", "ski"))
    with pytest.raises(ValueError, match="report's own"):
        zero_shot_findings(
            shared_preset(), example_day(), LABELS, calibration=other
        )


@pytest.mark.usefixtures("coarse_pictures")
def test_the_command_saves_map_picture_and_page(tmp_path, monkeypatch, capsys):
    shared_preset().save_to_preset(str(tmp_path / "preset"))
    out = tmp_path / "out"
    arguments = [
        "explain", str(tmp_path / "preset"), "--text", "A run.",
        "--labels", "run, swim", "--out", str(out), "--day", "2",
        "--method", "saliency", "--no-test",
    ]  # fmt: skip
    monkeypatch.setattr("sys.argv", ["keras-sensorlm", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert not stopped.value.code, capsys.readouterr().err
    assert "For “A run.”" in capsys.readouterr().out
    names = {path.name for path in out.iterdir()}
    assert names == {"explanation.npz", "explanation.png", "report.html"}
    assert np.load(out / "explanation.npz")["values"].shape == (1440, 26)


def test_a_wrong_method_is_told_before_a_model_is_loaded(monkeypatch, capsys):
    monkeypatch.setattr(
        "sys.argv", ["keras-sensorlm", "explain", "none", "--method", "lime"]
    )
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 1
    assert "'occlusion'" in capsys.readouterr().err
