"""`SensorLMPreprocessor`: days and texts -> what a backbone takes."""

from collections.abc import Sequence
from typing import Any

import keras
import keras_hub
import numpy as np

from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.models.hub import canonicalize_python_string_inputs
from keras_sensorlm.models.hub import convert_preprocessing_outputs_python
from keras_sensorlm.models.sensor_converter import SensorConverter
from keras_sensorlm.models.tokenizer import SensorLMTokenizer


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class SensorLMPreprocessor(keras_hub.models.Preprocessor):
    """Normalises days and packs texts, eagerly or in a `tf.data` graph.

    A text becomes `[BOS] w1 ... wn [EOS]` and padding. One that is too long
    keeps its beginning and its end token: the text embedding is read there,
    so the end token never falls off.

    Args:
        tokenizer: `SensorLMTokenizer` or `SensorLMSentencePieceTokenizer`.
        sensor_converter: `SensorConverter`. Defaults to `SensorConverter()`.
        sequence_length: int. Tokens of a packed text, special tokens
            included. Defaults to `256`, the budget of the caption that the
            paper pretrains on, `high_level_summary_caption`.
        add_start_token: bool. `False` for the released SigLIP recipe.
            Defaults to `True`.
        add_end_token: bool. Defaults to `True`.
        return_truncated: bool. Whether to tell in `"truncated"` which texts
            were cut, so that training can count them. Defaults to `False`.
        **kwargs: `name` and so on.

    Call arguments:
        x: dict with `"sensors"` (see `SensorConverter`) or `"text"` (str,
            list of str or string tensor) or both; or the days alone.
        y: the texts, when `x` is the days alone: a pair `(sensors, text)` is
            what a training set yields. With a dict, handed through.
        sample_weight: handed through.
        sequence_length: int, optional. Instead of the configured one.

    Returns:
        Dict with `"sensors"` float32 `(batch, minutes, features)`, and
        `"token_ids"` and `"padding_mask"` int32 `(batch, sequence_length)`,
        mask 1 where there is a token; what was not given is left out, and
        so is the batch axis where the input had none. `(x, y)` or
        `(x, y, sample_weight)` where labels or weights were handed through.

    Raises:
        ValueError: if neither days nor texts come, or a key is unknown.

    Example:

    >>> preprocessor = SensorLMPreprocessor(
    ...     SensorLMTokenizer(), sequence_length=6
    ... )
    >>> days = np.zeros((1, 1440, 26), dtype="float32")
    >>> x = preprocessor({"sensors": days, "text": ["a long walk at noon"]})
    >>> [int(i) for i in x["token_ids"][0]][::5]  # [BOS] and [EOS] are kept.
    [3, 1]
    >>> [int(i) for i in preprocessor({"text": "walk"})["padding_mask"]]
    [1, 1, 1, 0, 0, 0]
    """

    backbone_cls = SensorLMBackbone
    tokenizer_cls = SensorLMTokenizer

    def __init__(
        self,
        tokenizer: Any,
        sensor_converter: SensorConverter | None = None,
        sequence_length: int = 256,
        add_start_token: bool = True,
        add_end_token: bool = True,
        return_truncated: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if sequence_length < 3:
            raise ValueError(
                "`sequence_length` should leave room for a token between "
                f"start and end. Received: sequence_length={sequence_length}"
            )
        self.tokenizer = tokenizer
        self.sensor_converter = sensor_converter or SensorConverter()
        self.sequence_length = sequence_length
        self.add_start_token = add_start_token
        self.add_end_token = add_end_token
        self.return_truncated = return_truncated
        self.built = True

    def call(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        sequence_length: int | None = None,
    ) -> Any:
        if not isinstance(x, dict):
            x, y = {"sensors": x, "text": y}, None
            x = {key: value for key, value in x.items() if value is not None}
        if not x or set(x) - {"sensors", "text"}:
            raise ValueError(
                "A preprocessor takes a dict with 'sensors', 'text' or both. "
                f"Received keys: {sorted(x)}"
            )
        outputs = {}
        if "sensors" in x:
            outputs["sensors"] = self.sensor_converter(x["sensors"])
        if "text" in x:
            packed = self._pack(
                x["text"],
                sequence_length or self.sequence_length,
                self.add_start_token,
                self.add_end_token,
            )
            if not self.return_truncated:
                del packed["truncated"]
            outputs.update(packed)
        return keras.utils.pack_x_y_sample_weight(outputs, y, sample_weight)

    def generate_preprocess(
        self, x: Any, sequence_length: int | None = None
    ) -> dict[str, Any]:
        """Packs prompts: as a call, but a start token always, and no end.

        Args:
            x: dict as in a call; without `"text"` every prompt is empty.
            sequence_length: int, optional. Instead of the configured one.

        Returns:
            Dict with `"token_ids"`, `"padding_mask"` and, if given,
            `"sensors"`.
        """
        outputs = {}
        if "sensors" in x:
            outputs["sensors"] = self.sensor_converter(x["sensors"])
        text = x.get("text")
        if text is None:
            shape = outputs["sensors"].shape
            text = [""] * shape[0] if len(shape) == 3 else ""
        length = sequence_length or self.sequence_length
        packed = self._pack(text, length, add_start=True, add_end=False)
        del packed["truncated"]
        return {**outputs, **packed}

    def generate_postprocess(self, x: Any) -> Any:
        """Text of written tokens, without special tokens.

        Args:
            x: dict with `"token_ids"` and `"padding_mask"`, int
                `(length,)` or `(batch, length)`.

        Returns:
            Str, or list of str.
        """
        ids = keras.ops.convert_to_numpy(x["token_ids"])
        mask = keras.ops.convert_to_numpy(x["padding_mask"]).astype(bool)
        mask &= ~np.isin(ids, self.tokenizer.special_token_ids)
        if ids.ndim == 1:
            return self.tokenizer.detokenize([ids[mask].tolist()])[0]
        rows = [row[keep].tolist() for row, keep in zip(ids, mask)]
        return self.tokenizer.detokenize(rows)

    def count_truncated(
        self, texts: Sequence[str], sequence_length: int | None = None
    ) -> int:
        """How many texts are longer than their budget.

        Args:
            texts: str or list of str.
            sequence_length: int, optional. Instead of the configured one.

        Returns:
            int.

        Example:

        >>> preprocessor = SensorLMPreprocessor(SensorLMTokenizer())
        >>> preprocessor.count_truncated(["run", "run and run"], 4)
        1
        """
        texts = [texts] if isinstance(texts, str) else list(texts)
        length = sequence_length or self.sequence_length
        room = length - self.add_start_token - self.add_end_token
        rows = self.tokenizer.tokenize(texts)
        return sum(len(row) > room for row in rows)

    def _pack(self, text, length, add_start, add_end):
        tokenizer = self.tokenizer
        start = [tokenizer.start_token_id] if add_start else []
        end = [tokenizer.end_token_id] if add_end else []
        pad = tokenizer.pad_token_id
        if self._use_tf_workflow():
            rows = tokenizer.tokenize(text)
            return _pack_in_graph(rows, start, end, pad, length)
        text, batched, _ = canonicalize_python_string_inputs(text)
        packed = _pack_rows(tokenizer.tokenize(text), start, end, pad, length)
        if not batched:
            packed = {key: value[0] for key, value in packed.items()}
        return convert_preprocessing_outputs_python(packed)

    @classmethod
    def _add_missing_kwargs(cls, loader, kwargs):
        """Fits a preset that was saved without a preprocessor."""
        kwargs = super()._add_missing_kwargs(loader, kwargs)
        backbone = loader.config["config"]
        sensors = backbone["sensor_encoder"]["config"]
        kwargs.setdefault(
            "sensor_converter",
            SensorConverter(sensors["features"], missing=sensors["missing"]),
        )
        text = backbone["text_encoder"]["config"]
        kwargs.setdefault("sequence_length", text["max_length"])
        return kwargs

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.update(
            {
                "sensor_converter": keras.layers.serialize(
                    self.sensor_converter
                ),
                "sequence_length": self.sequence_length,
                "add_start_token": self.add_start_token,
                "add_end_token": self.add_end_token,
                "return_truncated": self.return_truncated,
            }
        )
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "SensorLMPreprocessor":
        config = dict(config)
        if isinstance(config.get("sensor_converter"), dict):
            config["sensor_converter"] = keras.layers.deserialize(
                config["sensor_converter"]
            )
        return super().from_config(config)


def _pack_rows(rows, start, end, pad, length):
    """Lists of token ids -> padded NumPy arrays."""
    room = length - len(start) - len(end)
    token_ids = np.full((len(rows), length), pad, dtype="int32")
    padding_mask = np.zeros((len(rows), length), dtype="int32")
    for i, row in enumerate(rows):
        row = [*start, *row[:room], *end]
        token_ids[i, : len(row)] = row
        padding_mask[i, : len(row)] = 1
    truncated = np.array([len(row) > room for row in rows], dtype=bool)
    return {
        "token_ids": token_ids,
        "padding_mask": padding_mask,
        "truncated": truncated,
    }


def _pack_in_graph(rows, start, end, pad, length):
    """`_pack_rows` in TensorFlow operations, also for a single row."""
    import tensorflow as tf

    single = not isinstance(rows, tf.RaggedTensor)
    if single:
        rows = tf.RaggedTensor.from_tensor(rows[None])
    room = length - len(start) - len(end)
    truncated = rows.row_lengths() > room
    rows = rows[:, :room]

    def column(token):
        return tf.fill([rows.nrows(), 1], tf.constant(token, rows.dtype))

    parts = [*map(column, start), rows, *map(column, end)]
    rows = tf.concat(parts, axis=1)
    shape = (None, length)
    packed = {
        "token_ids": rows.to_tensor(pad, shape=shape),
        "padding_mask": tf.ones_like(rows).to_tensor(0, shape=shape),
        "truncated": truncated,
    }
    return {k: v[0] for k, v in packed.items()} if single else packed
