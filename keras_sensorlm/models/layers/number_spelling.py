"""Numbers as the characters that a caption spells them with."""

import numpy as np
from keras import ops

from keras_sensorlm.models.layers.shifted import shifted

# Characters of a number that are kept, and what a place can hold.
PLACES = 8
POINT, MINUS, END = 10, 11, 12
NUM_CHARACTERS = 13
_WHOLE_DIGITS = 5
_POWERS = np.array([10**k for k in range(9)], "int32")
_LARGEST = 1.6e7  # Whole numbers beyond are not exact in float32.
# A prefix as a number: small enough to be exact in float32.
_BASE, _PRIME = 31, 65521


def spelled(values, decimals):
    """Characters of numbers, from the left.

    Args:
        values: float32 tensor `(...)`.
        decimals: int array that broadcasts to `values`. Digits after the
            point; no point where it is 0.

    Returns:
        Int32 tensor `(..., PLACES)`: digits 0 to 9, `POINT`, `MINUS`, and
        `END` after the last character. Of a number with more than five
        digits before the point the last five are kept.

    Example:

    >>> values = ops.convert_to_tensor(np.array([77.26, -0.04], "float32"))
    >>> ops.convert_to_numpy(spelled(values, np.array([1, 2]))).tolist()
    [[7, 7, 10, 3, 12, 12, 12, 12], [11, 0, 10, 0, 4, 12, 12, 12]]
    """
    decimals = np.asarray(decimals, "int32")
    powers = _POWERS[decimals]
    scaled = ops.round(
        ops.abs(values) * ops.convert_to_tensor(powers, "float32")
    )
    # What is missing may be NaN, which no whole number stands for.
    scaled = ops.where(scaled < _LARGEST, scaled, 0.0)
    number = ops.cast(scaled, "int32")
    is_negative = ops.logical_and(values < 0, number > 0)
    signed = ops.cast(is_negative, "int32")
    number, signed, decimals, powers = (
        ops.expand_dims(ops.convert_to_tensor(x), -1)
        for x in (number, signed, decimals, powers)
    )
    whole = number // powers
    fraction = number - whole * powers
    digits = sum(
        ops.cast(whole >= 10**k, "int32") for k in range(1, _WHOLE_DIGITS)
    )
    digits = digits + 1
    place = ops.arange(PLACES, dtype="int32") - signed
    behind = place - digits
    characters = ops.where(
        behind < 0,
        _digit(whole, digits - 1 - place),
        ops.where(behind == 0, POINT, _digit(fraction, decimals - behind)),
    )
    length = digits + ops.where(decimals > 0, decimals + 1, 0)
    characters = ops.where(place < length, characters, END)
    return ops.where(place < 0, MINUS, characters)


def _digit(number, power):
    """The digit of a power of ten, from the right."""
    power = ops.minimum(ops.maximum(power, 0), len(_POWERS) - 1)
    divisor = ops.take(ops.convert_to_tensor(_POWERS), power)
    return ops.mod(number // divisor, 10)


def prefixes(characters):
    """What has been spelled before each place, as one number.

    Args:
        characters: int32 tensor `(..., PLACES)` from `spelled`.

    Returns:
        Float32 tensor of that shape of whole numbers. Equal prefixes give
        equal numbers; others hardly ever do.

    Example:

    >>> characters = np.array([[7, 7, 10, 3], [7, 7, 10, 4]], "int32")
    >>> ops.convert_to_numpy(prefixes(characters)).tolist()
    [[0.0, 8.0, 256.0, 7947.0], [0.0, 8.0, 256.0, 7947.0]]
    """
    found = [ops.zeros_like(characters[..., 0])]
    for place in range(characters.shape[-1] - 1):
        found.append(_longer(found[-1], characters[..., place]))
    return ops.cast(ops.stack(found, axis=-1), "float32")


def _longer(prefix, character):
    return ops.mod(prefix * _BASE + character + 1, _PRIME)


def numbers_begun(characters):
    """How much of a number has been spelled at each token of a text.

    Args:
        characters: int32 tensor `(batch, length)`. The tokens as characters,
            -1 for what is none.

    Returns:
        Two tensors of that shape: int32, how many characters stand in a row
        up to here, 0 at other tokens, at most `PLACES`; and float32, these
        characters as `prefixes` counts them.

    Example:

    >>> places, prefix = numbers_begun(np.array([[-1, 7, 7, 10, -1]], "int32"))
    >>> ops.convert_to_numpy(places).tolist()
    [[0, 1, 2, 3, 0]]
    >>> ops.convert_to_numpy(prefix).tolist()
    [[0.0, 8.0, 256.0, 7947.0, 0.0]]
    """
    characters = ops.convert_to_tensor(characters)
    before = [shifted(characters, k, fill=-1) for k in range(PLACES)]
    unbroken = ops.ones_like(characters)
    places = ops.zeros_like(characters)
    for found in before:
        unbroken = unbroken * ops.cast(found >= 0, "int32")
        places = places + unbroken
    prefix = ops.zeros_like(characters)
    for k in reversed(range(PLACES)):
        longer = _longer(prefix, before[k])
        prefix = ops.where(places > k, longer, prefix)
    return places, ops.cast(prefix, "float32")
