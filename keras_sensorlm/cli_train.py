"""`keras-sensorlm train`: a recipe and days -> a preset."""

import pathlib
from typing import Annotated

import typer


def train(
    recipe: Annotated[
        str,
        typer.Argument(
            help="A recipe's YAML file, or the name of a built-in one.",
            show_default=False,
        ),
    ],
    input: Annotated[
        list[str],
        typer.Argument(
            help="What `prepare` wrote; or recordings, folders of them, and "
            "simulated:N:SEED for N simulated days, as many as wanted.",
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
    people: Annotated[
        list[str] | None,
        typer.Option(
            "--people",
            help="Only people of these of the library's splits: train, "
            "validation or test; several may be given. Left out: everybody.",
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
    are needed, other days are held in memory. Runs on every device and
    process that was started, unless the recipe's `distribution` says
    otherwise.
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
    source = _source(input, format, settings, people)
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


def _source(inputs, format, settings, people=None):
    """Days and captions: prepared, told anew, or told once and held."""
    from keras_sensorlm.training.batches import DaySource
    from keras_sensorlm.training.live_days import LiveDays

    keys = list(settings.caption_keys)
    if len(inputs) == 1 and not people:
        prepared = _prepared(inputs[0], "train", keys)
        if prepared is not None:
            return prepared
    days = [day for input in inputs for day in _days(input, format)]
    if people:
        from keras_sensorlm.datasets.splits import load_splits

        days = load_splits().select(days, *people)
    if settings.live is not None:
        return LiveDays(days, settings)
    return DaySource(days, keys, settings.seed)


def _validation(validation, inputs, format, settings):
    """The days to watch the run on: those given, or the prepared ones."""
    from keras_sensorlm.training.batches import DaySource

    keys = list(settings.caption_keys)
    if validation is None:
        return _prepared(inputs[0], "validation", keys)
    prepared = _prepared(validation, "validation", keys)
    if prepared is not None:
        return prepared
    return DaySource(_days(validation, format), keys, settings.seed)


def _prepared(input, split, keys):
    """Prepared records of a split, or None where there are none."""
    from keras_sensorlm.datasets import PreparedDays

    try:
        return PreparedDays(input, split=split, keys=keys)
    except FileNotFoundError:
        return None
    except ValueError:
        # A data set without validation days is one that is not watched.
        if split == "validation":
            return None
        raise


def _days(input, format):
    """Days of an input, with the sessions that lie beside recordings."""
    import dataclasses

    from keras_sensorlm.datasets.inputs import SIMULATED
    from keras_sensorlm.datasets.inputs import find_units
    from keras_sensorlm.evaluation.annotations import read_annotations

    units = find_units(input, format)
    days = [day for unit in units for day in unit.read({})[0]]
    if input.startswith(SIMULATED):
        return days
    notes = read_annotations(input)
    return [dataclasses.replace(day, events=notes.events(day)) for day in days]
