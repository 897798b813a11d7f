"""`keras-sensorlm cost`: what training a preset takes, on paper."""

from typing import Annotated

import typer

# Peak FLOP/s of matrix products in bfloat16 (dense) and memory in bytes, from
# the makers' data sheets.
ACCELERATORS = {
    "a100": (312e12, 80e9),
    "h100": (989e12, 80e9),
    "h200": (989e12, 141e9),
    "tpu-v5e": (197e12, 16e9),
    "tpu-v5p": (459e12, 95e9),
}
_COLUMNS = (
    "preset",
    "parameters",
    "devices",
    "batch",
    "TFLOP a step and device",
    "state, GB",
    "activations, GB",
    "fits",
    "days a second",
    "run of 50 M days",
)
_RUN = 50e6


def cost(
    presets: Annotated[
        list[str] | None,
        typer.Argument(
            help="Built-in presets, or recipes (YAML files or built-in "
            "names). Left out: all presets.",
            show_default=False,
        ),
    ] = None,
    batch: Annotated[
        int, typer.Option(min=1, help="Days of a step, over all devices.")
    ] = 1024,
    devices: Annotated[
        str, typer.Option(help="How many devices; several with commas.")
    ] = "1,8,64,256",
    accelerator: Annotated[
        str,
        typer.Option(help=f"One of {', '.join(ACCELERATORS)}."),
    ] = "h100",
    utilisation: Annotated[
        float,
        typer.Option(
            min=0.01, max=1.0, help="Share of the peak that is reached."
        ),
    ] = 0.4,
    length: Annotated[
        int, typer.Option(min=3, help="Tokens of a caption.")
    ] = 256,
    precision: Annotated[
        str, typer.Option(help="float32 or mixed_bfloat16.")
    ] = "mixed_bfloat16",
    remat: Annotated[
        bool, typer.Option(help="Compute blocks again instead of keeping them.")
    ] = True,
    shard: Annotated[
        bool, typer.Option(help="Spread weights and moments over devices.")
    ] = True,
    micro_batch: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Days in memory at once, over all devices; left out: all.",
            show_default=False,
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Ask JAX's compiler for FLOPs and state, too: a step over the "
            "most DEVICES, made up, is lowered ahead of time. Needs "
            "KERAS_BACKEND=jax; about half a minute a preset.",
        ),
    ] = False,
    check_memory: Annotated[
        bool,
        typer.Option(
            "--check-memory",
            help="As --check, and have the step compiled for the memory that "
            "it needs; takes minutes.",
        ),
    ] = False,
):
    """Parameters, FLOPs, memory and speed of training, nothing allocated.

    Counts what the layers of a preset hold and multiply in one step of the
    given batch. Days a second are the device's peak times UTILISATION: an
    assumption, not a measurement. Memory is state (weights, gradients, two
    moments) and what the backward pass needs; work space comes on top.
    Prints a Markdown table.
    """
    counts = _counts(devices)
    if check or check_memory:
        _make_up_devices(max(counts))
    from keras_sensorlm.models.presets import PRESETS
    from keras_sensorlm.training.cost import estimate_cost

    if accelerator not in ACCELERATORS:
        raise typer.BadParameter(
            f"Expected one of {', '.join(ACCELERATORS)}. "
            f"Received: {accelerator}",
            param_hint="--accelerator",
        )
    typer.echo(_row(_COLUMNS))
    typer.echo("|---|" + "---:|" * (len(_COLUMNS) - 1))
    settings = (length, precision, remat, shard)
    for name in presets or PRESETS:
        arguments = _backbone_arguments(name)
        for count in counts:
            found = estimate_cost(
                arguments, batch, count, *settings, micro_batch=micro_batch
            )
            typer.echo(_describe(name, found, accelerator, utilisation))
        if check or check_memory:
            # Whole matrices of attention weights, as the compiler's step.
            found = estimate_cost(
                arguments, batch, max(counts), *settings, dense_attention=True
            )
            typer.echo(_compiled(name, found, length, check_memory))


def _backbone_arguments(name):
    """The settings of a preset's or a recipe's backbone."""
    from keras_sensorlm.models.presets import PRESETS
    from keras_sensorlm.models.presets import preset_backbone_arguments

    if name in PRESETS:
        return preset_backbone_arguments(name)
    from keras_sensorlm.training.build import abstract_backbone
    from keras_sensorlm.training.recipe import Recipe

    backbone, arguments = abstract_backbone(Recipe.load(name))
    _tell_of_uncounted(name, arguments, backbone.count_params())
    return arguments


def _tell_of_uncounted(name, arguments, held):
    """Says so where a backbone has layers that are not counted."""
    from keras_sensorlm.training.cost import estimate_cost

    counted = estimate_cost(arguments, batch_size=1).parameters
    if counted != held:
        typer.echo(
            f"{name} has {held:,} weights, of which the table counts "
            f"{counted:,}: it does not know all of its layers.",
            err=True,
        )


def _counts(devices):
    try:
        return [int(count) for count in devices.split(",")]
    except ValueError:
        raise typer.BadParameter(
            f"Expected numbers with commas between them. Received: {devices}",
            param_hint="--devices",
        ) from None


def _describe(name, found, accelerator, utilisation):
    peak, memory = ACCELERATORS[accelerator]
    rate = found.days_per_second(peak, utilisation)
    return _row(
        (
            name,
            f"{found.parameters / 1e6:,.1f} M",
            found.devices,
            f"{found.batch_size:,}",
            _number(found.flops / 1e12),
            _number(found.state_bytes / 1e9),
            _number(found.activation_bytes / 1e9),
            "yes" if found.memory_bytes < memory else "no",
            _number(rate),
            _duration(_RUN / rate),
        )
    )


def _compiled(name, found, length, memory):
    """A line of the compiler's figures beside ours."""
    import dataclasses
    import time

    from keras_sensorlm.training.compiled_cost import compiled_cost
    from keras_sensorlm.training.recipe import Recipe

    recipe = dataclasses.replace(
        Recipe.load(name),
        batch_size=found.batch_size,
        micro_batch=None,
        sequence_length=length,
        steps=1,
        examples=None,
        precision=found.precision,
        remat=found.remat,
    )
    work = "Lowering and compiling" if memory else "Lowering"
    typer.echo(
        f"{work} a step of {name} for {found.devices} made-up devices, "
        f"started at {time.strftime('%H:%M:%S')} ...",
        err=True,
    )
    told = compiled_cost(recipe, found.devices, found.shard_weights, memory)
    # Gradients are no state to the compiler: they come and go in a step.
    gradients = found.state_bytes / 4
    line = (
        f"  compiler, {found.devices} devices: {_number(told.flops / 1e12)} "
        f"TFLOP a step and device (ours {_number(found.flops / 1e12)}), "
        f"weights, moments and batch {_number(told.state_bytes / 1e9)} GB "
        "(ours without the batch "
        f"{_number((found.state_bytes - gradients) / 1e9)})"
    )
    if not memory:
        return line
    work = (found.activation_bytes + gradients) / 1e9
    return (
        f"{line}, beside them {_number(told.work_bytes / 1e9)} GB (ours: "
        f"activations and gradients {_number(work)})"
    )


def _make_up_devices(count):
    """Before JAX is loaded: a CPU stands for many devices."""
    import os

    flag = f"--xla_force_host_platform_device_count={count}"
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {flag}"


def _number(value):
    """Three digits that count, without an exponent."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if rounded >= 100 else f"{rounded:g}"


def _duration(seconds):
    hours = seconds / 3600
    if hours >= 48:
        return f"{_number(hours / 24)} days"
    return f"{_number(hours)} h" if hours >= 1 else f"{60 * hours:.0f} min"


def _row(cells):
    return f"| {' | '.join(map(str, cells))} |"
