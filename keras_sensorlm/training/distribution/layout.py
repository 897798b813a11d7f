"""Which axis of the mesh divides which axis of which weight."""

import keras

# Axes of the mesh: `DATA` divides the batch, and the weights as in FSDP;
# `TENSOR` divides matrix products as Megatron-LM does (arXiv 1909.08053).
DATA, TENSOR = "data", "tensor"

# Of the first product the columns, of the second the rows: what lies between
# the two, heads or hidden units, is then never brought together.
_LAYOUTS = {
    r"(.*/)?(query|key|value)/kernel": (DATA, TENSOR),
    r"(.*/)?attention_output/kernel": (TENSOR, DATA),
    r"(.*/)?mlp/(up|gate)/kernel": (DATA, TENSOR),
    r"(.*/)?mlp/down/kernel": (TENSOR, DATA),
    r"(.*/)?token_embedding/embeddings": (TENSOR, DATA),
    r"(.*/)?projection/kernel": (DATA, TENSOR),
    r"(.*/)?(position|missing)_embedding": (None, DATA),
    r"(.*/)?patch_embedding/values/kernel": (None, DATA),
    r"(.*/)?caption_pooler/queries": (None, DATA),
}


def layout_map(mesh):
    """How the weights of a backbone are divided.

    Biases, norms and other vectors are on every device.

    Args:
        mesh: `keras.distribution.DeviceMesh` with the axes `"data"` and
            `"tensor"`.

    Returns:
        `keras.distribution.LayoutMap`.
    """
    layouts = keras.distribution.LayoutMap(mesh)
    for path, axes in _LAYOUTS.items():
        layouts[path] = axes
    return layouts


class ShardedModel(keras.distribution.ModelParallel):
    """`ModelParallel` that says which weight a mesh does not divide."""

    def get_variable_layout(self, variable):
        layout = super().get_variable_layout(variable)
        check_divides(variable.path, variable.shape, layout.axes, self.sizes)
        return layout

    @property
    def sizes(self):
        """Number of devices along each axis of the mesh."""
        return dict(zip(self.device_mesh.axis_names, self.device_mesh.shape))


def check_divides(path, shape, axes, sizes):
    """Raises a `ValueError` where a mesh does not divide a weight.

    Args:
        path: str. The weight's.
        shape: tuple of int.
        axes: tuple of str or None. The mesh's axis for each of the weight's.
        sizes: dict of str to int. Devices along each axis.

    Example:

    >>> check_divides("mlp/up/kernel", (128, 512), ("data", None), {"data": 8})
    """
    for length, axis in zip(shape, axes):
        if axis is not None and length % sizes[axis]:
            raise ValueError(
                f"The mesh does not divide the weight {path}: its axis of "
                f"{length} should divide by the {sizes[axis]} devices of the "
                f"axis {axis!r}. Received: shape={tuple(shape)}, mesh={sizes}. "
                "Change `distribution.devices` or `distribution.tensor`."
            )
