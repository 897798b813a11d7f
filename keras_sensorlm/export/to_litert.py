"""The encoders as LiteRT (formerly TensorFlow Lite), for phones and so on."""

import os

import tensorflow as tf

from keras_sensorlm.export.encoders import encoder_functions
from keras_sensorlm.export.encoders import write_beside


def write_litert(preset, folder, int8=False):
    """Writes `sensor_encoder.tflite`, `text_encoder.tflite` and their needs.

    They hold LiteRT's own operations alone, none of TensorFlow's.

    Args:
        preset: `SensorLMPreset`.
        folder: path. An empty folder.
        int8: bool. Whether weights become 8-bit integers, with activations
            quantised as they come (LiteRT's dynamic range quantisation).
            Defaults to `False`.
    """
    variables = tf.Module()
    variables.all = [v.value for v in preset.backbone.variables]
    for name, function in encoder_functions(preset).items():
        converter = tf.lite.TFLiteConverter.from_concrete_functions(
            [function.get_concrete_function()], variables
        )
        if int8:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        path = os.path.join(folder, f"{name}.tflite")
        with open(path, "wb") as file:
            file.write(converter.convert())
    write_beside(preset, folder)
