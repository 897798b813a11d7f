"""Every large weight of every preset is divided, and divides."""

import keras
import numpy as np
import pytest

from keras_sensorlm.models import SensorLMBackbone
from keras_sensorlm.models.presets import PRESETS
from keras_sensorlm.models.presets import preset_backbone_arguments
from keras_sensorlm.training.distribution.layout import check_divides
from keras_sensorlm.training.distribution.layout import layout_map

# Devices along the two axes of the mesh.
MESHES = [(8, 1), (4, 2), (32, 4), (128, 2)]
# Numbers in a weight that is large.
LARGE = 10_000


def shapes_of(name, **depths):
    """Paths and shapes of a preset's weights, none of which is allocated."""
    with keras.StatelessScope(initialize_variables=False):
        backbone = SensorLMBackbone(**preset_backbone_arguments(name, **depths))
    shapes = {weight.path: tuple(weight.shape) for weight in backbone.weights}
    assert all(weight._value is None for weight in backbone.weights)
    # Forgets that they wait to be allocated.
    keras.utils.clear_session()
    return shapes


def check_layout(shapes, mesh):
    """Numbers that one device of the mesh holds."""
    devices = np.array([f"cpu:{i}" for i in range(np.prod(mesh))])
    mesh = keras.distribution.DeviceMesh(mesh, ("data", "tensor"), devices)
    sizes = dict(zip(mesh.axis_names, mesh.shape))
    layouts, held = layout_map(mesh), 0
    for path, shape in shapes.items():
        layout = layouts[path]
        axes = (None,) * len(shape) if layout is None else layout.axes
        check_divides(path, shape, axes, sizes)
        if np.prod(shape) >= LARGE:
            assert "data" in axes, path
            if "block_" in path or "token_embedding" in path:
                assert "tensor" in axes, path
        held += np.prod(shape) / np.prod([sizes.get(a, 1) for a in axes])
    return held


@pytest.mark.parametrize("name", PRESETS)
def test_every_large_weight_is_divided(name):
    shapes = shapes_of(name, sensor_layers=1, text_layers=1)
    for mesh in MESHES:
        check_layout(shapes, mesh)


@pytest.mark.slow
@pytest.mark.parametrize("name", PRESETS)
def test_at_full_depth_too(name):
    shapes = shapes_of(name)
    total = sum(np.prod(shape) for shape in shapes.values())
    assert total == PRESETS[name][5]
    for mesh in MESHES:
        ideal = total / np.prod(mesh)
        # Vectors are on every device: they weigh in on large meshes.
        vectors = sum(np.prod(s) for s in shapes.values() if len(s) < 2)
        held = check_layout(shapes, mesh)
        assert held <= 1.1 * mesh[1] * ideal + vectors + LARGE


def test_what_does_not_divide_is_named():
    with pytest.raises(ValueError, match=r"mlp/up/kernel: its axis of 128"):
        check_divides("mlp/up/kernel", (128, 512), ("data", None), {"data": 3})
