import dataclasses

import pytest
import yaml

from keras_sensorlm.training.augmentation import Augmentation
from keras_sensorlm.training.recipe import Optimizer
from keras_sensorlm.training.recipe import Recipe
from keras_sensorlm.training.recipe import built_in_recipes


def test_yaml_round_trip(tmp_path):
    recipe = Recipe(
        name="mine",
        steps=100,
        batch_size=8,
        backbone={"sensor_encoder": {"width": 64}},
        optimizer=Optimizer(learning_rate=1e-3),
        augmentation=Augmentation(segment_rate=0.5, gap_minutes=(5, 10)),
    )
    path = tmp_path / "recipe.yaml"
    recipe.save(path)
    assert Recipe.load(path) == recipe


@pytest.mark.parametrize("name", built_in_recipes())
def test_built_in_recipes_load(name):
    recipe = Recipe.load(name)
    assert recipe.name == name
    # The tiny ones are changes to the small preset, for two cores.
    tiny = "tiny" in name
    assert recipe.preset == ("sensorlm_small_en" if tiny else name)
    if tiny:
        assert recipe.live is not None
    else:
        assert recipe.total_steps == 48828


def test_the_papers_recipe_is_there():
    recipe = Recipe.load("sensorlm_siglip_base_en")
    assert recipe.batch_size == 1024
    assert recipe.optimizer == Optimizer()
    assert recipe.schedule.warmup == recipe.schedule.cooldown == 0.2
    assert "sensorlm_extra_large_en" in built_in_recipes()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batchsize": 8}, "Did you mean 'batch_size'"),
        ({"optimizer": {"rate": 1}}, r"Unknown key 'rate' in recipe\.optim"),
        ({"optimizer": 3}, "mapping of settings"),
        ({"caption_keys": {"haiku": 1.0}}, "low_level_caption"),
        ({"caption_keys": {"low_level_caption": 0.0}}, "positive share"),
        ({"schedule": {"name": "linear"}}, "reciprocal_square_root"),
        ({"precision": "float16"}, "mixed_bfloat16"),
        ({"examples": 5}, "either `steps` or `examples`"),
        ({"batch_size": 0}, "at least 1"),
        ({"start_from": ["a", {"part": "decoder"}]}, "`folder` and `part`"),
        ({"start_from": {"folder": "a", "layer": "x"}}, "`folder` and `part`"),
    ],
)
def test_a_wrong_setting_is_named(settings, message):
    with pytest.raises(ValueError, match=message):
        Recipe.from_dict({"name": "a", "steps": 10, **settings})


def test_a_recipe_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match="sensorlm_base_en"):
        Recipe.load(tmp_path / "none.yaml")


def test_a_recipe_is_plain_yaml(tmp_path):
    path = tmp_path / "recipe.yaml"
    Recipe(name="a", steps=3).save(path)
    settings = yaml.safe_load(path.read_text())
    assert settings["augmentation"]["gap_minutes"] == [10, 240]
    assert set(settings) == {f.name for f in dataclasses.fields(Recipe)}
