"""The tower that reads captions."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_sensorlm.models.layers.attention_math import length_of
from keras_sensorlm.models.layers.normalization import layer_norm
from keras_sensorlm.models.layers.number_embedding import NumberEmbedding
from keras_sensorlm.models.layers.transformer_block import TransformerBlock
from keras_sensorlm.models.recent_tokens import recent_tokens
from keras_sensorlm.models.types import Shape
from keras_sensorlm.models.types import Tensor


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class TextEncoder(keras.layers.Layer):
    """A transformer over token ids, causal or bidirectional.

    The text tower of the released SensorLM code is bidirectional and sees
    its padding (`causal=False, mask_padding=False`); captioning needs a
    causal one (CoCa, arXiv 2205.01917).

    Args:
        vocabulary_size: int. Number of token ids.
        width: int. Width of the tokens.
        num_layers: int. Number of blocks.
        num_heads: int. Attention heads of a block.
        mlp_dim: int, optional. Hidden width of the MLPs. Defaults to four
            times `width`.
        gated: bool. Whether the MLPs are gated. Defaults to `False`.
        max_length: int. The most tokens of a text. Defaults to `256`.
        causal: bool. Whether a token sees only those before it. Defaults to
            `False`.
        mask_padding: bool. Whether padding is left out of bidirectional
            attention. A causal tower needs no mask: padding stands on the
            right, after all that is read. Defaults to `True`.
        number_symbols: dict, optional. Ids of the tokens that numbers are
            spelled with; their values are then embedded too, see
            `NumberEmbedding`. Defaults to `None`, digits are tokens like
            others.
        remat: bool. Whether blocks are computed again in the backward pass
            instead of kept. Defaults to `False`.
        **kwargs: the arguments of `keras.layers.Layer`, such as `dtype`.

    Call arguments:
        token_ids: int tensor `(batch, length)`, at most `max_length` long,
            padded on the right.
        padding_mask: bool or int tensor `(batch, length)`. 1 for tokens, 0
            for padding. Defaults to no padding.

    Returns:
        Float tensor `(batch, length, width)`.

    Raises:
        ValueError: for texts longer than `max_length`.

    Example:

    >>> import numpy as np
    >>> encoder = TextEncoder(
    ...     vocabulary_size=50, width=16, num_layers=1, num_heads=2
    ... )
    >>> y = encoder(np.ones((2, 9), "int32"))
    >>> tuple(y.shape)
    (2, 9, 16)
    """

    def __init__(
        self,
        vocabulary_size: int,
        width: int,
        num_layers: int,
        num_heads: int,
        mlp_dim: int | None = None,
        gated: bool = False,
        max_length: int = 256,
        causal: bool = False,
        mask_padding: bool = True,
        number_symbols: dict[str, Sequence[int]] | None = None,
        remat: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.width = width
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.mlp_dim = mlp_dim or 4 * width
        self.gated = gated
        self.max_length = max_length
        self.causal = causal
        self.mask_padding = mask_padding
        self.number_symbols = number_symbols
        self.remat = remat
        options = {"dtype": self.dtype_policy}
        # Reversible, since caption logits share the embedding.
        self.token_embedding = keras.layers.ReversibleEmbedding(
            vocabulary_size,
            width,
            embeddings_initializer=keras.initializers.RandomNormal(
                stddev=width**-0.5
            ),
            name="token_embedding",
            **options,
        )
        if number_symbols:
            self.number_embedding = NumberEmbedding(
                width,
                vocabulary_size,
                number_symbols,
                name="number_embedding",
                **options,
            )
        self.blocks = [
            TransformerBlock(
                num_heads=num_heads,
                mlp_dim=self.mlp_dim,
                gated=gated,
                remat=remat,
                name=f"block_{i}",
                **options,
            )
            for i in range(num_layers)
        ]
        self.norm = layer_norm("norm", **options)

    def build(self, token_ids_shape: Shape) -> None:
        states_shape = (*token_ids_shape, self.width)
        self.token_embedding.build(token_ids_shape)
        if self.number_symbols:
            self.number_embedding.build(token_ids_shape)
        self.position_embedding = self.add_weight(
            shape=(self.max_length, self.width),
            initializer=keras.initializers.RandomNormal(self.width**-0.5),
            name="position_embedding",
        )
        for block in self.blocks:
            block.build(states_shape)
        self.norm.build(states_shape)

    def call(
        self, token_ids: Tensor, padding_mask: Tensor | None = None
    ) -> Tensor:
        length = token_ids.shape[1]
        if isinstance(length, int) and length > self.max_length:
            raise ValueError(
                f"A text can have at most `max_length={self.max_length}` "
                f"tokens. Received: {length}"
            )
        key_mask = None
        if padding_mask is not None and self.mask_padding and not self.causal:
            key_mask = ops.cast(padding_mask, "bool")
        x = self._embed(token_ids, 0)
        if self.number_symbols:
            x = x + self.number_embedding(token_ids)
        for block in self.blocks:
            x = block(x, key_mask=key_mask, causal=self.causal)
        return self.norm(x)

    def compute_output_shape(self, token_ids_shape: Shape) -> Shape:
        return (*token_ids_shape, self.width)

    def init_cache(self, batch_size: int, length: int) -> Any:
        """Empty caches for decoding `length` positions.

        Args:
            batch_size: int. Number of rows.
            length: int. The most positions that will be decoded.

        Returns:
            Tuple of a pair of float tensors for each block, see
            `Attention.init_cache`; an encoder that embeds numbers adds an
            int tensor `(batch, length)`, the tokens so far.
        """
        caches = tuple(
            block.attention.init_cache(batch_size, length)
            for block in self.blocks
        )
        if self.number_symbols:
            caches += (ops.zeros((batch_size, length), "int32"),)
        return caches

    def decode(
        self, token_ids: Tensor, cache: Any, cache_update_index: Tensor
    ) -> tuple[Tensor, Any]:
        """The next positions, with a cache of those before.

        Args:
            token_ids: int tensor `(batch, steps)`. The tokens at positions
                `cache_update_index` and following.
            cache: tuple from `init_cache` or the last `decode`.
            cache_update_index: int or int scalar tensor.

        Returns:
            Float tensor `(batch, steps, width)` and the new cache. Equal to
            those positions of a call with the whole text.

        Raises:
            ValueError: if the tower is not causal.
        """
        if not self.causal:
            raise ValueError(
                "Only a causal text encoder can decode step by step. "
                "Received: causal=False"
            )
        x = self._embed(token_ids, cache_update_index)
        caches = []
        if self.number_symbols:
            *cache, written = cache
            numbers, written = self._decode_numbers(
                token_ids, written, cache_update_index
            )
            x = x + numbers
        for block, block_cache in zip(self.blocks, cache):
            x, block_cache = block.decode(x, block_cache, cache_update_index)
            caches.append(block_cache)
        if self.number_symbols:
            caches.append(written)
        return self.norm(x), tuple(caches)

    def _decode_numbers(self, token_ids, written, start):
        """Number embeddings of the next positions, and the tokens so far.

        Only so many tokens back as a number can have are looked at.
        """
        steps, length = token_ids.shape[1], ops.shape(written)[1]
        positions = ops.arange(steps, dtype="int32") + start
        here = positions[None, :] == ops.arange(length, dtype="int32")[:, None]
        new = ops.matmul(
            ops.cast(here, "float32")[None],
            ops.cast(token_ids, "float32")[..., None],
        )[..., 0]
        is_new = ops.any(here, axis=1)[None]
        written = ops.where(is_new, ops.cast(new, "int32"), written)
        window, places = recent_tokens(
            written, start, steps, NumberEmbedding.reach
        )
        numbers = self.number_embedding(window)
        return ops.take(numbers, places, axis=1), written

    def _embed(self, token_ids, start):
        x = self.token_embedding(token_ids)
        steps = length_of(token_ids)
        embedding = ops.convert_to_tensor(self.position_embedding)
        if isinstance(start, int):
            positions = ops.slice(embedding, [start, 0], [steps, self.width])
        else:
            # Under torch a slice would need the number, which a recorded
            # step does not have.
            positions = ops.take(embedding, ops.arange(steps) + start, axis=0)
        return x + ops.cast(positions, x.dtype)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        names = (
            "vocabulary_size width num_layers num_heads mlp_dim gated "
            "max_length causal mask_padding number_symbols remat"
        )
        config.update({name: getattr(self, name) for name in names.split()})
        return config
