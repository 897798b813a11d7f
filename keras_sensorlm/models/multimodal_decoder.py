"""The decoder that writes captions while looking at the day."""

from typing import Any

import keras

from keras_sensorlm.models.layers.decoder_block import DecoderBlock
from keras_sensorlm.models.layers.normalization import layer_norm
from keras_sensorlm.models.types import Shape
from keras_sensorlm.models.types import Tensor


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class MultimodalDecoder(keras.layers.Layer):
    """Causal blocks over text states with cross-attention to the sensors.

    The multimodal decoder of CoCa (arXiv 2205.01917, section 3.2), which the
    SensorLM paper's figure shows on top of the causal text encoder. It
    returns states; the logits share the text encoder's embedding.

    Args:
        num_layers: int. Number of blocks.
        num_heads: int. Attention heads of a block.
        mlp_dim: int. Hidden width of the MLPs.
        gated: bool. Whether the MLPs are gated. Defaults to `False`.
        remat: bool. Whether blocks are computed again in the backward pass
            instead of kept. Defaults to `False`.
        **kwargs: the arguments of `keras.layers.Layer`, such as `dtype`.

    Call arguments:
        x: float tensor `(batch, length, width)`. States of the causal text
            encoder.
        memory: float tensor `(batch, memory_length, memory_width)`. Sensor
            tokens or pooled caption queries.
        memory_mask: bool tensor `(batch, memory_length)`. False for what
            must not be attended to. Defaults to everything visible.

    Returns:
        Float tensor of the shape of `x`.

    Example:

    >>> import numpy as np
    >>> decoder = MultimodalDecoder(num_layers=1, num_heads=2, mlp_dim=16)
    >>> x = np.ones((2, 5, 8), "float32")
    >>> y = decoder(x, np.ones((2, 7, 6), "float32"))
    >>> tuple(y.shape)
    (2, 5, 8)
    """

    def __init__(
        self,
        num_layers: int,
        num_heads: int,
        mlp_dim: int,
        gated: bool = False,
        remat: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.mlp_dim = mlp_dim
        self.gated = gated
        self.remat = remat
        self.blocks = [
            DecoderBlock(
                num_heads=num_heads,
                mlp_dim=mlp_dim,
                gated=gated,
                remat=remat,
                name=f"block_{i}",
                dtype=self.dtype_policy,
            )
            for i in range(num_layers)
        ]
        self.norm = layer_norm("norm", dtype=self.dtype_policy)

    def build(self, x_shape: Shape, memory_shape: Shape) -> None:
        for block in self.blocks:
            block.build(x_shape, memory_shape)
        self.norm.build(x_shape)

    def call(
        self, x: Tensor, memory: Tensor, memory_mask: Tensor | None = None
    ) -> Tensor:
        for block in self.blocks:
            x = block(x, memory, memory_mask=memory_mask)
        return self.norm(x)

    def init_cache(self, batch_size: int, length: int) -> Tensor:
        """Empty self-attention caches for decoding `length` positions.

        Args:
            batch_size: int. Number of rows.
            length: int. The most positions that will be decoded.

        Returns:
            Tuple of a pair of float tensors for each block, see
            `Attention.init_cache`.
        """
        return tuple(
            block.attention.init_cache(batch_size, length)
            for block in self.blocks
        )

    def compute_cross_cache(self, memory: Tensor) -> Tensor:
        """Keys and values of the memory, computed once for all steps.

        Args:
            memory: float tensor `(batch, memory_length, memory_width)`.

        Returns:
            Tuple of a pair of float tensors for each block, see
            `Attention.project_memory`.
        """
        return tuple(
            block.cross_attention.project_memory(memory)
            for block in self.blocks
        )

    def decode(
        self,
        x: Tensor,
        cache: Tensor,
        cache_update_index: Tensor,
        cross_cache: Tensor,
        memory_mask: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """The next positions, with both caches.

        Args:
            x: float tensor `(batch, steps, width)`. The text encoder's
                states at positions `cache_update_index` and following.
            cache: tuple from `init_cache` or the last `decode`.
            cache_update_index: int or int scalar tensor.
            cross_cache: tuple from `compute_cross_cache`.
            memory_mask: bool tensor `(batch, memory_length)`. Defaults to
                everything visible.

        Returns:
            Float tensor of the shape of `x` and the new cache. Equal to
            those positions of a call with the whole text.
        """
        caches = []
        for block, block_cache, cross in zip(self.blocks, cache, cross_cache):
            x, block_cache = block.decode(
                x, block_cache, cache_update_index, cross, memory_mask
            )
            caches.append(block_cache)
        return self.norm(x), tuple(caches)

    def compute_output_shape(
        self, x_shape: Shape, memory_shape: Shape
    ) -> Shape:
        return x_shape

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        names = "num_layers num_heads mlp_dim gated remat"
        config.update({name: getattr(self, name) for name in names.split()})
        return config
