"""Checkpoints of the authors' released code (big_vision, flax)."""

import json

import numpy as np
from keras import ops

from keras_sensorlm.convert.tensor_table import tensor_table
from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.models.sensor_encoder import SensorEncoder
from keras_sensorlm.models.text_encoder import TextEncoder


def from_big_vision(checkpoint, config):
    """A backbone from a checkpoint of the released SensorLM code.

    The result reads imputed days (`missing="impute"`) and uses the released
    recipe throughout: attention pooling with one query and no projection for
    days; bidirectional text that sees its padding, pooled at the last
    position; the sigmoid loss's temperature and bias.

    Args:
        checkpoint: path of an `.npz` file, or a dict of name to array. Both
            layouts are read: one set of names a block, and the scanned one,
            where the blocks' weights are stacked. Sections other than
            `params/`, such as the optimizer's, are passed over.
        config: path of a JSON file, or a dict: `image` and `text`, each with
            `width`, `depth`, `mlp_dim` and `num_heads`; `out_dim`,
            `vocab_size`, `text_length`, `patch_size`.

    Returns:
        A `SensorLMBackbone` in float32.

    Raises:
        ValueError: naming each tensor that is missing, left over or of
            another shape than `config` says; or each missing setting.

    Example:

    >>> backbone = from_big_vision("ckpt.npz", "config.json")  # doctest: +SKIP
    >>> backbone.encode_text(token_ids)  # doctest: +SKIP
    """
    backbone = _build(_read_config(config))
    tensors = _read_tensors(checkpoint)
    scan = any("/encoderblock/" in name for name in tensors)
    table = tensor_table(backbone, scan)
    _check(tensors, table)
    for name, (_, weights) in table.items():
        parts = tensors[name].reshape(len(weights), -1)
        for weight, part in zip(weights, parts):
            weight.assign(part.reshape(weight.shape))
    return backbone


def to_big_vision(backbone, path=None, scan=False):
    """A checkpoint for the released SensorLM code.

    Args:
        backbone: a `SensorLMBackbone` with the released recipe's settings,
            such as one from `from_big_vision` after more training.
        path: str, optional. Where to write the tensors as `.npz`.
        scan: bool. Whether to stack the blocks' weights. Defaults to
            `False`.

    Returns:
        Dict of str to float32 array. Going through `from_big_vision` and
        back gives the same bytes.

    Raises:
        ValueError: naming each setting that the released code does not know.

    Example:

    >>> tensors = to_big_vision(backbone, "ckpt.npz")  # doctest: +SKIP
    """
    _check_recipe(backbone)
    tensors = {}
    for name, (shape, weights) in tensor_table(backbone, scan).items():
        parts = [np.ravel(ops.convert_to_numpy(w.value)) for w in weights]
        value = np.concatenate(parts).reshape(shape)
        tensors[name] = value.astype("float32", copy=False)
    if path is not None:
        np.savez(path, **tensors)
    return tensors


def _read_config(config):
    if not isinstance(config, dict):
        with open(config, encoding="utf-8") as file:
            config = json.load(file)
    tower = ("width", "depth", "mlp_dim", "num_heads")
    needed = [(key,) for key in ("out_dim", "vocab_size", "text_length")]
    needed += [(side, key) for side in ("image", "text") for key in tower]
    missing = []
    for keys in needed:
        value = config
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            missing.append(".".join(keys))
    if missing:
        raise ValueError(f"`config` lacks: {', '.join(missing)}")
    return config


def _build(config):
    image, text = config["image"], config["text"]
    sensor_encoder = SensorEncoder(
        width=image["width"],
        num_layers=image["depth"],
        num_heads=image["num_heads"],
        mlp_dim=image["mlp_dim"],
        patch_size=tuple(config.get("patch_size", (10, 2))),
        missing="impute",
        name="sensor_encoder",
        dtype="float32",
    )
    text_encoder = TextEncoder(
        vocabulary_size=config["vocab_size"],
        width=text["width"],
        num_layers=text["depth"],
        num_heads=text["num_heads"],
        mlp_dim=text["mlp_dim"],
        max_length=config["text_length"],
        causal=False,
        mask_padding=False,
        name="text_encoder",
        dtype="float32",
    )
    return SensorLMBackbone(
        sensor_encoder,
        text_encoder,
        contrastive="sigmoid",
        embedding_dim=config["out_dim"],
        sensor_pooling="map",
        text_pooling="last",
        sensor_projection=False,
    )


def _read_tensors(checkpoint):
    if not isinstance(checkpoint, dict):
        with np.load(checkpoint) as file:
            checkpoint = {name: file[name] for name in file.files}
    tensors = {
        name: np.asarray(value)
        for name, value in checkpoint.items()
        if name.startswith("params/")
    }
    if not tensors:
        raise ValueError(
            "A checkpoint of the released code holds tensors named "
            f"`params/...`. Received: {sorted(checkpoint)[:5]}"
        )
    return tensors


def _check(tensors, table):
    """One error that names everything that does not fit."""
    problems = [f"missing: {name}" for name in table if name not in tensors]
    problems += [f"left over: {name}" for name in tensors if name not in table]
    problems += [
        f"shape of {name}: expected {table[name][0]}, got {value.shape}"
        for name, value in tensors.items()
        if name in table and value.shape != table[name][0]
    ]
    if problems:
        raise ValueError(
            "The checkpoint does not fit the config:\n  "
            + "\n  ".join(problems)
        )


def _check_recipe(backbone):
    """An error for settings that the released code does not know."""
    sensors, texts = backbone.sensor_encoder, backbone.text_encoder
    found = {
        "decoder": (backbone.decoder, None),
        "contrastive": (backbone.contrastive, "sigmoid"),
        "sensor_pooling": (backbone.sensor_pooling, "map"),
        "text_pooling": (backbone.text_pooling, "last"),
        "sensor_projection": (backbone.sensor_projection, False),
        "text_projection": (backbone.text_projection, True),
        "sensor_encoder.missing": (sensors.missing, "impute"),
        "sensor_encoder.gated": (sensors.gated, False),
        "sensor_encoder.class_token": (sensors.class_token, False),
        "text_encoder.causal": (texts.causal, False),
        "text_encoder.gated": (texts.gated, False),
        "text_encoder.mask_padding": (texts.mask_padding, False),
    }
    wrong = [
        f"{name} must be {expected!r}, is {value!r}"
        for name, (value, expected) in found.items()
        if value != expected
    ]
    if wrong:
        raise ValueError(
            "Only the released recipe fits its checkpoints: " + "; ".join(wrong)
        )
