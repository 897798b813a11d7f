"""Maps that every backend must give; `python -m` this module writes them."""

import pathlib

import numpy as np

from keras_sensorlm.visualization.explanation.methods import METHODS
from keras_sensorlm.visualization.explanation.methods import explain
from keras_sensorlm.visualization.explanation.rollout import attention_rollout
from keras_sensorlm.visualization.explanation.words import caption_attention
from tests.visualization.explanation.presets import LABELS
from tests.visualization.explanation.presets import TEXT
from tests.visualization.explanation.presets import example_day
from tests.visualization.explanation.presets import shared_preset

PATH = pathlib.Path(__file__).with_name("golden.npz")
CAPTION = "a run at noon"


def coarse(values):
    """Means of 40 minutes, NaN where nothing was observed."""
    parts = values.reshape(36, 40, 26)
    seen = ~np.isnan(parts)
    sums = np.where(seen, parts, 0.0).sum(axis=1)
    return np.where(
        seen.any(axis=1), sums / seen.sum(axis=1).clip(1), np.nan
    ).astype("float32")


def maps():
    """Every map of the example day by this library's own code."""
    preset, day = shared_preset(), example_day()
    found = {}
    for method in METHODS:
        through = "saliency smooth_grad grad_cam_plus_plus score_cam".split()
        own = {"engine": "keras"} if method in through else {}
        for labels in (None, LABELS):
            name = method + ("" if labels is None else "_of_class")
            found[name] = coarse(
                explain(preset, day, TEXT, labels, method, **own)
            )
    found["attention_rollout"] = coarse(attention_rollout(preset, day))
    looked = caption_attention(preset, day, CAPTION)
    for word, values in zip(looked.words, looked.maps):
        found[f"word_{word}"] = coarse(values)
    return found


if __name__ == "__main__":
    np.savez_compressed(PATH, **maps())
