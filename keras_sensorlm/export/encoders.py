"""The two encoders as TensorFlow functions, for ONNX and LiteRT.

Neither format has a tokenizer, so the text encoder takes token ids, and the
tokenizer's files lie beside it.
"""

import os

import tensorflow as tf

from keras_sensorlm.export.description import FILE
from keras_sensorlm.export.description import describe_days
from keras_sensorlm.export.description import write_json
from keras_sensorlm.export.serving_graph import ServingGraph

_TEXT = {
    "inputs": {
        "token_ids": (
            "int32 (batch, length), `[BOS] words [EOS]` as "
            "SensorLMPreprocessor packs them, then padding"
        ),
        "padding_mask": "int32 (batch, length), 1 for tokens",
    },
}


def encoder_functions(preset):
    """The functions to convert.

    Args:
        preset: `SensorLMPreset`.

    Returns:
        Dict of a name to a `tf.function` whose inputs are named and whose
        batch, and length of texts, may be anything.
    """
    graph = ServingGraph(preset)
    backbone = preset.backbone

    def encode_days(sensors):
        return {"embeddings": graph.encode_days(graph.read_days(sensors))}

    def encode_texts(token_ids, padding_mask):
        return {"embeddings": backbone.encode_text(token_ids, padding_mask)}

    sensors = tf.TensorSpec((None, *graph.day_shape), tf.float32, "sensors")
    functions = {"sensor_encoder": _traced(encode_days, [sensors])}
    if backbone.text_head is not None:
        names = ("token_ids", "padding_mask")
        specs = [tf.TensorSpec((None, None), tf.int32, n) for n in names]
        functions["text_encoder"] = _traced(encode_texts, specs)
    return functions


def write_beside(preset, folder):
    """Writes the tokenizer's files and a description beside the encoders.

    Args:
        preset: `SensorLMPreset`.
        folder: path.
    """
    preset.tokenizer.save_to_preset(os.path.join(folder, "tokenizer"))
    description = {
        **describe_days(preset),
        "sequence_length": preset.preprocessor.sequence_length,
        "pad_to_sequence_length": preset.backbone.reads_text_padding,
        "text_encoder": _TEXT,
    }
    write_json(os.path.join(folder, FILE), description)


def _traced(function, signature):
    return tf.function(function, input_signature=signature, autograph=False)
