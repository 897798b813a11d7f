"""Filling minutes in which nothing was measured."""

import numpy as np


def fill_gaps(values):
    """Fills missing minutes of each channel from the minutes around them.

    Between two observed minutes the line through them, before the first and
    after the last the nearest one, and 0 in a channel that was never observed
    (which is the mean, when `values` are normalised). This is the paper's
    imputation (arXiv 2506.09108), by `numpy.interp`, in float64.

    Args:
        values: float array `(..., minutes, channels)`, NaN where missing.

    Returns:
        Float array of that shape and type without NaN.

    Example:

    >>> day = np.array([np.nan, 1.0, np.nan, 2.0, np.nan])[:, None]
    >>> fill_gaps(day)[:, 0]
    array([1. , 1. , 1.5, 2. , 2. ])
    """
    filled = np.array(values)
    missing = np.isnan(filled)
    minutes = np.arange(filled.shape[-2])
    for *day, channel in np.argwhere(missing.any(axis=-2)):
        series = filled[(*day, slice(None), channel)]
        gaps = missing[(*day, slice(None), channel)]
        seen = series[~gaps]
        series[gaps] = (
            np.interp(minutes[gaps], minutes[~gaps], seen) if len(seen) else 0
        )
    return filled
