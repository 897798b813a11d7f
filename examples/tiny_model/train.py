"""Trains the model that ships, `sensorlm_tiny_en`, from the recorded sets.

    python examples/tiny_model/train.py MMASH FITABASE EXERCISE STRESS_PREDICT

Each argument is a folder as its publisher distributes it. Seven runs, one after
the other, take about seven hours of one core on PyTorch in bfloat16; run again
to resume.
"""

import argparse
import pathlib
import subprocess
import sys

import yaml

from keras_sensorlm.training.recipe import Recipe

SIMULATED = "simulated:8000:0"


# Each run and those it starts from, of some one part alone; their recipes
# ship with the package.
RUNS = {
    "towers": [],
    "joint": ["towers"],
    "long": ["joint"],
    "numbers": ["long", "joint"],
    "captions": ["numbers"],
    "wearers": [("towers", "sensor_encoder"), "captions"],
    "en": ["wearers"],
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sets", nargs="+", help="folders of the recorded sets")
    parser.add_argument("--out", type=pathlib.Path, default="tiny_model_run")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for name, before in RUNS.items():
        settings = Recipe.load(f"sensorlm_tiny_{name}").to_dict()
        settings["start_from"] = [start(args.out, run) for run in before]
        recipe = args.out / f"sensorlm_tiny_{name}.yaml"
        recipe.write_text(yaml.safe_dump(settings, sort_keys=False))
        train(str(recipe), args.sets, args.out / name)
    print(f"The model lies in {args.out / 'en' / 'preset'}")


def start(out, run):
    """What a run before wrote, as `Recipe.start_from` names it."""
    name, part = (run, None) if isinstance(run, str) else run
    return {"folder": str(out / name / "preset"), "part": part}


def train(recipe, sets, out):
    """One run of the command line, on the people for training alone."""
    command = "from keras_sensorlm.cli import main; main()"
    people = ["--people", "train", "--people", "validation"]
    subprocess.run(
        [
            *(sys.executable, "-c", command, "train", recipe),
            *(SIMULATED, *sets, *people, "--out", str(out)),
        ],
        check=True,
    )


if __name__ == "__main__":
    main()
