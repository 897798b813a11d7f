"""Days compared with labels: what `SensorLMPreset.classify` stands on."""

import numpy as np
import pytest

from keras_sensorlm import models
from tests.models.task_helpers import example_days
from tests.models.task_helpers import make_backbone
from tests.models.task_helpers import make_decisive
from tests.models.task_helpers import make_preprocessor

LABELS = ["a walk", "swim", "yoga"]


@pytest.fixture(scope="module")
def classifier():
    backbone = make_backbone(decoder=False)
    make_decisive(backbone)
    return models.SensorLMZeroShotClassifier(
        backbone, make_preprocessor(), labels=LABELS
    )


def test_other_labels_for_once_or_for_good(classifier):
    found = classifier.predict(example_days(), verbose=0)
    preset = models.SensorLMPreset(classifier.backbone, classifier.preprocessor)
    expected = preset.classify(example_days(), LABELS)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    once = classifier.predict(example_days(), LABELS[:2], verbose=0)
    np.testing.assert_allclose(once.sum(axis=1), 1, atol=1e-5)
    assert once.shape == (4, 2)
    again = classifier.predict(example_days(), verbose=0)
    np.testing.assert_allclose(again, found, atol=1e-6)
    classifier.set_labels(LABELS[:2])
    kept = classifier.predict(example_days(), verbose=0)
    classifier.set_labels(LABELS)
    np.testing.assert_allclose(kept, once, atol=1e-6)


def test_labels_and_templates_are_saved(classifier, tmp_path):
    classifier.save_to_preset(str(tmp_path))
    again = models.SensorLMZeroShotClassifier.from_preset(str(tmp_path))
    assert again.get_config()["labels"] == LABELS
    np.testing.assert_allclose(
        again.predict(example_days(), verbose=0),
        classifier.predict(example_days(), verbose=0),
        atol=1e-5,
    )


def test_what_cannot_be_asked_is_refused(classifier):
    with pytest.raises(ValueError, match="list of str"):
        classifier.set_labels("walk")
    with pytest.raises(ValueError, match="labels"):
        classifier.embed_labels([])
