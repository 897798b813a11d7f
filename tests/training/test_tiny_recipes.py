"""The two halves of the shipped model's training, in miniature."""

import dataclasses

import keras
import numpy as np
import pytest

from keras_sensorlm import simulate_days
from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.training.build import build_backbone
from keras_sensorlm.training.build import build_preset
from keras_sensorlm.training.build import take_over
from keras_sensorlm.training.live_days import LiveDays
from keras_sensorlm.training.recipe import Recipe
from keras_sensorlm.training.run import train

SMALL = {"width": 16, "num_layers": 1, "num_heads": 2, "mlp_dim": 32}
SETTINGS = {"verbose": 0, "jit_compile": keras.backend.backend() == "jax"}


def small(name, **changes):
    """A shipped recipe with its sizes made small, nothing else."""
    recipe = Recipe.load(name)
    backbone = dict(recipe.backbone)
    backbone["sensor_encoder"] = {
        **backbone["sensor_encoder"],
        **SMALL,
        "patch_size": [240, 26],
    }
    backbone["text_encoder"] = {
        **backbone["text_encoder"],
        **SMALL,
        "vocabulary_size": 600,
    }
    if backbone["decoder"]:
        sizes = {k: v for k, v in SMALL.items() if k != "width"}
        backbone["decoder"] = {**backbone["decoder"], **sizes}
    settings = {
        "backbone": backbone,
        "batch_size": 4,
        "steps": 2,
        "log_every": 1,
        "checkpoint_every": 2,
        "precision": "float32",
        "live": dataclasses.replace(recipe.live, lengths={32: 1.0}),
        **changes,
    }
    return dataclasses.replace(recipe, **settings)


@pytest.fixture(scope="module")
def halves(tmp_path_factory):
    """The towers, and the whole model that began with them."""
    folder = tmp_path_factory.mktemp("halves")
    days = list(simulate_days(8, seed=0))
    towers = small("sensorlm_tiny_towers")
    train(towers, LiveDays(days, towers), folder / "towers", **SETTINGS)
    start = str(folder / "towers" / "preset")
    whole = small("sensorlm_tiny_en", start_from=start)
    preset = train(whole, LiveDays(days, whole), folder / "all", **SETTINGS)
    return start, whole, preset


def by_path(backbone):
    return {
        weight.path: keras.ops.convert_to_numpy(weight)
        for weight in backbone.weights
    }


def test_the_whole_begins_with_the_towers(halves):
    start, recipe, preset = halves
    towers = by_path(SensorLMBackbone.from_preset(start))
    begun = by_path(build_preset(recipe).backbone)
    trained = by_path(preset.backbone)
    for path, weight in towers.items():
        np.testing.assert_array_equal(begun[path], weight, err_msg=path)
    new = [path for path in begun if path not in towers]
    assert new and all("decoder" in path for path in new)
    for path, weight in begun.items():
        if path.endswith("kernel"):
            assert np.abs(trained[path] - weight).max() > 0, path


def test_it_writes_and_reads(halves):
    *_, preset = halves
    days = list(simulate_days(2, seed=1))
    assert len(preset.caption(days, max_length=8)) == 2
    assert preset.classify(days, ["run", "swim"]).shape == (2, 2)


def test_what_does_not_fit_stays_as_it_was(halves):
    start, *_ = halves
    other = small("sensorlm_tiny_towers", backbone={})
    backbone = build_backbone(
        dataclasses.replace(other, preset="sensorlm_small_en")
    )
    left = take_over(backbone, start)
    assert 0 < len(left) < len(backbone.weights)
