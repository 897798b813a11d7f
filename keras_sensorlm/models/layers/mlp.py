"""The feed-forward part of a transformer block."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class Mlp(keras.layers.Layer):
    """Two dense layers with a tanh-GELU between, optionally gated.

    Plain: `down(gelu(up(x)))`, as in the released SensorLM code. Gated:
    `down(gelu(gate(x)) * up(x))` (Shazeer 2020, arXiv 2002.05202), which
    gives a block of width `d` and hidden width `4 d` the 16 `d`^2 weights
    that the paper's sizes have.

    Args:
        hidden_dim: int. Width between the dense layers.
        gated: bool. Whether a third dense layer gates the hidden values.
            Defaults to `False`.
        **kwargs: the arguments of `keras.layers.Layer`, such as `dtype`.

    Call arguments:
        x: float tensor `(..., width)`.

    Returns:
        Float tensor of the shape of `x`.

    Example:

    >>> import numpy as np
    >>> y = Mlp(hidden_dim=16, gated=True)(np.ones((2, 3, 4), "float32"))
    >>> tuple(y.shape)
    (2, 3, 4)
    """

    def __init__(self, hidden_dim, gated=False, **kwargs):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim
        self.gated = gated

    def build(self, input_shape):
        options = {"dtype": self.dtype_policy}
        hidden_shape = (*input_shape[:-1], self.hidden_dim)
        self.up = keras.layers.Dense(self.hidden_dim, name="up", **options)
        self.up.build(input_shape)
        if self.gated:
            self.gate = keras.layers.Dense(
                self.hidden_dim, name="gate", **options
            )
            self.gate.build(input_shape)
        self.down = keras.layers.Dense(input_shape[-1], name="down", **options)
        self.down.build(hidden_shape)

    def call(self, x):
        if self.gated:
            hidden = ops.gelu(self.gate(x), approximate=True) * self.up(x)
        else:
            hidden = ops.gelu(self.up(x), approximate=True)
        return self.down(hidden)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        config = super().get_config()
        config.update({"hidden_dim": self.hidden_dim, "gated": self.gated})
        return config
