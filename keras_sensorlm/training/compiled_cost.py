"""What JAX's compiler says a training step costs, nothing being allocated.

The step is lowered ahead of time with shapes in place of arrays, on as many
devices as JAX has; on a CPU they can be made up
(`XLA_FLAGS=--xla_force_host_platform_device_count=8`). Work and state are
known then. How much memory is held beside the state follows from the
program alone that the compiler makes of it, which takes much longer.
"""

import dataclasses
import math

import keras
import numpy as np

from keras_sensorlm.models.layers.attention_math import whole_attention
from keras_sensorlm.models.preset import SensorLMPreset
from keras_sensorlm.training.build import abstract_backbone
from keras_sensorlm.training.build import build_pretrainer

# Less care for a program that never runs; its memory is planned all the same.
_QUICKLY = {
    "xla_backend_optimization_level": 0,
    "xla_llvm_disable_expensive_passes": True,
}


@dataclasses.dataclass(frozen=True)
class CompiledCost:
    """The compiler's figures for one device.

    Attributes:
        flops: float. Of a step, element by element work included.
        state_bytes: int. Weights, moments and the batch.
        work_bytes: int or None. The most that is held beside them:
            activations, gradients, intermediate results.
    """

    flops: float
    state_bytes: int
    work_bytes: int | None = None


def compiled_cost(recipe, devices=1, shard_weights=False, memory=True):
    """Lowers a recipe's training step and reads what it costs.

    Attention is one product of matrices, as on accelerators, not the blocks
    that JAX computes on a CPU.

    Args:
        recipe: `Recipe`.
        devices: int. Over how many the batch is spread. Defaults to `1`.
        shard_weights: bool. Whether weights and moments are spread over
            them, too. Defaults to `False`.
        memory: bool. Whether to compile the step, too, for `work_bytes`.
            Defaults to `True`.

    Returns:
        `CompiledCost`.

    Raises:
        ValueError: if the backend is not JAX, or it has fewer devices.
    """
    if keras.backend.backend() != "jax":
        raise ValueError(
            "Only JAX tells what a step costs without running it. Set "
            "KERAS_BACKEND=jax. Received: backend="
            f"{keras.backend.backend()!r}"
        )
    import jax

    if len(jax.devices()) < devices:
        raise ValueError(
            f"JAX has {len(jax.devices())} devices. Received: "
            f"devices={devices}. To make some up on a CPU, set XLA_FLAGS="
            f"--xla_force_host_platform_device_count={devices}"
        )
    pretrainer = abstract_pretrainer(recipe)
    mesh = jax.sharding.Mesh(np.array(jax.devices()[:devices]), ("batch",))
    state = tuple(
        [_abstract(mesh, v.shape, v.dtype, shard_weights) for v in variables]
        for variables in (
            pretrainer.trainable_variables,
            pretrainer.non_trainable_variables,
            pretrainer.optimizer.variables,
            pretrainer.metrics_variables,
        )
    )
    step = jax.jit(
        pretrainer.train_step,
        donate_argnums=0,
        # As it came: else the compiler may spread what we did not.
        out_shardings=(
            None,
            jax.tree.map(lambda leaf: leaf.sharding, state),
        ),
    )
    inputs = state, _batch(recipe, pretrainer, mesh)
    with whole_attention():
        lowered = step.lower(*inputs)
    # Of all devices together, as nothing is divided yet.
    flops = lowered.cost_analysis()["flops"] / devices
    held = sum(map(_bytes_on_a_device, jax.tree.leaves(inputs)))
    if not memory:
        return CompiledCost(flops, held)
    compiled = lowered.compile(compiler_options=_QUICKLY).memory_analysis()
    return CompiledCost(
        flops, compiled.argument_size_in_bytes, compiled.temp_size_in_bytes
    )


def _bytes_on_a_device(leaf):
    shape = leaf.sharding.shard_shape(leaf.shape)
    return math.prod(shape) * np.dtype(leaf.dtype).itemsize


def abstract_pretrainer(recipe):
    """A compiled pretrainer whose variables have shapes and no values.

    Under the JAX backend. Only `stateless_call` and what is built on it can
    be used.
    """
    backbone, _ = abstract_backbone(recipe)
    pretrainer = build_pretrainer(recipe, SensorLMPreset(backbone, None))
    with keras.StatelessScope(initialize_variables=False):
        pretrainer.optimizer.build(pretrainer.trainable_variables)
    # Keras would make up for the values at the end of the next scope.
    keras.utils.clear_session()
    return pretrainer


def _batch(recipe, pretrainer, mesh):
    import jax

    size, length = recipe.batch_size, recipe.sequence_length
    encoder = pretrainer.backbone.sensor_encoder
    shapes = {
        "sensors": (
            (size, encoder.num_minutes, len(encoder.features)),
            "float32",
        ),
        "token_ids": ((size, length), "int32"),
        "padding_mask": ((size, length), "int32"),
    }
    spread = jax.sharding.NamedSharding(
        mesh, jax.sharding.PartitionSpec("batch")
    )
    inputs = {
        name: jax.ShapeDtypeStruct(shape, dtype, sharding=spread)
        for name, (shape, dtype) in shapes.items()
    }
    return inputs, jax.ShapeDtypeStruct((size,), "bool", sharding=spread)


def _abstract(mesh, shape, dtype, shard):
    """A variable's shape, its largest axis spread where that goes evenly."""
    import jax

    spec = [None] * len(shape)
    if shard:
        for axis in sorted(range(len(shape)), key=lambda i: -shape[i]):
            if shape[axis] % mesh.size == 0:
                spec[axis] = "batch"
                break
    sharding = jax.sharding.NamedSharding(
        mesh, jax.sharding.PartitionSpec(*spec)
    )
    return jax.ShapeDtypeStruct(tuple(shape), dtype, sharding=sharding)
