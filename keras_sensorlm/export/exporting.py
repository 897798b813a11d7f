"""`export_preset`: one preset, three kinds of files."""

import os
import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from keras_sensorlm.export.versions import write_version

if TYPE_CHECKING:
    from keras_sensorlm.models.preset import SensorLMPreset

FORMATS = ("tf_saved_model", "onnx", "litert")


def export_preset(
    preset: "SensorLMPreset",
    directory: str | os.PathLike,
    format: str = "tf_saved_model",
    templates: Sequence[str] = (),
    int8: bool = False,
) -> pathlib.Path:
    """Writes a preset as files that run without Keras and this library.

    Needs the TensorFlow backend; `SensorLMPreset.export` and `keras-sensorlm
    export` come here from any backend.

    In all formats days are float32 `(batch, 1440, 26)` in physical units with
    NaN for missing; -1e30, and whatever else is beyond +-1e29, is missing
    too, for requests in JSON. They are standardised as the preset
    standardises arrays: a day of a device with a profile of its own is made
    ready by `request_values`.

    `"tf_saved_model"`, for TensorFlow Serving, has the signatures
    `serving_default` and `embed_sensors` (days to embeddings), `embed_text`
    (strings to embeddings), `classify` (days and label strings to
    probabilities and cosines) and `caption` (days, prompts and lengths to
    strings), as far as the model was trained for them; a warm-up file,
    batching parameters, and `assets.extra/sensorlm.json`, which explains
    every input and output.

    `"onnx"` and `"litert"` have the sensor encoder (days to embeddings) and
    the text encoder (token ids to embeddings, beside them the tokenizer's
    files).

    Args:
        preset: `SensorLMPreset`.
        directory: str or path. The model's folder; the next free version is
            made in it, `1/`, `2/` and so on, whole or not at all.
        format: str. One of `FORMATS`. Defaults to `"tf_saved_model"`.
        templates: sequence of str. The prompt templates of `classify`, each
            with a `{}` for the label. Defaults to
            `keras_sensorlm.models.zero_shot_classifier.TEMPLATES`.
        int8: bool. Whether weights become 8-bit integers; for ONNX and
            LiteRT only. For a SavedModel, quantize and save the preset first
            (`preset.backbone.quantize("int8")`). Defaults to `False`.

    Returns:
        `pathlib.Path` of the version written.

    Raises:
        ValueError: if the format is unknown, the backend is another, a
            template has no place for the label, or `int8` is asked of a
            SavedModel.
        ImportError: if what a format needs is not installed.
    """
    _check(format, int8)
    if format == "tf_saved_model":
        from keras_sensorlm.export.saved_model import write_saved_model

        return write_version(
            directory,
            lambda folder: write_saved_model(preset, folder, templates),
        )
    if format == "onnx":
        from keras_sensorlm.export.to_onnx import write_onnx as write_encoders
    else:
        from keras_sensorlm.export.to_litert import (
            write_litert as write_encoders,
        )
    return write_version(
        directory, lambda folder: write_encoders(preset, folder, int8)
    )


def _check(format, int8):
    import keras

    if format not in FORMATS:
        raise ValueError(
            f"`format` should be one of {FORMATS}. Received: {format!r}"
        )
    if keras.config.backend() != "tensorflow":
        raise ValueError(
            "Exporting runs on the TensorFlow backend. From another, use "
            "`SensorLMPreset.export`, which starts a process that has it. "
            f"Received: KERAS_BACKEND={keras.config.backend()}"
        )
    if int8 and format == "tf_saved_model":
        raise ValueError(
            "`int8` is for ONNX and LiteRT. For a SavedModel, call "
            '`preset.backbone.quantize("int8")`, save the preset, and export '
            "that."
        )
