"""One training run: from a recipe and days to a preset, resumable."""

import json
import pathlib
import platform

import keras
import numpy as np

from keras_sensorlm.training.batches import TrainingBatches
from keras_sensorlm.training.build import build_preset
from keras_sensorlm.training.build import build_pretrainer
from keras_sensorlm.training.checkpoint import Checkpoints
from keras_sensorlm.version import __version__


def train(
    recipe,
    source,
    folder,
    log_every=None,
    workers=1,
    verbose="auto",
    jit_compile="auto",
):
    """Trains as a recipe says, or goes on where a run was cut off.

    The folder holds `recipe.yaml`, `environment.json`, `history.json` (the
    means of every `log_every` steps), the checkpoints, and in the end
    `preset/`, which `SensorLMPreset.from_preset` loads. Starting again with
    the same recipe and folder resumes from the last whole checkpoint; the
    result is that of a run that was never cut off.

    Args:
        recipe: `Recipe`.
        source: `DaySource`, or what else `TrainingBatches` takes.
        folder: path. The run's own; made when it does not exist.
        log_every: int, optional. Steps of one line of the history. Defaults
            to a hundredth of the run, at most `checkpoint_every`.
        workers: int. Threads that prepare batches. Defaults to `1`.
        verbose: as in `keras.Model.fit`. Defaults to `"auto"`.
        jit_compile: as in `keras.Model.compile`. Defaults to `"auto"`;
            `False` spares short runs on TensorFlow the compilation.

    Returns:
        `SensorLMPreset`, trained.

    Raises:
        ValueError: if the folder holds the run of another recipe.
        FloatingPointError: if the loss is not finite; names the weights.
    """
    folder = pathlib.Path(folder)
    _claim(folder, recipe)
    keras.utils.set_random_seed(recipe.seed)
    preset = build_preset(recipe)
    pretrainer = build_pretrainer(recipe, preset, jit_compile)
    checkpoints = Checkpoints(folder / "checkpoints")
    step, history = _restore(pretrainer, checkpoints)
    interval = log_every or max(
        1, min(recipe.total_steps // 100, recipe.checkpoint_every)
    )
    batches = TrainingBatches(source, preset.preprocessor, recipe)
    left = recipe.total_steps - step
    if left:
        pretrainer.fit(
            batches.stream(step, workers),
            epochs=-(-recipe.total_steps // interval),
            initial_epoch=step // interval,
            steps_per_epoch=interval,
            verbose=verbose,
            callbacks=[_Keeper(recipe, checkpoints, folder, history, interval)],
        )
    preset.save_to_preset(folder / "preset")
    return preset


class _Keeper(keras.callbacks.Callback):
    """Writes history and checkpoints after each interval of steps."""

    def __init__(self, recipe, checkpoints, folder, history, interval):
        super().__init__()
        self.recipe = recipe
        self.checkpoints = checkpoints
        self.folder = folder
        self.history = history
        self.interval = interval

    def on_epoch_end(self, epoch, logs=None):
        step = min((epoch + 1) * self.interval, self.recipe.total_steps)
        line = {"step": step}
        line |= {name: float(value) for name, value in (logs or {}).items()}
        self.history.append(line)
        if not np.isfinite(line["loss"]):
            raise FloatingPointError(_describe_nan(self.model, step))
        text = json.dumps(self.history, indent=1)
        (self.folder / "history.json").write_text(text)
        before = step - self.interval
        every = self.recipe.checkpoint_every
        if step // every > before // every or step == self.recipe.total_steps:
            self.checkpoints.save(
                step, state_of(self.model), {"history": self.history}
            )


def state_of(pretrainer):
    """Every variable of a model and its optimizer, by a stable name.

    Seeds of layers that draw random numbers are among them.

    Args:
        pretrainer: a compiled `keras.Model` whose optimizer is built.

    Returns:
        Dict of str to NumPy array.
    """
    return {
        name: keras.ops.convert_to_numpy(variable)
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


def _restore(pretrainer, checkpoints):
    pretrainer.optimizer.build(pretrainer.trainable_variables)
    found = checkpoints.latest()
    if found is None:
        return 0, []
    step, arrays, extra = found
    restore_state(pretrainer, arrays)
    return step, extra["history"]


def _claim(folder, recipe):
    """Writes the recipe, or checks that the folder is this recipe's."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "recipe.yaml"
    if path.exists():
        other = type(recipe).load(path)
        if other != recipe:
            ours, theirs = recipe.to_dict(), other.to_dict()
            differ = [key for key in ours if ours[key] != theirs[key]]
            raise ValueError(
                f"{folder} holds a run of another recipe; they differ in "
                f"{', '.join(differ)}. Choose another folder, or give the "
                "recipe there to resume its run."
            )
    recipe.save(path)
    environment = {
        "keras_sensorlm": __version__,
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "python": platform.python_version(),
        "machine": platform.platform(),
        "numpy": np.__version__,
    }
    text = json.dumps(environment, indent=1)
    (folder / "environment.json").write_text(text)


def _describe_nan(model, step):
    broken = [
        variable.path
        for variable in model.trainable_variables
        if not np.isfinite(keras.ops.convert_to_numpy(variable)).all()
    ]
    where = (
        f"These weights are no longer finite: {', '.join(broken[:5])}"
        f"{' ...' if len(broken) > 5 else ''}."
        if broken
        else "All weights are still finite: the data or the loss overflowed."
    )
    return (
        f"The loss is not finite in the steps up to {step}. {where} Lower "
        "the learning rate or lengthen the warm-up; the last checkpoint is "
        "from before."
    )
