"""The whole tour, with the model that ships."""

import io
import re

import numpy as np
import pytest
import rich.console

from keras_sensorlm.demo import run_demo
from keras_sensorlm.demo.tour import model_note
from keras_sensorlm.sensors.activities import ACTIVITIES


@pytest.fixture(scope="module")
def tour(tmp_path_factory):
    """The result, and what was said on the screen."""
    console = rich.console.Console(
        file=io.StringIO(), width=100, highlight=False
    )
    result = run_demo(
        out=tmp_path_factory.mktemp("tour"),
        query="The wearer went swimming.",
        console=console,
    )
    return result, console.file.getvalue()


def test_it_tells_its_steps_and_where_things_are(tour):
    result, words = tour
    for heading in (
        "Reading",
        "by rules",
        "small model",
        "Which activity",
        "caption that the model writes",
        "nearest to a sentence",
        "Saved",
    ):
        assert heading in words
    flat = words.replace("\n", "")
    assert str(result.report) in flat and str(result.picture) in flat
    assert "trained for about seven hours" in words.replace("\n", " ")


def test_the_answers_are_whole(tour):
    result, _ = tour
    labels = [label for label, _ in result.findings.ranking]
    chances = np.array([chance for _, chance in result.findings.ranking])
    assert set(ACTIVITIES) < set(labels)
    assert (np.diff(chances) <= 0).all()
    assert chances.sum() == pytest.approx(1.0, abs=1e-4)
    scores = [neighbour.score for neighbour in result.findings.neighbours]
    assert scores == sorted(scores, reverse=True) and len(scores) == 6


def test_the_page_and_the_picture_are_there(tour):
    result, _ = tour
    page = result.report.read_text(encoding="utf-8")
    assert result.picture.read_bytes().startswith(b"\x89PNG")
    for words in (
        "not a medical device",
        "mmash-12",
        "trained for about seven hours",
        "Statistical",
        "Which activity it looks like",
        "The wearer went swimming.",
        "What the reader did",
        "Left out of all 2 days read: ",
    ):
        assert words in page


def test_a_day_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match="1 to 2"):
        run_demo(out=tmp_path, day=3)


def test_a_model_of_ones_own_is_named():
    assert "my/preset" in model_note("my/preset")


def test_a_preset_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=re.escape("no/such")):
        run_demo(out=tmp_path, preset="no/such/preset")


def test_without_matplotlib_it_ends_at_once(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(ImportError, match="keras-sensorlm"):
        run_demo(out=tmp_path / "new")
    assert not (tmp_path / "new").exists()
