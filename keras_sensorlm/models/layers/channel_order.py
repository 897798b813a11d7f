"""Channels of a device in the places that a model has for them."""

from keras import ops


def arranged(sensors, observed, features, layout):
    """Channels in the order of a layout, absent ones as NaN.

    Args:
        sensors: float tensor `(batch, minutes, len(features))`.
        observed: bool tensor of that shape, or `None`.
        features: tuple of str. The channels of `sensors`.
        layout: tuple of str or None. Each of `features` once, `None` for
            places without channel.

    Returns:
        `sensors` and `observed` with `len(layout)` channels.

    Example:

    >>> import numpy as np
    >>> day = np.array([[[1.0, 2.0]]])
    >>> names = ("steps", "rmssd")
    >>> moved, _ = arranged(day, None, names, ("rmssd", None, "steps"))
    >>> ops.convert_to_numpy(moved).tolist()
    [[[2.0, nan, 1.0]]]
    """
    if tuple(layout) == tuple(features):
        return sensors, observed
    order = [
        len(features) if name is None else features.index(name)
        for name in layout
    ]
    sensors = ops.convert_to_tensor(sensors)
    nothing = ops.full_like(sensors[:, :, :1], float("nan"))
    sensors = ops.concatenate([sensors, nothing], axis=-1)
    sensors = ops.take(sensors, order, axis=-1)
    if observed is not None:
        observed = ops.cast(observed, "bool")
        # What stands for an absent channel is NaN: this adds nothing.
        observed = ops.concatenate([observed, observed[:, :, :1]], axis=-1)
        observed = ops.take(observed, order, axis=-1)
    return sensors, observed
