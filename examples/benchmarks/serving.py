"""How fast an exported preset answers, against Keras on each backend.

Exports a preset in every format and asks each for embeddings of days and of
texts, one process a way of running it, one after the other:

- p50 and p99 of a single day, and days a second in batches of 32;
- the same for a short text, a label in words;
- the size of the files on disk: both encoders of ONNX and LiteRT, the whole
  SavedModel, which also writes captions, the preset's weights for Keras;
- the worst cosine to the embeddings of the preset itself.

    python examples/benchmarks/serving.py
    python examples/benchmarks/serving.py sensorlm_small_en --random

or, to have the exports made before the machine falls quiet:

    python examples/benchmarks/serving.py --folder DIR --prepare
    python examples/benchmarks/serving.py --folder DIR

Everything starts from raw days. `keras ...` is `keras.Model.predict` on them
as the preset normalises them, and on packed texts, which ONNX and LiteRT take
too; the SavedModel starts from strings. Each process may use all cores.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np

TEXT = "a walk"
BATCH = 32
KERAS = ("tensorflow", "jax", "torch")
EXPORTS = {
    "saved_model": ("tf_saved_model", False),
    "saved_model int8": ("tf_saved_model", True),
    "onnx": ("onnx", False),
    "onnx int8": ("onnx", True),
    "litert": ("litert", False),
    "litert int8": ("litert", True),
}


def prepare(folder, preset, random):
    """Exports everything, and what it will be asked."""
    from keras_sensorlm import SensorLMPreset
    from keras_sensorlm.export import export_preset
    from keras_sensorlm.sensors.simulator import simulate_days

    for name in ("preset", *EXPORTS):
        shutil.rmtree(folder / name, ignore_errors=True)
    preset = SensorLMPreset.from_preset(preset, load_weights=not random)
    preset.save_to_preset(folder / "preset")
    days = np.stack([day.values for day in simulate_days(BATCH, seed=0)])
    packed = preset.preprocessor({"text": [TEXT]})
    # As long as the text, where padding is not read.
    length = int(np.sum(packed["padding_mask"]))
    if preset.backbone.reads_text_padding:
        length = preset.preprocessor.sequence_length
    np.savez(
        folder / "inputs.npz",
        days=days.astype("float32"),
        token_ids=np.asarray(packed["token_ids"])[:, :length],
        padding_mask=np.asarray(packed["padding_mask"])[:, :length],
        day_embeddings=preset.embed_days(days),
        text_embeddings=preset.embed_texts([TEXT]),
    )
    # The one whose preset has to be quantised itself comes last.
    order = sorted(EXPORTS, key=lambda name: name == "saved_model int8")
    for name in order:
        format, int8 = EXPORTS[name]
        if int8 and format == "tf_saved_model":
            preset.backbone.quantize("int8")
            int8 = False
        export_preset(preset, folder / name, format, int8=int8)


def keras_runner(folder):
    """`keras.Model.predict`; days and texts -> embeddings."""
    import keras

    from keras_sensorlm import SensorLMPreset

    preset = SensorLMPreset.from_preset(folder / "preset")
    inputs, outputs = preset.backbone.input, preset.backbone.output
    days = keras.Model(inputs["sensors"], outputs["sensor_embeddings"])
    words = [inputs["token_ids"], inputs["padding_mask"]]
    texts = keras.Model(words, outputs["text_embeddings"])
    convert = preset.preprocessor.sensor_converter.to_numpy

    def run_days(x):
        return days.predict(convert(x), batch_size=BATCH, verbose=0)

    def run_texts(x):
        return texts.predict(
            [x["token_ids"], x["padding_mask"]], batch_size=BATCH, verbose=0
        )

    return run_days, run_texts


def saved_model_runner(folder):
    import tensorflow as tf
    import tensorflow_text  # noqa: F401

    model = tf.saved_model.load(str(folder / "1"))
    days = model.signatures["embed_sensors"]
    texts = model.signatures["embed_text"]

    def run_days(x):
        return days(sensors=tf.constant(x))["embeddings"].numpy()

    def run_texts(x):
        words = tf.constant([TEXT] * len(x["token_ids"]))
        return texts(texts=words)["embeddings"].numpy()

    return run_days, run_texts


def onnx_runner(folder):
    import onnxruntime

    def load(part):
        path = folder / "1" / f"{part}.onnx"
        return onnxruntime.InferenceSession(str(path))

    days, texts = load("sensor_encoder"), load("text_encoder")

    def run_days(x):
        return days.run(None, {"sensors": x})[0]

    def run_texts(x):
        return texts.run(None, x)[0]

    return run_days, run_texts


def litert_runner(folder):
    from ai_edge_litert.interpreter import Interpreter

    def load(part):
        path = str(folder / "1" / f"{part}.tflite")
        interpreter = Interpreter(path, num_threads=os.cpu_count())
        return interpreter.get_signature_runner()

    days, texts = load("sensor_encoder"), load("text_encoder")

    def run_days(x):
        return days(sensors=x)["embeddings"]

    def run_texts(x):
        return texts(**x)["embeddings"]

    return run_days, run_texts


def runner(name, folder):
    if name.startswith("keras"):
        return keras_runner(folder)
    makers = {
        "saved_model": saved_model_runner,
        "onnx": onnx_runner,
        "litert": litert_runner,
    }
    return makers[name.split()[0]](folder / name)


def measure(run, one, many, seconds):
    """Times of single calls and of batches, in seconds."""

    def times_of(x, least):
        run(x)  # Compiles, allocates.
        times, start = [], time.perf_counter()
        while len(times) < least or time.perf_counter() - start < seconds:
            begin = time.perf_counter()
            run(x)
            times.append(time.perf_counter() - begin)
            if time.perf_counter() - start > 4 * seconds:
                break
        return np.array(times)

    single, batches = times_of(one, 100), times_of(many, 3)
    return {
        "p50": 1e3 * np.quantile(single, 0.5),
        "p99": 1e3 * np.quantile(single, 0.99),
        "rate": BATCH / np.median(batches),
        "calls": len(single),
    }


def work(name, folder, seconds):
    """What one process measures, as JSON on its last line."""
    data = dict(np.load(folder / "inputs.npz"))
    run_days, run_texts = runner(name, folder)
    one = {key: data[key] for key in ("token_ids", "padding_mask")}
    many = {k: np.repeat(v, BATCH, axis=0) for k, v in one.items()}
    found = {
        "day_cosine": worst(run_days(data["days"]), data["day_embeddings"]),
        "text_cosine": worst(run_texts(one), data["text_embeddings"]),
        "days": measure(run_days, data["days"][:1], data["days"], seconds),
        "texts": measure(run_texts, one, many, seconds),
    }
    print(json.dumps(found))


def worst(found, expected):
    """The smallest cosine between rows."""
    found, expected = np.float64(found), np.float64(expected)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    return (found * expected).sum(axis=1).min()


def size_of(name, folder):
    """Megabytes on disk: of days and texts, or of all."""
    if name.startswith("keras"):
        parts = ["preset/model.weights.h5"]
    elif name.startswith("saved_model"):
        parts = [f"{name}/1/saved_model.pb", f"{name}/1/variables/*"]
    else:
        parts = [f"{name}/1/{side}_encoder.*" for side in ("sensor", "text")]
    sizes = [
        sum(path.stat().st_size for path in folder.glob(part)) / 1e6
        for part in parts
    ]
    if name.startswith("saved_model"):
        sizes = [sum(sizes)]
    return " + ".join(f"{size:.1f}" for size in sizes)


def start(name, folder, seconds):
    """Measures one way in a process of its own."""
    backend = name.split()[1] if name.startswith("keras") else "tensorflow"
    command = [sys.executable, __file__, "--worker", name]
    command += ["--folder", str(folder), "--seconds", str(seconds)]
    done = subprocess.run(
        command,
        env={**os.environ, "KERAS_BACKEND": backend},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def row(name, found, size):
    days, texts = found["days"], found["texts"]
    return (
        f"| {name} | {size} | {days['p50']:.1f} | {days['p99']:.1f} "
        f"| {days['rate']:.0f} | {texts['p50']:.1f} | {texts['p99']:.1f} "
        f"| {texts['rate']:.0f} | {found['day_cosine']:.6f} "
        f"| {found['text_cosine']:.6f} |"
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("preset", nargs="?", default="sensorlm_tiny_en")
    parser.add_argument("--random", action="store_true", help="no weights")
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--prepare", action="store_true", help="export only")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        return work(args.worker, args.folder, args.seconds)
    folder = args.folder or pathlib.Path(tempfile.mkdtemp())
    if args.prepare or not (folder / "inputs.npz").exists():
        os.environ["KERAS_BACKEND"] = "tensorflow"
        prepare(folder, args.preset, args.random)
    if args.prepare:
        return None
    print(
        "| way | MB | day p50 ms | p99 | days/s | text p50 ms | p99 "
        "| texts/s | day cosine | text cosine |"
    )
    print("|---" * 10 + "|")
    for name in (*(f"keras {backend}" for backend in KERAS), *EXPORTS):
        found = start(name, folder, args.seconds)
        print(row(name, found, size_of(name, folder)), flush=True)


if __name__ == "__main__":
    main()
