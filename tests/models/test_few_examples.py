"""What a head reads, how it is found, and what names add to it."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_sensorlm import models
from keras_sensorlm.models.layers.class_names import ClassNames
from keras_sensorlm.models.linear_probe import logistic_head
from tests.models.backend_helpers import to_numpy
from tests.models.task_helpers import example_days
from tests.models.task_helpers import make_backbone
from tests.models.task_helpers import make_preprocessor

NAMES = ["a run", ["a swim", "There was a swim."]]
SUMMARIES = {"skip_empty_patches": True, "channel_summaries": True}


@pytest.fixture(scope="module")
def backbone():
    return make_backbone(decoder=False, sensors=SUMMARIES)


def normalised(days):
    return make_preprocessor().sensor_converter.to_numpy(days)


def test_each_channel_has_its_place(backbone):
    days = normalised(example_days())
    found = backbone.sensor_features(days)
    np.testing.assert_allclose(
        to_numpy(found["embedding"]),
        to_numpy(backbone.encode_sensors(days)),
        atol=1e-6,
    )
    channels = to_numpy(found["channels"]).reshape(4, 26, 16)
    # The helper's second day lacks the fourth channel.
    assert not channels[1, 3].any()
    assert np.abs(np.delete(channels[1], 3, axis=0)).sum(axis=1).all()
    tokens, _ = backbone.sensor_encoder(
        ops.convert_to_tensor(days), return_mask=True
    )
    np.testing.assert_allclose(
        channels[0], to_numpy(tokens)[0, -26:], atol=1e-5
    )


@pytest.mark.parametrize(
    "sensors",
    [{}, {"class_token": True, "skip_empty_patches": True}],
)
def test_without_summaries_columns_are_averaged_over_time(sensors):
    pooling = "cls" if sensors else "map"
    backbone = make_backbone(
        decoder=False, sensors=sensors, sensor_pooling=pooling
    )
    days = normalised(example_days()).copy()
    days[0, :720] = np.nan
    found = to_numpy(backbone.sensor_features(days)["channels"])
    tokens = to_numpy(backbone.sensor_tokens(days)).reshape(4, 4, 2, 16)
    # Two of four rows of the first day have nothing.
    first = 2 if sensors else 0
    np.testing.assert_allclose(
        found[0], tokens[0, first:].mean(axis=0).ravel(), atol=1e-5
    )
    np.testing.assert_allclose(
        found[1], tokens[1].mean(axis=0).ravel(), atol=1e-5
    )


def test_a_preset_reads_channels_too(backbone):
    preset = models.SensorLMPreset(backbone, make_preprocessor())
    found = preset.embed_days(example_days(), features="channels")
    expected = backbone.sensor_features(normalised(example_days()))
    np.testing.assert_allclose(found, to_numpy(expected["channels"]), atol=1e-3)
    assert preset.embed_days(example_days()).shape == (4, 16)
    with pytest.raises(ValueError, match=r"embedding.*Received.*'tokens'"):
        preset.embed_days(example_days(), features="tokens")


def test_the_head_is_that_of_scikit_learn():
    linear = pytest.importorskip("sklearn.linear_model")
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(0)
    y = np.array([0, 0, 0, 0, 2, 2, 3, 3, 3])
    x = 3 + 2 * rng.normal(size=(9, 40)) + y[:, None]
    x[:, 5] = 7.0
    asked = 3 + 2 * rng.normal(size=(6, 40))
    learner = make_pipeline(
        StandardScaler(),
        linear.LogisticRegression(
            C=0.1, class_weight="balanced", max_iter=1000, tol=1e-8
        ),
    ).fit(x, y)
    kernel, bias = logistic_head(x, y, 4)
    found = to_numpy(ops.softmax(asked @ kernel + bias))
    assert not found[:, 1].any()
    np.testing.assert_allclose(
        found[:, [0, 2, 3]], learner.predict_proba(asked), atol=1e-3
    )


@pytest.mark.parametrize("features", ["embedding", "channels"])
def test_a_probe_learns_a_few_days_and_is_kept(backbone, features, tmp_path):
    classifier = models.SensorLMSensorClassifier(
        backbone,
        3,
        make_preprocessor(),
        activation="softmax",
        features=features,
    )
    labels = [0, 1, 2, 1]
    classifier.fit_probe(example_days(), labels)
    found = classifier.predict(example_days(), verbose=0)
    assert found.argmax(axis=1).tolist() == labels
    again = models.SensorLMSensorClassifier.from_preset
    classifier.save_to_preset(str(tmp_path))
    np.testing.assert_allclose(
        again(str(tmp_path)).predict(example_days(), verbose=0),
        found,
        atol=1e-5,
    )


def test_a_head_on_channels_starts_without_opinion(backbone):
    classifier = models.SensorLMSensorClassifier(
        backbone, 2, make_preprocessor(), features="channels"
    )
    assert not classifier.predict(example_days(), verbose=0).any()
    history = classifier.fit_head(
        example_days(), [0, 1, 0, 1], epochs=30, verbose=0
    )
    assert history.history["loss"][-1] < 0.1 < history.history["loss"][0]


@pytest.mark.parametrize("activation", [None, "softmax"])
def test_names_and_examples_have_an_equal_say(backbone, activation, tmp_path):
    preprocessor = make_preprocessor()
    classifier = models.SensorLMSensorClassifier(
        backbone,
        2,
        preprocessor,
        activation=activation,
        features="channels",
        class_texts=NAMES,
    )
    preset = models.SensorLMPreset(backbone, preprocessor)
    names = preset.embed_texts(NAMES[1]).mean(axis=0)
    np.testing.assert_allclose(
        to_numpy(classifier.names.names)[1],
        names / np.linalg.norm(names),
        atol=1e-5,
    )
    # Before any example, the names alone answer.
    said = preset.embed_days(example_days()) @ to_numpy(
        ops.transpose(classifier.names.names)
    )
    scale, _ = backbone.contrastive_scale(ops.zeros((1,)))
    said = to_numpy(ops.softmax(said * to_numpy(scale)))
    found = classifier.predict(example_days(), verbose=0)
    if activation is None:
        found = to_numpy(ops.softmax(found))
    np.testing.assert_allclose(found, said, atol=1e-4)

    classifier.fit_probe(example_days(), [0, 1, 0, 1])
    head = keras.Model(
        backbone.input["sensors"],
        classifier.head(
            backbone.sensor_features(backbone.input["sensors"])["channels"]
        ),
    )
    learned = head.predict(normalised(example_days()), verbose=0)
    product = to_numpy(ops.softmax(learned)) * said
    product /= product.sum(axis=1, keepdims=True)
    found = classifier.predict(example_days(), verbose=0)
    classifier.save_to_preset(str(tmp_path))
    again = models.SensorLMSensorClassifier.from_preset(str(tmp_path))
    kept = again.predict(example_days(), verbose=0)
    np.testing.assert_allclose(kept, found, atol=1e-5)
    if activation is None:
        found = to_numpy(ops.softmax(found))
    np.testing.assert_allclose(found, product, atol=1e-4)


def test_names_take_part_in_fine_tuning():
    classifier = models.SensorLMSensorClassifier(
        make_backbone(decoder=False, sensors=SUMMARIES),
        2,
        make_preprocessor(),
        fine_tuning="lora",
        activation="softmax",
        features="channels",
        class_texts=NAMES,
    )
    classifier.fit_probe(example_days(), [0, 1, 0, 1])
    before = to_numpy(classifier.names.names).copy()
    scores = classifier.predict(example_days(), verbose=0)
    classifier.compile()
    classifier.fit(example_days(), [0, 1, 0, 1], epochs=2, verbose=0)
    after = classifier.predict(example_days(), verbose=0)
    assert not np.allclose(scores, after)
    np.testing.assert_array_equal(to_numpy(classifier.names.names), before)


def test_what_cannot_be_done_is_explained(backbone):
    make = models.SensorLMSensorClassifier
    with pytest.raises(ValueError, match="each of the 3 classes"):
        make(backbone, 3, make_preprocessor(), class_texts=NAMES)
    with pytest.raises(ValueError, match="preprocessor to read them"):
        make(backbone, 2, class_texts=NAMES)
    with pytest.raises(ValueError, match="Received: features='tokens'"):
        make(backbone, 2, features="tokens")
    several = make(backbone, 2, make_preprocessor(), problem="multilabel")
    with pytest.raises(ValueError, match=r"fit_head.*problem='multilabel'"):
        several.fit_probe(example_days(), [[0, 1]] * 4)


def test_a_product_of_equal_answers_is_as_sure_as_both():
    layer = ClassNames(2)
    logits = np.array([[5.0, 5.0 + np.log(3.0)]], "float32")
    day = np.array([[1.0, 0.0]], "float32")
    layer.build(logits.shape, day.shape)
    layer.names.assign([[0.0, 0.0], [1.0, 0.0]])
    found = to_numpy(ops.softmax(layer(logits, day, scale=np.log(3.0))))
    np.testing.assert_allclose(found, [[0.1, 0.9]], atol=1e-5)
