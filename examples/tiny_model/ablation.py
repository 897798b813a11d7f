"""Compares settings of the towers by short runs, on people for validation.

    python examples/tiny_model/ablation.py MMASH FITABASE EXERCISE STRESS

Each argument is a folder as its publisher distributes it. Every row changes
one thing of the recipe `sensorlm_tiny_towers` and runs `--steps` steps of 64
days with texts of 64 and 128 tokens, on the people for training. Told are the
contrastive loss of 100 recorded days of the people for validation with their
captions of three levels, and how often the own one is among the five nearest.
One seed a row: small differences are noise.
"""

import argparse
import copy
import json
import pathlib
import tempfile
import warnings

import keras
import numpy as np

from keras_sensorlm import HierarchicalCaptioner
from keras_sensorlm import simulate_days
from keras_sensorlm.datasets.inputs import find_units
from keras_sensorlm.datasets.splits import load_splits
from keras_sensorlm.training.live_days import LiveDays
from keras_sensorlm.training.recipe import Recipe
from keras_sensorlm.training.run import train

KEY = "high_middle_low_level_caption"
# Name of a row -> what it changes, by the path of the setting.
ROWS = {
    "as shipped": {},
    "patches of 10 minutes": {"backbone.sensor_encoder.patch_size": [10, 26]},
    "patches of 40 minutes": {"backbone.sensor_encoder.patch_size": [40, 26]},
    "patches of 60 minutes, half of the channels": {
        "backbone.sensor_encoder.patch_size": [60, 13]
    },
    "no channel summaries": {
        "backbone.sensor_encoder.channel_summaries": False
    },
    "no values of numbers in texts": {
        "backbone.text_encoder.number_symbols": None
    },
    "sigmoid loss": {"backbone.contrastive": "sigmoid"},
    "statistics not asked for": {"statistics_weight": 0.0},
    "captions of three levels alone": {"caption_keys": {KEY: 1.0}},
    "statistical captions alone": {"caption_keys": {"low_level_caption": 1.0}},
    "no labels": {"live.label_rate": 0.0},
    "recorded days once": {"live.real_repeats": 1},
    "no recorded days": {"recorded": False},
    "no gaps, no channels dropped": {
        "live.channel_drop_rate": 0.0,
        "live.gap_rate": 0.0,
        "live.device_rate": 0.0,
    },
    "a third of the patches hidden": {
        "backbone.sensor_encoder.mask_ratio": 0.3
    },
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sets", nargs="+", help="folders of the recorded sets")
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--simulated", type=int, default=2000)
    parser.add_argument("--out", type=pathlib.Path, default="ablation.json")
    args = parser.parse_args()
    recorded = {"train": [], "validation": []}
    with warnings.catch_warnings():
        # Readers tell of single values that they dropped.
        warnings.simplefilter("ignore")
        days = [
            day
            for source in args.sets
            for unit in find_units(source)
            for day in unit.read({})[0]
        ]
    for split, chosen in recorded.items():
        chosen += load_splits().select(days, split)
    simulated = list(simulate_days(args.simulated, seed=0))
    found = {}
    for name, changes in ROWS.items():
        changes = dict(changes)
        use_recorded = changes.pop("recorded", True)
        recipe = changed(changes, args.steps)
        days = simulated + (recorded["train"] if use_recorded else [])
        with tempfile.TemporaryDirectory() as folder:
            preset = train(recipe, LiveDays(days, recipe), folder, verbose=0)
        found[name] = scores(preset, recorded["validation"])
        print(f"{name:45s}", json.dumps(found[name]), flush=True)
        args.out.write_text(json.dumps(found, indent=1) + "\n")


def changed(changes, steps):
    """The recipe of the towers, short, with some settings replaced."""
    settings = copy.deepcopy(Recipe.load("sensorlm_tiny_towers").to_dict())
    changes = {
        "steps": steps,
        "batch_size": 64,
        "checkpoint_every": steps,
        "live.lengths": {64: 0.5, 128: 0.5},
        **changes,
    }
    for path, value in changes.items():
        *parents, name = path.split(".")
        place = settings
        for parent in parents:
            place = place[parent]
        place[name] = value
    return Recipe.from_dict(settings)


def scores(preset, days, count=100):
    """Loss and retrieval of days with their own captions."""
    rows = np.random.default_rng(0).permutation(len(days))[:count]
    days = [days[row] for row in sorted(rows)]
    preset.preprocessor.return_truncated = False
    captioner = HierarchicalCaptioner(KEY, seed=0, budget=128)
    x = preset.embed_days(days, verbose=False)
    y = preset.embed_texts(captioner.captions(days))
    similarity = x @ y.T
    own = np.diag(similarity)
    rank = (similarity > own[:, None]).sum(axis=1)
    # At the same temperature for every row, whatever its loss learned.
    logits = similarity / 0.05
    spread = keras.ops.convert_to_numpy(keras.ops.logsumexp(logits, axis=1))
    loss = spread - np.diag(logits)
    return {
        "loss": round(float(loss.mean()), 2),
        "in five": round(float((rank < 5).mean()), 2),
        "median rank": round(float(np.median(rank)) + 1, 1),
    }


if __name__ == "__main__":
    main()
