"""The runs of the shipped model's training, in miniature."""

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


# Each of the runs of the shipped model, and those it starts from.
RUNS = {
    "towers": (),
    "joint": ("towers",),
    "long": ("joint",),
    "numbers": ("long", "joint"),
    "captions": ("numbers",),
    "en": ("captions",),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Folder, recipe and preset of each of the runs."""
    folder = tmp_path_factory.mktemp("runs")
    days = list(simulate_days(8, seed=0))
    done = {}
    for name, before in RUNS.items():
        start = [str(done[run][0] / "preset") for run in before]
        if name == "en":
            towers = str(done["towers"][0] / "preset")
            start.insert(0, {"folder": towers, "part": "sensor_encoder"})
        recipe = small(f"sensorlm_tiny_{name}", start_from=start or None)
        preset = train(
            recipe, LiveDays(days, recipe), folder / name, **SETTINGS
        )
        done[name] = folder / name, recipe, preset
    return done


def by_path(backbone):
    return {
        weight.path: keras.ops.convert_to_numpy(weight)
        for weight in backbone.weights
    }


def saved(runs, name):
    folder, *_ = runs[name]
    return by_path(SensorLMBackbone.from_preset(str(folder / "preset")))


@pytest.mark.parametrize("name", ["joint", "long", "numbers", "captions"])
def test_a_run_begins_where_the_one_before_ended(runs, name):
    _, recipe, preset = runs[name]
    first = saved(runs, RUNS[name][0])
    begun = by_path(build_preset(recipe).backbone)
    shared = first.keys() & begun.keys()
    assert len(shared) > 20
    for path in shared:
        np.testing.assert_array_equal(begun[path], first[path], err_msg=path)
    trained = by_path(preset.backbone)
    for path, weight in begun.items():
        if path.endswith("kernel"):
            assert np.abs(trained[path] - weight).max() > 0, path


def test_what_the_first_lacks_comes_from_the_next(runs):
    _, recipe, _ = runs["numbers"]
    begun = by_path(build_preset(recipe).backbone)
    long, joint = saved(runs, "long"), saved(runs, "joint")
    decoder = [path for path in joint if path.startswith("decoder")]
    assert decoder and not set(decoder) & set(long)
    for path in decoder:
        np.testing.assert_array_equal(begun[path], joint[path], err_msg=path)
    new = begun.keys() - long.keys() - joint.keys()
    assert new and all("number_pointer" in path for path in new)


def test_captions_add_what_happened(runs):
    _, recipe, _ = runs["captions"]
    begun = by_path(build_preset(recipe).backbone)
    new = begun.keys() - saved(runs, "numbers").keys()
    assert new and all("channel_events" in path for path in new)


def test_the_last_run_has_the_first_encoder_and_the_rest_of_the_captions(runs):
    _, recipe, _ = runs["en"]
    begun = by_path(build_preset(recipe).backbone)
    first, captions = saved(runs, "towers"), saved(runs, "captions")
    assert begun.keys() == captions.keys()
    for path, weight in begun.items():
        early = path.startswith("sensor_encoder/") and path in first
        before = first[path] if early else captions[path]
        np.testing.assert_array_equal(weight, before, err_msg=path)
    head = "sensor_head/projection/kernel"
    assert np.abs(first[head] - captions[head]).max() > 0


def test_a_part_that_is_not_there_is_an_error(runs):
    folder, recipe, _ = runs["towers"]
    start = {"folder": str(folder / "preset"), "part": "decoder"}
    with pytest.raises(ValueError, match="part='decoder'"):
        build_preset(dataclasses.replace(recipe, start_from=start))


def test_it_writes_and_reads(runs):
    *_, preset = runs["en"]
    days = list(simulate_days(2, seed=1))
    assert len(preset.caption(days, max_length=8)) == 2
    assert preset.classify(days, ["run", "swim"]).shape == (2, 2)


def test_what_does_not_fit_stays_as_it_was(runs):
    start = str(runs["towers"][0] / "preset")
    other = small("sensorlm_tiny_towers", backbone={})
    backbone = build_backbone(
        dataclasses.replace(other, preset="sensorlm_small_en")
    )
    left = take_over(backbone, start)
    assert 0 < len(left) < len(backbone.weights)
