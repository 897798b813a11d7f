"""Running a generation function compiled, on each backend."""

import functools
import itertools
import threading

import keras
from keras import ops
from keras import tree


def run_loop(condition, body, loop_vars, sampler, model):
    """Runs `body` while `condition` holds.

    Args:
        condition: callable of the loop variables, a bool scalar.
        body: callable of the loop variables that returns them renewed.
        loop_vars: tuple of nested tensors.
        sampler: `keras_hub.samplers.Sampler`, whose seeds the body moves on.
        model: the model whose variables the body reads.

    Returns:
        Tuple of the loop variables after the last run.
    """
    if keras.config.backend() == "torch":
        # A plain loop: the position stays a Python number, with which
        # slicing needs no kernel launch and no copy.
        while condition(*loop_vars):
            loop_vars = body(*loop_vars)
        return loop_vars
    loop_vars = tree.map_structure(ops.convert_to_tensor, loop_vars)
    return sampler.run_loop(condition, body, model, loop_vars)


def compile_function(function, model, sampler=None):
    """Compiles a function of a dict of tensors that reads a model.

    Args:
        function: callable that takes a dict of tensors and returns nested
            tensors.
        model: the model whose variables it reads and does not change.
        sampler: `keras_hub.samplers.Sampler`, optional. Its seeds change.

    Returns:
        Callable with the same signature. JAX and TensorFlow compile once for
        each new shape; torch runs without recording gradients.
    """
    backend = keras.config.backend()
    if backend == "jax":
        return _compile_jax(function, model, sampler)
    if backend == "torch":
        import torch

        return torch.inference_mode()(function)
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(function, jit_compile=True, autograph=False)
    return function


def _compile_jax(function, model, sampler):
    import jax

    seeds = sampler.variables if sampler is not None else []
    groups = (
        model.trainable_variables,
        model.non_trainable_variables,
        seeds,
    )

    lock = threading.Lock()

    @functools.partial(jax.jit)
    def stateless(inputs, state):
        mapping = itertools.chain(
            *(zip(group, values) for group, values in zip(groups, state))
        )
        with keras.StatelessScope(state_mapping=mapping) as scope:
            outputs = function(inputs)
        moved = [scope.get_current_value(seed) for seed in seeds]
        return outputs, moved

    def run(inputs):
        state = [[v.value for v in group] for group in groups]
        # Of several threads, one compiles. It does not wait for the result.
        with lock:
            outputs, moved = stateless(inputs, state)
        for seed, value in zip(seeds, moved):
            seed.assign(value)
        return outputs

    return run


def record_function(function):
    """Under torch, records the tensor operations of a function.

    What a Keras layer does around its few operations takes longer than they
    do when there is one token to compute. The recorded program has nothing
    but the operations. Under JAX and TensorFlow, where a whole loop is
    compiled, the function is returned as it is.

    Args:
        function: callable of nested tensors that returns nested tensors and
            looks at no tensor's value. Weights are not arguments.

    Returns:
        Callable with the same signature. It records once for all arguments
        of the same shapes.
    """
    if keras.config.backend() != "torch":
        return function
    from torch.fx.experimental.proxy_tensor import make_fx

    programs = {}

    def to_record(inputs):
        return function(*inputs)

    def run(*inputs):
        shapes = tuple((x.shape, x.dtype) for x in tree.flatten(inputs))
        if shapes not in programs:
            programs[shapes] = make_fx(to_record)(inputs)
        return programs[shapes](inputs)

    return run
