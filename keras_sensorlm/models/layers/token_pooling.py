"""One vector from a sequence, by a rule without weights."""

from keras import ops

POOLING_RULES = ("mean", "cls", "last", "eos")


def pool_tokens(tokens, rule, mask=None):
    """Pools a sequence by a fixed rule.

    Args:
        tokens: float tensor `(batch, length, width)`.
        rule: str. `"mean"` over what the mask leaves, `"cls"` (the first),
            `"last"` (the last position, padding or not: the released code's
            rule, where the last position always holds EOS), or `"eos"` (the
            last position that the mask leaves).
        mask: bool tensor `(batch, length)`. False for padding. Defaults to
            no padding.

    Returns:
        Float tensor `(batch, width)`.

    Raises:
        ValueError: for an unknown rule.

    Example:

    >>> import numpy as np
    >>> tokens = np.arange(6.0).reshape(1, 3, 2)
    >>> mask = np.array([[True, True, False]])
    >>> ops.convert_to_numpy(pool_tokens(tokens, "eos", mask)).tolist()
    [[2.0, 3.0]]
    """
    tokens = ops.convert_to_tensor(tokens)
    if mask is not None:
        mask = ops.cast(ops.convert_to_tensor(mask), "bool")
    if rule == "cls":
        return tokens[:, 0]
    if rule == "last" or (rule == "eos" and mask is None):
        return tokens[:, -1]
    if rule == "mean" and mask is None:
        return ops.mean(tokens, axis=1)
    if rule == "mean":
        weights = ops.expand_dims(ops.cast(mask, tokens.dtype), -1)
        total = ops.maximum(ops.sum(weights, axis=1), 1.0)
        return ops.sum(tokens * weights, axis=1) / total
    if rule == "eos":
        positions = ops.arange(ops.shape(tokens)[1], dtype="int32")
        ends = ops.max(positions[None] * ops.cast(mask, "int32"), axis=1)
        picked = ops.equal(positions[None], ends[:, None])
        picked = ops.expand_dims(ops.cast(picked, tokens.dtype), -1)
        return ops.sum(tokens * picked, axis=1)
    raise ValueError(
        f"`rule` must be one of {POOLING_RULES}. Received: {rule!r}"
    )
