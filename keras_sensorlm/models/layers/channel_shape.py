"""How each channel moved through its day, for that channel's token."""

import keras
from keras import ops

from keras_sensorlm.captions.structural import MIN_BIN_MINUTES
from keras_sensorlm.captions.trends import BINS
from keras_sensorlm.models.layers.bin_means import bin_means
from keras_sensorlm.models.layers.observed import observed_values

_FAR = 1e9


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class ChannelShape(keras.layers.Layer):
    """Embeds the course of each channel, whatever its level and range.

    Trends, peaks and drops are a matter of a channel's 40-minute means
    relative to its own range. These, and which of them there are, go
    through a small network that all channels share: what it learns of one
    channel's trends it knows of all. Starts as zeros, so that a trained
    encoder can take it on. Not in the paper.

    Args:
        width: int. Width of the tokens.
        hidden_dim: int. Width of the hidden layer. Defaults to `128`.
        **kwargs: the arguments of `keras.layers.Layer`, such as `dtype`.

    Call arguments:
        sensors: float tensor `(batch, minutes, channels)`, NaN for missing.
        observed: bool tensor of that shape. Defaults to all; NaN is missing
            whatever it says.

    Returns:
        Float tensor `(batch, channels, width)`.

    Example:

    >>> import numpy as np
    >>> layer = ChannelShape(width=8)
    >>> tuple(layer(np.ones((2, 1440, 3), "float32")).shape)
    (2, 3, 8)
    """

    def __init__(self, width, hidden_dim=128, **kwargs):
        # Under mixed precision means over minutes need their digits.
        super().__init__(autocast=False, **kwargs)
        self.width = width
        self.hidden_dim = hidden_dim
        self.hidden = keras.layers.Dense(
            hidden_dim, name="hidden", dtype=self.dtype_policy
        )
        self.output_dense = keras.layers.Dense(
            width,
            kernel_initializer="zeros",
            name="output_dense",
            dtype=self.dtype_policy,
        )

    def build(self, sensors_shape, observed_shape=None):
        self.hidden.build((None, sensors_shape[-1], 2 * BINS))
        self.output_dense.build((None, sensors_shape[-1], self.hidden_dim))

    def call(self, sensors, observed=None):
        sensors = ops.cast(sensors, "float32")
        there = observed_values(sensors, observed)
        means, minutes = bin_means(sensors, there)
        seen = minutes >= MIN_BIN_MINUTES
        low = ops.min(ops.where(seen, means, _FAR), axis=-1, keepdims=True)
        high = ops.max(ops.where(seen, means, -_FAR), axis=-1, keepdims=True)
        course = (means - low) / ops.maximum(high - low, 1e-6)
        course = ops.where(seen, 2.0 * course - 1.0, 0.0)
        course = ops.concatenate([course, ops.cast(seen, "float32")], axis=-1)
        hidden = self.hidden(ops.cast(course, self.compute_dtype))
        return self.output_dense(ops.gelu(hidden, approximate=True))

    def compute_output_shape(self, sensors_shape, observed_shape=None):
        return (sensors_shape[0], sensors_shape[-1], self.width)

    def get_config(self):
        config = super().get_config()
        names = "width hidden_dim"
        config.update({name: getattr(self, name) for name in names.split()})
        return config
