"""The learned temperature and bias of the contrastive logits."""

import math

import keras
from keras import ops

# Initial values: SigLIP (arXiv 2303.15343, section 3.1), CLIP (arXiv
# 2103.00020, section 2.5).
INITIAL_SCALES = {"sigmoid": 10.0, "softmax": 1 / 0.07}
INITIAL_BIAS = -10.0
# CLIP keeps its scale from growing past this, for stability.
LARGEST_SOFTMAX_SCALE = 100.0


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class ContrastiveScale(keras.layers.Layer):
    """Holds the inverse temperature and, for the sigmoid loss, the bias.

    The softmax does not see a bias, so that there it is the constant 0; its
    scale is cut at 100 as in CLIP.

    Args:
        contrastive: `"sigmoid"` or `"softmax"`, the loss they are for.
        **kwargs: the arguments of `keras.layers.Layer`.

    Call arguments:
        x: any tensor; its value is not used.

    Returns:
        Two float32 scalars: the scale (exponentiated) and the bias.

    Raises:
        ValueError: for an unknown `contrastive`.

    Example:

    >>> import numpy as np
    >>> scale, bias = ContrastiveScale("sigmoid")(np.zeros(1))
    >>> round(float(scale), 4), float(bias)
    (10.0, -10.0)
    """

    def __init__(self, contrastive, **kwargs):
        super().__init__(**kwargs)
        if contrastive not in INITIAL_SCALES:
            raise ValueError(
                f"`contrastive` must be one of {tuple(INITIAL_SCALES)}. "
                f"Received: {contrastive!r}"
            )
        self.contrastive = contrastive

    def build(self, input_shape):
        self.log_scale = self.add_weight(
            shape=(),
            dtype="float32",
            initializer=keras.initializers.Constant(
                math.log(INITIAL_SCALES[self.contrastive])
            ),
            name="log_scale",
        )
        if self.contrastive == "sigmoid":
            self.bias = self.add_weight(
                shape=(),
                dtype="float32",
                initializer=keras.initializers.Constant(INITIAL_BIAS),
                name="bias",
            )

    def call(self, x):
        scale = ops.exp(ops.cast(self.log_scale, "float32"))
        if self.contrastive == "softmax":
            scale = ops.minimum(scale, LARGEST_SOFTMAX_SCALE)
            return scale, ops.zeros((), "float32")
        return scale, ops.cast(self.bias, "float32")

    def get_config(self):
        config = super().get_config()
        config.update({"contrastive": self.contrastive})
        return config
