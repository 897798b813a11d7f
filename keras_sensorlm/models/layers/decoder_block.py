"""One block of the multimodal decoder."""

import keras

from keras_sensorlm.models.layers.attention import Attention
from keras_sensorlm.models.layers.mlp import Mlp
from keras_sensorlm.models.layers.normalization import layer_norm
from keras_sensorlm.models.layers.recomputation import end_branch
from keras_sensorlm.models.layers.recomputation import remat


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class DecoderBlock(keras.layers.Layer):
    """Causal self-attention, cross-attention to a memory, and an MLP.

    Each part comes after a LayerNorm and is added back (CoCa, Yu et al.
    2022, arXiv 2205.01917, section 3.2).

    Args:
        num_heads: int. Number of heads in both attentions.
        mlp_dim: int. Hidden width of the MLP.
        gated: bool. Whether the MLP is gated. Defaults to `False`.
        remat: bool. Whether to compute the block again in the backward pass
            instead of keeping what is inside it. Defaults to `False`.
        **kwargs: the arguments of `keras.layers.Layer`, such as `dtype`.

    Call arguments:
        x: float tensor `(batch, length, width)`.
        memory: float tensor `(batch, memory_length, memory_width)`.
        memory_mask: bool tensor `(batch, memory_length)`. False for what
            must not be attended to. Defaults to everything visible.

    Returns:
        Float tensor of the shape of `x`.

    Example:

    >>> import numpy as np
    >>> block = DecoderBlock(num_heads=2, mlp_dim=16)
    >>> x = np.ones((2, 5, 8), "float32")
    >>> y = block(x, np.ones((2, 7, 6), "float32"))
    >>> tuple(y.shape)
    (2, 5, 8)
    """

    def __init__(self, num_heads, mlp_dim, gated=False, remat=False, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.mlp_dim = mlp_dim
        self.gated = gated
        self.remat = remat

    def build(self, x_shape, memory_shape):
        options = {"dtype": self.dtype_policy}
        self.attention_norm = layer_norm("attention_norm", **options)
        self.attention = Attention(self.num_heads, name="attention", **options)
        self.cross_norm = layer_norm("cross_norm", **options)
        self.cross_attention = Attention(
            self.num_heads, name="cross_attention", **options
        )
        self.mlp_norm = layer_norm("mlp_norm", **options)
        self.mlp = Mlp(self.mlp_dim, self.gated, name="mlp", **options)
        self.attention_norm.build(x_shape)
        self.attention.build(x_shape)
        self.cross_norm.build(x_shape)
        self.cross_attention.build(x_shape, memory_shape)
        self.mlp_norm.build(x_shape)
        self.mlp.build(x_shape)

    def call(self, x, memory, memory_mask=None):
        def body(x, memory):
            x = x + self.attention(self.attention_norm(x), causal=True)
            x = end_branch(x)
            x = x + self.cross_attention(
                self.cross_norm(x), memory, key_mask=memory_mask
            )
            x = end_branch(x)
            return end_branch(x + self.mlp(self.mlp_norm(x)))

        return remat(body)(x, memory) if self.remat else body(x, memory)

    def decode(
        self, x, cache, cache_update_index, cross_cache, memory_mask=None
    ):
        """The next positions, with both caches.

        Args:
            x: float tensor `(batch, steps, width)`.
            cache: pair of float tensors from `self.attention.init_cache`.
            cache_update_index: int or int scalar tensor. Position of the
                first step.
            cross_cache: pair of float tensors from
                `self.cross_attention.project_memory`.
            memory_mask: bool tensor `(batch, memory_length)`. Defaults to
                everything visible.

        Returns:
            Float tensor of the shape of `x`, and the new cache.
        """
        y, cache = self.attention.decode(
            self.attention_norm(x), cache, cache_update_index
        )
        x = x + y
        if memory_mask is not None:
            memory_mask = memory_mask[:, None, None, :]
        x = x + self.cross_attention.decode_memory(
            self.cross_norm(x), cross_cache, memory_mask
        )
        return x + self.mlp(self.mlp_norm(x)), cache

    def compute_output_shape(self, x_shape, memory_shape):
        return x_shape

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "num_heads": self.num_heads,
                "mlp_dim": self.mlp_dim,
                "gated": self.gated,
                "remat": self.remat,
            }
        )
        return config
