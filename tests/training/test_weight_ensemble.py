"""Weights between those before and those after fine-tuning."""

import keras
import numpy as np
import pytest

from keras_sensorlm.training import WeightSpaceEnsemble


def fitted(*callbacks):
    """Weights before and after three epochs, and what a fit made of them."""
    keras.utils.set_random_seed(0)
    frozen = keras.layers.Dense(3, name="frozen")
    model = keras.Sequential([keras.Input((4,)), frozen, keras.layers.Dense(1)])
    frozen.trainable = False
    before = model.get_weights()
    model.compile(keras.optimizers.SGD(0.01), "mse")
    x = np.random.default_rng(0).normal(size=(8, 4))
    settings = {"epochs": 3, "shuffle": False, "verbose": 0}
    model.fit(x, x[:, :1], callbacks=list(callbacks), **settings)
    return before, model.get_weights()


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_a_model_goes_a_share_of_the_way(share):
    before, after = fitted()
    same, between = fitted(WeightSpaceEnsemble(share))
    assert (before[2] != after[2]).any()
    for one, start, end, found in zip(before, same, after, between):
        np.testing.assert_array_equal(one, start)
        wanted = start + share * (end - start)
        np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_a_share_is_a_share():
    with pytest.raises(ValueError, match="between 0 and 1"):
        WeightSpaceEnsemble(1.5)
