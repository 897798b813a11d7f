"""`keras-sensorlm export`: a preset -> files that run without Keras."""

import os
import pathlib
import sys
from typing import Annotated

import typer


def export(
    preset: Annotated[
        str,
        typer.Argument(
            help="A folder that save_to_preset or train wrote, a built-in "
            "name, or a handle: hf://..., kaggle://...",
            show_default=False,
        ),
    ],
    out: Annotated[
        pathlib.Path,
        typer.Option(
            "--out",
            "-o",
            help="The model's folder; the next free version is made in it.",
            show_default=False,
        ),
    ],
    format: Annotated[
        str,
        typer.Option("--format", "-f", help="tf_saved_model, onnx or litert."),
    ] = "tf_saved_model",
    int8: Annotated[
        bool,
        typer.Option("--int8", help="8-bit weights (onnx and litert)."),
    ] = False,
    template: Annotated[
        list[str] | None,
        typer.Option(
            help="A sentence with {} for the label, for the classify "
            "signature; may be given several times.",
            show_default=False,
        ),
    ] = None,
):
    """Writes a model for TensorFlow Serving, or its encoders for a device.

    OUT/1 (or the next free number) then holds a SavedModel that takes raw
    days and strings and needs neither Keras nor this library, or the sensor
    and text encoder as ONNX or LiteRT. Prints where it lies.
    """
    if "keras" not in sys.modules:
        # Whatever trained the preset, TensorFlow exports it.
        os.environ["KERAS_BACKEND"] = "tensorflow"
    from keras_sensorlm.export import export_preset
    from keras_sensorlm.models.preset import SensorLMPreset

    path = export_preset(
        SensorLMPreset.from_preset(preset),
        out,
        format,
        templates=template or (),
        int8=int8,
    )
    typer.echo(path)
