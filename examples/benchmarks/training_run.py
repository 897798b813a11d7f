"""Input wait, step time, FLOP/s and memory of training.

    KERAS_BACKEND=torch python examples/benchmarks/training_run.py \
        --preset sensorlm_small_en --batch-size 8 --steps 6

Runs `train` on simulated days with the shipped recipe at another batch size;
the first interval, in which things are compiled, is left out. FLOPs are those
of matrix products, as `keras-sensorlm cost` counts them.
"""

import argparse
import csv
import dataclasses
import pathlib
import resource
import statistics
import tempfile

import keras

from keras_sensorlm.models.presets import preset_backbone_arguments
from keras_sensorlm.sensors.simulator import simulate_days
from keras_sensorlm.training import DaySource
from keras_sensorlm.training import Recipe
from keras_sensorlm.training import train
from keras_sensorlm.training.cost import estimate_cost


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", default="sensorlm_small_en")
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--precision", default="mixed_bfloat16")
    args = parser.parse_args()
    recipe = dataclasses.replace(
        Recipe.load(args.preset),
        batch_size=args.batch_size,
        steps=args.steps,
        examples=None,
        precision=args.precision,
        log_every=1,
    )
    days = simulate_days(4 * args.batch_size, seed=0)
    source = DaySource(days, recipe.caption_keys)
    with tempfile.TemporaryDirectory() as folder:
        train(recipe, source, folder, verbose=0)
        with open(pathlib.Path(folder) / "pace.csv", newline="") as file:
            rows = list(csv.DictReader(file))[1:]
    seconds = statistics.median(float(row["seconds"]) for row in rows)
    wait = statistics.mean(float(row["input_wait"]) for row in rows)
    cost = estimate_cost(
        preset_backbone_arguments(args.preset),
        args.batch_size,
        sequence_length=recipe.sequence_length,
        precision=args.precision,
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(
        f"{keras.backend.backend()}, {args.preset}, batch {args.batch_size}, "
        f"{args.precision}: step {seconds:.2f} s, "
        f"{args.batch_size / seconds:.2f} days/s, input wait {wait:.3%}, "
        f"{cost.flops / seconds / 1e9:,.0f} GFLOP/s "
        f"({cost.flops / 1e9:,.0f} GFLOP a step), peak memory {peak:.2f} GB"
    )


if __name__ == "__main__":
    main()
