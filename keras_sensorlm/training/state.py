"""Every variable of a run as plain arrays, and back."""

import keras
import numpy as np


def state_of(pretrainer):
    """Every variable of a model and its optimizer, by a stable name.

    Seeds of layers that draw random numbers are among them. The arrays are
    copies: training may go on while they are written.

    Args:
        pretrainer: a compiled `keras.Model` whose optimizer is built.

    Returns:
        Dict of str to NumPy array.
    """
    return {
        name: np.array(to_numpy(variable.value))
        for name, variable in _variables(pretrainer)
    }


def restore_state(pretrainer, arrays):
    """Puts `state_of` back.

    Raises:
        ValueError: if a variable is missing, superfluous or of another
            shape; names it.
    """
    variables = dict(_variables(pretrainer))
    if variables.keys() != arrays.keys():
        odd = sorted(variables.keys() ^ arrays.keys())
        raise ValueError(
            "The checkpoint is of another model. Without a partner are: "
            f"{', '.join(odd[:8])}{' ...' if len(odd) > 8 else ''}"
        )
    for name, variable in variables.items():
        if tuple(variable.shape) != arrays[name].shape:
            raise ValueError(
                f"The checkpoint's {name} has shape {arrays[name].shape}, "
                f"the model's {tuple(variable.shape)}."
            )
        variable.assign(arrays[name])


def _variables(pretrainer):
    parts = {
        "model": pretrainer.variables,
        "optimizer": pretrainer.optimizer.variables,
    }
    for part, variables in parts.items():
        for i, variable in enumerate(variables):
            yield f"{part}/{i}/{variable.path}", variable


def to_numpy(value):
    """A variable's whole value, wherever its pieces lie."""
    if getattr(value, "is_fully_addressable", True) or getattr(
        value, "is_fully_replicated", False
    ):
        return keras.ops.convert_to_numpy(value)
    # Pieces on other machines: every process takes part in the gathering.
    from jax.experimental import multihost_utils

    return multihost_utils.process_allgather(value, tiled=True)
