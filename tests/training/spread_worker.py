"""One process of a spread-out run; started by `test_distribution`.

`python -m tests.training.spread_worker FOLDER JSON` does, for each case in
the JSON, what one device would do alone, and the chief writes what came out
to `FOLDER/NAME.npz`: the gradients of one batch as `fit` applies them, the
logs of that step, and the losses of a run. Or, where the case says
`watched`, what comes out is the folder `FOLDER/NAME` of a run with validation.
"""

import dataclasses
import json
import os
import pathlib
import signal
import sys

import keras
import numpy as np

from keras_sensorlm import simulate_days
from keras_sensorlm.models import SensorLMPretrainer
from keras_sensorlm.training import DaySource
from keras_sensorlm.training import Distribution
from keras_sensorlm.training import Optimizer
from keras_sensorlm.training import Recipe
from keras_sensorlm.training import TrainingBatches
from keras_sensorlm.training import Validation
from keras_sensorlm.training import train
from keras_sensorlm.training.build import build_preset
from keras_sensorlm.training.distribution import place
from keras_sensorlm.training.state import to_numpy

BATCH = 8
TINY = {"width": 16, "num_layers": 1, "num_heads": 2, "mlp_dim": 32}
KEYS = {"high_level_summary_caption": 1.0}
# Weights of the examples: some count more, one not at all.
WEIGHTS = np.array([1, 0, 2, 1, 1, 0.5, 1, 3], "float32")


def make_recipe(distribution=(), steps=20, mask_ratio=0.0, **settings):
    sensor = {**TINY, "patch_size": [240, 26], "mask_ratio": mask_ratio}
    backbone = {
        "sensor_encoder": sensor,
        "text_encoder": {**TINY, "vocabulary_size": 640},
        "decoder": {key: TINY[key] for key in list(TINY)[1:]},
        "num_caption_queries": 2,
    }
    defaults = {
        "name": "spread",
        "steps": steps,
        "batch_size": BATCH,
        "sequence_length": 16,
        "caption_keys": KEYS,
        "log_every": 1,
        "checkpoint_every": 1000,
        "backbone": backbone,
        # Small enough for the gradients' norm to be clipped in every step.
        "optimizer": Optimizer(learning_rate=1e-3, clip_norm=0.5),
        "distribution": Distribution(**dict(distribution)),
    }
    return Recipe(**{**defaults, **settings})


def make_source(recipe):
    return DaySource(simulate_days(2 * BATCH, seed=0), recipe.caption_keys)


def one_step(recipe, source):
    """Gradients and logs of one step of `fit` with weighted examples."""
    with place(recipe, source) as placement:
        keras.utils.set_random_seed(recipe.seed)
        with placement.scope():
            preset = build_preset(recipe)
            pretrainer = SensorLMPretrainer(preset.backbone)
            pretrainer.compile(
                # The step is the gradient, clipped over all weights.
                keras.optimizers.SGD(1.0, global_clipnorm=1.0),
                micro_batch_size=recipe.micro_batch,
                loss_chunk_size=recipe.loss_chunk,
                jit_compile=keras.config.backend() == "jax",
            )
        batches = TrainingBatches(
            source,
            preset.preprocessor,
            recipe,
            placement.share_index,
            placement.shares,
        )
        share = BATCH // placement.shares
        mine = slice(placement.share_index * share, None)
        batch = (*batches[0], WEIGHTS[mine][:share])
        weights = pretrainer.trainable_weights
        before = {w.path: to_numpy(w.value) for w in weights}
        history = pretrainer.fit(
            placement.data(lambda: (b for b in [batch] * 3)),
            steps_per_epoch=1,
            verbose=0,
        ).history
        logs = {f"logs/{name}": values[0] for name, values in history.items()}
        steps = {
            f"step/{w.path}": before[w.path] - to_numpy(w.value)
            for w in weights
        }
        placement.wait()
    return placement.is_chief, {**logs, **steps}


def losses_of_run(recipe, source, folder):
    """The loss of every step of a whole run."""
    jit = keras.config.backend() == "jax"
    train(recipe, source, folder, verbose=0, jit_compile=jit)
    history = json.loads((folder / "history.json").read_text())
    assert (folder / "preset" / "config.json").exists()
    return np.array([line["loss"] for line in history])


class Killed(keras.callbacks.Callback):
    """`kill -9` of this process after a step, the others doing the same."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.step:
            os.kill(os.getpid(), signal.SIGKILL)


def watched_run(recipe, source, folder, killed_at):
    """A run with validation, perhaps killed or resumed."""
    recipe = dataclasses.replace(
        recipe,
        checkpoint_every=2,
        statistics_weight=0.5,
        validation=Validation(every=4, days=6, captions=2),
    )
    others = DaySource(simulate_days(6, seed=9), recipe.caption_keys)
    jit = keras.config.backend() == "jax"
    callbacks = [Killed(killed_at)] if killed_at else []
    settings = {"verbose": 0, "jit_compile": jit, "callbacks": callbacks}
    train(recipe, source, folder, others, **settings)


def divide_processor():
    """Makes as many TensorFlow devices as the environment says."""
    if "SPREAD_DEVICES" not in os.environ:
        return
    import tensorflow as tf

    device = tf.config.list_physical_devices("CPU")[0]
    parts = [tf.config.LogicalDeviceConfiguration()]
    tf.config.set_logical_device_configuration(
        device, parts * int(os.environ["SPREAD_DEVICES"])
    )


def main(folder, cases):
    divide_processor()
    folder = pathlib.Path(folder)
    for name, case in json.loads(cases).items():
        case = dict(case)
        run, watched = case.pop("run", False), case.pop("watched", False)
        killed_at = case.pop("killed_at", None)
        recipe = make_recipe(**case)
        source = make_source(recipe)
        if watched:
            watched_run(recipe, source, folder / name, killed_at)
            continue
        chief, found = one_step(recipe, source)
        if run:
            found["losses"] = losses_of_run(recipe, source, folder / name)
        if chief:
            np.savez(folder / f"{name}.npz", **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
