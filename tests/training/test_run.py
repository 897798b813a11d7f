import errno
import json

import keras
import numpy as np
import pytest

from keras_sensorlm import SensorLMPreset
from keras_sensorlm import simulate_days
from keras_sensorlm.training import keeper
from keras_sensorlm.training.batches import DaySource
from keras_sensorlm.training.batches import TrainingBatches
from keras_sensorlm.training.build import build_preset
from keras_sensorlm.training.build import build_pretrainer
from keras_sensorlm.training.checkpoint import Checkpoints
from keras_sensorlm.training.checkpoint import CheckpointWarning
from keras_sensorlm.training.recipe import Augmentation
from keras_sensorlm.training.recipe import Optimizer
from keras_sensorlm.training.recipe import Recipe
from keras_sensorlm.training.run import train

TINY = {"width": 16, "num_layers": 1, "num_heads": 2, "mlp_dim": 32}
# Compiling takes TensorFlow longer than these runs; JAX must.
JIT = keras.backend.backend() == "jax"
SETTINGS = {"verbose": 0, "jit_compile": JIT}
KEYS = {"high_level_summary_caption": 0.5, "low_level_caption": 0.5}


def recipe(**settings):
    defaults = {
        "name": "tiny",
        "steps": 8,
        "batch_size": 4,
        "sequence_length": 24,
        "caption_keys": KEYS,
        "checkpoint_every": 2,
        "log_every": 1,
        "backbone": {
            "sensor_encoder": {**TINY, "patch_size": [240, 26]},
            "text_encoder": {**TINY, "vocabulary_size": 600},
            "decoder": {key: TINY[key] for key in list(TINY)[1:]},
            "num_caption_queries": 2,
        },
        "optimizer": Optimizer(learning_rate=1e-2),
        "augmentation": Augmentation(segment_rate=0.5),
    }
    return Recipe(**{**defaults, **settings})


@pytest.fixture(scope="module")
def source():
    return DaySource(simulate_days(10, seed=0), KEYS)


@pytest.fixture(scope="module")
def preset():
    return build_preset(recipe())


class Cut(BaseException):
    """A run that ends without a chance to clean up."""


def cut_after(monkeypatch, saves):
    save, count = Checkpoints.save, iter(range(saves))

    def counted(self, *args, **kwargs):
        save(self, *args, **kwargs)
        if next(count, None) is None:
            raise Cut

    monkeypatch.setattr(Checkpoints, "save", counted)


def test_a_run_cut_off_and_resumed_is_the_run_never_cut_off(
    source, tmp_path, monkeypatch
):
    settings = SETTINGS
    trained = train(recipe(), source, tmp_path / "whole", **settings)
    with monkeypatch.context() as patched:
        cut_after(patched, saves=1)
        with pytest.raises(Cut):
            train(recipe(), source, tmp_path / "cut", **settings)
    assert Checkpoints(tmp_path / "cut" / "checkpoints").steps() == [2, 4]
    # The newest one is damaged, too: the run goes on from the one before.
    newest = tmp_path / "cut" / "checkpoints" / "step-00000004" / "state.npz"
    newest.write_bytes(newest.read_bytes()[:-100])
    with pytest.warns(CheckpointWarning, match="step-00000004"):
        train(recipe(), source, tmp_path / "cut", workers=2, **settings)

    histories = [
        json.loads((tmp_path / name / "history.json").read_text())
        for name in ("whole", "cut")
    ]
    assert [line["step"] for line in histories[0]] == list(range(1, 9))
    states = [
        Checkpoints(tmp_path / name / "checkpoints").latest()[1]
        for name in ("whole", "cut")
    ]
    # TensorFlow's threads add up in an order of their own.
    exact = keras.backend.backend() != "tensorflow"
    for whole, cut in zip(*histories):
        assert whole == (cut if exact else pytest.approx(cut, rel=1e-4))
    for name, whole in states[0].items():
        cut = states[1][name]
        if exact:
            assert whole.tobytes() == cut.tobytes(), name
        else:
            np.testing.assert_allclose(whole, cut, rtol=1e-3, atol=1e-5)
    assert histories[0][0]["loss"] > histories[0][-1]["loss"]

    loaded = SensorLMPreset.from_preset(tmp_path / "whole" / "preset")
    days = source.days[:2]
    np.testing.assert_allclose(
        trained.embed_days(days), loaded.embed_days(days), atol=1e-6
    )


def test_a_full_disk_ends_the_run_and_spares_what_was_written(
    source, tmp_path, monkeypatch
):
    savez, room = np.savez, iter([1])

    def no_room(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    def until_full(file, **arrays):
        if next(room, None) is None:
            file.write(b"begun")
            no_room()
        savez(file, **arrays)

    settings = recipe(steps=4)
    with monkeypatch.context() as patched:
        patched.setattr(np, "savez", until_full)
        message = "checkpoint of step 4 .* whole checkpoint is of step 2. F"
        with pytest.raises(OSError, match=message):
            train(settings, source, tmp_path, **SETTINGS)
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    assert sorted(path.name for path in checkpoints.folder.iterdir()) == [
        f"step-{step:08d}" for step in checkpoints.steps()
    ]
    with monkeypatch.context() as patched:
        patched.setattr(keeper, "write_whole", no_room)
        message = "run tells of itself .* whole checkpoint is of step 2. Free"
        with pytest.raises(OSError, match=message):
            train(settings, source, tmp_path, **SETTINGS)
    assert checkpoints.latest()[0] == 2


def test_the_folder_of_another_recipe_is_refused(source, tmp_path):
    recipe(seed=3).save(tmp_path / "recipe.yaml")
    with pytest.raises(ValueError, match="differ in seed"):
        train(recipe(), source, tmp_path)


def test_batches_depend_on_seed_and_step_alone(source, preset):
    batches = TrainingBatches(source, preset.preprocessor, recipe())
    again = TrainingBatches(source, preset.preprocessor, recipe())
    days, texts, *_ = batches.examples(5)
    [list(again.examples(step)) for step in (7, 2)]
    others, other_texts, *_ = again.examples(5)
    assert texts == other_texts
    for day, other in zip(days, others):
        assert day.values.tobytes() == other.values.tobytes()
    assert (
        texts
        != TrainingBatches(
            source, preset.preprocessor, recipe(seed=1)
        ).examples(5)[1]
    )


def test_what_a_process_did_before_does_not_change_the_first_weights(preset):
    settings = recipe(statistics_weight=0.5)
    heads = [
        build_pretrainer(settings, preset).statistics_head.get_weights()
        for _ in range(2)
    ]
    for one, other in zip(*heads):
        np.testing.assert_array_equal(one, other)
    assert heads[0][0].std() > 0


def test_processes_share_one_batch(source, preset):
    whole = TrainingBatches(source, preset.preprocessor, recipe())
    parts = [
        TrainingBatches(source, preset.preprocessor, recipe(), i, 2)
        for i in range(2)
    ]
    texts = [text for part in parts for text in part.examples(3)[1]]
    assert texts == whole.examples(3)[1]


def test_one_pass_sees_no_day_twice_and_both_keys_come(source, preset):
    batches = TrainingBatches(source, preset.preprocessor, recipe())
    texts = [t for step in range(2) for t in batches.examples(step)[1]]
    owners = [
        {i for i in range(10) for c in source[i][1].values() if c == text}
        for text in texts
    ]
    assert len(set.union(*owners)) == 8
    summaries = set(source.captions["high_level_summary_caption"])
    many = [t for step in range(20) for t in batches.examples(step)[1]]
    share = np.mean([text in summaries for text in many])
    assert 0.3 < share < 0.7


def test_impossible_runs_are_refused_before_they_start(source, preset):
    with pytest.raises(ValueError, match="batch of 11 needs"):
        TrainingBatches(source, preset.preprocessor, recipe(batch_size=11))
    with pytest.raises(ValueError, match="number of processes"):
        TrainingBatches(source, preset.preprocessor, recipe(), 0, 3)
    with pytest.raises(ValueError, match="no days"):
        DaySource([], KEYS)
    twice = {"sensor_encoder": {"features": ["steps"] * 26}}
    with pytest.raises(ValueError, match="features` has a name twice"):
        build_preset(recipe(backbone=twice))
    with pytest.raises(ValueError, match="Unknown settings in backbone"):
        build_preset(recipe(backbone={"sensor_encoder": {"depth": 2}}))


def test_a_loss_that_overflows_names_the_weights(source, tmp_path, monkeypatch):
    closed = []
    monkeypatch.setattr(keeper.EventFile, "close", lambda _: closed.append(1))
    wild = recipe(optimizer=Optimizer(learning_rate=1e30, clip_norm=0.0))
    with pytest.raises(FloatingPointError, match="first layer whose output"):
        train(wild, source, tmp_path, **SETTINGS)
    assert len(closed) == 1
