"""The last tokens of texts that are being written."""

from keras import ops


def recent_tokens(written, start, steps, reach):
    """The tokens of some positions, and so many before them.

    Args:
        written: int tensor `(batch, length)`. The tokens so far.
        start: int or int scalar tensor. The first of the positions.
        steps: int. How many they are.
        reach: int. How many tokens before them are wanted.

    Returns:
        Int tensor `(batch, at most reach + steps)`, and int32 tensor
        `(steps,)`: where the positions are in it.

    Example:

    >>> import numpy as np
    >>> tokens, positions = recent_tokens(np.arange(9)[None], 6, 1, reach=2)
    >>> ops.convert_to_numpy(tokens).tolist()
    [[4, 5, 6]]
    >>> ops.convert_to_numpy(positions).tolist()
    [2]
    """
    length = ops.shape(written)[1]
    seen = steps + reach
    # Unknown only while a graph is exported.
    known = isinstance(length, int)
    seen = min(length, seen) if known else ops.minimum(length, seen)
    first = ops.convert_to_tensor(start + steps - seen, "int32")
    first = ops.maximum(ops.minimum(first, length - seen), 0)
    places = ops.arange(seen, dtype="int32") + first
    positions = ops.arange(steps, dtype="int32") + start
    return ops.take(written, places, axis=1), positions - first
