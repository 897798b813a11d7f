"""Asks the checkpoints of the shipped run for the own captions of days.

    python examples/tiny_model/checkpoints.py DAYS

DAYS is what `read_days` takes, or `simulated:N:SEED`. For the towers halfway,
the towers at their end and the model that ships: how often a day finds its own
caption first among at most 100.
"""

import argparse
import pathlib
import warnings

import numpy as np

from keras_sensorlm import HierarchicalCaptioner
from keras_sensorlm import SensorLMPreset
from keras_sensorlm import read_days
from keras_sensorlm import simulate_days
from keras_sensorlm.training.build import build_preset
from keras_sensorlm.training.recipe import Recipe

HERE = pathlib.Path(__file__).parent
KEYS = ("low_level_caption", "high_middle_low_level_caption")


def load(path):
    """The towers with the weights of a checkpoint."""
    preset = build_preset(Recipe.load("sensorlm_tiny_towers"))
    preset.preprocessor.return_truncated = False
    with np.load(path) as weights:
        for weight in preset.backbone.weights:
            weight.assign(weights[weight.path].astype("float32"))
    return preset


def days_of(argument):
    if argument.startswith("simulated:"):
        count, seed = map(int, argument.split(":")[1:])
        return list(simulate_days(count, seed=seed))
    with warnings.catch_warnings():
        # Readers tell of single values that they dropped.
        warnings.simplefilter("ignore")
        return read_days(argument)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("days")
    args = parser.parse_args()
    days = days_of(args.days)
    rows = np.random.default_rng(0).permutation(len(days))[:100]
    days = [days[row] for row in sorted(rows)]
    models = {
        "towers halfway": load(HERE / "towers_halfway.npz"),
        "towers": load(HERE / "towers.npz"),
        "shipped": SensorLMPreset.from_preset("sensorlm_tiny_en"),
    }
    for key in KEYS:
        captions = HierarchicalCaptioner(key, seed=0).captions(days)
        print(f"{key}, {len(days)} days, own one first:")
        for name, preset in models.items():
            scores = preset.embed_days(days, verbose=False) @ (
                preset.embed_texts(captions, verbose=False).T
            )
            first = scores.argmax(axis=1) == np.arange(len(days))
            print(f"  {name:15} {first.mean():.2f}")


if __name__ == "__main__":
    main()
