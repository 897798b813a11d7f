"""What a classifier says of labels and days that it cannot learn from."""

import keras
import numpy as np
import pytest

from keras_sensorlm import simulate_days
from keras_sensorlm.models import SensorLMSensorClassifier
from tests.models.task_helpers import make_backbone
from tests.models.task_helpers import make_preprocessor


@pytest.fixture(scope="module")
def classifier():
    return SensorLMSensorClassifier(make_backbone(), 2, make_preprocessor())


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["run", "swim"], "names.index"),
        ([0, 2], "classes 0 to 1. Received: 0 to 2"),
        ([-1, 0], "classes 0 to 1"),
        ([0], "same number"),
        (None, "a label for each day"),
    ],
)
def test_bad_labels_are_explained(classifier, labels, message):
    days = simulate_days(2, seed=0)
    with pytest.raises(ValueError, match=message):
        classifier.fit_head(days, labels, epochs=1, verbose=0)


def test_no_days_are_explained(classifier):
    with pytest.raises(ValueError, match="at least one day"):
        classifier.fit_head([], [], epochs=1, verbose=0)
    with pytest.raises(ValueError, match="at least one day"):
        classifier.predict([], verbose=0)


def test_the_number_of_classes_may_come_from_an_array():
    classes = np.array([0, 2, 1]).max() + 1
    classifier = SensorLMSensorClassifier(make_backbone(), classes)
    assert classifier.output_shape == (None, 3)
    assert type(classifier.get_config()["num_classes"]) is int


@pytest.mark.parametrize("fine_tuning", ["full", "lora"])
def test_only_what_a_day_passes_through_is_trained(fine_tuning):
    classifier = SensorLMSensorClassifier(
        make_backbone(), 2, make_preprocessor(), fine_tuning=fine_tuning
    )
    names = ("text_encoder", "decoder", "sensor_encoder")
    texts, decoder, days = (
        getattr(classifier.backbone, name) for name in names
    )
    before = [layer.get_weights() for layer in (texts, decoder, days)]
    # Weight decay changes what has no gradient, too.
    classifier.compile(keras.optimizers.AdamW(0.1, weight_decay=0.5))
    classifier.fit(simulate_days(2, seed=0), [0, 1], verbose=0)
    for layer, weights in zip((texts, decoder), before):
        for now, then in zip(layer.get_weights(), weights):
            np.testing.assert_array_equal(now, then)
    moved = [
        (now != then).any() for now, then in zip(days.get_weights(), before[2])
    ]
    assert any(moved)
    unused = {id(weight) for weight in texts.weights + decoder.weights}
    assert not any(id(v) in unused for v in classifier.trainable_variables)
