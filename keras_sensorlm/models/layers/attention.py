"""Multi-head attention with a cache for generation."""

import keras
from keras import ops

from keras_sensorlm.models.layers.attention_math import cached_attention
from keras_sensorlm.models.layers.attention_math import laid_out
from keras_sensorlm.models.layers.attention_math import merge_heads
from keras_sensorlm.models.layers.attention_math import scaled_attention
from keras_sensorlm.models.layers.attention_math import split_heads
from keras_sensorlm.models.layers.attention_math import write_positions


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class Attention(keras.layers.Layer):
    """Multi-head dot-product attention, to oneself or to a memory.

    The projections are plain dense layers named `query`, `key`, `value` and
    `attention_output`, so that LoRA and int8 quantisation find them.

    Args:
        num_heads: int. Number of heads; must divide the width.
        **kwargs: the arguments of `keras.layers.Layer`, such as `dtype`.

    Call arguments:
        x: float tensor `(batch, length, width)`. The queries.
        memory: float tensor `(batch, memory_length, memory_width)`. What is
            attended to. Defaults to `x`.
        key_mask: bool tensor `(batch, memory_length)`. False for what must
            not be attended to. Defaults to everything visible.
        causal: bool. Whether a position sees only itself and those before
            it. Defaults to `False`.

    Returns:
        Float tensor of the shape of `x`.

    Raises:
        ValueError: if `num_heads` does not divide the width.

    Example:

    >>> import numpy as np
    >>> x = np.ones((2, 5, 8), "float32")
    >>> y = Attention(num_heads=2)(x, causal=True)
    >>> tuple(y.shape)
    (2, 5, 8)
    """

    def __init__(self, num_heads, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads

    def build(self, x_shape, memory_shape=None):
        width = x_shape[-1]
        if width % self.num_heads:
            raise ValueError(
                f"The width must be divisible by `num_heads`. Received: "
                f"width={width}, num_heads={self.num_heads}"
            )
        self.head_dim = width // self.num_heads
        memory_shape = memory_shape or x_shape
        self.query = self._dense(width, "query", x_shape)
        self.key = self._dense(width, "key", memory_shape)
        self.value = self._dense(width, "value", memory_shape)
        self.output_dense = self._dense(width, "attention_output", x_shape)

    def _dense(self, units, name, input_shape):
        dense = keras.layers.Dense(units, name=name, dtype=self.dtype_policy)
        dense.build(input_shape)
        return dense

    def call(self, x, memory=None, key_mask=None, causal=False):
        memory = x if memory is None else memory
        y = scaled_attention(
            split_heads(self.query(x), self.num_heads),
            split_heads(self.key(memory), self.num_heads),
            split_heads(self.value(memory), self.num_heads),
            key_mask=key_mask,
            causal=causal,
        )
        return self.output_dense(merge_heads(y))

    def attention_weights(self, x, memory=None, key_mask=None):
        """What each query looks at, for pictures.

        Args:
            x: float tensor `(batch, length, width)`.
            memory: float tensor `(batch, memory_length, memory_width)`.
                Defaults to `x`.
            key_mask: bool tensor `(batch, memory_length)`. Defaults to
                everything visible.

        Returns:
            Float32 tensor `(batch, heads, length, memory_length)`; each row
            sums to 1.
        """
        memory = x if memory is None else memory
        q = split_heads(self.query(x), self.num_heads)
        k = split_heads(self.key(memory), self.num_heads)
        logits = ops.cast(ops.einsum("bqhd,bkhd->bhqk", q, k), "float32")
        logits = logits * self.head_dim**-0.5
        if key_mask is not None:
            logits = ops.where(key_mask[:, None, None, :], logits, -1e9)
        return ops.softmax(logits, axis=-1)

    def project_memory(self, memory):
        """Keys and values of a memory, computed once for generation.

        Args:
            memory: float tensor `(batch, memory_length, memory_width)`.

        Returns:
            Keys `(batch, heads, head_dim, memory_length)` and values
            `(batch, heads, memory_length, head_dim)`. Each lies as its
            product with one query reads it: XLA on a CPU would turn keys
            round anew for each token. Two tensors, because a half of one
            would be copied before each use.
        """
        key, value = (
            split_heads(dense(memory), self.num_heads)
            for dense in (self.key, self.value)
        )
        key, value = ops.transpose(key, _KEYS), ops.transpose(value, _HEADS)
        return laid_out(key), laid_out(value)

    def init_cache(self, batch_size, length):
        """An empty cache for `length` positions of self-attention.

        Args:
            batch_size: int. Number of rows.
            length: int. The most positions that will be decoded.

        Returns:
            Keys `(batch, heads, head_dim, length)` and values `(batch,
            heads, length, head_dim)`, zeros.
        """
        shapes = (self.head_dim, length), (length, self.head_dim)
        return tuple(
            ops.zeros((batch_size, self.num_heads, *shape), self.compute_dtype)
            for shape in shapes
        )

    def decode(self, x, cache, cache_update_index):
        """Causal self-attention of the next positions, with a cache.

        Args:
            x: float tensor `(batch, steps, width)`. Positions
                `cache_update_index` and following.
            cache: pair of float tensors from `init_cache` or the last
                `decode`. Not to be used again: under torch it is changed in
                place.
            cache_update_index: int or int scalar tensor.

        Returns:
            Float tensor of the shape of `x`, and the new cache.
        """
        # Positions are the last axis of keys and the last but one of values.
        cache = tuple(
            write_positions(old, new, cache_update_index, axis)
            for old, new, axis in zip(cache, self.project_memory(x), (3, 2))
        )
        steps, length = x.shape[1], ops.shape(cache[1])[2]
        last_seen = ops.arange(steps)[:, None] + cache_update_index
        mask = ops.arange(length)[None, :] <= last_seen
        return self.decode_memory(x, cache, mask[None, None]), cache

    def decode_memory(self, x, cache, mask=None):
        """Attention to keys and values that are already there.

        Args:
            x: float tensor `(batch, steps, width)`.
            cache: pair of float tensors laid out as those from
                `project_memory`.
            mask: bool tensor that broadcasts to `(batch, heads, steps,
                length)`. Defaults to everything visible.

        Returns:
            Float tensor of the shape of `x`.
        """
        q = ops.transpose(split_heads(self.query(x), self.num_heads), _HEADS)
        y = cached_attention(q, *cache, mask)
        return self.output_dense(merge_heads(ops.transpose(y, _HEADS)))

    def compute_output_shape(self, x_shape, memory_shape=None):
        return x_shape

    def get_config(self):
        config = super().get_config()
        config.update({"num_heads": self.num_heads})
        return config


# (batch, length, heads, head_dim) to (batch, heads, length, head_dim) and
# back: decoding reads one head's keys of all positions in a row.
_HEADS = (0, 2, 1, 3)
# The same for keys, which that product reads turned round.
_KEYS = (0, 2, 3, 1)
