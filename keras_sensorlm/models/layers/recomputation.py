"""What is computed again in the backward pass: what should be, no more.

XLA on a CPU takes out the barriers with which JAX tells it what to compute
again and what not. What it does keep is a conditional, whose condition it
cannot know beforehand. Other compilers and accelerators need none of this.
"""

import keras
from keras import ops


def end_branch(x):
    """Its argument; under JAX on a CPU, with a wall behind its gradient.

    The gradient of a residual stream is a sum that grows from block to
    block. XLA on a CPU fuses the whole sum so far into what each block does
    with it, and so computes it again from the start in each block.

    Args:
        x: float tensor `(batch, length, width)`.

    Returns:
        Float tensor, `x`.

    Example:

    >>> tuple(end_branch(ops.ones((1, 2, 3))).shape)
    (1, 2, 3)
    """
    return _walled(x) if xla_on_a_cpu() else x


def remat(function):
    """`keras.remat`, also where XLA on a CPU would undo it.

    There it finds that the backward pass computes what the forward pass has
    computed already, and keeps that instead: the time is spent, the memory
    not saved.

    Args:
        function: callable of tensors that returns one tensor. May read
            variables.

    Returns:
        Callable with the same signature. Of its inside nothing is kept for
        the backward pass.

    Example:

    >>> float(remat(lambda x: 2.0 * x)(ops.ones(())))
    2.0
    """
    return _remat_jax(function) if xla_on_a_cpu() else keras.remat(function)


def xla_on_a_cpu():
    if keras.config.backend() != "jax":
        return False
    import jax

    return jax.default_backend() == "cpu"


@ops.custom_gradient
def _walled(x):
    def backward(*args, upstream=None):
        dx = args[0] if upstream is None else upstream
        return _after(dx, dx)

    return x, backward


def _after(x, other):
    """`x`, which the compiler cannot have before it has `other`."""
    first = other[(0,) * len(other.shape)]
    # Both ways give `x`; the compiler must not find that out.
    return ops.cond(
        ops.isinf(first),
        lambda: ops.maximum(x, -float("inf")),
        lambda: x,
    )


def _remat_jax(function):
    import jax

    def run(*args):
        # The variables that the function reads are inputs of the gradient.
        function_of_all, variables = jax.closure_convert(function, *args)

        @jax.custom_vjp
        def kept(*inputs):
            return function_of_all(*inputs)

        def forward(*inputs):
            return kept(*inputs), inputs

        def backward(inputs, dy):
            count = len(args)
            late = [_after(x, dy) for x in inputs[:count]]
            inputs = (*late, *inputs[count:])
            return jax.vjp(function_of_all, *inputs)[1](dy)

        kept.defvjp(forward, backward)
        return kept(*args, *variables)

    return run
