"""Exporting from whatever backend this is: TensorFlow does it elsewhere."""

import numpy as np
import pytest

from keras_sensorlm import models
from tests.models.task_helpers import example_days
from tests.models.task_helpers import make_backbone
from tests.models.task_helpers import make_decisive
from tests.models.task_helpers import make_preprocessor

tf = pytest.importorskip("tensorflow")


@pytest.fixture(scope="module")
def preset():
    backbone = make_backbone()
    make_decisive(backbone)
    return models.SensorLMPreset(backbone, make_preprocessor())


def test_a_saved_model_from_any_backend(preset, tmp_path):
    import tensorflow_text  # noqa: F401

    path = preset.export(tmp_path / "new" / "model", templates=["it was {}"])
    assert path == tmp_path / "new" / "model" / "1"
    served = tf.saved_model.load(str(path)).signatures
    days = example_days(3)
    sensors = tf.constant(days)
    found = served["serving_default"](sensors=sensors)["embeddings"]
    np.testing.assert_allclose(found, preset.embed_days(days), atol=1e-5)
    labels = ["a walk", "swim"]
    found = served["classify"](sensors=sensors, labels=tf.constant([labels]))
    np.testing.assert_allclose(
        found["probabilities"],
        preset.classify(days, labels, ["it was {}"]),
        atol=1e-5,
    )
    found = served["caption"](
        sensors=sensors,
        prompts=tf.constant([""]),
        max_length=tf.constant([0]),
    )
    captions = [text.decode() for text in found["captions"].numpy()]
    assert captions == preset.caption(days)


@pytest.mark.slow
def test_what_went_wrong_there_is_said_here(preset, tmp_path):
    with pytest.raises(ValueError, match="Received: 'pickle'"):
        preset.export(tmp_path, "pickle")
