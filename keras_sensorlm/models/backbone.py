"""The whole model: two towers, and a decoder between them."""

from typing import TYPE_CHECKING
from typing import Any

import keras
from keras import layers
from keras import ops

from keras_sensorlm.models.adaptation import Adaptation
from keras_sensorlm.models.backbone_checks import check_settings
from keras_sensorlm.models.caption_decoding import CaptionDecoding
from keras_sensorlm.models.caption_decoding import as_tensors
from keras_sensorlm.models.frozen_features import FrozenFeatures
from keras_sensorlm.models.hub import PresetBackbone
from keras_sensorlm.models.layers.attention_pooling import AttentionPooling
from keras_sensorlm.models.layers.contrastive_scale import ContrastiveScale
from keras_sensorlm.models.layers.embedding_head import EmbeddingHead
from keras_sensorlm.models.types import Tensor

if TYPE_CHECKING:
    from keras_sensorlm.models.multimodal_decoder import MultimodalDecoder
    from keras_sensorlm.models.sensor_encoder import SensorEncoder
    from keras_sensorlm.models.text_encoder import TextEncoder

_PARTS = ("sensor_encoder", "text_encoder", "decoder")


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class SensorLMBackbone(
    CaptionDecoding, FrozenFeatures, Adaptation, PresetBackbone
):
    """SensorLM: days of wearable data and language in one space.

    Two encoders give embeddings of days and texts that a contrastive loss
    brings together; a decoder over the causal text encoder's states writes
    captions while attending to the day (SensorLM, arXiv 2506.09108). Its
    settings recover the methods that it generalises:

    | method | `contrastive` | `decoder` |
    |---|---|---|
    | CLIP   | `"softmax"` | none |
    | SigLIP | `"sigmoid"` | none |
    | Cap    | none        | yes  |
    | CoCa   | either      | yes  |

    Args:
        sensor_encoder: a `SensorEncoder`.
        text_encoder: a `TextEncoder`; causal if there is a decoder.
        decoder: a `MultimodalDecoder`, optional. Its captions share the text
            encoder's embedding.
        contrastive: `"sigmoid"`, `"softmax"` or `None` for captioning alone.
            Defaults to `"sigmoid"`.
        embedding_dim: int, optional. Width of the shared space. Defaults to
            the sensor encoder's width.
        sensor_pooling: `"map"`, `"mean"` or `"cls"` (needs
            `class_token=True` in the sensor encoder). Defaults to `"map"`.
        text_pooling: `"map"`, `"mean"`, `"cls"`, `"last"` or `"eos"`; see
            `EmbeddingHead`. Defaults to `"eos"`.
        pooling_queries: int. Queries of either `"map"` pooling; see
            `EmbeddingHead`. Defaults to `1`.
        sensor_projection: bool. Whether a dense layer follows the sensor
            pooling; the released recipe has none. Defaults to `True`.
        text_projection: bool. The same for texts. Defaults to `True`.
        caption_memory: `"pooled"` or `"tokens"`: what the decoder attends
            to, learned queries' view of the day (CoCa) or the sensor tokens
            themselves. Defaults to `"pooled"`.
        num_caption_queries: int. How many such queries. Defaults to `256`.
        number_pointer: bool. Whether captions can copy the day's numbers;
            see `NumberPointer`. Needs a decoder and a text encoder with
            `number_symbols`. Defaults to `False`.
        dtype: str or dtype policy, optional. Defaults to that of the sensor
            encoder; both encoders and the decoder should share it.
        **kwargs: the arguments of `keras_hub.models.Backbone`, such as
            `name` and `trainable`.

    Inputs: a dict of
        `"sensors"`: float `(batch, minutes, features)`, normalised, NaN for
        missing; `"token_ids"`: int `(batch, length)`; `"padding_mask"`: int
        `(batch, length)`, 1 for tokens and 0 for padding on the right.

    Outputs: a dict of
        `"sensor_embeddings"` and, with a contrastive loss,
        `"text_embeddings"`: float32 `(batch, embedding_dim)`, unit length;
        `"logit_scale"` (exponentiated) and `"logit_bias"`: float32 scalars;
        with a decoder `"caption_logits"`: `(batch, length, vocabulary)`,
        where position `i` predicts token `i + 1`.

    Raises:
        ValueError: if settings contradict each other.

    Example:

    >>> import numpy as np
    >>> from keras_sensorlm.models.multimodal_decoder import MultimodalDecoder
    >>> from keras_sensorlm.models.sensor_encoder import SensorEncoder
    >>> from keras_sensorlm.models.text_encoder import TextEncoder
    >>> backbone = SensorLMBackbone(
    ...     SensorEncoder(
    ...         width=16, num_layers=1, num_heads=2, num_minutes=60
    ...     ),
    ...     TextEncoder(
    ...         vocabulary_size=50, width=16, num_layers=1, num_heads=2,
    ...         causal=True,
    ...     ),
    ...     MultimodalDecoder(num_layers=1, num_heads=2, mlp_dim=64),
    ...     num_caption_queries=4,
    ... )
    >>> outputs = backbone({
    ...     "sensors": np.zeros((2, 60, 26), "float32"),
    ...     "token_ids": np.ones((2, 9), "int32"),
    ...     "padding_mask": np.ones((2, 9), "int32"),
    ... })
    >>> tuple(outputs["sensor_embeddings"].shape)
    (2, 16)
    >>> tuple(outputs["caption_logits"].shape)
    (2, 9, 50)
    """

    def __init__(
        self,
        sensor_encoder: "SensorEncoder",
        text_encoder: "TextEncoder",
        decoder: "MultimodalDecoder | None" = None,
        contrastive: str | None = "sigmoid",
        embedding_dim: int | None = None,
        sensor_pooling: str = "map",
        text_pooling: str = "eos",
        pooling_queries: int = 1,
        sensor_projection: bool = True,
        text_projection: bool = True,
        caption_memory: str = "pooled",
        num_caption_queries: int = 256,
        number_pointer: bool = False,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        embedding_dim = embedding_dim or sensor_encoder.width
        settings = {
            "contrastive": contrastive,
            "embedding_dim": embedding_dim,
            "sensor_pooling": sensor_pooling,
            "text_pooling": text_pooling,
            "pooling_queries": pooling_queries,
            "sensor_projection": sensor_projection,
            "text_projection": text_projection,
            "caption_memory": caption_memory,
            "num_caption_queries": num_caption_queries,
            "number_pointer": number_pointer,
        }
        check_settings(sensor_encoder, text_encoder, decoder, settings)
        dtype = dtype or sensor_encoder.dtype_policy

        # === Layers ===
        self.sensor_encoder = sensor_encoder
        self.text_encoder = text_encoder
        self.decoder = decoder
        self.token_embedding = text_encoder.token_embedding
        self.sensor_head: Any = None
        self.text_head: Any = None
        self.contrastive_scale: Any = None
        self.caption_pooler: Any = None
        if contrastive:
            self.sensor_head = _head(
                sensor_encoder,
                sensor_pooling,
                embedding_dim if sensor_projection else None,
                pooling_queries,
                name="sensor_head",
                dtype=dtype,
            )
            self.text_head = _head(
                text_encoder,
                text_pooling,
                embedding_dim if text_projection else None,
                pooling_queries,
                name="text_head",
                dtype=dtype,
            )
            self.contrastive_scale = ContrastiveScale(
                contrastive, name="contrastive_scale", dtype="float32"
            )
        else:
            # Without a contrastive loss nothing would train a head: the mean
            # of the tokens is what linear probes read.
            self.sensor_head = EmbeddingHead(
                pooling="mean", name="sensor_head", dtype=dtype
            )
        if decoder is not None and caption_memory == "pooled":
            self.caption_pooler = AttentionPooling(
                num_heads=sensor_encoder.num_heads,
                mlp_dim=sensor_encoder.mlp_dim,
                num_queries=num_caption_queries,
                gated=sensor_encoder.gated,
                name="caption_pooler",
                dtype=dtype,
            )
        self.number_pointer: Any = None
        if number_pointer:
            self._add_number_pointer(dtype)

        # === Functional Model ===
        inputs = {
            "sensors": layers.Input(
                (sensor_encoder.num_minutes, len(sensor_encoder.features)),
                name="sensors",
            ),
            "token_ids": layers.Input((None,), dtype="int32", name="token_ids"),
            "padding_mask": layers.Input(
                (None,), dtype="int32", name="padding_mask"
            ),
        }
        outputs = self._outputs(inputs)
        super().__init__(inputs=inputs, outputs=outputs, dtype=dtype, **kwargs)

        # === Config ===
        for name in settings.keys() - {"number_pointer"}:
            setattr(self, name, settings[name])

    def _outputs(self, inputs):
        tokens, mask = self._read(inputs["sensors"])
        padding_mask = inputs["padding_mask"]
        states = self.text_encoder(inputs["token_ids"], padding_mask)
        outputs = {"sensor_embeddings": self.sensor_head(tokens, key_mask=mask)}
        if self.text_head is not None:
            outputs["text_embeddings"] = self.text_head(
                states, key_mask=padding_mask
            )
            outputs["logit_scale"], outputs["logit_bias"] = (
                self.contrastive_scale(outputs["sensor_embeddings"])
            )
        if self.decoder is not None:
            memory, memory_mask = self._memory(tokens, mask)
            x = self.decoder(states, memory, memory_mask=memory_mask)
            outputs["caption_logits"] = self.caption_logits(
                x, inputs["token_ids"], self.spoken_numbers(inputs["sensors"])
            )
        return outputs

    def _read(self, sensors, observed=None, training=None):
        """Sensor tokens, and which are visible (`None` where all are)."""
        tokens, mask = self.sensor_encoder(
            sensors, observed=observed, training=training, return_mask=True
        )
        return tokens, mask if self.sensor_encoder.skip_empty_patches else None

    def _memory(self, tokens, mask):
        if self.caption_pooler is None:
            return tokens, mask
        return self.caption_pooler(tokens, key_mask=mask), None

    def encode_sensors(
        self, sensors: Tensor, observed: Tensor | None = None
    ) -> Tensor:
        """Embeddings of days.

        Args:
            sensors: float array `(batch, minutes, features)`, normalised,
                NaN for missing.
            observed: bool array of that shape. Defaults to all.

        Returns:
            Float32 tensor `(batch, embedding_dim)`, rows of unit length.
        """
        tokens, mask = self._read(*as_tensors(sensors, observed))
        return self.sensor_head(tokens, key_mask=mask)

    def sensor_tokens(
        self, sensors: Tensor, observed: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """The sensor encoder's tokens, time first, then channel.

        Args:
            sensors: float array `(batch, minutes, features)`, normalised,
                NaN for missing.
            observed: bool array of that shape. Defaults to all.

        Returns:
            Float tensor `(batch, tokens, width)`: the grid's tokens, without
            class token and channel summaries.
        """
        tokens, _ = self._read(*as_tensors(sensors, observed))
        first = int(self.sensor_encoder.class_token)
        rows, columns = self.sensor_encoder.grid
        return tokens[:, first : first + rows * columns]

    @property
    def reads_text_padding(self) -> bool:
        """Whether a text's embedding depends on how far it is padded."""
        encoder = self.text_encoder
        hidden = encoder.causal or encoder.mask_padding
        return self.text_pooling == "last" or not hidden

    def encode_text(
        self, token_ids: Tensor, padding_mask: Tensor | None = None
    ) -> Tensor:
        """Embeddings of texts.

        Args:
            token_ids: int array `(batch, length)`, padded on the right.
            padding_mask: int array of that shape, 1 for tokens. Defaults to
                no padding.

        Returns:
            Float32 tensor `(batch, embedding_dim)`, rows of unit length.

        Raises:
            ValueError: if the model has no contrastive side.
        """
        if self.text_head is None:
            raise ValueError(
                "This model was built for captioning alone "
                "(`contrastive=None`): it has no text embeddings. Build it "
                'with `contrastive="sigmoid"` or `"softmax"`.'
            )
        token_ids = ops.convert_to_tensor(token_ids, "int32")
        if padding_mask is not None:
            padding_mask = ops.convert_to_tensor(padding_mask, "int32")
        states = self.text_encoder(token_ids, padding_mask)
        return self.text_head(states, key_mask=padding_mask)

    def predict(self, x: Any, **kwargs: Any) -> dict[str, Any]:
        """Outputs for many batches, as `keras.Model.predict` gives them.

        The scale and the bias are one number for all batches, which Keras
        would try to join end to end: they are added afterwards.

        Args:
            x: dict of the model's inputs, or a data set of such dicts.
            **kwargs: the arguments of `keras.Model.predict`.

        Returns:
            Dict of the model's outputs as NumPy arrays.
        """
        scalars = ("logit_scale", "logit_bias")
        rows = {k: v for k, v in self.output.items() if k not in scalars}
        outputs = keras.Model(self.input, rows).predict(x, **kwargs)
        if self.contrastive_scale is not None:
            values = self.contrastive_scale(ops.zeros((1,)))
            for name, value in zip(scalars, values):
                outputs[name] = ops.convert_to_numpy(value)
        return outputs

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        names = (
            "contrastive embedding_dim sensor_pooling text_pooling "
            "pooling_queries "
            "sensor_projection text_projection caption_memory "
            "num_caption_queries"
        )
        config.update({name: getattr(self, name) for name in names.split()})
        config["number_pointer"] = self.number_pointer is not None
        for name in _PARTS:
            layer = getattr(self, name)
            config[name] = layer and layers.serialize(layer)
            if layer is not None:
                # The model builds its parts; what shapes they had before
                # does not matter, and may be another grid's.
                config[name].pop("build_config", None)
                if "DTypePolicyMap" in str(config["dtype"]):
                    # KerasHub's loader forgets which layers of a backbone
                    # are int8, not which of its parts are.
                    config[name]["config"]["dtype"] = config["dtype"]
        return config

    @classmethod
    def from_config(
        cls,
        config: dict[str, Any],
        custom_objects: dict[str, Any] | None = None,
    ) -> "SensorLMBackbone":
        config = dict(config)
        dtype = config.get("dtype")
        if isinstance(dtype, dict):
            dtype = config["dtype"] = keras.dtype_policies.deserialize(dtype)
        for name in _PARTS:
            layer = config.get(name)
            if isinstance(layer, dict):
                if dtype is not None:
                    layer = {
                        **layer,
                        "config": {**layer["config"], "dtype": dtype},
                    }
                config[name] = layers.deserialize(
                    layer, custom_objects=custom_objects
                )
        return cls(**config)


def _head(encoder, pooling, embedding_dim, num_queries, **options):
    return EmbeddingHead(
        num_queries=num_queries if pooling == "map" else 1,
        embedding_dim=embedding_dim,
        pooling=pooling,
        num_heads=encoder.num_heads,
        mlp_dim=encoder.mlp_dim,
        gated=encoder.gated,
        **options,
    )
