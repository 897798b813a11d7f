"""Which values of days there are."""

from keras import ops


def observed_values(sensors, observed=None):
    """What was observed: what is not NaN, and nobody says is missing.

    Args:
        sensors: float tensor, NaN for missing.
        observed: bool tensor of that shape, optional. Defaults to all; NaN is
            missing whatever it says.

    Returns:
        Bool tensor of that shape.

    Example:

    >>> import numpy as np
    >>> day = np.array([1.0, np.nan, 2.0])
    >>> there = observed_values(day, np.array([True, True, False]))
    >>> ops.convert_to_numpy(there).tolist()
    [True, False, False]
    """
    present = ops.logical_not(ops.isnan(sensors))
    if observed is None:
        return present
    return ops.logical_and(present, ops.cast(observed, "bool"))
