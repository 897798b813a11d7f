"""Asks the checkpoints of the shipped run for the own captions of days.

    python examples/tiny_model/checkpoints.py DAYS

DAYS is a file or folder of recordings, or `simulated:N:SEED`. For the towers
halfway, the towers at their end and the model that ships: how often a day finds
its own caption first among at most 100.
"""

import argparse
import pathlib
import warnings

import numpy as np

from keras_sensorlm import HierarchicalCaptioner
from keras_sensorlm import SensorLMPreset
from keras_sensorlm.datasets.inputs import find_units
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


def days_of(source):
    """All days of recordings, or simulated ones."""
    with warnings.catch_warnings():
        # Readers tell of single values that they dropped.
        warnings.simplefilter("ignore")
        return [day for unit in find_units(source) for day in unit.read({})[0]]


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
