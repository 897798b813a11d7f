"""The whole model: its settings, embeddings, caches and files."""

import gc
import json

import keras
import keras_hub
import numpy as np
import pytest
from keras import ops

from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.models.multimodal_decoder import MultimodalDecoder
from keras_sensorlm.models.sensor_encoder import SensorEncoder
from keras_sensorlm.models.text_encoder import TextEncoder
from tests.models.backend_helpers import loss_and_gradients
from tests.models.backend_helpers import to_numpy

FEATURES = ("heart_rate", "rmssd", "steps", "eda_level")


def make(causal=True, decoder=True, sensors=None, text=None, **kwargs):
    shared = {"num_layers": 2, "num_heads": 2}
    return SensorLMBackbone(
        SensorEncoder(
            16,
            num_minutes=40,
            features=FEATURES,
            name="sensor_encoder",
            **shared,
            **(sensors or {}),
        ),
        TextEncoder(
            30,
            16,
            causal=causal,
            max_length=10,
            name="text_encoder",
            **shared,
            **(text or {}),
        ),
        MultimodalDecoder(mlp_dim=64, name="decoder", **shared)
        if decoder
        else None,
        **{"num_caption_queries": 3, **kwargs},
    )


def inputs(batch=3, length=8):
    rng = np.random.default_rng(0)
    sensors = rng.normal(size=(batch, 40, 4)).astype("float32")
    sensors[0, 10:20, :2] = np.nan
    mask = np.ones((batch, length), "int32")
    mask[1, 5:] = 0
    return {
        "sensors": sensors,
        "token_ids": rng.integers(0, 30, (batch, length)).astype("int32"),
        "padding_mask": mask,
    }


def outputs_of(backbone, x=None):
    x = {k: ops.convert_to_tensor(v) for k, v in (x or inputs()).items()}
    return {k: to_numpy(v) for k, v in backbone(x).items()}


METHODS = {
    "CLIP": {"decoder": False, "causal": False, "contrastive": "softmax"},
    "SigLIP": {"decoder": False, "causal": False, "text_pooling": "last"},
    "Cap": {"contrastive": None},
    "Cap from tokens": {"contrastive": None, "caption_memory": "tokens"},
    "CoCa softmax": {"contrastive": "softmax", "caption_memory": "tokens"},
    "CoCa sigmoid": {"sensors": {"skip_empty_patches": True}},
    "mean": {"sensor_pooling": "mean", "text_pooling": "mean"},
    "map text": {"text_pooling": "map", "embedding_dim": 5},
    "class token": {
        "sensor_pooling": "cls",
        "sensors": {"class_token": True, "gated": True},
    },
}


@pytest.mark.parametrize("method", METHODS)
def test_settings_recover_the_methods(method):
    settings = METHODS[method]
    backbone = make(**settings)
    outputs = outputs_of(backbone)
    expected = {"sensor_embeddings"}
    if settings.get("contrastive", "sigmoid"):
        expected |= {"text_embeddings", "logit_scale", "logit_bias"}
    if settings.get("decoder", True):
        expected |= {"caption_logits"}
        assert outputs["caption_logits"].shape == (3, 8, 30)
    assert set(outputs) == expected
    dim = settings.get("embedding_dim", 16)
    for name in expected & {"sensor_embeddings", "text_embeddings"}:
        assert outputs[name].shape == (3, dim)
        lengths = np.linalg.norm(outputs[name], axis=1)
        np.testing.assert_allclose(lengths, 1, atol=1e-5)
    x = inputs()
    np.testing.assert_allclose(
        to_numpy(backbone.encode_sensors(x["sensors"])),
        outputs["sensor_embeddings"],
        atol=1e-5,
    )
    tokens = to_numpy(backbone.sensor_tokens(x["sensors"]))
    assert tokens.shape == (3, 4 * 2, 16)
    again = SensorLMBackbone.from_config(backbone.get_config())
    assert again.get_config() == backbone.get_config()
    assert json.loads(json.dumps(keras.saving.serialize_keras_object(again)))
    assert again.count_params() == backbone.count_params()


def test_every_weight_learns():
    backbone = make(sensors={"mask_ratio": 0.3, "seed": 0})
    x = {k: ops.convert_to_tensor(v) for k, v in inputs().items()}

    def loss():
        y = backbone(x, training=True)
        logits = ops.matmul(
            y["sensor_embeddings"], ops.transpose(y["text_embeddings"])
        )
        logits = logits * y["logit_scale"] + y["logit_bias"]
        return ops.sum(ops.sin(y["caption_logits"])) + ops.sum(ops.exp(logits))

    _, gradients = loss_and_gradients(backbone, loss)
    for path, gradient in gradients.items():
        if not path.endswith("key/bias"):
            assert np.abs(gradient).max() > 0, path


def test_texts_alone_give_the_same_embeddings():
    backbone, x = make(), inputs()
    got = backbone.encode_text(x["token_ids"], x["padding_mask"])
    expected = outputs_of(backbone)["text_embeddings"]
    np.testing.assert_allclose(to_numpy(got), expected, atol=1e-5)


@pytest.mark.parametrize("pooling", ["eos", "mean", "map"])
@pytest.mark.parametrize("causal", [True, False])
def test_padding_never_reaches_an_embedding(pooling, causal):
    backbone = make(causal=causal, decoder=False, text_pooling=pooling)
    x = inputs()
    other = np.where(x["padding_mask"], x["token_ids"], 7).astype("int32")
    assert (other != x["token_ids"]).any()
    expected = to_numpy(backbone.encode_text(x["token_ids"], x["padding_mask"]))
    got = to_numpy(backbone.encode_text(other, x["padding_mask"]))
    np.testing.assert_array_equal(got, expected)


def test_what_lies_under_the_mask_changes_no_output():
    backbone, x = make(sensors={"skip_empty_patches": True}), inputs()
    expected = to_numpy(backbone.encode_sensors(x["sensors"]))
    hidden = np.isnan(x["sensors"])
    filled = np.where(hidden, np.float32(7), x["sensors"])
    got = to_numpy(backbone.encode_sensors(filled, observed=~hidden))
    np.testing.assert_array_equal(got, expected)


# Half of the tokens spell numbers.
SYMBOLS = {str(i): [i] for i in range(10)} | {".": [10, 11, 12], "-": [13, 14]}


@pytest.mark.parametrize("memory", ["pooled", "tokens", "tokens and numbers"])
@pytest.mark.parametrize("steps", [(1,) * 8, (5, 1, 1, 1), (8,)])
def test_decoding_with_caches_gives_the_same(memory, steps):
    copies = memory == "tokens and numbers"
    backbone, x = (
        make(
            caption_memory=memory.split()[0],
            sensors={"skip_empty_patches": True},
            text={"number_symbols": SYMBOLS if copies else None},
            number_pointer=copies,
        ),
        inputs(),
    )
    numbers = backbone.spoken_numbers(x["sensors"])
    assert (numbers is not None) == copies
    expected = outputs_of(backbone)["caption_logits"]
    sensor_memory, mask = backbone.caption_memory_of(x["sensors"])
    assert (mask is None) == (memory == "pooled")
    cross = backbone.compute_cross_cache(sensor_memory)
    cache, start = backbone.init_cache(3, 10), 0
    for count in steps:
        ids = ops.convert_to_tensor(x["token_ids"][:, start : start + count])
        index = ops.convert_to_tensor(start, "int32")
        logits, cache = backbone.decode(ids, cache, index, cross, mask, numbers)
        np.testing.assert_allclose(
            to_numpy(logits), expected[:, start : start + count], atol=1e-4
        )
        start += count


def test_predict_joins_batches():
    backbone, x = make(), inputs()
    expected = outputs_of(backbone)
    outputs = backbone.predict(x, batch_size=2, verbose=0)
    assert set(outputs) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(outputs[name], value, atol=1e-4)


def test_a_preset_comes_back_through_keras_hub(tmp_path):
    backbone = make(sensors={"layout": (*FEATURES[2:], *FEATURES[:2])})
    expected = outputs_of(backbone)
    backbone.save_to_preset(tmp_path)
    again = keras_hub.models.Backbone.from_preset(str(tmp_path))
    assert isinstance(again, SensorLMBackbone)
    for name, value in outputs_of(again).items():
        np.testing.assert_array_equal(value, expected[name])
    half = SensorLMBackbone.from_preset(str(tmp_path), dtype="mixed_bfloat16")
    assert half.sensor_encoder.blocks[0].mlp.up.compute_dtype == "bfloat16"


@pytest.fixture
def quick_garbage_collection():
    """Keras collects garbage after each quantised layer, a second each time
    where TensorFlow and its graphs are loaded: those are set aside."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("quick_garbage_collection")
def test_int8_saves_loads_and_stays_close(tmp_path):
    backbone = make()
    full = outputs_of(backbone)
    backbone.quantize("int8")
    quantized = outputs_of(backbone)
    backbone.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.text_encoder.blocks[0].mlp.up.quantization_mode == "int8"
    for name in ("sensor_embeddings", "text_embeddings"):
        cosine = (full[name] * quantized[name]).sum(axis=1)
        assert cosine.min() > 0.99, name
    for name, value in outputs_of(again).items():
        np.testing.assert_allclose(value, quantized[name], atol=1e-5)


def test_lora_trains_and_keeps_queries_and_values_alone(tmp_path):
    backbone = make()
    backbone.save_weights(tmp_path / "base.weights.h5")
    backbone.enable_lora(2)
    paths = [weight.path.split("/") for weight in backbone.trainable_weights]
    assert {path[-2] for path in paths} == {"query", "value"}
    assert {path[-1] for path in paths} == {"lora_kernel_a", "lora_kernel_b"}
    # Two towers' blocks, twice in the decoder's, and two poolers.
    assert len(paths) == 2 * (2 + 2 + 2 * 2 + 1 + 1) * 2
    for weight in backbone.trainable_weights:
        weight.assign(weight + 0.1)
    backbone.save_lora_weights(tmp_path / "few.lora.h5")
    again = make()
    again.load_weights(tmp_path / "base.weights.h5")
    again.load_lora_weights(tmp_path / "few.lora.h5")
    expected = outputs_of(backbone)
    for name, value in outputs_of(again).items():
        np.testing.assert_allclose(value, expected[name], atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"causal": False}, "Captioning requires a causal text encoder"),
        ({"contrastive": "hinge"}, "hinge"),
        ({"contrastive": None, "decoder": False}, "decoder=None"),
        ({"caption_memory": "words"}, "words"),
        ({"sensor_pooling": "cls"}, "class_token=False"),
        ({"sensor_pooling": "max"}, "max"),
        ({"sensor_projection": False, "embedding_dim": 4}, "width=16"),
    ],
)
def test_settings_that_contradict(settings, message):
    with pytest.raises(ValueError, match=message):
        make(**settings)


def test_what_a_model_lacks_is_said():
    x = inputs()
    with pytest.raises(ValueError, match="captioning alone"):
        make(contrastive=None).encode_text(x["token_ids"])
    with pytest.raises(ValueError, match="no decoder"):
        make(decoder=False).caption_memory_of(x["sensors"])
    with pytest.raises(ValueError, match=r"10 positions.*length=11"):
        make().init_cache(2, 11)
