"""From tokens to one embedding of unit length."""

import keras
from keras import ops

from keras_sensorlm.models.layers.attention_pooling import AttentionPooling
from keras_sensorlm.models.layers.token_pooling import POOLING_RULES
from keras_sensorlm.models.layers.token_pooling import pool_tokens

POOLINGS = ("map", *POOLING_RULES)


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class EmbeddingHead(keras.layers.Layer):
    """Pools tokens, projects, and scales to unit length.

    Args:
        embedding_dim: int, optional. Width of a linear projection after
            pooling. Defaults to `None`, no projection.
        pooling: str. `"map"` (attention pooling with one query), `"mean"`,
            `"cls"` (first token), `"last"` (last position) or `"eos"` (last
            position that the mask leaves). Defaults to `"map"`.
        num_heads: int. Attention heads of `"map"` pooling. Defaults to `1`.
        mlp_dim: int, optional. Hidden width of `"map"` pooling's MLP.
            Defaults to four times the tokens' width.
        gated: bool. Whether that MLP is gated. Defaults to `False`.
        num_queries: int. Queries of `"map"` pooling, whose outputs stand side
            by side: more of them let more of a day or text through. Needs
            `embedding_dim` if there are several. Defaults to `1`.
        **kwargs: the arguments of `keras.layers.Layer`, such as `dtype`.

    Call arguments:
        tokens: float tensor `(batch, length, width)`.
        key_mask: bool tensor `(batch, length)`. False for what does not count.
            Defaults to everything.

    Returns:
        Float32 tensor `(batch, embedding_dim)`, rows of unit length.

    Raises:
        ValueError: for an unknown `pooling`.

    Example:

    >>> import numpy as np
    >>> head = EmbeddingHead(embedding_dim=6, pooling="mean")
    >>> y = head(np.ones((2, 5, 8), "float32"))
    >>> tuple(y.shape)
    (2, 6)
    """

    def __init__(
        self,
        embedding_dim=None,
        pooling="map",
        num_heads=1,
        mlp_dim=None,
        gated=False,
        num_queries=1,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if pooling not in POOLINGS:
            raise ValueError(
                f"`pooling` must be one of {POOLINGS}. Received: {pooling!r}"
            )
        if num_queries > 1 and (pooling != "map" or not embedding_dim):
            raise ValueError(
                'Several queries need `pooling="map"` and an `embedding_dim`. '
                f"Received: num_queries={num_queries}, pooling={pooling!r}, "
                f"embedding_dim={embedding_dim}"
            )
        self.embedding_dim = embedding_dim
        self.num_queries = num_queries
        self.pooling = pooling
        self.num_heads = num_heads
        self.mlp_dim = mlp_dim
        self.gated = gated

    def build(self, tokens_shape):
        width = tokens_shape[-1]
        if self.pooling == "map":
            self.pooler = AttentionPooling(
                num_heads=self.num_heads,
                mlp_dim=self.mlp_dim or 4 * width,
                num_queries=self.num_queries,
                gated=self.gated,
                name="pooler",
                dtype=self.dtype_policy,
            )
            self.pooler.build(tokens_shape)
        if self.embedding_dim:
            self.projection = keras.layers.Dense(
                self.embedding_dim, name="projection", dtype=self.dtype_policy
            )
            self.projection.build((tokens_shape[0], self.num_queries * width))

    def call(self, tokens, key_mask=None):
        if self.pooling == "map":
            x = self.pooler(tokens, key_mask=key_mask)
            x = ops.reshape(x, (-1, self.num_queries * x.shape[2]))
        else:
            x = pool_tokens(tokens, self.pooling, key_mask)
        if self.embedding_dim:
            x = self.projection(x)
        return ops.normalize(ops.cast(x, "float32"), axis=-1)

    def compute_output_shape(self, tokens_shape):
        return (tokens_shape[0], self.embedding_dim or tokens_shape[-1])

    def compute_output_spec(self, tokens, key_mask=None):
        shape = self.compute_output_shape(tokens.shape)
        return keras.KerasTensor(shape, dtype="float32")

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "embedding_dim": self.embedding_dim,
                "pooling": self.pooling,
                "num_heads": self.num_heads,
                "mlp_dim": self.mlp_dim,
                "gated": self.gated,
                "num_queries": self.num_queries,
            }
        )
        return config
