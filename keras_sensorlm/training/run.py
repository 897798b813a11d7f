"""One training run: from a recipe and days to a preset, resumable."""

import contextlib
import os
import pathlib
import warnings
from collections.abc import Sequence
from typing import Any

import keras

from keras_sensorlm.models.preset import SensorLMPreset
from keras_sensorlm.training import run_folder
from keras_sensorlm.training.batches import TrainingBatches
from keras_sensorlm.training.build import build_preset
from keras_sensorlm.training.build import build_pretrainer
from keras_sensorlm.training.checkpoint import BackgroundWriter
from keras_sensorlm.training.checkpoint import Checkpoints
from keras_sensorlm.training.checkpoint import CheckpointWarning
from keras_sensorlm.training.checks import check_run
from keras_sensorlm.training.distribution import place
from keras_sensorlm.training.keeper import Keeper
from keras_sensorlm.training.pace import Pace
from keras_sensorlm.training.pace import PaceBar
from keras_sensorlm.training.recipe import Recipe
from keras_sensorlm.training.state import restore_state
from keras_sensorlm.training.validation import ValidationPass


def train(
    recipe: Recipe,
    source: Any,
    folder: str | os.PathLike,
    validation: Any = None,
    workers: int = 1,
    verbose: int | str = "auto",
    jit_compile: bool | str = "auto",
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> SensorLMPreset:
    """Trains as a recipe says, or goes on where a run was cut off.

    The folder holds `recipe.yaml`, `environment.json`, `DATA_CARD.md`, the
    history (`history.json`, `history.csv`, `curves.png` where matplotlib is
    installed, `tensorboard/`: the means of every `log_every` steps and what
    validation found), `pace.csv` (speed and wait for data), the checkpoints,
    and in the end `preset/` and, with validation days, `best/`, both of
    which `SensorLMPreset.from_preset` loads. Starting again with the same
    recipe and folder resumes from the last whole checkpoint; the result is
    that of a run that was never cut off.

    Args:
        recipe: `Recipe`.
        source: `DaySource`, or what else `TrainingBatches` takes.
        folder: path. The run's own; made when it does not exist.
        validation: as `source`, optional. Days of other people, on which
            the run is watched as `recipe.validation` says.
        workers: int. Threads that prepare batches. Defaults to `1`.
        verbose: as in `keras.Model.fit`. Defaults to `"auto"`.
        jit_compile: as in `keras.Model.compile`. Defaults to `"auto"`;
            `False` spares short runs on TensorFlow the compilation.
        callbacks: sequence of `keras.callbacks.Callback`, called beside our
            own; an epoch is an interval of `log_every` steps. Defaults to
            none.

    Returns:
        `SensorLMPreset`, trained.

    Raises:
        ValueError: if recipe, preset, data and devices do not go together,
            or the folder holds the run of another recipe.
        FloatingPointError: if the loss is not finite; names the layer.
        OSError: if a checkpoint cannot be written, as on a full disk.
    """
    folder = pathlib.Path(folder)
    with place(recipe, source) as placement:
        keras.utils.set_random_seed(recipe.seed)
        with placement.scope():
            preset = build_preset(recipe)
            check_run(recipe, preset, source, validation)
            pretrainer = build_pretrainer(
                recipe, preset, placement.jit_compile(jit_compile)
            )
        batches = TrainingBatches(
            source,
            preset.preprocessor,
            recipe,
            placement.share_index,
            placement.shares,
        )
        if validation is not None:
            validation = _watched(
                placement, preset, pretrainer, validation, recipe
            )
        if placement.is_chief:
            run_folder.claim(folder, recipe)
            run_folder.describe(
                folder, source, validation and validation.source
            )
        placement.wait()
        checkpoints = Checkpoints(folder / "checkpoints")
        with placement.scope():
            step, progress = _restore(pretrainer, checkpoints, placement)
        pace = Pace(recipe.total_steps, recipe.batch_size, step)
        with (
            checkpoints.full_disk_told("what the run tells of itself"),
            BackgroundWriter(checkpoints) as writer,
            contextlib.closing(
                Keeper(
                    recipe,
                    folder,
                    writer,
                    batches,
                    pace,
                    validation,
                    progress,
                    placement,
                )
            ) as keeper,
        ):
            bar = PaceBar(pace, recipe.log_interval)
            if step < recipe.total_steps:
                _fit(
                    pretrainer,
                    placement.data(
                        lambda: pace.watch(batches.stream(step, workers))
                    ),
                    recipe,
                    step,
                    verbose=verbose if placement.is_chief else 0,
                    callbacks=[keeper, bar, *callbacks],
                )
        placement.wait()
        _finish(folder, preset, pretrainer, checkpoints, keeper)
    return preset


def _watched(placement, preset, pretrainer, validation, recipe):
    """The validation pass, on a model that this process runs alone."""
    beside = placement.beside(preset)
    if beside is not preset:
        with placement.beside_scope():
            pretrainer = build_pretrainer(recipe, beside)
    return ValidationPass(beside, pretrainer, validation, recipe)


def _fit(pretrainer, stream, recipe, step, **options):
    interval = recipe.log_interval
    with warnings.catch_warnings():
        # The last interval may be a shorter one.
        warnings.filterwarnings("ignore", message="Your input ran out of data")
        pretrainer.fit(
            stream,
            epochs=-(-recipe.total_steps // interval),
            initial_epoch=step // interval,
            steps_per_epoch=interval,
            shuffle=False,
            **options,
        )


def _restore(pretrainer, checkpoints, placement):
    """The step and progress to go on from, the weights being in place."""
    pretrainer.optimizer.build(pretrainer.trainable_variables)
    if placement.is_chief:
        checkpoints.clean_up()
    placement.wait()
    found = checkpoints.latest()
    if found is None:
        return 0, {}
    step, arrays, progress = found
    restore_state(pretrainer, arrays)
    return step, progress


def _finish(folder, preset, pretrainer, checkpoints, keeper):
    """Draws the curves, and saves the best weights and the last ones."""
    placement, last = keeper.placement, keeper.recipe.total_steps
    if placement.is_chief:
        keeper.draw()
    # From there rather than the keeper: only the chief's has it.
    best = checkpoints.read(last)[2]["best"]
    for name, step in (("best", best and best["step"]), ("preset", last)):
        if step is None:
            continue
        # From the checkpoint: the run may have been cut off when all its
        # steps were done, and averaged weights are the optimizer's.
        try:
            state = checkpoints.read(step)[1]
        except (OSError, ValueError) as error:
            if name != "best":
                raise
            warnings.warn(
                f"The best checkpoint, of step {step}, cannot be read "
                f"({error}): no {folder / name} is written.",
                CheckpointWarning,
                stacklevel=2,
            )
            continue
        restore_state(pretrainer, state)
        pretrainer.optimizer.finalize_variable_values(
            pretrainer.trainable_variables
        )
        whole = placement.whole(preset)
        if placement.is_chief:
            whole.save_to_preset(folder / name)
        placement.wait()
