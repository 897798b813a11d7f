"""Parity with the authors' released code, tensor by tensor."""

import json
import pathlib

import numpy as np
import pytest
from keras import ops

from keras_sensorlm.convert import from_big_vision
from keras_sensorlm.convert import to_big_vision
from keras_sensorlm.convert.tensor_table import tensor_table
from keras_sensorlm.losses import contrastive_logits
from keras_sensorlm.losses import sigmoid_contrastive_loss
from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.models.sensor_encoder import SensorEncoder
from keras_sensorlm.models.text_encoder import TextEncoder
from tests.models.backend_helpers import loss_and_gradients
from tests.models.backend_helpers import to_numpy

DATA = pathlib.Path(__file__).parent / "data"
CHECKPOINT = DATA / "siglip_tiny.ckpt.npz"
CONFIG = DATA / "siglip_tiny.config.json"


def read(path):
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


def scanned(tensors):
    """The same checkpoint with its blocks stacked."""
    stacks = {}
    for name, value in tensors.items():
        before, found, after = name.partition("encoderblock_")
        if found:
            i, _, rest = after.partition("/")
            parts = stacks.setdefault(f"{before}encoderblock/{rest}", {})
            parts[int(i)] = value
        else:
            stacks[name] = value
    return {
        name: np.stack([value[i] for i in sorted(value)])
        if isinstance(value, dict)
        else value
        for name, value in stacks.items()
    }


@pytest.fixture(scope="module")
def tensors():
    return read(CHECKPOINT)


@pytest.fixture(scope="module")
def target():
    return read(DATA / "siglip_tiny.io.npz")


@pytest.fixture(scope="module")
def backbone():
    return from_big_vision(CHECKPOINT, CONFIG)


def loss_of(backbone, target):
    outputs = backbone(
        {
            "sensors": ops.convert_to_tensor(target["sensors"]),
            "token_ids": ops.convert_to_tensor(target["token_ids"]),
            "padding_mask": ops.ones(target["token_ids"].shape, "int32"),
        }
    )
    logits = contrastive_logits(
        outputs["sensor_embeddings"],
        outputs["text_embeddings"],
        outputs["logit_scale"],
        outputs["logit_bias"],
    )
    return sigmoid_contrastive_loss(logits)


def differences(backbone, target):
    """How far each checked output is from the target."""
    sensors = to_numpy(backbone.encode_sensors(target["sensors"]))
    texts = to_numpy(backbone.encode_text(target["token_ids"]))
    tokens = to_numpy(backbone.sensor_tokens(target["sensors"]))
    loss = float(to_numpy(loss_of(backbone, target)))
    return {
        "sensors": np.abs(sensors - target["sensor_embedding"]).max(),
        "texts": np.abs(texts - target["text_embedding"]).max(),
        "tokens": np.abs(tokens.mean(-1) - target["sensor_tokens_mean"]).max(),
        "loss": abs(loss / target["sigmoid_loss"] - 1),
    }


@pytest.mark.parametrize("layout", ["looped", "scanned"])
def test_outputs_equal_the_released_code(layout, tensors, target):
    if layout == "scanned":
        tensors = scanned(tensors)
    backbone = from_big_vision(tensors, json.loads(CONFIG.read_text()))
    found = differences(backbone, target)
    print({name: f"{value:.1e}" for name, value in found.items()})
    assert max(found.values()) < 1e-5


def test_gradients_equal_the_released_code(backbone, target, tensors):
    loss, norm, count = loss_and_gradient_norm(backbone, target)
    print({"loss": f"{loss:.1e}", "gradient norm": f"{norm:.1e}"})
    assert loss < 1e-5 and norm < 1e-4
    assert count == len(tensors)


def loss_and_gradient_norm(backbone, target):
    """How far both are from the target, relatively; how many gradients."""
    loss, gradients = loss_and_gradients(
        backbone, lambda: loss_of(backbone, target)
    )
    norm = np.sqrt(
        sum((g.astype("float64") ** 2).sum() for g in gradients.values())
    )
    return (
        abs(loss / target["sigmoid_loss"] - 1),
        abs(norm / target["global_grad_norm"] - 1),
        len(gradients),
    )


def test_a_changed_tensor_fails_every_check(tensors, target):
    changed = dict(tensors)
    for name in ("params/img/embedding/kernel", "params/txt/head/kernel"):
        changed[name] = 1.05 * changed[name]
    backbone = from_big_vision(changed, CONFIG)
    assert min(differences(backbone, target).values()) > 1e-5
    loss, norm, _ = loss_and_gradient_norm(backbone, target)
    assert loss > 1e-5 and norm > 1e-4


def test_there_and_back_gives_the_same_bytes(backbone, tensors, tmp_path):
    for scan, expected in ((False, tensors), (True, scanned(tensors))):
        to_big_vision(backbone, tmp_path / "ckpt.npz", scan=scan)
        got = read(tmp_path / "ckpt.npz")
        assert set(got) == set(expected)
        for name, value in expected.items():
            assert got[name].shape == value.shape, name
            assert got[name].tobytes() == value.tobytes(), name


def test_each_tensor_is_checked(backbone, tensors, target):
    """Perturbing any one tensor must break parity.

    Key biases are the exception that the mathematics asks for: they move all
    logits of a query alike, which softmax does not see. For them the bytes
    of the way back are the check.
    """
    table = tensor_table(backbone, scan=False)
    assert set(table) == set(tensors)
    for name, (_, (weight,)) in table.items():
        before = to_numpy(weight.value).copy()
        change = np.random.default_rng(0).normal(size=before.shape, scale=0.1)
        weight.assign(before + change)
        if name.endswith("key/bias"):
            changed = to_big_vision(backbone)[name]
            assert changed.tobytes() != tensors[name].tobytes(), name
        else:
            side = "sensors" if "/img/" in name else "texts"
            side = "loss" if name in ("params/t", "params/b") else side
            assert moved(backbone, target, side) > 1e-5, name
        weight.assign(before)


def moved(backbone, target, side):
    if side == "loss":
        scale, bias = backbone.contrastive_scale(np.zeros(1, "float32"))
        logits = contrastive_logits(
            target["sensor_embedding"], target["text_embedding"], scale, bias
        )
        loss = float(to_numpy(sigmoid_contrastive_loss(logits)))
        return abs(loss / target["sigmoid_loss"] - 1)
    if side == "sensors":
        got = backbone.encode_sensors(target["sensors"][:1])
        expected = target["sensor_embedding"][:1]
    else:
        got = backbone.encode_text(target["token_ids"][:1])
        expected = target["text_embedding"][:1]
    return np.abs(to_numpy(got) - expected).max()


NAME = "img/Transformer/encoderblock_1/MlpBlock_0/Dense_0/kernel"
STACKED = "img/Transformer/encoderblock/MlpBlock_0/Dense_0/kernel"


@pytest.mark.parametrize("name", [NAME, STACKED, "img/embedding/kernel", "t"])
@pytest.mark.parametrize("fault", ["missing", "left over", "shape"])
def test_what_does_not_fit_is_named(name, fault, tensors):
    tensors = scanned(tensors) if name == STACKED else dict(tensors)
    name = f"params/{name}"
    if fault == "missing":
        del tensors[name]
    elif fault == "left over":
        name += "_2"
        tensors[name] = np.zeros(3, "float32")
    else:
        tensors[name] = tensors[name][..., :-1]
    with pytest.raises(ValueError) as error:
        from_big_vision(tensors, CONFIG)
    lines = str(error.value).splitlines()[1:]
    assert len(lines) == 1
    assert fault in lines[0] and name in lines[0]


def test_all_faults_are_named_at_once(tensors):
    tensors = dict(tensors, **{"params/extra": np.zeros(1, "float32")})
    del tensors["params/b"]
    with pytest.raises(ValueError, match=r"params/b\n.*params/extra"):
        from_big_vision(tensors, CONFIG)


def test_a_config_that_lacks_something():
    config = json.loads(CONFIG.read_text())
    del config["text"]["depth"], config["out_dim"]
    with pytest.raises(ValueError, match=r"out_dim, text\.depth"):
        from_big_vision(CHECKPOINT, config)


def test_something_else_than_a_checkpoint():
    with pytest.raises(ValueError, match="params/"):
        from_big_vision({"weights": np.zeros(1)}, CONFIG)


def test_only_the_released_recipe_goes_back():
    backbone = SensorLMBackbone(
        SensorEncoder(8, 1, 2, num_minutes=10),
        TextEncoder(9, 8, 1, 2),
    )
    with pytest.raises(ValueError, match=r"sensor_projection.*'impute'"):
        to_big_vision(backbone)
