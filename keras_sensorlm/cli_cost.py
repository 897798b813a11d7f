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
            help="Built-in presets. Left out: all of them.",
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
            help="Ask JAX's compiler, too: one device of a made-up mesh, "
            "nothing allocated. Needs KERAS_BACKEND=jax; takes minutes.",
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
    if check:
        _make_up_devices(max(counts))
    from keras_sensorlm.models.presets import PRESETS
    from keras_sensorlm.models.presets import preset_backbone_arguments
    from keras_sensorlm.training.cost import estimate_cost

    if accelerator not in ACCELERATORS:
        raise typer.BadParameter(
            f"Expected one of {', '.join(ACCELERATORS)}. "
            f"Received: {accelerator}",
            param_hint="--accelerator",
        )
    typer.echo(_row(_COLUMNS))
    typer.echo("|---|" + "---:|" * (len(_COLUMNS) - 1))
    for name in presets or PRESETS:
        if name not in PRESETS:
            raise ValueError(
                f"No preset {name!r}. There are: {', '.join(PRESETS)}"
            )
        for count in counts:
            found = estimate_cost(
                preset_backbone_arguments(name),
                batch,
                count,
                length,
                precision,
                remat,
                shard,
                micro_batch=micro_batch,
            )
            typer.echo(_describe(name, found, accelerator, utilisation))
            if check:
                typer.echo(_compiled(name, found, length))


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


def _compiled(name, found, length):
    """A line of the compiler's figures beside ours."""
    import dataclasses

    from keras_sensorlm.training.compiled_cost import compiled_cost
    from keras_sensorlm.training.recipe import Recipe

    recipe = dataclasses.replace(
        Recipe.load(name),
        batch_size=found.batch_size,
        sequence_length=length,
        steps=1,
        examples=None,
        precision=found.precision,
        remat=found.remat,
    )
    told = compiled_cost(recipe, found.devices, found.shard_weights)
    return (
        f"  compiler: {told.flops / 1e12:.4g} TFLOP a step and device (ours "
        f"{found.flops / 1e12:.4g}), weights, moments and batch "
        f"{told.state_bytes / 1e9:.4g} GB (ours without the batch "
        f"{found.state_bytes * 0.75 / 1e9:.4g}), work space "
        f"{told.work_bytes / 1e9:.4g} GB"
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
