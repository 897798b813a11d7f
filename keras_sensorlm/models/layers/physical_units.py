"""Numbers of channels as they were before a day was normalised."""

from keras import ops


def physical_units(x, means=None, stds=None, axes_after=0):
    """`x * stds + means`, each channel by its own.

    Args:
        x: float32 tensor `(..., channels, *rest)`.
        means: sequence of float, one a channel. What was subtracted when the
            days were normalised. Defaults to nothing.
        stds: sequence of float, likewise. What they were then divided by.
            Defaults to nothing.
        axes_after: int. How many axes follow that of the channels. Defaults
            to `0`.

    Returns:
        Float32 tensor of the shape of `x`.

    Example:

    >>> x = ops.convert_to_tensor([[0.0, 1.0]])
    >>> found = physical_units(x, means=[70.0, 5.0], stds=[10.0, 2.0])
    >>> ops.convert_to_numpy(found).tolist()
    [[70.0, 7.0]]
    """
    shape = (-1, *[1] * axes_after)
    if stds is not None:
        x = x * ops.reshape(ops.convert_to_tensor(stds, "float32"), shape)
    if means is not None:
        x = x + ops.reshape(ops.convert_to_tensor(means, "float32"), shape)
    return x
