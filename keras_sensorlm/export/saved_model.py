"""A SavedModel for TensorFlow Serving."""

import pathlib

import keras
import numpy as np
import tensorflow as tf

from keras_sensorlm.export.description import write_description
from keras_sensorlm.export.serving_graph import ServingGraph
from keras_sensorlm.export.warmup import write_warmup
from keras_sensorlm.models.zero_shot_classifier import TEMPLATES

BATCHING_FILE = "batching_params.pbtxt"
# Label lists of different lengths can share a batch only if they may be
# filled up; see `label_graph.label_probabilities` for why that is harmless.
_BATCHING = """\
# Read with --enable_batching --enable_per_model_batching_parameters.
# The graph takes any number of rows: tune these for your machine.
max_batch_size { value: 32 }
batch_timeout_micros { value: 2000 }
max_enqueued_batches { value: 100 }
num_batch_threads { value: 4 }
pad_variable_length_inputs: true
"""
_WARMUP_LABELS = ["walk", "sleep"]
_WARMUP_LENGTH = 16


def write_saved_model(preset, folder, templates=()):
    """Writes a version's folder for TensorFlow Serving.

    Args:
        preset: `SensorLMPreset`.
        folder: str or path. An empty folder.
        templates: sequence of str. See `export_preset`.
    """
    folder = pathlib.Path(folder)
    graph = ServingGraph(preset, templates or TEMPLATES)
    signatures = graph.signatures()
    archive = keras.export.ExportArchive()
    # The signatures bring the backbone's variables along. Tracked as well,
    # each would be saved twice: as TensorFlow's and as Keras's.
    # SentencePiece keeps its model in a resource, which they do not.
    archive.track(preset.tokenizer)
    for name, (function, inputs) in signatures.items():
        archive.add_endpoint(name, function, inputs)
    archive.write_out(str(folder), verbose=False)
    (folder / BATCHING_FILE).write_text(_BATCHING)
    extra = folder / "assets.extra"
    extra.mkdir()
    write_warmup(extra, _examples(graph, signatures))
    write_description(extra, preset, graph.templates, list(signatures))


def _examples(graph, signatures):
    """A request of one row for each signature."""
    converter = graph.preprocessor.sensor_converter
    day = np.broadcast_to(converter.means, graph.day_shape).copy()
    day[: len(day) // 4] = np.nan
    values = {
        "sensors": day[None].astype("float32"),
        "texts": np.array(["a long walk"], dtype=object),
        "labels": np.array([_WARMUP_LABELS], dtype=object),
        "prompts": np.array([""], dtype=object),
        "max_length": np.array([_WARMUP_LENGTH], dtype="int32"),
    }
    return {
        name: {spec.name: tf.constant(values[spec.name]) for spec in inputs}
        for name, (_, inputs) in signatures.items()
    }
