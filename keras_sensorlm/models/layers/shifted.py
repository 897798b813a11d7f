"""What stood before each token of a text."""

from keras import ops


def shifted(x, places, fill=0):
    """What stood so many places before.

    Args:
        x: tensor `(batch, length)`.
        places: int.
        fill: number. Stands where nothing did. Defaults to `0`.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> import numpy as np
    >>> ops.convert_to_numpy(shifted(np.array([[3, 4, 5]]), 1)).tolist()
    [[0, 3, 4]]
    """
    length = ops.shape(x)[1] if x.shape[1] is None else x.shape[1]
    padded = ops.pad(x, [[0, 0], [places, 0]], constant_values=fill)
    return padded[:, :length]
