"""Micro-batches: the step of the whole batch with the memory of a part."""

import keras
import numpy as np
import pytest

from keras_sensorlm import models
from tests.models.backend_helpers import to_numpy
from tests.models.task_helpers import TEXTS
from tests.models.task_helpers import example_days
from tests.models.task_helpers import make_backbone
from tests.models.task_helpers import make_preprocessor

ROWS = 8
WEIGHTS = np.array([1, 0, 2, 1, 1, 0.5, 1, 3], "float32")
LONG = ["a b c", "a day of running and a swim", "x", "walked, then ran"]


def batch():
    texts = [*TEXTS, *LONG]
    x = dict(
        make_preprocessor()({"sensors": example_days(ROWS), "text": texts})
    )
    return {k: to_numpy(v) for k, v in x.items() if k != "truncated"}


def step(backbone=(), weights=None, **settings):
    """What a step of `fit` does to the weights, and its logs."""
    pretrainer = models.SensorLMPretrainer(make_backbone(**dict(backbone)))
    pretrainer.compile(
        keras.optimizers.SGD(1.0, global_clipnorm=1.0), **settings
    )
    before = {w.path: to_numpy(w) for w in pretrainer.trainable_weights}
    history = pretrainer.fit(
        batch(),
        np.arange(ROWS) % 3 == 0,
        sample_weight=weights,
        batch_size=ROWS,
        shuffle=False,
        verbose=0,
    ).history
    steps = [before[w.path] - to_numpy(w) for w in pretrainer.trainable_weights]
    return steps, {name: values[0] for name, values in history.items()}


def assert_equal(found, expected):
    # The whole step has length 1.
    for ours, theirs in zip(found[0], expected[0], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)
    assert found[1] == pytest.approx(expected[1], rel=1e-5)


def test_the_step_is_that_of_the_whole_batch():
    # 3 does not divide 8: the last piece is filled up.
    found = step(weights=WEIGHTS, micro_batch_size=3, loss_chunk_size=3)
    assert_equal(found, step(weights=WEIGHTS))


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {"backbone": {"decoder": False, "contrastive": "softmax"}},
        {"loss_weights": {"captioning": 1.0}},
        {"loss_weights": {"contrastive": 1.0}},
        {"backbone": {"dtype": "mixed_bfloat16"}},
    ],
)
def test_so_with_every_objective(settings):
    found, expected = step(micro_batch_size=2, **settings), step(**settings)
    if "bfloat16" not in str(settings):
        assert_equal(found, expected)
    else:
        # Sums of rounded parts: here the parts are rounded otherwise.
        assert found[1]["loss"] == pytest.approx(expected[1]["loss"], rel=1e-2)


@pytest.mark.slow
def test_both_runs_hide_the_same_rectangles():
    """With random hiding, one piece of the whole batch is the plain step."""
    backbone = {"sensors": {"mask_ratio": 0.5, "seed": 3}}
    found = step(backbone, micro_batch_size=ROWS)
    assert_equal(found, step(backbone))


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"micro_batch_size": 0}, "micro_batch_size"),
        ({"loss_chunk_size": -1}, "loss_chunk_size"),
        ({"loss_chunk_size": 2, "loss": "softmax"}, "Only the sigmoid"),
    ],
)
def test_unusable_sizes_are_refused(settings, message):
    pretrainer = models.SensorLMPretrainer(make_backbone())
    with pytest.raises(ValueError, match=message):
        pretrainer.compile("sgd", **settings)
