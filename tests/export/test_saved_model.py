"""A SavedModel that needs nothing of ours, and answers as the preset."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from keras_sensorlm.export import MISSING
from keras_sensorlm.export import export_preset
from keras_sensorlm.models.zero_shot_classifier import TEMPLATES
from tests.export.presets import LABELS
from tests.export.presets import TEXTS
from tests.export.presets import make_days
from tests.export.presets import make_preset

# What a server has: TensorFlow and the operations of TensorFlow Text. Both
# Python packages import Keras where they find it, so it is kept from them.
PLAIN_PROCESS = """
import sys
for name in ("keras", "keras_hub", "keras_sensorlm"):
    sys.modules[name] = None
import importlib.util, json, pathlib
import tensorflow as tf
text = importlib.util.find_spec("tensorflow_text").origin
for library in pathlib.Path(text).parent.glob("python/ops/*.so"):
    tf.load_op_library(str(library))
folder, requests, answers = sys.argv[1:]
model = tf.saved_model.load(folder)
with open(requests) as file:
    requests = json.load(file)
found = {}
for name, (signature, inputs) in requests.items():
    run = model.signatures[signature]
    specs = run.structured_input_signature[1]
    inputs = {k: tf.constant(v, specs[k].dtype) for k, v in inputs.items()}
    outputs = run(**inputs)
    found[name] = {
        k: [x.decode() for x in v.numpy()] if v.dtype == tf.string
        else v.numpy().tolist()
        for k, v in outputs.items()
    }
names = {name.split(".")[0] for name, m in sys.modules.items() if m}
assert not {"keras", "keras_hub", "keras_sensorlm"} & names, names
with open(answers, "w") as file:
    json.dump(found, file)
"""


def requests():
    days = make_days()
    sentinel = np.where(np.isnan(days), np.float32(MISSING), days)
    days, sentinel = days.tolist(), sentinel.tolist()
    return {
        "days": ("embed_sensors", {"sensors": days}),
        "default": ("serving_default", {"sensors": days}),
        "one": ("embed_sensors", {"sensors": days[:1]}),
        "sentinel": ("embed_sensors", {"sensors": sentinel}),
        "texts": ("embed_text", {"texts": TEXTS}),
        "classify": ("classify", {"sensors": days, "labels": [LABELS] * 3}),
        "shared": ("classify", {"sensors": days, "labels": [LABELS]}),
        "filled_up": (
            "classify",
            {"sensors": days, "labels": [[*LABELS, LABELS[0], ""]] * 3},
        ),
        "caption": (
            "caption",
            {"sensors": days, "prompts": ["", "", ""], "max_length": [0] * 3},
        ),
        "prompted": (
            "caption",
            {
                "sensors": days,
                "prompts": ["the wearer", "", "a walk at 07:40 " * 20],
                "max_length": [0, 6, 9],
            },
        ),
        "longest": (
            "caption",
            {"sensors": days, "prompts": [""], "max_length": [10_000]},
        ),
    }


@pytest.fixture(scope="module")
def answers(version, tmp_path_factory):
    """The SavedModel's answers, from a place where nothing else is."""
    folder = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(version, folder / "model")
    with open(folder / "requests.json", "w") as file:
        json.dump(requests(), file)
    paths = [folder / n for n in ("model", "requests.json", "answers.json")]
    subprocess.run([sys.executable, "-c", PLAIN_PROCESS, *paths], check=True)
    return json.loads(paths[2].read_text())


@pytest.fixture(scope="module")
def wanted(preset):
    return preset.embed_days(make_days())


@pytest.mark.parametrize("name", ["days", "default", "sentinel", "one"])
def test_embeddings_of_days(answers, wanted, name):
    found = answers[name]["embeddings"]
    np.testing.assert_allclose(found, wanted[: len(found)], atol=1e-5)
    # Days differ by more than what is asked of their embeddings.
    assert np.abs(wanted[0] - wanted[1]).max() > 1e-2


def test_embeddings_of_texts(answers, preset):
    np.testing.assert_allclose(
        answers["texts"]["embeddings"], preset.embed_texts(TEXTS), atol=1e-5
    )


def test_weights_are_saved_once(version, preset):
    weights = sum(w.numpy().nbytes for w in preset.backbone.weights)
    files = (version / "variables").glob("variables.data*")
    assert sum(f.stat().st_size for f in files) < 1.2 * weights


def test_classify(answers, preset, wanted):
    found = answers["classify"]
    expected = preset.classify(make_days(), LABELS)
    np.testing.assert_allclose(found["probabilities"], expected, atol=1e-5)
    each = preset.classify(make_days(), LABELS, activation="sigmoid")
    np.testing.assert_allclose(found["match_probabilities"], each, atol=1e-5)
    texts = [t.format(label) for label in LABELS for t in TEMPLATES]
    texts = preset.embed_texts(texts).reshape(3, len(TEMPLATES), -1).mean(1)
    texts /= np.linalg.norm(texts, axis=1, keepdims=True)
    np.testing.assert_allclose(found["scores"], wanted @ texts.T, atol=1e-5)
    assert np.ptp(expected) > 1e-2


def test_labels_for_all_days_and_lists_filled_up(answers):
    for name, filling in (("shared", 0), ("filled_up", 2)):
        for output, expected in answers["classify"].items():
            found = np.array(answers[name][output])
            np.testing.assert_allclose(found[:, :3], expected, atol=1e-6)
            if filling:
                np.testing.assert_allclose(found[:, 3], found[:, 0])
                assert not found[:, 4].any()


def test_captions(answers, preset):
    found = answers["caption"]["captions"]
    assert found == preset.caption(make_days())
    assert len(set(found)) > 1
    longest = preset.caption(make_days(), max_length=48)
    assert answers["longest"]["captions"] == longest


def test_prompts_and_lengths_of_each_row(answers, preset):
    days = make_days()
    found = answers["prompted"]["captions"]
    begun = preset.caption(days[:1], prompts="the wearer")
    short = preset.caption(days[1:2], max_length=6)
    assert found[:2] == begun + short
    # No room to write: the prompt, cut.
    assert "a walk at 07:40 a walk".startswith(found[2]) and found[2]


def test_files_beside_the_graph(version, preset):
    names = {path.name for path in version.iterdir()}
    assert {"saved_model.pb", "variables", "assets.extra"} <= names
    text = (version / "assets.extra" / "sensorlm.json").read_text()
    description = json.loads(text)
    assert description["missing"] == MISSING
    assert len(description["features"]) == len(description["means"]) == 26
    assert description["templates"] == list(TEMPLATES)
    assert description["default_max_length"] == 32
    assert list(description["signatures"]) == [
        "serving_default",
        "embed_sensors",
        "embed_text",
        "classify",
        "caption",
    ]


@pytest.fixture
def sentence_pieces(tmp_path):
    pieces = pytest.importorskip("sentencepiece")
    from keras_sensorlm.models import SensorLMSentencePieceTokenizer

    pieces.SentencePieceTrainer.train(
        sentence_iterator=iter([*TEXTS[:2], *LABELS] * 20),
        model_prefix=str(tmp_path / "pieces"),
        vocab_size=60,
        hard_vocab_limit=False,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        minloglevel=2,
    )
    return SensorLMSentencePieceTokenizer(str(tmp_path / "pieces.model"))


def test_towers_alone_with_another_tokenizer(sentence_pieces, tmp_path):
    import tensorflow as tf

    towers = make_preset(
        decoder=False, contrastive="softmax", tokenizer=sentence_pieces
    )
    path = export_preset(towers, tmp_path, templates=["a day with {}"])
    served = tf.saved_model.load(str(path)).signatures
    # What the model was not trained for is left out.
    assert "caption" not in served and len(served) == 4
    answer = served["classify"](
        sensors=tf.constant(make_days()), labels=tf.constant([LABELS])
    )
    assert set(answer) == {"probabilities", "scores"}
    days = towers.embed_days(make_days())
    texts = [f"a day with {label}" for label in LABELS]
    np.testing.assert_allclose(
        answer["scores"], days @ towers.embed_texts(texts).T, atol=1e-5
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"format": "pickle"}, "litert"),
        ({"int8": True}, "quantize"),
        ({"templates": ["no place"]}, "no place"),
    ],
)
def test_bad_arguments_leave_nothing(preset, tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        export_preset(preset, tmp_path, **arguments)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_pretrained_preset(tmp_path):
    import tensorflow as tf

    from keras_sensorlm import SensorLMPreset
    from keras_sensorlm import simulate_days
    from keras_sensorlm.export import request_values

    try:
        trained = SensorLMPreset.from_preset("sensorlm_tiny_en")
    except ValueError as error:
        pytest.skip(f"no trained weights: {error}")
    days = simulate_days(3, seed=0)
    model = tf.saved_model.load(str(export_preset(trained, tmp_path)))
    sensors = tf.constant(request_values(days))
    found = model.signatures["embed_sensors"](sensors=sensors)["embeddings"]
    np.testing.assert_allclose(found, trained.embed_days(days), atol=1e-5)
