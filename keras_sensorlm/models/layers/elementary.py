"""Functions that some exported format has no operation for."""

from keras import ops


def arcsinh(x):
    """Inverse hyperbolic sine, of what LiteRT has.

    Args:
        x: float32 tensor.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> import numpy as np
    >>> x = np.array([-1e3, 0.0, 1e-3, 2.0], "float32")
    >>> y = ops.convert_to_numpy(arcsinh(ops.convert_to_tensor(x)))
    >>> bool(np.allclose(y, np.arcsinh(x), atol=1e-6))
    True
    """
    size = ops.abs(x)
    # Of the size, since for large negative numbers the sum would be nothing.
    return ops.sign(x) * ops.log(size + ops.sqrt(ops.square(size) + 1.0))
