"""How many days a second are made ready for a training step.

    python examples/benchmarks/input_pipeline.py --days 2048

Days are read, normalised, told in 256 tokens and packed into batches of 64:
from memory, from prepared TFRecord and ArrayRecord by our own threads, from
ArrayRecord through Grain and from TFRecord through tf.data, which reads in
the order of the files. The data are prepared in a temporary folder first.
Days a second of wall time and of processor time, which other work on the
machine does not change much, from the passes after the first; memory is the
growth of the peak while measuring. tf.data tells the longer captions alone.
"""

import argparse
import pathlib
import resource
import tempfile
import time

from keras_sensorlm.datasets import PreparedDays
from keras_sensorlm.datasets import prepare
from keras_sensorlm.models.presets import preset_preprocessor
from keras_sensorlm.training import Augmentation
from keras_sensorlm.training import DaySource
from keras_sensorlm.training import Recipe
from keras_sensorlm.training import TrainingBatches

KEYS = {"high_level_summary_caption": 0.5, "high_middle_low_level_caption": 0.5}
BATCH = 64
PASSES = 4


def peak():
    """Peak memory of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def recipe(days, **settings):
    return Recipe(
        name="input",
        batch_size=BATCH,
        steps=PASSES * (days // BATCH),
        caption_keys=KEYS,
        **settings,
    )


def report(name, batches, days):
    """Drains batches and prints the rate of the last pass."""
    before = peak()
    for step, _ in enumerate(batches):
        if step + 1 == days // BATCH:
            began = time.perf_counter(), time.process_time()
    count = (step + 1 - days // BATCH) * BATCH
    wall = count / (time.perf_counter() - began[0])
    processor = count / (time.process_time() - began[1])
    print(
        f"{name:<32} {wall:>7,.0f} days/s {processor:>7,.0f} days/s of "
        f"processor time {peak() - before:>5,.0f} MB more",
        flush=True,
    )


def through_tf_data(folder, preprocessor):
    """The same records in TensorFlow's graph, in the files' order."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    path = next(pathlib.Path(folder).glob("sensorlm/*"))
    key = max(KEYS, key=len)

    def convert(record):
        signal = tf.io.parse_tensor(record["input_signal"], tf.double)
        signal = tf.ensure_shape(tf.cast(signal, "float32"), (1440, 26))
        absent = tf.fill(tf.shape(signal), float("nan"))
        return tf.where(record["observed"], signal, absent), record[key]

    def pack(sensors, text):
        return {"sensors": sensors, **preprocessor({"text": text})}

    records = tfds.builder_from_directory(path).as_dataset("train")
    records = records.map(convert, tf.data.AUTOTUNE).repeat(PASSES)
    records = records.batch(BATCH, drop_remainder=True)
    return records.map(pack, tf.data.AUTOTUNE).prefetch(2).as_numpy_iterator()


def through_grain(batches):
    """Our batches, prepared by Grain's threads."""
    import grain

    options = grain.ReadOptions(num_threads=2, prefetch_buffer_size=4)
    return iter(grain.MapDataset.source(batches).to_iter_dataset(options))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=2048)
    args = parser.parse_args()
    preprocessor = preset_preprocessor("sensorlm_small_en")
    preprocessor.return_truncated = True
    plain = recipe(args.days)
    changed = recipe(args.days, augmentation=Augmentation(0.5, gap_rate=0.1))
    with tempfile.TemporaryDirectory() as folder:
        sources = {}
        for kind in ("tfrecord", "array_record"):
            prepare(
                f"simulated:{args.days}:0",
                f"{folder}/{kind}",
                keys=list(KEYS),
                fractions=(1.0, 0.0, 0.0),
                file_format=kind,
            )
            sources[kind] = PreparedDays(f"{folder}/{kind}", keys=list(KEYS))
        for workers in (1, 2):
            for kind, source in sources.items():
                batches = TrainingBatches(source, preprocessor, plain)
                report(
                    f"{kind}, {workers} threads",
                    batches.stream(workers=workers),
                    args.days,
                )
        batches = TrainingBatches(sources["tfrecord"], preprocessor, changed)
        report(
            "tfrecord, augmented, 2 threads",
            batches.stream(workers=2),
            args.days,
        )
        batches = TrainingBatches(sources["array_record"], preprocessor, plain)
        report("array_record, Grain", through_grain(batches), args.days)
        report(
            "tfrecord, tf.data, file order",
            through_tf_data(f"{folder}/tfrecord", preprocessor),
            args.days,
        )
        pairs = [sources["tfrecord"][i] for i in range(args.days)]
        memory = DaySource(
            [day for day, _ in pairs],
            KEYS,
            captions={key: [c[key] for _, c in pairs] for key in KEYS},
        )
        batches = TrainingBatches(memory, preprocessor, plain)
        report("memory, 2 threads", batches.stream(workers=2), args.days)


if __name__ == "__main__":
    main()
