"""The whole evaluation of a model that has learnt nothing."""

import json
import re

import numpy as np
import pytest

pytest.importorskip("sklearn")

from keras_sensorlm.evaluation import caption_section
from keras_sensorlm.evaluation import plots
from keras_sensorlm.evaluation.bootstrap import Estimate
from keras_sensorlm.evaluation.class_section import UNSEEN
from keras_sensorlm.evaluation.collection import Collection
from keras_sensorlm.evaluation.embedder import Embedder
from keras_sensorlm.evaluation.glance import at_a_glance
from keras_sensorlm.evaluation.report import Report
from keras_sensorlm.evaluation.report import fingerprint
from keras_sensorlm.evaluation.results import Results
from keras_sensorlm.evaluation.suite import PARTS
from keras_sensorlm.evaluation.suite import Evaluation
from keras_sensorlm.evaluation.tasks import TASKS
from keras_sensorlm.evaluation.tasks import load_task
from keras_sensorlm.models.preset import SensorLMPreset
from keras_sensorlm.sensors.simulator import simulate_days
from tests.models.task_helpers import make_backbone
from tests.models.task_helpers import make_preprocessor


@pytest.fixture(scope="module")
def preset():
    return SensorLMPreset(make_backbone(), make_preprocessor())


@pytest.fixture(scope="module")
def collection():
    return Collection(simulate_days(48, seed=5), simulate_days(48, seed=6))


def evaluate(preset, collection):
    evaluation = Evaluation(
        preset,
        collection,
        tasks=[load_task(TASKS / "simulated_sleep.yaml")],
        quick=True,
        seed=1,
    )
    results = evaluation.run()
    return Report(
        results, "<tiny>", fingerprint(preset.backbone), collection.summary()
    )


@pytest.fixture(scope="module")
def report(preset, collection):
    return evaluate(preset, collection)


def test_every_part_is_there_and_marked_as_simulated(report):
    sections = {row.section for row in report.results.rows}
    assert sections == {
        "zero-shot",
        "few-shot",
        "linear probe",
        "retrieval",
        "captioning",
        "robustness",
        "what it has learnt",
    }
    assert all(row.simulated for row in report.results.rows)
    assert any("Age" in note for note in report.results.notes)


def test_no_number_without_its_baseline(report):
    report.results.check_baselines()
    methods = {r.method for r in report.results.find(section="zero-shot")}
    assert methods == {
        "model",
        "random weights",
        "chance",
        "hand-made + logistic regression",
        "hand-made + random forest",
        "supervised small network",
    }
    unseen = report.results.find(section="zero-shot", condition=UNSEEN)
    assert {row.method for row in unseen} == {
        "model",
        "random weights",
        "chance",
    }
    results = Results()
    results.add("s", "t", {"m": lambda w: w.mean(axis=-1)}, ["a", "b"])
    with pytest.raises(ValueError, match=r"baseline.*s / t"):
        results.check_baselines()


def test_hand_made_features_tell_sleep_and_chance_does_not(report):
    def value(method, metric):
        (row,) = report.results.find(
            section="zero-shot", condition="", method=method, metric=metric
        )
        return row.estimate

    learned = value("hand-made + random forest", "balanced_accuracy")
    assert learned.value > 0.9 and learned.low > 0.8
    assert learned.low <= learned.value <= learned.high
    assert value("chance", "macro_auroc").value == pytest.approx(0.5, abs=0.05)
    small = value("supervised small network", "balanced_accuracy")
    assert small.value > 0.9


def test_a_model_of_random_weights_finds_nothing(report):
    (row,) = report.results.find(
        section="retrieval",
        task="simulated days, low_level_caption",
        condition="day to caption, among all 48",
        metric="r@10",
        method="model",
    )
    assert row.estimate.value < 0.5
    (chance,) = report.results.find(
        section="retrieval",
        task=row.task,
        condition=row.condition,
        metric="r@10",
        method="chance",
    )
    assert chance.estimate.value == pytest.approx(10 / 48)


def test_captions_that_are_looked_up_are_judged_too(report):
    rows = report.results.find(section="captioning", metric="factuality")
    found = {row.method: row.estimate.value for row in rows}
    assert found["model"] < 0.5
    assert 0 < found["nearest day's caption (hand-made features)"] < 1
    assert set(found) >= {"caption of the mean day", "any day's caption"}


def test_the_same_seed_gives_the_same_bytes(preset, collection, report):
    again = evaluate(preset, collection)
    assert again.to_json() == report.to_json()


def test_the_files_are_whole_and_self_contained(report, tmp_path):
    first = report.save(tmp_path / "a")
    second = report.save(tmp_path / "b")
    for one, two in zip(first, second):
        assert one.read_bytes() == two.read_bytes()
    found = json.loads(first[0].read_text())
    assert len(found["rows"]) == len(report.results.rows)
    assert len(found["weights_sha256"]) == 64
    page = first[1].read_text()
    assert "<tiny>" not in page and "&lt;tiny&gt;" in page
    assert not re.search(r'(src|href)="(?!#|data:)', page)
    assert "<script" not in page and "nan" not in page.lower()
    for name in ("zero-shot", "few-shot", "retrieval", "robustness", "learnt"):
        assert f'id="{name}"' in page
    assert page.count('class="tag"') > 5


def test_the_first_table_says_what_half_of_the_channels_cost(report):
    lines = at_a_glance(report.results)
    kinds = list(dict.fromkeys(line.kind for line in lines))
    assert kinds[:3] == [
        "zero-shot: balanced accuracy",
        "zero-shot: macro AUROC",
        "few-shot, 5 shots: balanced accuracy",
    ]
    assert "retrieval: R@1" in kinds
    half = [line for line in lines if line.kind.startswith("robustness")]
    assert half and all("(as recorded: 0." in line.title for line in half)
    for line in lines:
        assert not line.model.baseline and line.best.baseline
        assert line.best.question == line.model.question


def test_an_unknown_part_is_a_clear_error(preset, collection):
    with pytest.raises(ValueError, match=f"{PARTS[0]}.*Received: zero"):
        Evaluation(preset, collection, only=["zero"])


def test_tasks_that_nobody_can_answer_are_noted(preset, collection):
    evaluation = Evaluation(
        preset, collection, tasks=[load_task(TASKS / "mmash_sleep.yaml")]
    )
    assert "mmash_sleep" in evaluation.results.notes[-1]


def test_a_model_without_text_is_asked_for_less(collection):
    preset = SensorLMPreset(make_backbone(decoder=False), make_preprocessor())
    evaluation = Evaluation(preset, collection, tasks=[])
    assert "captions" not in evaluation.only
    assert "no decoder" in evaluation.results.notes[0]


def test_days_are_read_once_and_padding_changes_nothing(preset):
    days = simulate_days(18, seed=3)
    embedder = Embedder(preset)
    found = embedder.days(days)
    np.testing.assert_allclose(
        found, preset.embed_days(days, batch_size=1), atol=1e-5
    )
    assert (embedder.days(days[::-1]) == found[::-1]).all()
    normalised = embedder.normalised(embedder.normalise(days))
    np.testing.assert_allclose(normalised, found, atol=1e-5)


def test_days_to_caption_are_of_every_source():
    days = [*simulate_days(9, 0), *simulate_days(3, 0, devices="e4")]
    chosen = caption_section.spread_out(days, 6, seed=0)
    assert [d.source for d in chosen].count("empatica_e4/simulated") == 3
    assert chosen == caption_section.spread_out(days, 6, seed=0)
    assert len(caption_section.spread_out(days, 100, seed=0)) == 12


def test_plots_stay_inside_and_escape_text():
    beyond = Estimate(1.7, -0.5, 2.0, 5, 5)
    chart = plots.forest("<b>", [("<i>", beyond, True)])
    assert "<b>" not in chart and "<i>" not in chart
    assert "left:100.0%" in chart and "width:100.0%" in chart
    none = Estimate(float("nan"), float("nan"), float("nan"), 0, 0)
    assert "not defined" in plots.forest("x", [("y", none, False)])
    line = plots.curves("x", {"a": [beyond, None]}, ["1", "2"], "shots")
    assert line.count("<circle") == 0 and "polyline" in line
