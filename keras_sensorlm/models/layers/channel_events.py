"""What moved in each channel's day, for that channel's token."""

import math

import keras
from keras import ops

from keras_sensorlm.captions.trends import BINS
from keras_sensorlm.captions.trends import KINDS
from keras_sensorlm.captions.trends import MAX_TRENDS
from keras_sensorlm.models.layers.day_events import MAX_EXTREMES
from keras_sensorlm.models.layers.day_events import day_events
from keras_sensorlm.models.layers.number_features import NUM_FEATURES
from keras_sensorlm.models.layers.number_features import number_features
from keras_sensorlm.models.layers.observed import observed_values
from keras_sensorlm.models.layers.physical_units import physical_units

_OCTAVES = 4
_TIME_FEATURES = 1 + 2 * _OCTAVES
_TREND = len(KINDS) + 2 * (_TIME_FEATURES + NUM_FEATURES)
_EXTREME = 1 + _TIME_FEATURES + NUM_FEATURES


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class ChannelEvents(keras.layers.Layer):
    """Embeds the trends, peaks and drops of each channel.

    A small encoder does not find out by itself which stretches of a day the
    captions' detector calls a trend. Here the detector runs (`day_events`);
    kind, time and level of what it finds go through a small network that all
    channels share. Starts as zeros, so that a trained encoder can take it
    on. Not in the paper; the built-in presets S to XL do without.

    Args:
        width: int. Width of the tokens.
        hidden_dim: int. Width of the hidden layer. Defaults to `96`.
        means: sequence of float, one a channel. What was subtracted when
            the days were normalised. Defaults to zeros.
        stds: sequence of float, likewise. What they were then divided by.
            Defaults to ones.
        **kwargs: the arguments of `keras.layers.Layer`, such as `dtype`.

    Call arguments:
        sensors: float tensor `(batch, minutes, channels)`, NaN for missing.
        observed: bool tensor of that shape. Defaults to all; NaN is missing
            whatever it says.

    Returns:
        Float tensor `(batch, channels, width)`.

    Example:

    >>> import numpy as np
    >>> layer = ChannelEvents(width=8)
    >>> tuple(layer(np.ones((2, 1440, 3), "float32")).shape)
    (2, 3, 8)
    """

    # What the hidden layer reads of each channel.
    num_features = MAX_TRENDS * _TREND + MAX_EXTREMES * _EXTREME

    def __init__(self, width, hidden_dim=96, means=None, stds=None, **kwargs):
        # Under mixed precision means over minutes need their digits.
        super().__init__(autocast=False, **kwargs)
        self.width = width
        self.hidden_dim = hidden_dim
        self.means = None if means is None else [float(x) for x in means]
        self.stds = None if stds is None else [float(x) for x in stds]
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
        self.hidden.build((None, sensors_shape[-1], self.num_features))
        self.output_dense.build((None, sensors_shape[-1], self.hidden_dim))

    def call(self, sensors, observed=None):
        sensors = ops.cast(sensors, "float32")
        events = day_events(sensors, observed_values(sensors, observed))
        found = ops.concatenate(
            [
                _joined(self._trends(events)),
                _joined(self._extremes(events)),
            ],
            axis=-1,
        )
        hidden = self.hidden(ops.cast(found, self.compute_dtype))
        return self.output_dense(ops.gelu(hidden, approximate=True))

    def _trends(self, events):
        """Features `(batch, channels, 3, _TREND)`; zeros for none."""
        # `one_hot` of -1 is nothing in Keras and the last kind in ONNX.
        known = ops.arange(len(KINDS), dtype="int32")
        kinds = ops.expand_dims(events.kinds, -1) == known
        kinds = ops.cast(kinds, "float32")
        found = ops.cast(events.kinds >= 0, "float32")
        levels = self._physical(events.ends)
        parts = [
            *(_time_features(events.spans[..., k]) for k in range(2)),
            *(number_features(levels[..., k]) for k in range(2)),
        ]
        parts = ops.concatenate(parts, axis=-1) * ops.expand_dims(found, -1)
        return ops.concatenate([kinds, parts], axis=-1)

    def _extremes(self, events):
        """Features `(batch, channels, 5, _EXTREME)`; zeros for none."""
        found = ops.cast(events.extremes >= 0, "float32")
        parts = [
            ops.expand_dims(ops.ones_like(found), -1),
            _time_features(events.extremes),
            number_features(self._physical(events.levels)),
        ]
        return ops.concatenate(parts, axis=-1) * ops.expand_dims(found, -1)

    def _physical(self, levels):
        """Levels `(batch, channels, ...)` before they were normalised."""
        after = len(levels.shape) - 2
        return physical_units(levels, self.means, self.stds, after)

    def compute_output_shape(self, sensors_shape, observed_shape=None):
        return (sensors_shape[0], sensors_shape[-1], self.width)

    def get_config(self):
        config = super().get_config()
        names = "width hidden_dim means stds"
        config.update({name: getattr(self, name) for name in names.split()})
        return config


def _time_features(bins):
    """The time of day of bins, and its sines and cosines at octaves."""
    time = ops.cast(bins, "float32") / BINS
    features = [time]
    for octave in range(_OCTAVES):
        angle = time * (2.0 * math.pi * 2.0**octave)
        features += [ops.sin(angle), ops.cos(angle)]
    return ops.stack(features, axis=-1)


def _joined(x):
    """The last two axes as one."""
    return ops.reshape(x, (-1, x.shape[1], x.shape[2] * x.shape[3]))
