"""Trains a grid of tiny models and fits a scaling law to their losses.

    python examples/scaling_law.py --out grid \
        --picture guides/images/scaling.png

Each run sees every simulated day of its share once, with the shipped
optimizer and a schedule of its own length; its loss is that on 256 days of
other people. Weights are counted without the vocabulary's. Runs that are
there already are not repeated.
"""

import argparse
import json
import pathlib

from keras_sensorlm.sensors.simulator import simulate_days
from keras_sensorlm.training import DaySource
from keras_sensorlm.training import Optimizer
from keras_sensorlm.training import Recipe
from keras_sensorlm.training import Validation
from keras_sensorlm.training import train
from keras_sensorlm.training.scaling import fit_scaling_law
from keras_sensorlm.visualization.scaling import plot_scaling

KEYS = {"high_level_summary_caption": 1.0}
WIDTHS = (8, 16, 32, 64)
DAYS = (256, 512, 1024, 2048)
BATCH = 16
VOCABULARY = 2000


def tiny(width, days, figure):
    """The recipe of one run."""
    tower = {
        "width": width,
        "num_layers": 2,
        "num_heads": max(1, width // 16),
        "mlp_dim": 4 * width,
    }
    return Recipe(
        name=f"width-{width}-days-{days}",
        backbone={
            "sensor_encoder": {**tower, "patch_size": [60, 26]},
            "text_encoder": {**tower, "vocabulary_size": VOCABULARY},
            "decoder": {k: v for k, v in tower.items() if k != "width"},
            "num_caption_queries": 8,
        },
        caption_keys=KEYS,
        sequence_length=64,
        batch_size=BATCH,
        steps=days // BATCH,
        optimizer=Optimizer(learning_rate=3e-3),
        checkpoint_every=10**6,
        validation=Validation(every=10**6, days=256, captions=0, best=figure),
    )


def run(recipe, days, source, validation, folder, figure):
    """One run's weights, days and loss; trained where not there yet."""
    path = folder / recipe.name / "found.json"
    if not path.exists():
        seen = [source[i] for i in range(days)]
        preset = train(
            recipe, seen, path.parent, validation, verbose=0, jit_compile=False
        )
        history = json.loads((path.parent / "history.json").read_text())
        backbone = preset.backbone
        count = backbone.count_params()
        count -= backbone.text_encoder.token_embedding.count_params()
        count -= backbone.text_encoder.position_embedding.shape[0] * (
            backbone.text_encoder.width
        )
        loss = history[-1][f"validation_{figure}"]
        path.write_text(json.dumps([count, days, loss]))
    found = json.loads(path.read_text())
    print("{:>9,} weights {:>6,} days: loss {:.4f}".format(*found), flush=True)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--picture")
    parser.add_argument("--figure", default="captioning_loss")
    args = parser.parse_args()
    source = DaySource(simulate_days(max(DAYS), seed=1), KEYS)
    validation = DaySource(simulate_days(256, seed=2), KEYS)
    found = [
        run(
            tiny(width, days, args.figure),
            days,
            source,
            validation,
            args.out,
            args.figure,
        )
        for width in WIDTHS
        for days in DAYS
    ]
    law = fit_scaling_law(*zip(*found))
    print(law)
    print(f"relative error of the fit {law.error:.1%}")
    if args.picture:
        plot_scaling(*zip(*found), law, args.picture)


if __name__ == "__main__":
    main()
