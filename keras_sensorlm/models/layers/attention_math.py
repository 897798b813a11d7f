"""The mathematics of attention, as pure functions of `keras.ops`."""

import contextlib
import contextvars

import keras
from keras import ops

from keras_sensorlm.models.layers.blockwise_attention import blockwise_attention

# Stands for minus infinity: finite, so that a row where everything is masked
# becomes the mean instead of NaN, on each backend alike.
_MASKED = -1e9
_whole = contextvars.ContextVar("whole", default=False)


def length_of(x):
    """Length of `(batch, length, ...)`: an int wherever it is known."""
    return ops.shape(x)[1] if x.shape[1] is None else x.shape[1]


def split_heads(x, num_heads):
    """`(batch, length, width)` to `(batch, length, heads, head_dim)`."""
    head_dim = x.shape[2] // num_heads
    return ops.reshape(x, (-1, length_of(x), num_heads, head_dim))


def merge_heads(x):
    """`(batch, length, heads, head_dim)` to `(batch, length, width)`."""
    return ops.reshape(x, (-1, length_of(x), x.shape[2] * x.shape[3]))


def scaled_attention(query, key, value, key_mask=None, causal=False):
    """Attention over whole sequences, with what each backend fuses.

    Args:
        query: float tensor `(batch, length, heads, head_dim)`.
        key: float tensor `(batch, memory_length, heads, head_dim)`.
        value: float tensor of the shape of `key`.
        key_mask: bool tensor `(batch, memory_length)`, optional. False for
            what must not be attended to.
        causal: bool. Whether position `i` sees only keys `0..i`.

    Returns:
        Float tensor of the shape of `query`.
    """
    if not causal and blocks_are_faster(query, key):
        return blockwise_attention(query, key, value, key_mask)
    mask = None
    # New axes are added by name: where a length is known only when the graph
    # runs, LiteRT has no operation for `[:, None]`, nor for the causal mask
    # that Keras would make.
    if key_mask is not None:
        mask = ops.expand_dims(ops.cast(key_mask, "bool"), (1, 2))
    if causal and (mask is not None or query.shape[1] is None):
        order = ops.arange(length_of(key))
        earlier = ops.expand_dims(order, 0) <= ops.expand_dims(order, 1)
        earlier = ops.expand_dims(earlier, (0, 1))
        mask = earlier if mask is None else mask & earlier
        causal = False
    dtype = query.dtype
    if float32_is_faster(query):
        query, key, value = (
            ops.cast(x, "float32") for x in (query, key, value)
        )
    y = ops.dot_product_attention(
        query, key, value, mask=mask, is_causal=causal
    )
    return ops.cast(y, dtype)


def float32_is_faster(query):
    """Whether attention in float32 beats the model's own precision.

    PyTorch's fused attention on a CPU takes two to four times as long in
    bfloat16 as in float32 for the lengths and heads of a small model.

    Args:
        query: float tensor.

    Returns:
        bool.
    """
    if keras.config.backend() != "torch":
        return False
    return str(query.dtype) == "torch.bfloat16" and query.device.type == "cpu"


def blocks_are_faster(query, key):
    """Whether attention in blocks beats what the backend has.

    PyTorch fuses attention on CPUs, and accelerators have kernels of their
    own. JAX on a CPU would write the whole matrix of weights to memory.

    Args:
        query: float tensor `(batch, length, heads, head_dim)`.
        key: float tensor `(batch, memory_length, heads, head_dim)`.

    Returns:
        bool. `False` where lengths are not known.
    """
    if keras.config.backend() != "jax" or _whole.get():
        return False
    lengths = (query.shape[1], key.shape[1])
    if not all(isinstance(length, int) for length in lengths):
        return False
    import jax

    return min(lengths) >= 512 and jax.default_backend() == "cpu"


@contextlib.contextmanager
def whole_attention():
    """Inside, attention is never done in blocks.

    For a compiler that says what a step costs: it counts what is in a loop
    as if the loop ran once.

    Example:

    >>> x = ops.ones((1, 600, 1, 4))
    >>> with whole_attention():
    ...     blocks_are_faster(x, x)
    False
    """
    token = _whole.set(True)
    try:
        yield
    finally:
        _whole.reset(token)


def cached_attention(query, key, value, mask=None):
    """Attention of a few queries to many cached keys.

    Args:
        query: float tensor `(batch, heads, steps, head_dim)`.
        key: float tensor `(batch, heads, head_dim, length)`.
        value: float tensor `(batch, heads, length, head_dim)`.
        mask: bool tensor that broadcasts to `(batch, heads, steps,
            length)`, optional.

    Returns:
        Float tensor of the shape of `query`.
    """
    scale = query.shape[-1] ** -0.5
    logits = ops.matmul(query * scale, key)
    logits = ops.cast(logits, "float32")
    if mask is not None:
        logits = ops.where(mask, logits, _MASKED)
    weights = ops.cast(ops.softmax(logits, axis=-1), value.dtype)
    return ops.matmul(weights, value)


def write_positions(cache, values, start, axis):
    """Puts keys or values of the next positions into a cache.

    Args:
        cache: float tensor of 4 axes.
        values: float tensor of that shape but for `axis`.
        start: int or int scalar tensor. Position of the first.
        axis: int. The axis of positions.

    Returns:
        The new cache, of the shape of `cache`.
    """
    if keras.config.backend() == "torch":
        # In place: compilers of the others see that the old cache is not
        # read again, here a copy would cost more than the attention.
        steps = values.shape[axis]
        positions = ops.arange(steps, dtype="int64") + start
        return cache.index_copy_(axis, positions, values)
    starts = [0, 0, 0, 0]
    starts[axis] = start
    return ops.slice_update(cache, starts, values)


def laid_out(x):
    """A transposed tensor, its numbers in the order of its axes.

    PyTorch only notes that a tensor is transposed. A product with a batch of
    such keys would copy all of them, at every token.

    Args:
        x: tensor.

    Returns:
        The same numbers.
    """
    return x.contiguous() if keras.config.backend() == "torch" else x
