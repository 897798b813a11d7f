"""The built-in presets: one table, and their names known to KerasHub.

Sensor encoder sizes are the paper's (arXiv 2506.09108): 3 M, 114 M, 404 M and
1.27 B, which 16 x layers x width^2 (a gated MLP of hidden 4 x width) fits.
Depths of the text side are CoCa's (arXiv 2205.01917).
"""

import json
import os
import pathlib

import keras

from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.models.hub import UntrainedPreset
from keras_sensorlm.models.hub import register_presets
from keras_sensorlm.models.multimodal_decoder import MultimodalDecoder
from keras_sensorlm.models.preprocessor import SensorLMPreprocessor
from keras_sensorlm.models.sensor_converter import SensorConverter
from keras_sensorlm.models.sensor_encoder import SensorEncoder
from keras_sensorlm.models.text_encoder import TextEncoder
from keras_sensorlm.models.tokenizer import SensorLMTokenizer
from keras_sensorlm.models.vocabulary import END
from keras_sensorlm.models.vocabulary import PAD

VOCABULARY_SIZE = 32_000
# Presets whose weights ship with the package.
SHIPPED = pathlib.Path(__file__).parents[1] / "assets" / "presets"
# Tokens of the caption that the paper pretrains on, and of the longest one.
PRETRAINING_LENGTH = 256
LONGEST_CAPTION = 1024

# CoCa with the sigmoid loss: missing data masked, a causal text encoder, a
# decoder that reads 256 pooled queries.
_COCA = {
    "gated": True,
    "missing": "mask",
    "causal": True,
    "max_length": LONGEST_CAPTION,
    "pad_token": PAD,
    "sensor_projection": True,
    "text_pooling": "eos",
}
# The released recipe: towers alone, missing data imputed, a bidirectional
# text encoder that sees its padding, which is the end token.
_SIGLIP = {
    "gated": False,
    "missing": "impute",
    "causal": False,
    "max_length": PRETRAINING_LENGTH,
    "pad_token": END,
    "sensor_projection": False,
    "text_pooling": "last",
}
# fmt: off
PRESETS = {
    # Width, heads, layers of the sensor encoder, text encoder and decoder,
    # parameters, recipe.
    "sensorlm_small_en": (128, 4, 12, 12, 12, 15_377_922, _COCA),
    "sensorlm_base_en": (768, 12, 12, 12, 12, 415_687_682, _COCA),
    "sensorlm_large_en": (1024, 16, 24, 12, 12, 928_276_482, _COCA),
    "sensorlm_extra_large_en": (1408, 22, 40, 18, 18, 2_672_395_266, _COCA),
    "sensorlm_siglip_base_en": (768, 12, 12, 12, 0, 204_016_130, _SIGLIP),
}
# fmt: on


def preset_backbone_arguments(name, **replace):
    """Arguments with which `SensorLMBackbone` becomes a built-in preset.

    Args:
        name: str. A key of `PRESETS`.
        **replace: `sensor_layers`, `text_layers` or `decoder_layers`, other
            depths than the preset's.

    Returns:
        Dict. The encoders in it are not built yet, so that this is cheap for
        the largest preset too.
    """
    width, heads, *depths, _, recipe = PRESETS[name]
    names = ("sensor_layers", "text_layers", "decoder_layers")
    depths = {**dict(zip(names, depths)), **replace}
    shared = {"num_heads": heads, "gated": recipe["gated"]}
    decoder = None
    if depths["decoder_layers"]:
        decoder = MultimodalDecoder(
            num_layers=depths["decoder_layers"],
            mlp_dim=4 * width,
            name="decoder",
            **shared,
        )
    return {
        "sensor_encoder": SensorEncoder(
            width=width,
            num_layers=depths["sensor_layers"],
            missing=recipe["missing"],
            name="sensor_encoder",
            **shared,
        ),
        "text_encoder": TextEncoder(
            vocabulary_size=VOCABULARY_SIZE,
            width=width,
            num_layers=depths["text_layers"],
            max_length=recipe["max_length"],
            causal=recipe["causal"],
            mask_padding=recipe["text_pooling"] != "last",
            name="text_encoder",
            **shared,
        ),
        "decoder": decoder,
        "contrastive": "sigmoid",
        "sensor_projection": recipe["sensor_projection"],
        "text_pooling": recipe["text_pooling"],
    }


def preset_preprocessor(name):
    """The preprocessor of a built-in preset.

    Args:
        name: str. A key of `PRESETS`.

    Returns:
        `SensorLMPreprocessor`.
    """
    *_, recipe = PRESETS[name]
    return SensorLMPreprocessor(
        SensorLMTokenizer(
            vocabulary_size=VOCABULARY_SIZE, pad_token=recipe["pad_token"]
        ),
        SensorConverter(missing=recipe["missing"]),
        sequence_length=PRETRAINING_LENGTH,
        add_start_token=recipe["causal"],
    )


def _write_files(name, folder):
    """A preset's files, without its weights and without building it."""
    arguments = preset_backbone_arguments(name)
    for key in ("sensor_encoder", "text_encoder", "decoder"):
        layer = arguments[key]
        arguments[key] = layer and keras.layers.serialize(layer)
    config = {
        "module": SensorLMBackbone.__module__,
        "class_name": SensorLMBackbone.__name__,
        "config": arguments,
        "registered_name": keras.saving.get_registered_name(SensorLMBackbone),
    }
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file, indent=4)
    preset_preprocessor(name).save_to_preset(folder)


def _row(name):
    width, heads, *depths, parameters, recipe = PRESETS[name]
    kind = "CoCa" if recipe is _COCA else "The released SigLIP recipe"
    sensor, text, decoder = depths
    return UntrainedPreset(
        {
            "description": (
                f"{kind}, English: width {width}, {heads} heads, {sensor} "
                f"sensor, {text} text and {decoder} decoder layers. Weights "
                "are not published yet."
            ),
            "params": parameters,
            "path": "sensorlm",
        },
        lambda folder: _write_files(name, folder),
    )


register_presets({name: _row(name) for name in PRESETS}, SensorLMBackbone)


def _shipped_rows():
    """Rows of the presets that lie in the package, with their weights."""
    return {
        folder.name: {
            "metadata": json.loads((folder / "about.json").read_text()),
            # KerasHub takes a local path where it takes a handle.
            "kaggle_handle": str(folder),
        }
        for folder in sorted(SHIPPED.glob("*"))
        if (folder / "about.json").exists()
    }


register_presets(_shipped_rows(), SensorLMBackbone)
