"""From numbers around 0 back to years, minutes and beats."""

import keras
import numpy as np
from keras import ops

_SMALLEST_STD = 1e-6


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class Denormalization(keras.layers.Layer):
    """`x * std + mean`, with the mean and std of the numbers to predict.

    They are weights that no training changes, so that they are saved with
    the model and `adapt` needs no compilation anew.

    Args:
        **kwargs: the arguments of `keras.layers.Layer`.

    Call arguments:
        x: float tensor `(batch, n)`.

    Returns:
        Float32 tensor `(batch, n)`.

    Example:

    >>> layer = Denormalization()
    >>> layer.adapt([[400.0], [500.0]])
    >>> [float(x) for x in layer(np.array([[0.0], [1.0]]))[:, 0]]
    [450.0, 500.0]
    """

    def build(self, input_shape):
        shape = (input_shape[-1],)
        self.mean = self._kept("mean", shape, "zeros")
        self.std = self._kept("std", shape, "ones")
        self.adapted = self._kept("adapted", (), "zeros")
        self.built = True

    def _kept(self, name, shape, initializer):
        return self.add_weight(
            shape=shape,
            initializer=initializer,
            trainable=False,
            dtype="float32",
            name=name,
        )

    def adapt(self, targets):
        """Takes over mean and standard deviation.

        Args:
            targets: float array `(examples, n)`.
        """
        targets = np.asarray(targets, dtype="float32")
        if not self.built:
            self.build(targets.shape)
        self.mean.assign(targets.mean(axis=0))
        self.std.assign(np.maximum(targets.std(axis=0), _SMALLEST_STD))
        self.adapted.assign(1.0)

    def call(self, x):
        return ops.cast(x, "float32") * self.std + self.mean
