"""A model small enough to train in a test, and days to train it on."""

import functools

import keras
import numpy as np

from keras_sensorlm import models
from keras_sensorlm.sensors.features import FEATURES

LENGTH = 16
MEANS, STDS, LOWS, HIGHS = np.array(
    [(f.mean, f.std, f.low, f.high) for f in FEATURES], "float32"
).T
TEXTS = [
    "a run at noon",
    "a swim in the evening",
    "a long walk",
    "yoga and then " + "a nap, " * 8,
]


def make_backbone(
    decoder=True,
    seed=0,
    dtype=None,
    sensors=None,
    texts=None,
    width=16,
    layers=1,
    **kwargs,
):
    keras.utils.set_random_seed(seed)
    shared = {"num_layers": layers, "num_heads": 2}
    if dtype is not None:
        shared["dtype"] = dtype
    sensors = {"patch_size": (360, 13), **(sensors or {})}
    return models.SensorLMBackbone(
        models.SensorEncoder(width, **shared, **sensors),
        models.TextEncoder(
            500,
            width,
            max_length=LENGTH,
            causal=decoder,
            **shared,
            **(texts or {}),
        ),
        models.MultimodalDecoder(mlp_dim=4 * width, **shared)
        if decoder
        else None,
        **{"num_caption_queries": 3, **kwargs},
    )


def make_preprocessor(length=LENGTH):
    return models.SensorLMPreprocessor(
        models.SensorLMTokenizer(vocabulary_size=500), sequence_length=length
    )


@functools.cache
def example_days(n=4, seed=0):
    """Values in physical units `(n, 1440, 26)`, with gaps."""
    rng = np.random.default_rng(seed)
    level = rng.normal(size=(n, 1, 26))
    values = MEANS + STDS * (level + 0.3 * rng.normal(size=(n, 1440, 26)))
    values = values.clip(LOWS, HIGHS)
    values[:, 100:200] = np.nan
    values[1, :, 3] = np.nan
    values = values.astype("float32")
    values.flags.writeable = False
    return values


def make_decisive(model, seed=0):
    """Weights with which no two tokens are nearly equally likely."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(rng.normal(size=weight.shape, scale=0.3))
