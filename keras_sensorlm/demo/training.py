"""Trains the demo's model, once, with `fit`."""

import time

import keras
import numpy as np

from keras_sensorlm import models
from keras_sensorlm.demo.pairs import base_days
from keras_sensorlm.demo.pairs import pairs_of
from keras_sensorlm.demo.pairs import training_batches
from keras_sensorlm.models.preset import SensorLMPreset
from keras_sensorlm.sensors.simulator import simulate_days


def build_pretrainer(recipe):
    """The small CoCa model of a recipe, untrained.

    Args:
        recipe: `Recipe`.

    Returns:
        `SensorLMPretrainer`, compiled.
    """
    heads = max(recipe.width // 32, 1)
    backbone = models.SensorLMBackbone(
        sensor_encoder=models.SensorEncoder(
            recipe.width,
            recipe.sensor_layers,
            heads,
            patch_size=(recipe.patch_minutes, 26),
            name="sensor_encoder",
        ),
        text_encoder=models.TextEncoder(
            recipe.vocabulary,
            recipe.width,
            recipe.text_layers,
            heads,
            max_length=recipe.text_tokens,
            causal=True,
            name="text_encoder",
        ),
        decoder=models.MultimodalDecoder(
            recipe.decoder_layers, heads, 4 * recipe.width, name="decoder"
        ),
        # Among a few dozen pairs the softmax learns faster than the sigmoid,
        # whose strength is the large batch.
        contrastive="softmax",
        num_caption_queries=recipe.caption_queries,
    )
    preprocessor = models.SensorLMPreprocessor(
        models.SensorLMTokenizer(vocabulary_size=recipe.vocabulary),
        models.SensorConverter(),
        sequence_length=recipe.text_tokens,
    )
    pretrainer = models.SensorLMPretrainer(backbone, preprocessor)
    warm_up = max(recipe.steps // 10, 1)
    schedule = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / warm_up,
        decay_steps=max(recipe.steps - warm_up, 1),
        warmup_target=recipe.learning_rate,
        warmup_steps=warm_up,
    )
    pretrainer.compile(
        # Weight decay comes to nothing in a few hundred steps, and would
        # double what TensorFlow has to trace.
        optimizer=keras.optimizers.Adam(schedule, global_clipnorm=1.0),
        loss_weights={"contrastive": 1.0, "captioning": recipe.captioning},
    )
    return pretrainer


def train(recipe, report):
    """Simulates, captions and trains.

    Args:
        recipe: `Recipe`.
        report: callable of (stage, done, total, note): progress, to show.
            Stages are `"simulate"` and `"train"`.

    Returns:
        `SensorLMPreset`, and a dict of what came of it: `"seconds"`,
        `"steps"`, `"days"`, `"loss"`, and retrieval on held-out days.
    """
    start = time.perf_counter()
    report("simulate", 0, recipe.days, "")
    days = base_days(recipe)
    report("simulate", recipe.days, recipe.days, "")
    keras.utils.set_random_seed(recipe.seed)
    pretrainer = build_pretrainer(recipe)
    history = pretrainer.fit(
        training_batches(days, recipe),
        steps_per_epoch=recipe.steps,
        shuffle=False,
        verbose=0,
        callbacks=[_Progress(recipe.steps, report)],
    )
    preset = SensorLMPreset(pretrainer.backbone, pretrainer.preprocessor)
    notes = {
        "steps": recipe.steps,
        "days": recipe.days,
        "loss": round(float(history.history["loss"][-1]), 3),
        "retrieval": measure_retrieval(preset, recipe),
        "seconds": round(time.perf_counter() - start),
    }
    return preset, notes


def measure_retrieval(preset, recipe):
    """How well held-out days and captions find each other.

    Args:
        preset: `SensorLMPreset`.
        recipe: `Recipe`.

    Returns:
        dict of floats, 0 to 1, and the number of pairs: shares of days
        whose own caption is the nearest (`"day_to_caption_r1"`) or among
        the five nearest (`"day_to_caption_r5"`), and the reverse.
    """
    days = simulate_days(recipe.held_out, recipe.seed + 1)
    rng = np.random.default_rng(recipe.seed + 1)
    days, captions = pairs_of(days, recipe, rng)
    scores = preset.embed_days(days, verbose=False) @ (
        preset.embed_texts(captions, verbose=False).T
    )
    found = {"pairs": len(days)}
    for name, table in (
        ("day_to_caption", scores),
        ("caption_to_day", scores.T),
    ):
        # Better than its own, strictly: equal captions are equally right.
        rank = (table > np.diag(scores)[:, None]).sum(axis=1)
        for k in (1, 5):
            found[f"{name}_r{k}"] = round(float((rank < k).mean()), 3)
    return found


class _Progress(keras.callbacks.Callback):
    """Tells of each step that is done."""

    def __init__(self, steps, report):
        super().__init__()
        self._done, self._steps, self._report = 0, steps, report

    def on_train_batch_end(self, batch, logs=None):
        self._done += 1
        logs = logs or {}
        note = f"loss {float(logs.get('loss', float('nan'))):.2f}"
        if "sensor_to_text_r1" in logs:
            note += f", {float(logs['sensor_to_text_r1']):.0%} matched"
        self._report("train", self._done, self._steps, note)
