"""A small preset and days, for exporting."""

import keras
import numpy as np

from keras_sensorlm import models
from keras_sensorlm.models.layers.number_embedding import number_symbols
from keras_sensorlm.models.tokenizer import shipped_vocabulary
from keras_sensorlm.sensors.features import FEATURES

VOCABULARY = shipped_vocabulary(500)
MEANS = np.array([f.mean for f in FEATURES], dtype="float32")
STDS = np.array([f.std for f in FEATURES], dtype="float32")
LABELS = ["walk", "swim", "Orléans run at 07:40"]
TEXTS = ["a walk", "A long walk by the river at 07:40, then sleep.", ""]


def make_preset(
    decoder=True, missing="mask", tokenizer=None, width=16, new=False, **kwargs
):
    """A preset; `new` has what the smallest trained one has beside."""
    keras.utils.set_random_seed(0)
    options = {"contrastive": "sigmoid", "num_caption_queries": 4, **kwargs}
    options["number_pointer"] = new and decoder
    sensors = {"skip_empty_patches": new, "channel_summaries": new}
    sensors["channel_events"] = new
    texts = {"number_symbols": number_symbols(VOCABULARY) if new else None}
    backbone = models.SensorLMBackbone(
        models.SensorEncoder(
            width, 1, 2, patch_size=(120, 2), missing=missing, **sensors
        ),
        models.TextEncoder(
            500, width, 1, 2, max_length=48, causal=decoder, **texts
        ),
        models.MultimodalDecoder(1, 2, 4 * width) if decoder else None,
        **options,
    )
    make_decisive(backbone)
    preprocessor = models.SensorLMPreprocessor(
        tokenizer or models.SensorLMTokenizer(vocabulary_size=500),
        models.SensorConverter(missing=missing),
        sequence_length=32,
    )
    return models.SensorLMPreset(backbone, preprocessor)


def make_decisive(model):
    """Weights with which captions of `make_days` differ, and some end."""
    rng = np.random.default_rng(1)
    for weight in model.weights:
        if "float" in str(weight.dtype) and "contrastive" not in weight.path:
            weight.assign(rng.normal(size=weight.shape, scale=0.3))


def make_days(count=3):
    """Values in physical units `(count, 1440, 26)`, with gaps."""
    rng = np.random.default_rng(0)
    level = rng.normal(size=(count, 1, 26))
    values = MEANS + STDS * (level + rng.normal(size=(count, 1440, 26)))
    values[:, 300:400] = np.nan
    values[1:, :, 3] = np.nan
    return values.astype("float32")
