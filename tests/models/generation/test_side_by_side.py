"""How a batch is split into parts, and that they run at the same time."""

import threading

import keras
import keras_hub
import pytest

from keras_sensorlm.models.generation import side_by_side as module
from keras_sensorlm.models.generation.side_by_side import side_by_side
from keras_sensorlm.models.generation.side_by_side import split_batch

GREEDY = keras_hub.samplers.GreedySampler()
BEAM = keras_hub.samplers.BeamSampler(num_beams=2)


class OwnSampler(keras_hub.samplers.GreedySampler):
    """May keep anything between draws."""


@pytest.fixture(autouse=True)
def four_cores(monkeypatch):
    monkeypatch.setattr(module.os, "cpu_count", lambda: 4)


@pytest.mark.skipif(
    keras.config.backend() == "torch", reason="PyTorch uses all cores itself."
)
@pytest.mark.parametrize("sampler", [GREEDY, BEAM])
def test_no_part_is_too_small_and_no_core_left_out(sampler):
    # Sixteen rows are twice as many as a part needs.
    assert split_batch(16, 16, sampler) == (8, 2)
    assert split_batch(64, 100, sampler) == (16, 4)
    # Nine are filled up to sixteen, seven to eight.
    assert split_batch(16, 9, sampler) == (8, 2)
    assert split_batch(16, 7, sampler) == (16, 1)


@pytest.mark.parametrize(
    "sampler",
    [keras_hub.samplers.TopPSampler(p=0.9, seed=0), OwnSampler()],
)
def test_draws_that_depend_on_their_order_are_not_split(sampler):
    assert split_batch(16, 16, sampler) == (16, 1)


def test_one_core_writes_the_batch_whole(monkeypatch):
    monkeypatch.setattr(module.os, "cpu_count", lambda: 1)
    assert split_batch(16, 100, GREEDY) == (16, 1)


def test_parts_run_at_the_same_time_and_come_back_in_order():
    both = threading.Barrier(2)

    def write(item):
        both.wait(timeout=10)
        return item

    assert side_by_side(write, range(4), threads=2) == [0, 1, 2, 3]
