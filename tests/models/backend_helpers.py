"""What each backend does its own way, for tests."""

import keras
import numpy as np
from keras import ops


def to_numpy(x):
    """Any tensor as a NumPy array, bfloat16 as float32."""
    x = ops.convert_to_tensor(x)
    if keras.backend.standardize_dtype(x.dtype) == "bfloat16":
        x = ops.cast(x, "float32")
    return ops.convert_to_numpy(x)


def loss_and_gradients(model, loss):
    """The value of `loss()` and its gradient for each trainable weight.

    Args:
        model: a built layer or model.
        loss: function without arguments that calls `model`.

    Returns:
        A float, and a dict of weight path to array.
    """
    weights = model.trainable_variables
    value, gradients = _BACKENDS[keras.backend.backend()](weights, loss)
    gradients = {
        w.path: np.zeros(w.shape) if g is None else to_numpy(g)
        for w, g in zip(weights, gradients)
    }
    return float(to_numpy(value)), gradients


def _tensorflow(weights, loss):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        value = loss()
    gradients = tape.gradient(value, [w.value for w in weights])
    return value, [
        g if g is None else tf.convert_to_tensor(g) for g in gradients
    ]


def _jax(weights, loss):
    import jax

    def stateless(values):
        with keras.StatelessScope(state_mapping=list(zip(weights, values))):
            return loss()

    return jax.jit(jax.value_and_grad(stateless))([w.value for w in weights])


def _torch(weights, loss):
    for w in weights:
        w.value.grad = None
    value = loss()
    value.backward()
    return value.detach(), [w.value.grad for w in weights]


_BACKENDS = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
