import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from keras_sensorlm import models
from keras_sensorlm.cli import app
from keras_sensorlm.models.presets import PRESETS
from keras_sensorlm.models.presets import preset_backbone_arguments
from keras_sensorlm.training.build import build_backbone
from keras_sensorlm.training.cost import estimate_cost
from keras_sensorlm.training.recipe import Recipe
from tests.training import compiled_cost_script

SCRIPT = "tests.training.compiled_cost_script"
ROOT = pathlib.Path(__file__).resolve().parents[2]
TOWER = {"width": 16, "num_layers": 2, "num_heads": 2}


@pytest.mark.parametrize("name", PRESETS)
def test_the_weights_of_presets_are_counted_without_building(name):
    cost = estimate_cost(preset_backbone_arguments(name), batch_size=8)
    assert cost.parameters == PRESETS[name][5]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"contrastive": "softmax", "embedding_dim": 8},
        {"contrastive": None, "decoder": True},
        {"decoder": True, "caption_memory": "tokens"},
        {"decoder": True, "num_caption_queries": 3, "text_pooling": "map"},
        {"sensor_projection": False, "sensor_pooling": "mean"},
        {"decoder": True, "sensor_pooling": "cls"},
        {"decoder": True, "pooling_queries": 3, "text_pooling": "map"},
        {"decoder": True, "pooling_queries": 2, "number_pointer": True},
    ],
    ids=str,
)
def test_weights_are_those_of_what_is_built(settings):
    settings = dict(settings)
    gated = "decoder" in settings
    if gated:
        settings["decoder"] = models.MultimodalDecoder(2, 2, 48, gated=True)
    arguments = {
        "sensor_encoder": models.SensorEncoder(
            **TOWER,
            mlp_dim=48,
            gated=gated,
            patch_size=(240, 2),
            missing="mask" if gated else "impute",
            channel_summaries="pooling_queries" in settings,
            channel_events="number_pointer" in settings,
            class_token=settings.get("sensor_pooling") == "cls",
        ),
        "text_encoder": models.TextEncoder(
            100,
            **TOWER,
            causal=gated,
            number_symbols={s: [i] for i, s in enumerate("0123456789.-")}
            if "pooling_queries" in settings
            else None,
        ),
        **settings,
    }
    cost = estimate_cost(arguments, batch_size=2)
    backbone = models.SensorLMBackbone(**arguments)
    assert cost.parameters == backbone.count_params()


def estimate(**settings):
    arguments = preset_backbone_arguments("sensorlm_base_en")
    return estimate_cost(arguments, **{"batch_size": 64, **settings})


def test_what_saves_memory_and_what_costs_work():
    plain = estimate()
    assert estimate(devices=8).flops == pytest.approx(plain.flops / 8)
    assert estimate(devices=8).state_bytes == plain.state_bytes
    sharded = estimate(devices=8, shard_weights=True)
    assert sharded.state_bytes == plain.state_bytes / 8
    remat = estimate(remat=True)
    assert 1.2 * plain.flops < remat.flops < 4 / 3 * plain.flops
    assert remat.activation_bytes < plain.activation_bytes / 4
    wide = estimate(precision="float32")
    assert wide.activation_bytes > 1.8 * plain.activation_bytes
    dense = estimate(dense_attention=True)
    assert dense.activation_bytes > plain.activation_bytes
    assert dense.flops == plain.flops
    micro = estimate(micro_batch=8)
    assert micro.activation_bytes < plain.activation_bytes / 7
    assert 1.2 * plain.flops < micro.flops < 4 / 3 * plain.flops
    twice = plain.days_per_second(2e12, 0.5)
    assert twice == pytest.approx(2 * plain.days_per_second(1e12, 0.5))


def test_what_does_not_divide_is_refused():
    with pytest.raises(ValueError, match="divide by the devices"):
        estimate(devices=3)
    with pytest.raises(ValueError, match="mixed_bfloat16"):
        estimate(precision="float8")


@pytest.mark.slow
def test_the_compiler_agrees():
    """On one device and on four made-up ones, in a process of its own."""
    pytest.importorskip("jax")
    done = subprocess.run(
        [sys.executable, "-m", SCRIPT],
        cwd=ROOT,
        env={
            **os.environ,
            "KERAS_BACKEND": "jax",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "XLA_FLAGS": "--xla_force_host_platform_device_count=4",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    for case in json.loads(done.stdout.splitlines()[-1]):
        # Softmax, norms and Adam are counted there and not here.
        assert 0.9 < case["flops"] < 1.01, case
        assert case["state"] == pytest.approx(1.0, abs=0.001), case
        # What the backward pass needs at least; XLA on a CPU holds more.
        assert 0.3 < case["work"] < 1.1, case


def test_the_command_prints_a_table():
    result = CliRunner().invoke(
        app, ["cost", "sensorlm_small_en", "--devices", "1,8", "--batch", "64"]
    )
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert [line.split(" | ")[2] for line in lines[2:]] == ["1", "8"]
    assert "15.4 M" in lines[2]
    for arguments in (["--devices", "eight"], ["--accelerator", "abacus"]):
        result = CliRunner().invoke(app, ["cost", *arguments])
        assert result.exit_code == 2
        assert "Received" in result.output


def test_the_command_asks_the_compiler_about_the_same_step(monkeypatch):
    from keras_sensorlm.training import compiled_cost

    def told(recipe, devices, shard_weights, memory):
        assert (recipe.batch_size, recipe.sequence_length) == (16, 32)
        assert (recipe.remat, devices, shard_weights) == (False, 4, True)
        work = 2 * 10**9 if memory else None
        return compiled_cost.CompiledCost(5e12, 10**9, work)

    monkeypatch.setattr(compiled_cost, "compiled_cost", told)
    monkeypatch.setenv("XLA_FLAGS", "")
    command = (
        "cost sensorlm_small_en --devices 1,4 --batch 16 --length 32 --no-remat"
    ).split()
    for option in ("--check", "--check-memory"):
        result = CliRunner().invoke(app, [*command, option])
        assert result.exit_code == 0, result.output
        assert "ing a step of sensorlm_small_en for 4 made" in result.output
        assert "compiler, 4 devices: 5 TFLOP" in result.output
        assert ("beside them 2 GB" in result.output) == ("memory" in option)
        assert os.environ["XLA_FLAGS"].endswith("device_count=4")


def test_a_recipe_costs_what_it_builds(tmp_path, monkeypatch):
    path = tmp_path / "mine.yaml"
    compiled_cost_script.recipe(remat=False).save(path)
    result = CliRunner().invoke(
        app, ["cost", str(path), "--devices", "1", "--batch", "8"]
    )
    assert result.exit_code == 0, result.output
    assert "weights" not in result.output
    (line,) = result.output.splitlines()[2:]
    backbone = build_backbone(Recipe.load(path))
    assert f"{backbone.count_params() / 1e6:.1f} M" in line
    monkeypatch.setattr(type(backbone), "count_params", lambda self: 7)
    result = CliRunner().invoke(app, ["cost", str(path), "--devices", "1"])
    assert "has 7 weights, of which the table counts" in result.output


@pytest.mark.slow
def test_the_command_asks_the_compiler(tmp_path):
    pytest.importorskip("jax")
    path = tmp_path / "mine.yaml"
    compiled_cost_script.recipe(remat=True).save(path)
    command = "from keras_sensorlm.cli import main; main()"
    options = "--devices 4 --batch 32 --length 64 --check-memory".split()
    done = subprocess.run(
        [sys.executable, "-c", command, "cost", str(path), *options],
        env={**os.environ, "KERAS_BACKEND": "jax", "XLA_FLAGS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Lowering and compiling a step" in done.stderr
    flops, ours = map(
        float,
        re.search(
            r"devices: (\S+) TFLOP a step and device \(ours (\S+)\)",
            done.stdout,
        ).groups(),
    )
    assert 0.9 < ours / flops < 1.01, done.stdout
