"""One token a channel that says in numbers what its whole day was like."""

import keras
from keras import ops

from keras_sensorlm.models.layers.number_features import NUM_FEATURES
from keras_sensorlm.models.layers.number_features import number_features
from keras_sensorlm.models.layers.observed import observed_values
from keras_sensorlm.models.layers.physical_units import physical_units

_STATISTICS = ("mean", "standard deviation", "minimum", "maximum", "share")
COVERAGE_FLOOR = 1e-3


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class ChannelSummary(keras.layers.Layer):
    """Mean, spread, extremes and coverage of each channel, as a token.

    A small encoder has few layers in which to find the largest of 1,440
    numbers. Here each channel's mean, standard deviation, minimum, maximum
    and percentage of observed minutes are computed outright, over what was
    observed, and embedded by that channel's own kernel. They are in physical
    units and come as `number_features`, as the numbers of texts do in
    `NumberEmbedding`: what a caption says and what the day has look alike
    from the start. Not in the paper; the built-in presets S to XL do
    without.

    Args:
        width: int. Width of the tokens.
        means: sequence of float, one a channel. What was subtracted when
            the days were normalised. Defaults to zeros.
        stds: sequence of float, likewise. What they were then divided by.
            Defaults to ones.
        **kwargs: the arguments of `keras.layers.Layer`, such as `dtype`.

    Call arguments:
        sensors: float tensor `(batch, minutes, channels)`, normalised, NaN
            for missing.
        observed: bool tensor of that shape. Defaults to all; NaN is missing
            whatever it says.

    Returns:
        Float tensor `(batch, channels, width)`, and a bool tensor `(batch,
        channels)`: which channels have anything observed.

    Example:

    >>> import numpy as np
    >>> day = np.full((1, 60, 2), np.nan, "float32")
    >>> day[0, :10, 1] = 1.0
    >>> tokens, observed = ChannelSummary(width=8)(day)
    >>> tuple(tokens.shape)
    (1, 2, 8)
    >>> ops.convert_to_numpy(observed).tolist()
    [[False, True]]
    """

    # Rows of each channel's kernel.
    numbers_per_channel = len(_STATISTICS) * NUM_FEATURES

    def __init__(self, width, means=None, stds=None, **kwargs):
        # Under mixed precision the statistics need what rounding would lose.
        super().__init__(autocast=False, **kwargs)
        self.width = width
        self.means = None if means is None else [float(x) for x in means]
        self.stds = None if stds is None else [float(x) for x in stds]

    def build(self, sensors_shape):
        channels = sensors_shape[-1]
        numbers = self.numbers_per_channel
        self.kernel = self.add_weight(
            shape=(channels, numbers, self.width),
            initializer=keras.initializers.RandomNormal(numbers**-0.5),
            name="kernel",
        )
        self.channel_embedding = self.add_weight(
            shape=(channels, self.width),
            initializer=keras.initializers.RandomNormal(self.width**-0.5),
            name="channel_embedding",
        )

    def call(self, sensors, observed=None):
        sensors = ops.cast(sensors, "float32")
        there = observed_values(sensors, observed)
        sensors = physical_units(sensors, self.means, self.stds)
        numbers = self._numbers(day_statistics(sensors, there))
        numbers = ops.cast(numbers, self.compute_dtype)
        kernel = ops.cast(self.kernel, self.compute_dtype)
        tokens = ops.einsum("bcn,cnw->bcw", numbers, kernel)
        tokens = tokens + ops.cast(self.channel_embedding, tokens.dtype)
        return tokens, ops.any(there, axis=1)

    def _numbers(self, statistics):
        """`(batch, channels, 5)` as what a kernel reads well."""
        share = ops.exp(statistics[..., 4:]) - COVERAGE_FLOOR
        said = ops.concatenate([statistics[..., :4], 100.0 * share], axis=-1)
        features = number_features(said)
        shape = (-1, features.shape[1], self.numbers_per_channel)
        return ops.reshape(features, shape)

    def compute_output_spec(self, sensors, observed=None):
        batch, _, channels = sensors.shape
        return (
            keras.KerasTensor(
                (batch, channels, self.width), dtype=self.compute_dtype
            ),
            keras.KerasTensor((batch, channels), dtype="bool"),
        )

    def get_config(self):
        config = super().get_config()
        names = "width means stds"
        config.update({name: getattr(self, name) for name in names.split()})
        return config


def day_statistics(sensors, observed):
    """Mean, standard deviation, minimum, maximum, observed share.

    Args:
        sensors: float32 tensor `(batch, minutes, channels)`.
        observed: bool tensor of that shape.

    Returns:
        Float32 tensor `(batch, channels, 5)`; zeros for a channel of which
        nothing was observed.
    """
    far = 1e9
    counted = ops.cast(observed, "float32")
    values = ops.where(observed, sensors, 0.0)
    count = ops.sum(counted, axis=1)
    some = ops.maximum(count, 1.0)
    mean = ops.sum(values, axis=1) / some
    deviations = counted * (values - mean[:, None])
    variance = ops.sum(ops.square(deviations), axis=1) / some
    any_seen = count > 0
    low = ops.min(ops.where(observed, sensors, far), axis=1)
    high = ops.max(ops.where(observed, sensors, -far), axis=1)
    share = count / sensors.shape[1]
    return ops.stack(
        [
            mean,
            ops.sqrt(variance + 1e-12),
            ops.where(any_seen, low, 0.0),
            ops.where(any_seen, high, 0.0),
            # A session is a small share: its logarithm tells more.
            ops.log(share + COVERAGE_FLOOR),
        ],
        axis=-1,
    )
