"""The one LayerNorm of the family."""

import keras

LAYER_NORM_EPSILON = 1e-6


def layer_norm(name, dtype=None):
    """A `LayerNormalization` with the epsilon of the released code, 1e-6.

    Args:
        name: str. The layer's name.
        dtype: str or dtype policy. Defaults to Keras's own.

    Returns:
        A `keras.layers.LayerNormalization`.
    """
    return keras.layers.LayerNormalization(
        epsilon=LAYER_NORM_EPSILON, name=name, dtype=dtype
    )
