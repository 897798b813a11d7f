"""Writes the captions of an archive, all eight kinds, one line of JSON a day.

    python examples/caption_archive.py archive/ captions.jsonl

Needs no Keras. `keras-sensorlm prepare` does the same for archives that do not
fit into memory, as training records.
"""

import argparse
import json

import keras_sensorlm


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archive")
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    days = keras_sensorlm.read_days(args.archive)
    told = {
        key: keras_sensorlm.HierarchicalCaptioner(key, args.seed).captions(days)
        for key in keras_sensorlm.CAPTION_KEYS
    }
    with open(args.out, "w", encoding="utf-8") as file:
        for i, day in enumerate(days):
            line = {
                "participant": day.participant,
                "date": day.date and day.date.isoformat(),
                **{key: captions[i] for key, captions in told.items()},
            }
            file.write(json.dumps(line) + "\n")
    print(f"{len(days)} days in {args.out}")


if __name__ == "__main__":
    main()
