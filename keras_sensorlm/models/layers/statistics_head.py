"""Reads the day's statistics off an embedding, to teach it numbers."""

import keras
from keras import ops

from keras_sensorlm.models.layers.channel_summary import day_statistics
from keras_sensorlm.models.layers.observed import observed_values

_STATISTICS = 5


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class StatisticsHead(keras.layers.Layer):
    """One linear layer from either embedding to each channel's statistics.

    Both towers share the layer, so that what it reads lies in the same place
    of the shared space for days and for texts.

    Args:
        channels: int. Number of channels.
        **kwargs: the arguments of `keras.layers.Layer`.

    Call arguments:
        sensor_embeddings: float tensor `(batch, dim)`, unit length.
        text_embeddings: float tensor `(batch, dim)`, unit length, optional.

    Returns:
        Dict of float32 tensors `(batch, channels, 5)`:
        `"sensor_statistics"` and, with texts, `"text_statistics"`.

    Example:

    >>> import numpy as np
    >>> head = StatisticsHead(channels=3)
    >>> read = head(np.ones((2, 4), "float32"))
    >>> tuple(read["sensor_statistics"].shape)
    (2, 3, 5)
    """

    def __init__(self, channels, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.channels = channels

    def build(self, sensor_embeddings_shape, text_embeddings_shape=None):
        self.dense = keras.layers.Dense(
            self.channels * _STATISTICS, dtype="float32", name="dense"
        )
        self.dense.build(sensor_embeddings_shape)

    def call(self, sensor_embeddings, text_embeddings=None):
        read = {"sensor_statistics": self._read(sensor_embeddings)}
        if text_embeddings is not None:
            read["text_statistics"] = self._read(text_embeddings)
        return read

    def _read(self, embeddings):
        # The numbers of a unit vector are small.
        x = ops.cast(embeddings, "float32") * embeddings.shape[-1] ** 0.5
        return ops.reshape(self.dense(x), (-1, self.channels, _STATISTICS))

    def get_config(self):
        config = super().get_config()
        config["channels"] = self.channels
        return config


def statistics_loss(read, sensors):
    """How far read statistics are from the day's own.

    Args:
        read: float tensor `(batch, channels, 5)` from `StatisticsHead`.
        sensors: float tensor `(batch, minutes, channels)`, normalised, NaN
            for missing.

    Returns:
        Float32 tensor `(batch,)`: mean absolute error of the inverse
        hyperbolic sines over the channels that were observed, and of the
        coverage over all.
    """
    sensors = ops.cast(sensors, "float32")
    observed = observed_values(sensors)
    target = ops.arcsinh(day_statistics(sensors, observed))
    seen = ops.cast(ops.any(observed, axis=1), "float32")[..., None]
    # What was never observed has a coverage, and no other statistic.
    counts = ops.concatenate(
        [ops.repeat(seen, _STATISTICS - 1, axis=-1), ops.ones_like(seen)],
        axis=-1,
    )
    errors = ops.abs(ops.cast(read, "float32") - target) * counts
    return ops.sum(errors, axis=(1, 2)) / ops.sum(counts, axis=(1, 2))
