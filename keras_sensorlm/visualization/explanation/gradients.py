"""Gradients with respect to what a model reads, on each backend."""

import keras
import numpy as np
from keras import ops


def input_gradients(function, x):
    """What `function` gives, and how each number of `x` moves it.

    Keras has no gradient that is the same on all backends, so this asks each
    backend in its own words.

    Args:
        function: callable of a float32 tensor `(n, ...)` that returns a
            float tensor `(n,)`; row `i` of the result depends on row `i` of
            the argument alone.
        x: float32 array `(n, ...)`.

    Returns:
        Float32 arrays: the values `(n,)`, and the gradients, of the shape
        of `x`.

    Raises:
        RuntimeError: on a backend without gradients.

    Example:

    >>> values, gradients = input_gradients(
    ...     lambda x: ops.sum(x * x, axis=-1), np.array([[1.0, 3.0]])
    ... )
    >>> values.tolist(), gradients.tolist()
    ([10.0], [[2.0, 6.0]])
    """
    backend = keras.config.backend()
    if backend not in _BACKENDS:
        raise RuntimeError(
            "Gradients need the backend tensorflow, jax or torch; "
            f'`method="occlusion"` needs none. Received: {backend!r}'
        )
    x = np.asarray(x, dtype="float32")
    values, gradients = _BACKENDS[backend](function, x)
    return _to_numpy(values), _to_numpy(gradients)


def _tensorflow(function, x):
    import tensorflow as tf

    x = tf.convert_to_tensor(x)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        values = function(x)
    return values, tape.gradient(values, x)


def _jax(function, x):
    import jax

    def total(x):
        values = function(x)
        return values.sum(), values

    gradients, values = jax.grad(total, has_aux=True)(jax.numpy.asarray(x))
    return values, gradients


def _torch(function, x):
    import torch

    x = ops.convert_to_tensor(x).detach().clone().requires_grad_()
    with torch.enable_grad():
        values = function(x)
        (gradients,) = torch.autograd.grad(values.sum(), [x])
    return values.detach(), gradients


_BACKENDS = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}


def _to_numpy(x):
    return ops.convert_to_numpy(ops.cast(x, "float32"))
