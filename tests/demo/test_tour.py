"""The whole tour with a training of seconds; what it learns is not tested."""

import io

import numpy as np
import pytest
import rich.console

from keras_sensorlm.demo import run_demo
from keras_sensorlm.demo.recipe import Recipe
from keras_sensorlm.sensors.activities import ACTIVITIES

TINY = Recipe(
    days=16,
    held_out=8,
    steps=2,
    batch_size=8,
    width=32,
    sensor_layers=1,
    text_layers=1,
    decoder_layers=1,
    patch_minutes=120,
    caption_queries=4,
    text_tokens=32,
)


@pytest.fixture(scope="module")
def tours(tmp_path_factory):
    """A first tour, which trains, and a second, which must not."""
    folder = tmp_path_factory.mktemp("tour")
    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_SENSORLM_CACHE", str(folder / "cache"))
        for name in ("first", "second"):
            console = rich.console.Console(
                file=io.StringIO(), width=100, highlight=False
            )
            result = run_demo(
                out=folder / name,
                recipe=TINY,
                query="The wearer went swimming.",
                console=console,
            )
            told.append((result, console.file.getvalue()))
    return told


def test_it_trains_once_and_says_so(tours):
    (first, words), (second, again) = tours
    assert first.trained_now and not second.trained_now
    assert "Training: 2 of 2" in words and "Training:" not in again
    assert first.training["steps"] == 2
    assert second.training == first.training


def test_it_tells_its_steps_and_where_things_are(tours):
    result, words = tours[0]
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
    assert "trained for a few minutes" in words.replace("\n", " ")


def test_the_answers_are_whole(tours):
    result, _ = tours[0]
    labels = [label for label, _ in result.findings.ranking]
    chances = np.array([chance for _, chance in result.findings.ranking])
    assert set(ACTIVITIES) < set(labels)
    assert (np.diff(chances) <= 0).all()
    assert chances.sum() == pytest.approx(1.0, abs=1e-4)
    scores = [neighbour.score for neighbour in result.findings.neighbours]
    assert scores == sorted(scores, reverse=True) and len(scores) == 6


def test_the_kept_model_answers_as_the_trained_one(tours):
    (first, _), (second, _) = tours
    for (label, chance), (same, again) in zip(
        first.findings.ranking, second.findings.ranking, strict=True
    ):
        assert label == same
        assert chance == pytest.approx(again, abs=1e-5)
    assert first.findings.generated == second.findings.generated


def test_the_page_and_the_picture_are_there(tours):
    result, _ = tours[1]
    page = result.report.read_text(encoding="utf-8")
    assert result.picture.read_bytes().startswith(b"\x89PNG")
    for words in (
        "not a medical device",
        "mmash-12",
        "trained for a few minutes",
        "Statistical",
        "Which activity it looks like",
        "The wearer went swimming.",
        "What the reader did",
    ):
        assert words in page


def test_a_day_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match="1 to 2"):
        run_demo(out=tmp_path, day=3, recipe=TINY)


def test_without_matplotlib_it_ends_before_training(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(ImportError, match="keras-sensorlm"):
        run_demo(out=tmp_path / "new", recipe=TINY)
    assert not (tmp_path / "new").exists()
