"""`keras-sensorlm train`: a recipe and days -> a preset."""

import pathlib
from typing import Annotated

import typer

_SIMULATED = "simulated:"


def train(
    recipe: Annotated[
        str,
        typer.Argument(
            help="A recipe's YAML file, or the name of a built-in one.",
            show_default=False,
        ),
    ],
    input: Annotated[
        str,
        typer.Argument(
            help="What `prepare` wrote, a recording, a folder of "
            "recordings, or simulated:N:SEED for N simulated days.",
            show_default=False,
        ),
    ],
    out: Annotated[
        pathlib.Path,
        typer.Option(
            "--out",
            "-o",
            help="The run's folder; the same folder again resumes.",
            show_default=False,
        ),
    ],
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            help="How INPUT is laid out; guessed where left out.",
            show_default=False,
        ),
    ] = None,
    validation: Annotated[
        str | None,
        typer.Option(
            "--validation",
            help="Days to watch the run on, given as INPUT is; of other "
            "people. What `prepare` wrote brings its own.",
            show_default=False,
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            min=1, help="Instead of the recipe's length.", show_default=False
        ),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1, help="Instead of the recipe's.", show_default=False
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, help="Threads that prepare batches.")
    ] = 1,
):
    """Trains a model as a recipe says; resumes where a run was cut off.

    OUT then holds recipe.yaml, environment.json, DATA_CARD.md, the history
    (JSON, CSV, curves.png, tensorboard/), the checkpoints, and preset/ and
    best/ for SensorLMPreset.from_preset. Prepared records are read as they
    are needed, other days are held in memory; runs on one device.
    """
    import dataclasses
    import sys

    from keras_sensorlm.training.recipe import Recipe
    from keras_sensorlm.training.run import train as run

    settings = Recipe.load(recipe)
    if steps is not None:
        settings = dataclasses.replace(settings, steps=steps, examples=None)
    if batch_size is not None:
        settings = dataclasses.replace(settings, batch_size=batch_size)
    source = _source(input, format, settings)
    watched = _validation(validation, input, format, settings)
    typer.echo(
        f"{len(source)} days, {settings.total_steps} steps of "
        f"{settings.batch_size}, into {out}"
    )
    run(
        settings,
        source,
        out,
        watched,
        workers=workers,
        # A log file gets a line an interval instead of a moving bar.
        verbose=1 if sys.stdout.isatty() else 2,
    )
    typer.echo(f"The trained preset lies in {out / 'preset'}")


def _source(input, format, settings, split="train"):
    """Days and captions, prepared or to be held in memory."""
    from keras_sensorlm.datasets import PreparedDays
    from keras_sensorlm.training.batches import DaySource

    keys = list(settings.caption_keys)
    try:
        return PreparedDays(input, split=split, keys=keys)
    except FileNotFoundError:
        return DaySource(_days(input, format), keys, settings.seed)


def _validation(validation, input, format, settings):
    """The days to watch the run on: those given, or the prepared ones."""
    if validation is not None:
        return _source(validation, format, settings, split="validation")
    from keras_sensorlm.datasets import PreparedDays

    keys = list(settings.caption_keys)
    try:
        return PreparedDays(input, split="validation", keys=keys)
    except (FileNotFoundError, ValueError):
        return None


def _days(input, format):
    if not input.startswith(_SIMULATED):
        from keras_sensorlm.sensors.readers import read_days

        return read_days(input, format)
    from keras_sensorlm.sensors.simulator import simulate_days

    try:
        count, seed = map(int, input.removeprefix(_SIMULATED).split(":"))
    except ValueError:
        raise typer.BadParameter(
            f"Expected simulated:N:SEED, such as simulated:2000:0. "
            f"Received: {input}"
        ) from None
    return simulate_days(count, seed)
