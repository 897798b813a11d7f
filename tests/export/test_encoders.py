"""The encoders as ONNX and LiteRT: the embeddings that Keras gives."""

import json

import numpy as np
import pytest

from keras_sensorlm.export import MISSING
from keras_sensorlm.export import export_preset
from keras_sensorlm.models import SensorLMPreset
from keras_sensorlm.models.tokenizer import SensorLMTokenizer
from tests.export.presets import TEXTS
from tests.export.presets import make_days
from tests.export.presets import make_preset


def run_onnx(path, inputs):
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(str(path))
    return session.run(["embeddings"], inputs)[0]


def run_litert(path, inputs):
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    runner = interpreter.Interpreter(str(path)).get_signature_runner()
    return runner(**inputs)["embeddings"]


FORMATS = {"onnx": (run_onnx, "onnx"), "litert": (run_litert, "tflite")}


@pytest.fixture(params=FORMATS)
def format(request, preset):
    if request.param == "onnx":
        pytest.importorskip("tf2onnx")
    return request.param


def cosines(one, other):
    one, other = np.float64(one), np.float64(other)
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return (one * other).sum(axis=1) / lengths


def packed(preset):
    """Token ids of `TEXTS`, padded no further than needed."""
    x = preset.preprocessor({"text": TEXTS})
    names = ("token_ids", "padding_mask")
    x = {name: np.asarray(x[name]) for name in names}
    if preset.backbone.reads_text_padding:
        return x
    longest = x["padding_mask"].sum(axis=1).max()
    return {key: value[:, :longest] for key, value in x.items()}


def worst_cosines(preset, folder, format, alone=1 - 1e-9):
    """Least cosines of days and of texts; `alone`: of a day with itself."""
    run, ending = FORMATS[format]
    days = make_days()
    days[0, 500:600] = np.nan
    sent = days.copy()
    sent[0, 500:600] = MISSING
    found = run(folder / f"sensor_encoder.{ending}", {"sensors": sent})
    texts = run(folder / f"text_encoder.{ending}", packed(preset))
    one = run(folder / f"sensor_encoder.{ending}", {"sensors": days[:1]})
    assert cosines(one, found[:1]).min() >= alone
    return (
        cosines(found, preset.embed_days(days)).min(),
        cosines(texts, preset.embed_texts(TEXTS)).min(),
    )


def test_encoders_give_the_same_embeddings(preset, format, tmp_path):
    folder = export_preset(preset, tmp_path, format)
    assert min(worst_cosines(preset, folder, format)) >= 0.9999
    description = json.loads((folder / "sensorlm.json").read_text())
    assert description["missing"] == MISSING
    # What the text encoder needs lies beside it.
    (vocabulary,) = folder.glob("tokenizer/**/vocabulary.txt")
    tokenizer = SensorLMTokenizer(str(vocabulary))
    assert tokenizer.tokenize(TEXTS) == preset.tokenizer.tokenize(TEXTS)


def test_models_of_the_released_recipe(format, tmp_path):
    """Filled-in days, padding that is read, no decoder."""
    towers = make_preset(decoder=False, missing="impute", text_pooling="last")
    folder = export_preset(towers, tmp_path, format)
    assert min(worst_cosines(towers, folder, format)) >= 0.9999


def test_days_with_and_without_trends(format, tmp_path):
    """What was not found is no last kind of what there is."""
    preset = make_preset(decoder=False, new=True)
    folder = export_preset(preset, tmp_path, format)
    run, ending = FORMATS[format]
    days = make_days()
    days[0] = days[0, :1]  # Nothing moves.
    days[1, 200:] = np.nan  # Too short for trends.
    sent = np.where(np.isnan(days), MISSING, days).astype("float32")
    found = run(folder / f"sensor_encoder.{ending}", {"sensors": sent})
    np.testing.assert_allclose(found, preset.embed_days(days), atol=1e-5)


def test_int8(format, tmp_path):
    wide = make_preset(width=64, new=True)
    folder = export_preset(wide, tmp_path, format, int8=True)
    # ONNX Runtime has one range for a batch, so that a day's neighbours
    # change it a little; LiteRT has one for each row.
    alone = {"onnx": 0.999, "litert": 1 - 1e-9}[format]
    assert min(worst_cosines(wide, folder, format, alone)) >= 0.98
    weights = sum(
        weight.numpy().nbytes
        for part in (wide.backbone.text_encoder, wide.backbone.text_head)
        for weight in part.weights
    )
    ending = FORMATS[format][1]
    small = (folder / f"text_encoder.{ending}").stat().st_size
    # The graph itself is a third of so small an ONNX file.
    assert small < 0.9 * weights
    if format == "onnx":
        assert_values_stay_whole(folder / "sensor_encoder.onnx")


def assert_values_stay_whole(path):
    """One day's strange value should not coarsen its neighbours'."""
    import onnx

    products = {
        (node.op_type, "/patch_embedding" in node.name)
        for node in onnx.load(str(path)).graph.node
        if node.op_type.startswith("MatMul")
    }
    assert {("MatMul", True), ("MatMulInteger", False)} <= products
    assert ("MatMulInteger", True) not in products


@pytest.mark.slow
def test_the_pretrained_preset(format, tmp_path):
    """It has parts that the small ones here do without."""
    trained = SensorLMPreset.from_preset("sensorlm_tiny_en")
    folder = export_preset(trained, tmp_path, format)
    assert min(worst_cosines(trained, folder, format)) >= 0.9999
