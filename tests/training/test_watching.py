import csv
import json
import time

import keras
import numpy as np
import pytest

from keras_sensorlm import SensorLMPreset
from keras_sensorlm import simulate_days
from keras_sensorlm.training.batches import DaySource
from keras_sensorlm.training.batches import TrainingBatches
from keras_sensorlm.training.checkpoint import Checkpoints
from keras_sensorlm.training.finite import first_broken_layer
from keras_sensorlm.training.finite import guard_gradients
from keras_sensorlm.training.logs import EventFile
from keras_sensorlm.training.logs import write_csv
from keras_sensorlm.training.pace import Pace
from keras_sensorlm.training.pace import PaceBar
from keras_sensorlm.training.recipe import Validation
from keras_sensorlm.training.run import train
from keras_sensorlm.training.validation import FIGURES
from keras_sensorlm.training.validation import is_better
from keras_sensorlm.visualization.curves import plot_curves
from tests.training.test_run import KEYS
from tests.training.test_run import SETTINGS
from tests.training.test_run import recipe


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run on ten days, watched on six others."""
    folder = tmp_path_factory.mktemp("run")
    settings = recipe(
        checkpoint_every=4,
        # Of the steps 2, 4, 6 and 8 one is the best; 8 is always kept.
        validation=Validation(every=2, days=6, captions=2),
    )
    source = DaySource(simulate_days(10, seed=0), KEYS)
    others = DaySource(simulate_days(7, seed=9), KEYS)
    preset = train(settings, source, folder, others, **SETTINGS)
    return folder, preset, others


def test_the_folder_of_a_run(run):
    folder, *_ = run
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "DATA_CARD.md",
        "best",
        "checkpoints",
        "curves.png",
        "environment.json",
        "history.csv",
        "history.json",
        "pace.csv",
        "preset",
        "recipe.yaml",
        "tensorboard",
    }
    assert "7 days" in (folder / "DATA_CARD.md").read_text()
    environment = json.loads((folder / "environment.json").read_text())
    assert environment["backend"] == keras.backend.backend()
    assert (folder / "curves.png").read_bytes()[:4] == b"\x89PNG"


def test_validation_is_in_the_history(run):
    folder, preset, others = run
    history = json.loads((folder / "history.json").read_text())
    watched = [line for line in history if "validation_loss" in line]
    assert [line["step"] for line in watched] == [2, 4, 6, 8]
    found = {
        name.removeprefix("validation_")
        for name in watched[-1]
        if name.startswith("validation_")
    }
    # No statement may be readable in so short a training.
    assert set(FIGURES) - found <= {"factuality"}
    days = [others[i][0] for i in range(6)]
    texts = [others[i][1]["high_level_summary_caption"] for i in range(6)]
    similarity = preset.embed_texts(texts) @ preset.embed_days(days).T
    nearer = (similarity > np.diag(similarity)[:, None]).sum(axis=1)
    share = (nearer == 0).mean()
    assert watched[-1]["validation_text_to_day_r1"] == pytest.approx(share)
    assert len({line["validation_loss"] for line in watched}) == 4


def test_the_best_is_kept(run):
    folder, *_ = run
    history = json.loads((folder / "history.json").read_text())
    losses = {
        line["step"]: line["validation_loss"]
        for line in history
        if "validation_loss" in line
    }
    best = min(losses, key=losses.get)
    checkpoints = Checkpoints(folder / "checkpoints")
    assert best in checkpoints.steps()
    kept = checkpoints.latest()[2]["best"]
    assert kept == {"name": "loss", "step": best, "value": losses[best]}
    loaded = SensorLMPreset.from_preset(folder / "best")
    arrays = [np.asarray(w) for w in loaded.backbone.get_weights()]
    saved = checkpoints.read(best)[1].values()
    for array in arrays:
        assert any(
            array.shape == other.shape and (array == other).all()
            for other in saved
        )


def test_what_is_better():
    assert is_better("perplexity", 3.0, 4.0)
    assert not is_better("text_to_day_median_rank", 4.0, 3.0)
    assert is_better("zero_shot_auroc", 0.6, 0.5)
    assert is_better("loss", 9.0, None)


def test_csv_and_tensorboard_hold_the_history(run, tmp_path):
    import tensorflow as tf

    folder, *_ = run
    history = json.loads((folder / "history.json").read_text())
    with open(folder / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == [
        line["loss"] for line in history
    ]
    (path,) = (folder / "tensorboard").iterdir()
    assert read_events(tf, path) == {
        (line["step"], tag(name)): np.float32(value)
        for line in history
        for name, value in line.items()
        if name != "step"
    }
    # A run that goes on from step 1 has no second line for it.
    events = EventFile(tmp_path, [{"step": 1, "loss": 2.0}])
    events.close()
    events = EventFile(tmp_path, [{"step": 1, "loss": 2.0}])
    events.add({"step": 2, "validation_loss": 3.0})
    events.close()
    (path,) = tmp_path.iterdir()
    assert read_events(tf, path) == {
        (1, "train/loss"): 2.0,
        (2, "validation/loss"): 3.0,
    }


def tag(name):
    kind = "validation" if name.startswith("validation_") else "train"
    return f"{kind}/{name.removeprefix('validation_')}"


def read_events(tf, path):
    found = {}
    for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
        event = tf.compat.v1.Event.FromString(record)
        for value in event.summary.value:
            key = event.step, value.tag
            assert key not in found
            found[key] = value.simple_value
    return found


def test_pace_counts_the_wait():
    def slow():
        for i in range(3):
            time.sleep(0.05)
            yield i

    pace = Pace(total_steps=30, batch_size=4)
    assert list(pace.watch(slow())) == [0, 1, 2]
    time.sleep(0.15)
    figures = pace.figures(3)
    assert 0.3 < figures["input_wait"] < 0.7
    assert figures["days_per_second"] == pytest.approx(
        12 / figures["seconds"], rel=1e-6
    )
    assert pace.minutes_left(3) == pytest.approx(
        9 * figures["seconds"] / 60, rel=0.05
    )


def test_the_bar_shows_speed_and_time_left(capsys):
    pace = Pace(total_steps=6, batch_size=4)
    pace.start(3)
    bar = PaceBar(pace, interval=3)
    bar.set_params({"verbose": 1, "epochs": 2, "steps": 3})
    bar.on_train_begin()
    bar.on_epoch_begin(1)
    for batch in range(3):
        bar.on_train_batch_end(batch, {"loss": 1.0})
    bar.on_epoch_end(1, {"loss": 1.0})
    shown = capsys.readouterr().out
    for text in ("Steps 4 to 6 of 6", "days_per_second", "minutes_left"):
        assert text in shown


def test_curves_need_something_to_draw(tmp_path):
    plot_curves([{"step": 1, "loss": 1.0}], tmp_path / "a.png", cuts=(1,))
    assert (tmp_path / "a.png").exists()
    with pytest.raises(ValueError, match="no figure"):
        plot_curves([{"step": 1, "colour": 1.0}], tmp_path / "a.png")
    write_csv([{"step": 1}, {"step": 2, "loss": 0.5}], tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "step,loss\n1,\n2,0.5\n"


def test_the_first_layer_that_is_not_finite_is_named(run):
    _, preset, others = run
    batches = TrainingBatches(others, preset.preprocessor, recipe())
    x, _ = batches[0]
    assert first_broken_layer(preset.backbone, x) is None
    variable = preset.backbone.decoder.blocks[0].mlp.up.kernel
    before = keras.ops.convert_to_numpy(variable.value)
    variable.assign(before * np.inf)
    try:
        assert first_broken_layer(preset.backbone, x) == (
            preset.backbone.decoder.blocks[0].mlp.up.path
        )
    finally:
        variable.assign(before)
    assert first_broken_layer(preset.backbone, x) is None


def test_a_gradient_that_is_not_finite_leaves_the_weights():
    variable = keras.Variable(np.ones(3, "float32"))
    optimizer = guard_gradients(keras.optimizers.SGD(0.1))
    optimizer.build([variable])
    bad = keras.ops.convert_to_tensor(np.array([1, np.nan, 1], "float32"))
    optimizer.apply([bad], [variable])
    np.testing.assert_array_equal(np.asarray(variable), 1.0)
    optimizer.apply([keras.ops.ones((3,))], [variable])
    np.testing.assert_allclose(np.asarray(variable), 0.9)
