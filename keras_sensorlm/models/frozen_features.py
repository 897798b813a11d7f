"""What a head on a frozen model can read: `sensor_features`."""

import keras
from keras import ops

from keras_sensorlm.models.caption_decoding import as_tensors

FEATURES = ("embedding", "channels")


def check_features(features):
    """Raises unless `features` is one of `FEATURES`."""
    if features not in FEATURES:
        raise ValueError(
            f"`features` should be one of {FEATURES}. "
            f"Received: features={features!r}"
        )


class FrozenFeatures:
    """Two views of a day for those who learn from few examples.

    A mixin of `SensorLMBackbone`.
    """

    def sensor_features(self, sensors, observed=None):
        """The embedding of days, and what the encoder knows of each channel.

        The embedding is what names are compared with, and it is made for
        that alone: what tells two days with one name apart may be gone. A
        step before it, as linear probes of CLIP read (Radford et al. 2021,
        arXiv 2103.00020, section 3.2), each channel still has a token of its
        own, which has seen the others. From five examples of a class on,
        probes of these were better on people whom a model had not met.

        Args:
            sensors: float array `(batch, minutes, features)`, normalised,
                NaN for missing; or a symbolic tensor.
            observed: bool array of that shape. Defaults to all.

        Returns:
            dict of float32 tensors: `"embedding"` `(batch, embedding_dim)`,
            rows of unit length, and `"channels"` `(batch, channels *
            width)`: the channel summaries after the last block, side by side
            in the encoder's `layout`, zeros for a channel that is left out
            of attention. An encoder without summaries has, for each column
            of its grid, the mean over the visible times of the day instead.

        Example:

        >>> import numpy as np
        >>> from keras_sensorlm.models import SensorEncoder
        >>> from keras_sensorlm.models import SensorLMBackbone
        >>> from keras_sensorlm.models import TextEncoder
        >>> backbone = SensorLMBackbone(
        ...     SensorEncoder(16, 1, 2, channel_summaries=True),
        ...     TextEncoder(50, 16, 1, 2),
        ... )
        >>> found = backbone.sensor_features(np.zeros((2, 1440, 26)))
        >>> {name: tuple(value.shape) for name, value in found.items()}
        {'embedding': (2, 16), 'channels': (2, 416)}
        """
        if not isinstance(sensors, keras.KerasTensor):
            sensors, observed = as_tensors(sensors, observed)
        tokens, mask = self._read(sensors, observed)
        return {
            "embedding": self.sensor_head(tokens, key_mask=mask),
            "channels": ops.cast(self._channels(tokens, mask), "float32"),
        }

    def _channels(self, tokens, mask):
        encoder = self.sensor_encoder
        rows, columns = encoder.grid
        first = int(encoder.class_token)
        last = first + rows * columns
        if mask is None:
            mask = ops.ones_like(tokens[..., 0])
        there = ops.expand_dims(ops.cast(mask, tokens.dtype), -1)
        if encoder.channel_summaries:
            found = tokens[:, last:] * there[:, last:]
        else:
            shape = (-1, rows, columns)
            there = ops.reshape(there[:, first:last], (*shape, 1))
            found = ops.reshape(tokens[:, first:last], (*shape, encoder.width))
            seen = ops.maximum(ops.sum(there, axis=1), 1.0)
            found = ops.sum(found * there, axis=1) / seen
        return ops.reshape(found, (-1, found.shape[1] * encoder.width))
