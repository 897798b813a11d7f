"""A number as what a linear layer reads its digits off."""

import math

from keras import ops

from keras_sensorlm.models.layers.elementary import arcsinh

# The last digit that counts is the first decimal: a period of 1 tells it.
_PERIODS = (1.0, 10.0, 100.0, 1000.0, 10000.0)
_OCTAVES = 2
NUM_FEATURES = 1 + 2 * _OCTAVES + 2 * len(_PERIODS)


def number_features(x):
    """Size and digits of numbers, the same for days and for texts.

    The inverse hyperbolic sine and its sines and cosines at octaves say how
    large a number is (Tancik et al. 2020, arXiv 2006.10739); sines and
    cosines with the powers of ten as periods turn each digit into an angle
    (Zhou et al. 2025, arXiv 2502.09741), so that 77.3 and 77.4 are told
    apart as easily as 7 and 8.

    Args:
        x: float32 tensor `(...)`.

    Returns:
        Float32 tensor `(..., 15)`.

    Example:

    >>> features = number_features(ops.convert_to_tensor([0.0, 77.3]))
    >>> tuple(features.shape)
    (2, 15)
    """
    size = arcsinh(x)
    features = [size]
    for octave in range(_OCTAVES):
        angle = size * (math.pi * 2.0**octave / 4.0)
        features += [ops.sin(angle), ops.cos(angle)]
    for period in _PERIODS:
        # What is left of whole turns is exact; the sine of many is not.
        turns = x / period
        angle = (turns - ops.floor(turns)) * (2.0 * math.pi)
        features += [ops.sin(angle), ops.cos(angle)]
    return ops.stack(features, axis=-1)
