"""Days and texts become inputs, alike eagerly and in a graph."""

import io

import keras
import keras_hub
import numpy as np
import pytest
import tensorflow as tf

from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.models.preprocessor import SensorLMPreprocessor
from keras_sensorlm.models.sensor_converter import SensorConverter
from keras_sensorlm.models.sensor_encoder import SensorEncoder
from keras_sensorlm.models.sentence_piece_tokenizer import (
    SensorLMSentencePieceTokenizer,
)
from keras_sensorlm.models.text_encoder import TextEncoder
from keras_sensorlm.models.tokenizer import SensorLMTokenizer
from keras_sensorlm.sensors.day import SensorDay

TEXTS = ["A walk.", "a long walk by the river at 07:40 in the rain", ""]


def make(length=8, pad_token="[PAD]", **arguments):
    return SensorLMPreprocessor(
        SensorLMTokenizer(vocabulary_size=2000, pad_token=pad_token),
        sequence_length=length,
        **arguments,
    )


@pytest.fixture
def days():
    values = np.full((3, 1440, 26), np.nan, dtype="float32")
    values[:, :700, 0] = 70.0
    return values


def as_numpy(outputs):
    return {k: keras.ops.convert_to_numpy(v) for k, v in outputs.items()}


def test_packing():
    preprocessor = make()
    walk = preprocessor.tokenizer.tokenize("a walk.").tolist()
    outputs = as_numpy(preprocessor({"text": TEXTS}))
    ids, mask = outputs["token_ids"], outputs["padding_mask"]
    assert ids.dtype == mask.dtype == np.int32
    assert ids[0].tolist() == [3, *walk, 1, 0, 0, 0]
    assert mask[0].tolist() == [1, 1, 1, 1, 1, 0, 0, 0]
    # Too long: the beginning, and the end token at the last position.
    assert ids[1, 0] == 3 and ids[1, -1] == 1
    assert mask[1].all()
    long = preprocessor.tokenizer.tokenize(TEXTS[1]).tolist()
    assert ids[1, 1:-1].tolist() == long[:6]
    assert ids[2].tolist() == [3, 1, 0, 0, 0, 0, 0, 0]


def test_siglip_packing():
    preprocessor = make(pad_token="[EOS]", add_start_token=False)
    outputs = as_numpy(preprocessor({"text": TEXTS}))
    assert outputs["token_ids"][0, 3:].tolist() == [1] * 5
    assert outputs["token_ids"][:, -1].tolist() == [1] * 3
    assert outputs["padding_mask"][0].tolist() == [1] * 4 + [0] * 4


def test_truncated_texts_are_counted():
    preprocessor = make(return_truncated=True)
    outputs = as_numpy(preprocessor({"text": TEXTS}))
    assert outputs["truncated"].tolist() == [False, True, False]
    assert preprocessor.count_truncated(TEXTS) == 1
    assert preprocessor.count_truncated(TEXTS, sequence_length=4) == 2


def test_graph_equals_eager(days):
    preprocessor = make(return_truncated=True)
    x = {"sensors": days, "text": TEXTS}
    expected = as_numpy(preprocessor(x))
    dataset = tf.data.Dataset.from_tensor_slices(x)
    batch = next(iter(dataset.batch(3).map(preprocessor)))
    singles = next(iter(dataset.map(preprocessor).batch(3)))
    assert set(batch) == set(singles) == set(expected)
    for key, value in expected.items():
        np.testing.assert_allclose(batch[key], value, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(singles[key], value, rtol=1e-6, atol=1e-6)
        assert batch[key].shape == value.shape


def test_static_shapes_in_a_graph(days):
    preprocessor = make()
    dataset = tf.data.Dataset.from_tensor_slices(
        {"sensors": days, "text": TEXTS}
    ).batch(3, drop_remainder=True)
    spec = dataset.map(preprocessor).element_spec
    assert spec["token_ids"].shape[1] == 8
    assert spec["sensors"].shape == (3, 1440, 26)


def test_pairs_are_days_and_texts(days):
    preprocessor = make()
    expected = as_numpy(preprocessor({"sensors": days, "text": TEXTS}))
    for pair in (
        preprocessor(days, TEXTS),
        preprocessor((days, TEXTS)),
        next(
            iter(tf.data.Dataset.from_tensors((days, TEXTS)).map(preprocessor))
        ),
    ):
        for key, value in pair.items():
            np.testing.assert_allclose(
                keras.ops.convert_to_numpy(value), expected[key], rtol=1e-6
            )


def test_sensor_days_and_labels_pass():
    preprocessor = make()
    day = SensorDay(np.full((1440, 26), np.nan))
    x, y = preprocessor({"sensors": [day, day]}, np.array([0, 1]))
    assert tuple(x["sensors"].shape) == (2, 1440, 26)
    assert np.asarray(y).tolist() == [0, 1]
    x, _, weight = preprocessor(
        {"sensors": [day]}, np.array([1]), np.array([2.0])
    )
    assert set(x) == {"sensors"} and float(weight[0]) == 2.0


def test_unbatched():
    outputs = as_numpy(make()({"text": "a walk"}))
    assert outputs["token_ids"].shape == (8,)


def test_one_text_longer_than_the_shape_of_another():
    outputs = as_numpy(make()({"text": TEXTS}, sequence_length=20))
    assert outputs["token_ids"].shape == (3, 20)


def test_prompts_and_texts_back(days):
    preprocessor = make()
    outputs = preprocessor.generate_preprocess(
        {"sensors": days, "text": ["a walk", "A run", ""]}
    )
    ids = keras.ops.convert_to_numpy(outputs["token_ids"])
    assert (ids != 1).all()
    assert ids[2].tolist() == [3] + [0] * 7
    assert preprocessor.generate_postprocess(outputs) == ["a walk", "a run", ""]
    empty = preprocessor.generate_preprocess({"sensors": days})
    assert keras.ops.convert_to_numpy(empty["token_ids"]).tolist() == (
        [[3] + [0] * 7] * 3
    )
    one = preprocessor.generate_preprocess({"text": "a walk"})
    assert preprocessor.generate_postprocess(one) == "a walk"


@pytest.mark.parametrize("x", [{}, {"sensor": 1}, {"prompts": "a"}])
def test_unknown_keys(x):
    with pytest.raises(ValueError, match="'sensors', 'text' or both"):
        make()(x)


def test_too_short_a_length():
    with pytest.raises(ValueError, match="sequence_length=2"):
        make(length=2)


def small_backbone(**arguments):
    return SensorLMBackbone(
        SensorEncoder(
            width=8,
            num_layers=1,
            num_heads=2,
            num_minutes=60,
            features=("heart_rate", "steps"),
            **arguments,
        ),
        TextEncoder(
            vocabulary_size=2000,
            width=8,
            num_layers=1,
            num_heads=2,
            max_length=24,
        ),
    )


def test_preset_round_trip(tmp_path):
    preprocessor = SensorLMPreprocessor(
        SensorLMTokenizer(vocabulary_size=2000, pad_token="[EOS]"),
        SensorConverter(features=("heart_rate", "steps"), missing="impute"),
        sequence_length=24,
        add_start_token=False,
    )
    small_backbone(missing="impute").save_to_preset(str(tmp_path))
    preprocessor.save_to_preset(str(tmp_path))
    for again in (
        SensorLMPreprocessor.from_preset(str(tmp_path)),
        keras_hub.models.Tokenizer.from_preset(str(tmp_path)),
    ):
        tokenizer = getattr(again, "tokenizer", None) or again
        assert isinstance(tokenizer, SensorLMTokenizer)
        assert tokenizer.vocabulary_size() == 2000
        assert tokenizer.pad_token_id == 1
    again = SensorLMPreprocessor.from_preset(str(tmp_path))
    x = {"sensors": np.full((2, 60, 2), 80.0), "text": ["a walk", "yoga"]}
    expected, found = as_numpy(preprocessor(x)), as_numpy(again(x))
    for key in expected:
        np.testing.assert_array_equal(found[key], expected[key])


def test_preset_round_trip_of_an_own_sentence_piece_model(tmp_path):
    sentencepiece = pytest.importorskip("sentencepiece")
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a walk by the river"] * 20),
        model_writer=model,
        vocab_size=40,
        hard_vocab_limit=False,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        minloglevel=2,
    )
    preprocessor = SensorLMPreprocessor(
        SensorLMSentencePieceTokenizer(model.getvalue(), pad_token="[EOS]"),
        sequence_length=24,
        add_start_token=False,
    )
    small_backbone().save_to_preset(str(tmp_path))
    preprocessor.save_to_preset(str(tmp_path))
    again = SensorLMPreprocessor.from_preset(str(tmp_path))
    expected = as_numpy(preprocessor({"text": ["A walk"]}))["token_ids"]
    found = as_numpy(again({"text": ["A walk"]}))["token_ids"]
    assert found.tolist() == expected.tolist()
    assert found[0, -1] == 1


def test_a_preset_without_preprocessor_gets_one_that_fits(tmp_path):
    small_backbone(missing="impute").save_to_preset(str(tmp_path))
    SensorLMTokenizer(vocabulary_size=2000).save_to_preset(str(tmp_path))
    preprocessor = SensorLMPreprocessor.from_preset(str(tmp_path))
    assert preprocessor.sensor_converter.features == ("heart_rate", "steps")
    assert preprocessor.sensor_converter.missing == "impute"
    assert preprocessor.sequence_length == 24


def test_saved_in_a_graph_without_tracking(days, tmp_path):
    """Strings and days in, model inputs out; no lookup table to track."""
    preprocessor = make()
    module = tf.Module()
    module.serve = tf.function(
        lambda sensors, text: preprocessor({"sensors": sensors, "text": text}),
        input_signature=[
            tf.TensorSpec((None, 1440, 26), "float32"),
            tf.TensorSpec((None,), "string"),
        ],
    )
    tf.saved_model.save(module, str(tmp_path / "saved"))
    found = tf.saved_model.load(str(tmp_path / "saved")).serve(days, TEXTS)
    expected = as_numpy(preprocessor({"sensors": days, "text": TEXTS}))
    for key, value in expected.items():
        np.testing.assert_allclose(found[key], value, rtol=1e-6, atol=1e-6)
