"""The front door: from raw days and plain words to answers, and to disk."""

import gc
import os
import subprocess
import sys

import keras
import keras_hub
import numpy as np
import pytest

from keras_sensorlm import models
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import FEATURES

MEANS = np.array([f.mean for f in FEATURES], dtype="float32")
STDS = np.array([f.std for f in FEATURES], dtype="float32")


def make_preset(contrastive="sigmoid", decoder=True, length=32):
    keras.utils.set_random_seed(0)
    backbone = models.SensorLMBackbone(
        models.SensorEncoder(16, 1, 2, patch_size=(120, 2)),
        models.TextEncoder(500, 16, 1, 2, max_length=length, causal=True),
        models.MultimodalDecoder(1, 2, 64) if decoder else None,
        contrastive=contrastive,
        num_caption_queries=4,
    )
    preprocessor = models.SensorLMPreprocessor(
        models.SensorLMTokenizer(vocabulary_size=500), sequence_length=length
    )
    return models.SensorLMPreset(backbone, preprocessor)


@pytest.fixture(scope="module")
def preset():
    return make_preset()


@pytest.fixture(scope="module")
def days():
    rng = np.random.default_rng(0)
    values = MEANS + 0.1 * STDS * rng.normal(size=(5, 1440, 26))
    values = np.clip(values, 0, None).astype("float32")
    values[:, 300:400] = np.nan
    values[1:, :, 3] = np.nan
    return [SensorDay(v, participant=str(i)) for i, v in enumerate(values)]


def test_embeddings_of_days(preset, days):
    found = preset.embed_days(days, batch_size=2)
    assert found.shape == (5, 16) and found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    values = np.stack([day.values for day in days])
    for other in (
        preset.embed_days(days),
        preset.embed_days(values, verbose=True),
        preset.embed_days(keras.ops.convert_to_tensor(values)),
        preset.embed_days(iter(days)),
        np.concatenate([preset.embed_days(day) for day in days]),
        np.concatenate([preset.embed_days(day) for day in values]),
    ):
        np.testing.assert_allclose(other, found, rtol=1e-4, atol=1e-5)
    # And by hand, without batches or compilation.
    sensors = preset.preprocessor({"sensors": days})["sensors"]
    by_hand = keras.ops.convert_to_numpy(
        preset.backbone.encode_sensors(sensors)
    )
    np.testing.assert_allclose(found, by_hand, rtol=1e-4, atol=1e-5)


def test_an_hour_of_a_day(preset, days):
    day = days[0]
    hour = day.segment(600, 660)
    found = preset.embed_days([hour, day])
    assert np.isfinite(found).all()
    assert np.abs(found[0] - found[1]).max() > 1e-3
    # Only the hour counts: what the rest of the day held is not seen.
    values = day.values[::-1].copy()
    values[600:660] = day.values[600:660]
    other = SensorDay(values).segment(600, 660)
    np.testing.assert_array_equal(preset.embed_days([other, day]), found)


def test_embeddings_of_texts(preset):
    texts = ["a walk", "A long walk by the river at 07:40, then sleep.", ""]
    found = preset.embed_texts(texts, batch_size=2)
    assert found.shape == (3, 16) and found.dtype == np.float32
    # Padding to the full length instead changes nothing.
    x = preset.preprocessor({"text": texts})
    by_hand = preset.backbone.encode_text(x["token_ids"], x["padding_mask"])
    by_hand = keras.ops.convert_to_numpy(by_hand)
    np.testing.assert_allclose(found, by_hand, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        preset.embed_texts("a walk"), found[:1], rtol=1e-4, atol=1e-5
    )


def test_texts_of_a_model_that_reads_padding_are_padded_in_full():
    backbone = models.SensorLMBackbone(
        models.SensorEncoder(16, 1, 2, patch_size=(120, 2)),
        models.TextEncoder(500, 16, 1, 2, max_length=32, mask_padding=False),
        text_pooling="last",
    )
    preprocessor = models.SensorLMPreprocessor(
        models.SensorLMTokenizer(vocabulary_size=500, pad_token="[EOS]"),
        sequence_length=32,
        add_start_token=False,
    )
    preset = models.SensorLMPreset(backbone, preprocessor)
    x = preprocessor({"text": ["a walk"]})
    assert x["token_ids"].shape[1] == 32
    expected = backbone.encode_text(x["token_ids"], x["padding_mask"])
    np.testing.assert_allclose(
        preset.embed_texts("a walk"),
        keras.ops.convert_to_numpy(expected),
        rtol=1e-4,
        atol=1e-5,
    )


def test_classify(preset, days):
    labels = ["walk", "swim", "sleep"]
    found = preset.classify(days, labels)
    assert found.shape == (5, 3) and found.dtype == np.float32
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    # One label's probability against two others, by the definition.
    plain = preset.classify(days, labels, templates=["{}"])
    cosines = preset.embed_days(days) @ preset.embed_texts(labels).T
    expected = np.exp(10 * cosines)
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(plain, expected, rtol=1e-3, atol=1e-4)
    each = preset.classify(days, labels, ["{}"], activation="sigmoid")
    np.testing.assert_allclose(
        each, 1 / (1 + np.exp(10 - 10 * cosines)), rtol=1e-3, atol=1e-6
    )


def test_retrieve(preset, days):
    found = preset.retrieve(days[3], days, top_k=2)
    assert [type(index) for index, _ in found] == [int, int]
    assert found[0][0] == 3 and found[0][1] == pytest.approx(1, abs=1e-4)
    scores = [score for _, score in preset.retrieve("a walk", days)]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)
    embeddings = preset.embed_days(days)
    again = preset.retrieve("a walk", embeddings)
    np.testing.assert_allclose([s for _, s in again], scores, atol=1e-5)


def test_caption(preset, days):
    captions = preset.caption(days, max_length=8)
    assert len(captions) == 5
    assert all(isinstance(caption, str) for caption in captions)
    assert preset.caption(days[0], max_length=8) == captions[:1]
    begun = preset.caption(days[:1], max_length=8, prompts="the person")
    assert begun[0].startswith("the person")


def test_without_the_parts_that_are_asked_for(days):
    with pytest.raises(ValueError, match="decoder"):
        make_preset(decoder=False).caption(days)
    captioning = make_preset(contrastive=None)
    with pytest.raises(ValueError, match="contrastive"):
        captioning.classify(days, ["walk"])
    assert captioning.embed_days(days[:1]).shape == (1, 16)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p, d: p.embed_days([]), "Expected some days"),
        (lambda p, d: p.embed_texts([]), "Expected some texts"),
        (lambda p, d: p.embed_days(np.zeros((2, 1440, 3))), "26"),
        (lambda p, d: p.embed_days(np.zeros((2, 720, 26))), "1440 minutes"),
        (lambda p, d: p.caption(np.zeros((720, 26))), "1440 minutes"),
        (lambda p, d: p.embed_days(["a walk"]), "SensorDay"),
        (lambda p, d: p.retrieve("a walk", d, top_k=0), "top_k=0"),
        (lambda p, d: p.retrieve("a walk", d, top_k="3"), "whole number"),
        (lambda p, d: p.retrieve(["a walk", "a run"], d), "one sentence"),
        (lambda p, d: p.embed_days(d, batch_size=0), "batch_size=0"),
        (lambda p, d: p.embed_texts([1, 2]), "list of str"),
        (lambda p, d: p.embed_texts(None), "list of str"),
        (lambda p, d: p.classify(d, "walk"), "a list of str"),
        (lambda p, d: p.classify(d, [0, 1]), "list of str"),
        (lambda p, d: p.classify(d, []), "labels"),
        (lambda p, d: p.classify(d, ["walk"], ["no place"]), "no place"),
    ],
)
def test_bad_input(preset, days, call, message):
    with pytest.raises(ValueError, match=message):
        call(preset, days)


def test_bytes_are_texts(preset):
    texts = preset.embed_texts(["a walk", "a run"])
    found = preset.embed_texts(np.array([b"a walk", b"a run"]))
    np.testing.assert_array_equal(found, texts)


def test_a_misspelt_preset_is_guessed():
    with pytest.raises(ValueError, match="mean 'sensorlm_small_en'"):
        models.SensorLMPreset.from_preset("sensorlm_smal_en")


def test_a_folder_without_preset(tmp_path):
    with pytest.raises(ValueError, match="holds no preset"):
        models.SensorLMPreset.from_preset(tmp_path)


@pytest.mark.parametrize("name", ["sensorlm_huge_en", "no/such/folder"])
def test_unknown_preset(name):
    with pytest.raises(ValueError, match=name):
        models.SensorLMPreset.from_preset(name)


def test_saved_and_loaded(preset, days, tmp_path):
    folder = tmp_path / "mine"
    preset.save_to_preset(folder)
    again = models.SensorLMPreset.from_preset(folder)
    assert again.tokenizer.vocabulary_size() == 500
    np.testing.assert_allclose(
        again.embed_days(days), preset.embed_days(days), atol=1e-6
    )
    np.testing.assert_allclose(
        again.embed_texts("a walk"), preset.embed_texts("a walk"), atol=1e-6
    )
    # KerasHub's own doors lead to the same place.
    backbone = keras_hub.models.Backbone.from_preset(str(folder))
    assert type(backbone) is models.SensorLMBackbone
    captioner = models.SensorLMCaptioner.from_preset(str(folder))
    assert captioner.preprocessor.sequence_length == 32


def test_loaded_for_another_device(preset, days, tmp_path):
    preset.save_to_preset(tmp_path / "it")
    moved = models.SensorLMPreset.from_preset(
        tmp_path / "it",
        features=["spo2", "steps", "heart_rate"],
        modalities={"spo2": "PPG"},
        statistics={"spo2": (97.0, 1.5)},
    )
    watch = np.full((5, 1440, 3), np.nan, "float32")
    for place, name in enumerate(("steps", "heart_rate"), 1):
        column = FEATURE_NAMES.index(name)
        watch[..., place] = [day.values[:, column] for day in days]
    # A `SensorDay` comes by name, an array in the order that was asked for.
    np.testing.assert_allclose(
        moved.embed_days(days), moved.embed_days(watch), atol=1e-6
    )


def test_int8_saved_and_loaded(days, tmp_path):
    preset = make_preset(decoder=False)
    full = preset.embed_days(days), preset.embed_texts(["a walk", "sleep"])
    # Keras collects garbage after each layer, a second each time where
    # TensorFlow is loaded: what there is by now is set aside.
    gc.freeze()
    preset.backbone.quantize("int8")
    gc.unfreeze()
    preset.save_to_preset(tmp_path)
    again = models.SensorLMPreset.from_preset(tmp_path)
    found = again.embed_days(days), again.embed_texts(["a walk", "sleep"])
    for one, other in zip(full, found):
        assert (one * other).sum(axis=1).min() > 0.99
    by_hub = keras_hub.models.Backbone.from_preset(str(tmp_path))
    for backbone in (again.backbone, by_hub):
        mlp = backbone.text_encoder.blocks[0].mlp
        assert mlp.up.quantization_mode == "int8"


LOAD_AND_EMBED = """
import sys
import numpy as np
from keras_sensorlm import SensorLMPreset
folder, days, output = sys.argv[1:]
preset = SensorLMPreset.from_preset(folder)
np.savez(
    output,
    days=preset.embed_days(np.load(days)),
    texts=preset.embed_texts(["a walk at 07:40", "sleep"]),
)
"""


def test_another_backend_gives_the_same_embeddings(preset, days, tmp_path):
    backends = ("tensorflow", "jax", "torch")
    other = backends[(backends.index(keras.config.backend()) + 1) % 3]
    pytest.importorskip(other)
    folder, values = tmp_path / "saved", tmp_path / "days.npy"
    output = tmp_path / "embeddings.npz"
    preset.save_to_preset(folder)
    np.save(values, np.stack([day.values for day in days]))
    subprocess.run(
        [sys.executable, "-c", LOAD_AND_EMBED, folder, values, output],
        env={**os.environ, "KERAS_BACKEND": other},
        check=True,
    )
    found = np.load(output)
    np.testing.assert_allclose(
        found["days"], preset.embed_days(days), atol=1e-5
    )
    np.testing.assert_allclose(
        found["texts"],
        preset.embed_texts(["a walk at 07:40", "sleep"]),
        atol=1e-5,
    )


def test_a_long_text_is_read_to_its_end():
    long = make_preset(length=256)
    texts = ["a walk " * 50 + end for end in ("and a swim", "and a run")]
    found = long.embed_texts(["short", *texts])
    for text, embedding in zip(texts, found[1:]):
        x = long.preprocessor({"text": [text]})
        mask = keras.ops.convert_to_numpy(x["padding_mask"])
        assert mask.sum() > 100
        whole = long.backbone.encode_text(x["token_ids"], x["padding_mask"])
        np.testing.assert_allclose(
            embedding, keras.ops.convert_to_numpy(whole)[0], atol=1e-5
        )
    assert np.abs(found[1] - found[2]).max() > 1e-5
