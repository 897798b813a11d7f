"""`sensorlm.json`: what an exported model takes and gives, in words."""

import json
import os

from keras_sensorlm.export.request_values import MISSING
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.version import __version__

FILE = "sensorlm.json"
_SENSORS = (
    "float32 (batch, minutes, features), in physical units, minute 0 at "
    "midnight; NaN for missing, or any number beyond +-1e29 where NaN cannot "
    "go. Standardised by the statistics below: days of a device with a "
    "profile of its own go through keras_sensorlm.export.request_values."
)
_EMBEDDINGS = "float32 (batch, dim), rows of unit length"
_EMBED_SENSORS = {
    "inputs": {"sensors": _SENSORS},
    "outputs": {"embeddings": _EMBEDDINGS},
}
SIGNATURES = {
    "serving_default": _EMBED_SENSORS,
    "embed_sensors": _EMBED_SENSORS,
    "embed_text": {
        "inputs": {"texts": "string (batch,), UTF-8"},
        "outputs": {"embeddings": _EMBEDDINGS},
    },
    "classify": {
        "inputs": {
            "sensors": _SENSORS,
            "labels": (
                "string (batch, labels), or (1, labels) for all days where "
                "the server does not batch. Words, such as 'walk'; put into "
                "every template below. An empty label does not count, one "
                "that comes twice in a row counts once."
            ),
        },
        "outputs": {
            "probabilities": "float32 (batch, labels), softmax over a row",
            "scores": "float32 (batch, labels), cosines",
            "match_probabilities": (
                "float32 (batch, labels), each label asked on its own; only "
                "of models with the sigmoid loss"
            ),
        },
    },
    "caption": {
        "inputs": {
            "sensors": _SENSORS,
            "prompts": (
                "string (batch,), what captions begin with; '' for nothing. "
                "May be left out through gRPC. A prompt that leaves no room "
                "comes back cut."
            ),
            "max_length": (
                "int32 (batch,), most tokens of a caption; 0 for the default "
                "below. May be left out through gRPC."
            ),
        },
        "outputs": {"captions": "string (batch,), prompts included"},
    },
}


def write_description(folder, preset, templates, signatures):
    """Writes what somebody who has nothing but the model needs to know.

    Args:
        folder: str or path.
        preset: `SensorLMPreset`.
        templates: sequence of str. Those of `classify`.
        signatures: list of str. The names of those exported.
    """
    description = {
        **describe_days(preset),
        "templates": list(templates),
        "default_max_length": preset.preprocessor.sequence_length,
        "signatures": {name: SIGNATURES[name] for name in signatures},
    }
    write_json(os.path.join(folder, FILE), description)


def describe_days(preset):
    """What the days of a preset hold, for JSON."""
    converter = preset.preprocessor.sensor_converter
    units = {feature.name: feature.unit for feature in FEATURES}
    return {
        "library": f"keras_sensorlm {__version__}",
        "notice": "Research software, not a medical device.",
        "minutes": preset.backbone.sensor_encoder.num_minutes,
        "missing": MISSING,
        "features": list(converter.features),
        "units": [units.get(name) for name in converter.features],
        "means": converter.means.tolist(),
        "stds": converter.stds.tolist(),
    }


def write_json(path, value):
    """Writes JSON for people to read."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2, ensure_ascii=False)
        file.write("\n")
