"""Trains the small preset on real and simulated days, on a small machine.

    python examples/train_small.py --out run --steps 200 --simulated 2000 \
        --mmash PATH --fitabase PATH --e4 PATH PATH

The paths are the unpacked data sets MMASH (PhysioNet), Fitabase (Zenodo
53894) and, for the Empatica E4, Stress-Predict and "Wearable Device Dataset
from Induced Stress and Structured Exercise Sessions". Any may be left out.
Only the people that `load_splits` trains on are learned from; the run is
watched on its validation people. The recipe is the shipped one with a small
batch. Started again with the same folder, it goes on where it was cut off.
"""

import argparse
import dataclasses
import time
import warnings

from keras_sensorlm.datasets.splits import check_disjoint
from keras_sensorlm.datasets.splits import load_splits
from keras_sensorlm.sensors.day import ImplausibleValueWarning
from keras_sensorlm.sensors.readers import read_days
from keras_sensorlm.sensors.simulator import simulate_days
from keras_sensorlm.training import Augmentation
from keras_sensorlm.training import DaySource
from keras_sensorlm.training import Recipe
from keras_sensorlm.training import Validation
from keras_sensorlm.training import train


def read_all(args):
    """Days of the data sets that were given."""
    wanted = [("mmash", args.mmash), ("fitabase", args.fitabase)]
    wanted += [("empatica_e4", path) for path in args.e4]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImplausibleValueWarning)
        return [
            day
            for format, path in wanted
            if path
            for day in read_days(path, format)
        ]


def sources(args, keys):
    """What is learned from, and what the run is watched on."""
    splits = load_splits()
    real = read_all(args)
    training = splits.select(real, "train")
    validation = splits.select(real, "validation")
    held_out = simulate_days(
        args.validation_days - args.validation_days // 2,
        seed=splits.simulated["validation"],
    )
    # As many real days as there are, up to half.
    validation = validation[
        :: max(1, len(validation) * 2 // args.validation_days)
    ]
    validation = validation[: args.validation_days // 2] + held_out
    check_disjoint(training, validation)
    print(f"{len(training)} real days, {args.simulated} simulated ones")
    training += simulate_days(args.simulated, seed=args.seed)
    return DaySource(training, keys), DaySource(validation, keys)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--simulated", type=int, default=2000)
    parser.add_argument("--validation-days", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mmash")
    parser.add_argument("--fitabase")
    parser.add_argument("--e4", nargs="*", default=[])
    args = parser.parse_args()
    recipe = dataclasses.replace(
        Recipe.load("sensorlm_small_en"),
        steps=args.steps,
        examples=None,
        batch_size=args.batch_size,
        precision="mixed_bfloat16",
        augmentation=Augmentation(segment_rate=0.2, gap_rate=0.05),
        log_every=max(1, args.steps // 100),
        checkpoint_every=max(1, args.steps // 20),
        validation=Validation(
            every=max(1, args.steps // 5),
            days=args.validation_days,
            captions=4,
        ),
    )
    began = time.time()
    source, validation = sources(args, recipe.caption_keys)
    print(f"Data ready after {time.time() - began:.0f} s", flush=True)
    train(recipe, source, args.out, validation, verbose=2)
    print(f"This session took {(time.time() - began) / 60:.1f} min")


if __name__ == "__main__":
    main()
