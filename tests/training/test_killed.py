"""`kill -9` of a real `keras-sensorlm train`, and what comes after it."""

import json
import random

import keras
import numpy as np
import pytest

from keras_sensorlm import simulate_days
from keras_sensorlm.training.batches import DaySource
from keras_sensorlm.training.checkpoint import Checkpoints
from keras_sensorlm.training.run import train
from tests.training import commands
from tests.training.test_run import KEYS
from tests.training.test_run import SETTINGS
from tests.training.test_run import recipe

STEPS = 60


def finish(process):
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors[-3000:]


@pytest.mark.parametrize(
    "kills", [1, pytest.param(5, marks=pytest.mark.slow)], ids=str
)
def test_a_run_killed_and_resumed_is_the_run_never_killed(kills, tmp_path):
    path = tmp_path / "recipe.yaml"
    settings = recipe(steps=STEPS, checkpoint_every=7)
    settings.save(path)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    # What the command does, in this process.
    train(settings, DaySource(simulate_days(10, 0), KEYS), whole, **SETTINGS)
    seed = random.randrange(10**6)
    print(f"kills drawn with seed {seed}")
    for step in sorted(random.Random(seed).sample(range(3, STEPS - 2), kills)):
        process = commands.start(path, killed)
        assert commands.kill_after(process, killed, step), f"not at {step}"
    finish(commands.start(path, killed, "--workers", "2"))

    histories = [
        json.loads((folder / "history.json").read_text())
        for folder in (whole, killed)
    ]
    assert [line["step"] for line in histories[0]] == list(range(1, STEPS + 1))
    states = [
        Checkpoints(folder / "checkpoints").latest()
        for folder in (whole, killed)
    ]
    assert states[0][0] == states[1][0] == STEPS
    if keras.backend.backend() != "tensorflow":
        assert histories[0] == histories[1]
        for name, array in states[0][1].items():
            assert array.tobytes() == states[1][1][name].tobytes(), name
        return
    # TensorFlow's threads add up in an order of their own.
    for one, other in zip(*histories):
        assert one == pytest.approx(other, rel=1e-2, abs=1e-3)
    for name, array in states[0][1].items():
        other = states[1][1][name]
        np.testing.assert_allclose(array, other, rtol=1e-2, atol=1e-3)
