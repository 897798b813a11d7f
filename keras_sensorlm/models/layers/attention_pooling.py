"""Learned queries that gather a sequence."""

import keras
from keras import ops

from keras_sensorlm.models.layers.attention import Attention
from keras_sensorlm.models.layers.mlp import Mlp
from keras_sensorlm.models.layers.normalization import layer_norm


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class AttentionPooling(keras.layers.Layer):
    """Multihead attention pooling with any number of learned queries.

    Each query attends to the whole sequence; an MLP after a LayerNorm is
    added to what it gathered (MAP head, Zhai et al. 2022, arXiv 2106.04560,
    section 3.2; the released code has one query, CoCa 1 and 256).

    Args:
        num_heads: int. Number of attention heads.
        mlp_dim: int. Hidden width of the MLP.
        num_queries: int. Number of pooled vectors. Defaults to `1`.
        gated: bool. Whether the MLP is gated. Defaults to `False`.
        **kwargs: the arguments of `keras.layers.Layer`, such as `dtype`.

    Call arguments:
        x: float tensor `(batch, length, width)`.
        key_mask: bool tensor `(batch, length)`. False for what must not be
            attended to. Defaults to everything visible.

    Returns:
        Float tensor `(batch, num_queries, width)`.

    Example:

    >>> import numpy as np
    >>> pool = AttentionPooling(num_heads=2, mlp_dim=16, num_queries=3)
    >>> y = pool(np.ones((2, 5, 8), "float32"))
    >>> tuple(y.shape)
    (2, 3, 8)
    """

    def __init__(
        self, num_heads, mlp_dim, num_queries=1, gated=False, **kwargs
    ):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.mlp_dim = mlp_dim
        self.num_queries = num_queries
        self.gated = gated

    def build(self, input_shape):
        options = {"dtype": self.dtype_policy}
        width = input_shape[-1]
        # The released code's uniform range for one query, for each query.
        limit = (6.0 / (1 + width)) ** 0.5
        self.queries = self.add_weight(
            shape=(self.num_queries, width),
            initializer=keras.initializers.RandomUniform(-limit, limit),
            name="queries",
        )
        pooled_shape = (input_shape[0], self.num_queries, width)
        self.attention = Attention(self.num_heads, name="attention", **options)
        self.attention.build(pooled_shape, input_shape)
        self.mlp_norm = layer_norm("mlp_norm", **options)
        self.mlp_norm.build(pooled_shape)
        self.mlp = Mlp(self.mlp_dim, self.gated, name="mlp", **options)
        self.mlp.build(pooled_shape)

    def call(self, x, key_mask=None):
        queries = ops.broadcast_to(
            ops.cast(self.queries, x.dtype),
            (ops.shape(x)[0], self.num_queries, x.shape[2]),
        )
        x = self.attention(queries, x, key_mask=key_mask)
        return x + self.mlp(self.mlp_norm(x))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.num_queries, input_shape[-1])

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "num_heads": self.num_heads,
                "mlp_dim": self.mlp_dim,
                "num_queries": self.num_queries,
                "gated": self.gated,
            }
        )
        return config
