"""One pre-LayerNorm transformer block."""

import keras

from keras_sensorlm.models.layers.attention import Attention
from keras_sensorlm.models.layers.mlp import Mlp
from keras_sensorlm.models.layers.normalization import layer_norm
from keras_sensorlm.models.layers.recomputation import end_branch
from keras_sensorlm.models.layers.recomputation import remat


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class TransformerBlock(keras.layers.Layer):
    """Self-attention and an MLP, each after a LayerNorm and added back.

    The block of the ViT (Dosovitskiy et al. 2021, arXiv 2010.11929, section
    3.1), as the released SensorLM code uses it in both towers.

    Args:
        num_heads: int. Number of attention heads.
        mlp_dim: int. Hidden width of the MLP.
        gated: bool. Whether the MLP is gated. Defaults to `False`.
        remat: bool. Whether to compute the block again in the backward pass
            instead of keeping what is inside it: less memory, more time.
            Defaults to `False`.
        **kwargs: the arguments of `keras.layers.Layer`, such as `dtype`.

    Call arguments:
        x: float tensor `(batch, length, width)`.
        key_mask: bool tensor `(batch, length)`. False for positions that
            nobody may attend to. Defaults to all visible.
        causal: bool. Whether a position sees only those before it. Defaults
            to `False`.

    Returns:
        Float tensor of the shape of `x`.

    Example:

    >>> import numpy as np
    >>> block = TransformerBlock(num_heads=2, mlp_dim=16)
    >>> y = block(np.ones((2, 5, 8), "float32"))
    >>> tuple(y.shape)
    (2, 5, 8)
    """

    def __init__(self, num_heads, mlp_dim, gated=False, remat=False, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.mlp_dim = mlp_dim
        self.gated = gated
        self.remat = remat

    def build(self, input_shape):
        options = {"dtype": self.dtype_policy}
        self.attention_norm = layer_norm("attention_norm", **options)
        self.attention = Attention(self.num_heads, name="attention", **options)
        self.mlp_norm = layer_norm("mlp_norm", **options)
        self.mlp = Mlp(self.mlp_dim, self.gated, name="mlp", **options)
        for layer in (
            self.attention_norm,
            self.attention,
            self.mlp_norm,
            self.mlp,
        ):
            layer.build(input_shape)

    def call(self, x, key_mask=None, causal=False):
        def body(x):
            y = self.attention_norm(x)
            x = x + self.attention(y, key_mask=key_mask, causal=causal)
            x = end_branch(x)
            return end_branch(x + self.mlp(self.mlp_norm(x)))

        return remat(body)(x) if self.remat else body(x)

    def decode(self, x, cache, cache_update_index):
        """The next positions of a causal sequence, with a cache.

        Args:
            x: float tensor `(batch, steps, width)`.
            cache: pair of float tensors from `self.attention.init_cache`.
            cache_update_index: int or int scalar tensor. Position of the
                first step.

        Returns:
            Float tensor of the shape of `x`, and the new cache.
        """
        y, cache = self.attention.decode(
            self.attention_norm(x), cache, cache_update_index
        )
        x = x + y
        return x + self.mlp(self.mlp_norm(x)), cache

    def compute_output_shape(self, input_shape):
        return input_shape

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
