"""Exact attention that never holds the whole matrix of weights.

A day has 1,872 tokens: for each head, the weights of all pairs take 14 MB, and
on a CPU most of the time goes into moving them through memory. Here a block of
queries at a time meets all keys, and the backward pass computes the block's
weights again from the softmax's maximum and sum (FlashAttention's backward
pass, Dao et al. 2022, arXiv 2205.14135, appendix B).
"""

import math

from keras import ops

_MASKED = -1e9
# Queries of a block: its weights for all heads stay in a CPU's cache.
_BLOCK = 144


def blockwise_attention(query, key, value, key_mask=None):
    """Attention over whole sequences, a block of queries at a time.

    Computes in float32. Lengths must be known. Not for TensorFlow, where
    Keras's `scan` stacks only what has the shape of its state.

    Args:
        query: float tensor `(batch, length, heads, head_dim)`.
        key: float tensor `(batch, memory_length, heads, head_dim)`.
        value: float tensor of the shape of `key`.
        key_mask: bool tensor `(batch, memory_length)`, optional. False for
            what must not be attended to.

    Returns:
        Float tensor of the shape and dtype of `query`.

    Example:

    >>> x = ops.ones((1, 5, 2, 4))
    >>> blockwise_attention(x, x, x).shape  # doctest: +SKIP
    (1, 5, 2, 4)
    """
    q, k, v = (
        ops.transpose(ops.cast(x, "float32"), (0, 2, 1, 3))
        for x in (query, key, value)
    )
    q = q * query.shape[-1] ** -0.5
    if key_mask is None:
        y = _attention(q, k, v)
    else:
        mask = ops.cast(key_mask, "float32")[:, None, None, :]
        y = _attention(q, k, v, mask)
    return ops.cast(ops.transpose(y, (0, 2, 1, 3)), query.dtype)


@ops.custom_gradient
def _attention(q, k, v, *mask):
    """Attention of `(batch, heads, length, head_dim)`, scaled already."""
    length = q.shape[2]

    def forward(_, q):
        logits = _logits(q, k, mask)
        top = ops.max(logits, axis=-1, keepdims=True)
        weights = ops.exp(logits - top)
        total = ops.sum(weights, axis=-1, keepdims=True)
        return _, (ops.matmul(weights, v) / total, top, total)

    _, outputs = ops.scan(forward, ops.zeros(()), _split(q))
    y, top, total = (_join(x, length) for x in outputs)

    def backward(*args, upstream=None):
        dy = args[0] if upstream is None else upstream
        # The weights below lack the division by their sum.
        dy = dy / total
        delta = ops.sum(dy * y, axis=-1, keepdims=True)

        def block(sums, inputs):
            dk, dv = sums
            q, top, dy, delta = inputs
            weights = ops.exp(_logits(q, k, mask) - top)
            dlogits = weights * (ops.matmul(dy, _turned(v)) - delta)
            if mask:
                # A row where all is masked is a mean that no logit moves.
                dlogits = ops.where(mask[0] > 0, dlogits, 0.0)
            dk = dk + ops.matmul(_turned(dlogits), q)
            dv = dv + ops.matmul(_turned(weights), dy)
            return (dk, dv), ops.matmul(dlogits, k)

        inputs = tuple(_split(x) for x in (q, top, dy, delta))
        sums = (ops.zeros_like(k), ops.zeros_like(v))
        (dk, dv), dq = ops.scan(block, sums, inputs)
        return (_join(dq, length), dk, dv, *map(ops.zeros_like, mask))

    return y, backward


def _logits(q, k, mask):
    logits = ops.matmul(q, _turned(k))
    return ops.where(mask[0] > 0, logits, _MASKED) if mask else logits


def _turned(x):
    return ops.transpose(x, (0, 1, 3, 2))


def _split(x):
    """`(batch, heads, length, n)` to `(blocks, batch, heads, block, n)`."""
    length = x.shape[2]
    blocks = math.ceil(length / _BLOCK)
    block = math.ceil(length / blocks)
    x = ops.pad(x, [[0, 0], [0, 0], [0, blocks * block - length], [0, 0]])
    x = ops.reshape(x, (*x.shape[:2], blocks, block, x.shape[3]))
    return ops.transpose(x, (2, 0, 1, 3, 4))


def _join(x, length):
    """Undoes `_split`."""
    x = ops.transpose(x, (1, 2, 0, 3, 4))
    x = ops.reshape(x, (*x.shape[:2], -1, x.shape[4]))
    return x[:, :, :length]
