"""The built-in presets: their sizes, their names, their missing weights."""

import keras
import keras_hub
import pytest

from keras_sensorlm import models
from keras_sensorlm.models.presets import PRESETS
from keras_sensorlm.models.presets import preset_backbone_arguments
from keras_sensorlm.models.presets import preset_preprocessor

# Parameters of the sensor encoder: the paper's, arXiv 2506.09108.
SENSOR_ENCODERS = {
    "sensorlm_base_en": 114e6,
    "sensorlm_large_en": 404e6,
    "sensorlm_extra_large_en": 1.27e9,
}


def count_parameters(name):
    """Parameters of a preset and of its sensor encoder.

    Layers of a tower are alike, so that a model with one layer in each and
    one with a second tell the whole without gigabytes.
    """
    depths = dict(
        zip(
            ("sensor_layers", "text_layers", "decoder_layers"),
            PRESETS[name][2:5],
        )
    )
    shallow = {tower: min(depth, 1) for tower, depth in depths.items()}
    total, encoder = count_shallow(name, shallow)
    counts = {"total": total, "encoder": encoder}
    for tower, depth in depths.items():
        if depth > 1:
            deeper = count_shallow(name, {**shallow, tower: 2})
            counts["total"] += (depth - 1) * (deeper[0] - total)
            counts["encoder"] += (depth - 1) * (deeper[1] - encoder)
    keras.utils.clear_session()
    return counts["total"], counts["encoder"]


def count_shallow(name, depths):
    # Only shapes matter: zeros are the cheapest weights.
    backbone = models.SensorLMBackbone(
        **preset_backbone_arguments(name, **depths)
    )
    return backbone.count_params(), backbone.sensor_encoder.count_params()


@pytest.mark.parametrize("name", ["sensorlm_small_en", "sensorlm_base_en"])
def test_sizes(name):
    total, encoder = count_parameters(name)
    assert total == PRESETS[name][5]
    if name == "sensorlm_small_en":
        assert 3.0e6 <= encoder <= 3.5e6
        assert total == pytest.approx(15e6, rel=0.03)
    else:
        assert encoder == pytest.approx(SENSOR_ENCODERS[name], rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "sensorlm_large_en",
        "sensorlm_extra_large_en",
        "sensorlm_siglip_base_en",
    ],
)
def test_large_sizes(name):
    total, encoder = count_parameters(name)
    assert total == PRESETS[name][5]
    if name in SENSOR_ENCODERS:
        assert encoder == pytest.approx(SENSOR_ENCODERS[name], rel=0.01)
    if name == "sensorlm_extra_large_en":
        assert total == pytest.approx(2.72e9, rel=0.03)


@pytest.fixture(scope="module")
def small():
    return models.SensorLMBackbone.from_preset(
        "sensorlm_small_en", load_weights=False
    )


def test_our_classes_and_the_base_class_know_the_names(small):
    base = keras_hub.models.Backbone.from_preset(
        "sensorlm_small_en", load_weights=False
    )
    assert type(base) is type(small) is models.SensorLMBackbone
    assert base.count_params() == small.count_params()
    assert base.count_params() == PRESETS["sensorlm_small_en"][5]
    tokenizer = keras_hub.models.Tokenizer.from_preset("sensorlm_small_en")
    assert type(tokenizer) is models.SensorLMTokenizer
    for cls in (
        models.SensorLMBackbone,
        models.SensorLMTokenizer,
        models.SensorLMPreprocessor,
        models.SensorLMCaptioner,
        keras_hub.models.Backbone,
    ):
        assert set(PRESETS) <= set(cls.presets)
        row = cls.presets["sensorlm_small_en"]
        assert row["metadata"]["params"] == small.count_params()


def test_tasks_know_the_names():
    captioner = models.SensorLMCaptioner.from_preset(
        "sensorlm_small_en", load_weights=False
    )
    assert captioner.preprocessor.tokenizer.vocabulary_size() == 32_000


@pytest.mark.parametrize("name", PRESETS)
def test_no_weights_is_said_before_anything_is_built(name):
    with pytest.raises(ValueError, match=r"load_weights=False.*training guide"):
        models.SensorLMBackbone.from_preset(name)
    with pytest.raises(ValueError, match=r"load_weights=False.*training guide"):
        models.SensorLMPreset.from_preset(name)


def test_base_classes_say_so_too():
    for cls in (keras_hub.models.Backbone, models.SensorLMCaptioner):
        with pytest.raises(
            ValueError, match=r"load_weights=False.*training guide"
        ):
            cls.from_preset("sensorlm_small_en")


def test_settings_can_be_replaced():
    backbone = models.SensorLMBackbone.from_preset(
        "sensorlm_small_en", load_weights=False, dtype="bfloat16"
    )
    assert backbone.dtype_policy.name == "bfloat16"
    assert backbone.sensor_encoder.dtype_policy.name == "bfloat16"


@pytest.mark.parametrize("name", PRESETS)
def test_preprocessors_fit_their_backbones(name):
    preprocessor = models.SensorLMPreprocessor.from_preset(name)
    arguments = preset_backbone_arguments(name)
    sensors, text = arguments["sensor_encoder"], arguments["text_encoder"]
    converter = preprocessor.sensor_converter
    assert converter.missing == sensors.missing
    assert converter.features == tuple(sensors.features)
    assert preprocessor.tokenizer.vocabulary_size() == text.vocabulary_size
    assert preprocessor.sequence_length <= text.max_length
    assert preprocessor.add_start_token == text.causal


def test_siglip_is_the_released_recipe():
    arguments = preset_backbone_arguments("sensorlm_siglip_base_en")
    sensors, text = arguments["sensor_encoder"], arguments["text_encoder"]
    for encoder in (sensors, text):
        assert encoder.width == 768
        assert encoder.num_layers == encoder.num_heads == 12
        assert encoder.mlp_dim == 3072
        assert not encoder.gated
    assert sensors.patch_size == (10, 2)
    assert sensors.missing == "impute"
    assert not text.causal and not text.mask_padding
    assert arguments["decoder"] is None
    assert arguments["contrastive"] == "sigmoid"
    assert arguments["text_pooling"] == "last"
    assert not arguments["sensor_projection"]
    preprocessor = preset_preprocessor("sensorlm_siglip_base_en")
    ids = preprocessor({"text": "a walk"})["token_ids"]
    ids = keras.ops.convert_to_numpy(ids)
    # No start token; the end token, 1, is the padding too.
    assert (ids[2:] == 1).all() and (ids[:2] > 3).all()
