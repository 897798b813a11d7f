"""What keeps a run from going on with numbers that are none.

A gradient that is not finite would spoil every weight at once, since
gradients are clipped by their common norm, and with the weights the trace of
where it came from. So the optimizer takes it as zero; the loss of that step
is not finite either, which ends the run, and the weights of just before tell
which layer it was.
"""

import keras
import numpy as np
from keras import ops


def guard_gradients(optimizer):
    """Makes an optimizer take gradients as zero where one is not finite.

    Args:
        optimizer: `keras.optimizers.Optimizer`. Not a subclass of ours:
            under PyTorch, Keras has fast versions of its own classes alone.

    Returns:
        The optimizer.
    """
    apply = optimizer.apply

    def guarded(grads, trainable_variables=None):
        given = [g for g in grads if g is not None]
        given = [ops.convert_to_tensor(g) for g in given]
        squares = [ops.sum(ops.square(ops.cast(g, "float32"))) for g in given]
        # The root changes nothing, but costs enough for XLA not to compute it
        # and all the sums again for each weight, which takes it minutes.
        finite = ops.isfinite(ops.sqrt(sum(squares)))
        kept = iter([ops.where(finite, g, ops.zeros_like(g)) for g in given])
        grads = [None if g is None else next(kept) for g in grads]
        apply(grads, trainable_variables)

    optimizer.apply = guarded
    return optimizer


def describe(model, batches, steps):
    """Where a loss that is not finite comes from, in a sentence.

    Args:
        model: the `keras.Model` as it was before the first such step.
        batches: `TrainingBatches`.
        steps: range of int. The steps among which it happened.

    Returns:
        str. Names the first layer, or else the weights, concerned.
    """
    broken = [
        variable.path
        for variable in model.trainable_variables
        if not _is_finite(variable.value)
    ]
    if broken:
        return (
            f"These weights are no longer finite: {', '.join(broken[:5])}"
            f"{' ...' if len(broken) > 5 else ''}."
        )
    for step in steps:
        x = batches[step][0]
        layer = first_broken_layer(model, x)
        if layer is not None:
            return (
                f"In step {step}, {layer} is the first layer whose output is "
                f"not finite{_about_inputs(x)}."
            )
    largest = max(
        model.trainable_variables,
        key=lambda v: np.abs(ops.convert_to_numpy(v.value)).max(initial=0),
    )
    return (
        "Every layer's output is finite: the loss or its gradient "
        f"overflowed. The largest weight is in {largest.path}."
    )


def first_broken_layer(model, x):
    """The first layer that makes a number that is not finite.

    Args:
        model: `keras.Model`.
        x: what it takes. NaN in the sensors means missing and is no fault.

    Returns:
        str, the layer's path, or `None`.
    """
    found = []
    layers = [
        layer
        for layer in model._flatten_layers(include_self=False)
        if not isinstance(layer, keras.layers.InputLayer)
    ]

    def watch(layer):
        call = layer.call

        def watched(*args, **kwargs):
            outputs = call(*args, **kwargs)
            # Inner layers end before the ones around them.
            if not found and not all(map(_is_finite, _floats(outputs))):
                found.append(layer.path)
            return outputs

        layer.call = watched

    try:
        for layer in layers:
            watch(layer)
        with _without_gradient():
            model(x, training=False)
    finally:
        for layer in layers:
            vars(layer).pop("call", None)
    return found[0] if found else None


def _floats(outputs):
    for leaf in keras.tree.flatten(outputs):
        if ops.is_tensor(leaf) and "float" in keras.backend.standardize_dtype(
            leaf.dtype
        ):
            yield leaf


def _is_finite(tensor):
    finite = ops.all(ops.isfinite(tensor))
    try:
        return bool(finite)
    except Exception as error:
        # Inside a rematerialised block JAX has no values yet; the block's
        # own output is looked at instead.
        if "Tracer" in type(error).__name__:
            return True
        raise


def _about_inputs(x):
    sensors = np.asarray(ops.convert_to_numpy(x["sensors"]))
    count = int(np.isinf(sensors).any(axis=(1, 2)).sum())
    return f"; {count} of its days hold infinite values" if count else ""


def _without_gradient():
    if keras.backend.backend() == "torch":
        import torch

        return torch.no_grad()
    import contextlib

    return contextlib.nullcontext()
