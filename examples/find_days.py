"""Finds the days of an archive that are nearest to a sentence.

    python examples/find_days.py "A long run in the evening." archive/ \
        --preset sensorlm_tiny_en

With --keep FILE.npy the embeddings are kept, so that the next sentence costs no
reading; delete the file when the archive has changed.
"""

import argparse
import pathlib

import numpy as np

import keras_sensorlm


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sentence")
    parser.add_argument(
        "archive", nargs="?", default=keras_sensorlm.example_day_path()
    )
    parser.add_argument("--preset", default="sensorlm_tiny_en")
    parser.add_argument("--top-k", type=int, default=5)
    parser.add_argument("--keep", type=pathlib.Path, help="a .npy file")
    args = parser.parse_args()

    preset = keras_sensorlm.SensorLMPreset.from_preset(args.preset)
    days = keras_sensorlm.read_days(args.archive)
    if args.keep and args.keep.exists():
        vectors = np.load(args.keep)
    else:
        vectors = preset.embed_days(days)
        if args.keep:
            np.save(args.keep, vectors)
    for index, score in preset.retrieve(args.sentence, vectors, args.top_k):
        labels = ", ".join(event.label for event in days[index].events[:5])
        print(f"{score:+.3f}  {days[index].participant}  {labels}")


if __name__ == "__main__":
    main()
