"""Numbers on their own scale, from a frozen or a fine-tuned encoder."""

import keras
import numpy as np
import pytest

from keras_sensorlm import models
from tests.models.task_helpers import example_days
from tests.models.task_helpers import make_backbone
from tests.models.task_helpers import make_preprocessor


def make(**kwargs):
    return models.SensorLMSensorRegressor(
        make_backbone(decoder=False),
        preprocessor=make_preprocessor(),
        **kwargs,
    )


def test_the_scale_comes_from_the_first_targets():
    regressor = make(num_targets=2)
    y = np.array([[400.0, 20], [500, 30], [450, 25], [450, 25]])
    regressor.fit_head(example_days(), y, epochs=1, verbose=0)
    scale = regressor.head.get_layer("scale")
    np.testing.assert_allclose(scale.mean, [450, 25], rtol=1e-5)
    np.testing.assert_allclose(scale.std, y.std(axis=0), rtol=1e-5)
    regressor.fit_head(example_days(), y + 100, epochs=1, verbose=0)
    np.testing.assert_allclose(scale.mean, [450, 25], rtol=1e-5)
    regressor.adapt_targets(y + 100)
    np.testing.assert_allclose(scale.mean, [550, 125], rtol=1e-5)


def test_a_few_numbers_are_learned_and_kept(tmp_path):
    regressor = make()
    y = np.array([300.0, 500.0, 400.0, 450.0])
    regressor.fit_head(
        example_days(),
        y,
        epochs=60,
        optimizer=keras.optimizers.AdamW(0.1),
        verbose=0,
    )
    found = regressor.predict(example_days(), verbose=0)
    assert np.abs(found[:, 0] - y).mean() < 20
    regressor.save_to_preset(str(tmp_path))
    again = models.SensorLMSensorRegressor.from_preset(str(tmp_path))
    np.testing.assert_allclose(
        again.predict(example_days(), verbose=0), found, rtol=1e-4
    )


@pytest.mark.parametrize("fine_tuning", ["probe", "lora", "full"])
def test_only_what_is_fine_tuned_changes(fine_tuning):
    regressor = make(fine_tuning=fine_tuning)
    names = [w.path for w in regressor.backbone.trainable_weights]
    if fine_tuning == "full":
        assert len(names) > 10
    else:
        assert all("lora" in name for name in names)
        assert bool(names) == (fine_tuning == "lora")
    regressor.compile()
    before = regressor.predict(example_days(), verbose=0)
    regressor.fit(example_days(), [1.0, 2.0, 3.0, 4.0], epochs=2, verbose=0)
    after = regressor.predict(example_days(), verbose=0)
    assert not np.allclose(before, after)
    assert regressor.get_config()["fine_tuning"] == fine_tuning
    assert "problem" not in regressor.get_config()
