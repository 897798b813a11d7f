"""What 8-bit integers cost: the evaluation's questions, asked of the exports.

    python examples/int8_quality.py mmash wearable_stress_exercise

PATHs are recordings of MMASH and of the "Wearable Device Dataset from Induced
Stress and Structured Exercise Sessions" (PhysioNet), as `keras-sensorlm
evaluate` takes them. The preset's encoders are exported as ONNX and LiteRT,
each whole and with `int8`, and the preset itself is quantised, as it has to be
for an int8 SavedModel. Each of these embeds the test people's examples and the
words for the classes. Printed for each: balanced accuracy and macro AUROC,
zero-shot, with 95 % intervals over people; on how many examples it says what
the preset itself says; by how much a probability differs from the preset's at
most; and the least cosine to the preset's own embeddings of the days.

Needs the extras `onnx`, `litert` and `evaluation`.
"""

import argparse
import os
import pathlib
import tempfile
import warnings

# The backend that exports.
os.environ["KERAS_BACKEND"] = "tensorflow"

import numpy as np

from keras_sensorlm.evaluation.bootstrap import estimate
from keras_sensorlm.evaluation.class_metrics import class_metrics
from keras_sensorlm.evaluation.collection import load_collection
from keras_sensorlm.evaluation.embedder import Embedder
from keras_sensorlm.evaluation.examples import find_examples
from keras_sensorlm.evaluation.tasks import TASKS
from keras_sensorlm.evaluation.tasks import load_task
from keras_sensorlm.export import export_preset
from keras_sensorlm.export import request_values
from keras_sensorlm.models import SensorLMPreset

QUESTIONS = ("mmash_movement", "exercise_sessions")
EXPORTS = {
    "ONNX": ("onnx", False),
    "ONNX int8": ("onnx", True),
    "LiteRT": ("litert", False),
    "LiteRT int8": ("litert", True),
}


def onnx_function(path):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path))
    return lambda **inputs: session.run(["embeddings"], inputs)[0]


def litert_function(path):
    from ai_edge_litert.interpreter import Interpreter

    run = Interpreter(str(path)).get_signature_runner()
    return lambda **inputs: run(**inputs)["embeddings"]


class Exported:
    """A preset's exported encoders, in the place of the preset.

    Args:
        preset: `SensorLMPreset`.
        folder: path. Of one exported version.
    """

    def __init__(self, preset, folder):
        (days,) = folder.glob("sensor_encoder.*")
        (texts,) = folder.glob("text_encoder.*")
        load = onnx_function if days.suffix == ".onnx" else litert_function
        self.run_days, self.run_texts = load(days), load(texts)
        # Its scale alone, which no encoder holds.
        self.backbone = preset.backbone
        self.preprocessor = preset.preprocessor

    def embed_days(self, days, **kwargs):
        return self.run_days(sensors=request_values(days))

    def embed_texts(self, texts, **kwargs):
        packed = self.preprocessor({"text": texts})
        ids, mask = (
            np.asarray(packed[name]) for name in ("token_ids", "padding_mask")
        )
        if not self.backbone.reads_text_padding:
            longest = mask.sum(axis=1).max()
            ids, mask = ids[:, :longest], mask[:, :longest]
        return self.run_texts(token_ids=ids, padding_mask=mask)


def answers_of(embedder, task, examples):
    """Embeddings of the days, and probabilities of the classes."""
    sentences = [task.sentences(label) for label in task.labels]
    days = embedder.days(examples.days)
    return days, embedder.class_probabilities(days, sentences)[0]


def row(name, examples, found, wanted):
    """A line of the table."""
    days, chances = found
    metrics = class_metrics(examples.labels, chances)
    told = [
        str(estimate(metrics[metric], examples.people))
        for metric in ("balanced_accuracy", "macro_auroc")
    ]
    same = (chances.argmax(axis=1) == wanted[1].argmax(axis=1)).sum()
    cosines = (np.float64(days) * wanted[0]).sum(axis=1)
    return (
        f"| {name} | {told[0]} | {told[1]} | {same} of {len(examples)} "
        f"| {np.abs(chances - wanted[1]).max():.3f} | {cosines.min():.5f} |"
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="+", metavar="PATH")
    parser.add_argument("--preset", default="sensorlm_tiny_en")
    args = parser.parse_args()
    with warnings.catch_warnings():
        # Readers tell of single values that they dropped.
        warnings.simplefilter("ignore")
        collection = load_collection(args.paths)
    preset = SensorLMPreset.from_preset(args.preset)
    embedders = {"the preset": Embedder(preset)}
    with tempfile.TemporaryDirectory() as folder:
        for name, (format, int8) in EXPORTS.items():
            path = export_preset(
                preset, pathlib.Path(folder) / name, format, int8=int8
            )
            embedders[name] = Embedder(Exported(preset, path))
    quantised = SensorLMPreset.from_preset(args.preset)
    quantised.backbone.quantize("int8")
    embedders["SavedModel int8"] = Embedder(quantised)
    print(
        "| question | encoders | balanced accuracy | macro AUROC | same answer "
        "| largest change | least cosine |"
    )
    print("|---" * 7 + "|")
    for question in QUESTIONS:
        task = load_task(TASKS / f"{question}.yaml")
        examples = find_examples(task, collection.test, collection.annotations)
        if not len(examples):
            continue
        wanted = answers_of(embedders["the preset"], task, examples)
        for name, embedder in embedders.items():
            found = answers_of(embedder, task, examples)
            print(
                f"| {task.title} {row(name, examples, found, wanted)}",
                flush=True,
            )


if __name__ == "__main__":
    main()
