"""What a run writes down after each interval of steps."""

import json
import pathlib

import keras
import numpy as np

from keras_sensorlm.training import finite
from keras_sensorlm.training.logs import VALIDATION
from keras_sensorlm.training.logs import EventFile
from keras_sensorlm.training.logs import write_csv
from keras_sensorlm.training.state import state_of
from keras_sensorlm.training.validation import is_better
from keras_sensorlm.visualization.curves import plot_curves
from keras_sensorlm.whole_file import write_whole


class Keeper(keras.callbacks.Callback):
    """Writes history, curves and checkpoints; looks at validation days.

    Args:
        recipe: `Recipe`.
        folder: path. The run's.
        writer: `BackgroundWriter`.
        batches: `TrainingBatches`, to find what was not finite.
        pace: `Pace`.
        validation: `ValidationPass`, optional.
        progress: dict, from the last checkpoint: `"history"` and `"best"`.
        placement: `Placement`. Of several processes its chief alone writes
            and validates; the others help it to gather the weights.
    """

    def __init__(
        self,
        recipe,
        folder,
        writer,
        batches,
        pace,
        validation,
        progress,
        placement,
    ):
        super().__init__()
        self.recipe = recipe
        self.folder = pathlib.Path(folder)
        self.writer = writer
        self.batches = batches
        self.pace = pace
        self.validation = validation
        self.history = progress.get("history", [])
        self.best = progress.get("best")
        self.placement = placement
        self._events = None
        if placement.is_chief:
            self._events = EventFile(self.folder / "tensorboard", self.history)

    def on_epoch_begin(self, epoch, logs=None):
        self.pace.start(epoch * self.recipe.log_interval)

    def on_epoch_end(self, epoch, logs=None):
        interval = self.recipe.log_interval
        before = epoch * interval
        step = min(before + interval, self.recipe.total_steps)
        line = {"step": step}
        line |= {name: float(value) for name, value in (logs or {}).items()}
        line["learning_rate"] = float(
            keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)
        )
        if not np.isfinite(line["loss"]):
            self._stop(range(before, step))
        validates = self.validation and self._is_due(
            self.recipe.validation.every, before, step
        )
        saves = self._is_due(self.recipe.checkpoint_every, before, step)
        if self.placement.is_chief:
            self.pace.record(step, self.folder / "pace.csv")
        if validates:
            with self.placement.apart(self.model, self.validation.pretrainer):
                if self.placement.is_chief:
                    line |= self._validate(step)
                    self.draw()
        self.history.append(line)
        # In all processes alike, whether or not it is the best so far.
        state = state_of(self.model) if validates or saves else None
        if not self.placement.is_chief:
            return
        self._events.add(line)
        if saves or (self.best and self.best["step"] == step):
            self._save(step, state)
        self._write_history()

    def close(self):
        """Ends the file that TensorBoard reads."""
        if self._events is not None:
            self._events.close()

    def _save(self, step, state):
        """Has a checkpoint written."""
        progress = {"history": list(self.history), "best": self.best}
        self.writer.save(
            step,
            state,
            {**progress, "recipe": self.recipe.to_dict()},
            pinned=self.best and self.best["step"],
        )

    def draw(self):
        """Draws the curves, where matplotlib is installed."""
        if not self.history:
            return
        try:
            plot_curves(self.history, self.folder / "curves.png")
        except ImportError:
            # The figures are there as CSV; a run needs no pictures.
            return

    def _is_due(self, every, before, step):
        return step // every > before // every or (
            step == self.recipe.total_steps
        )

    def _validate(self, step):
        figures = self.validation.figures()
        name = self.recipe.validation.best
        if name not in figures:
            raise ValueError(
                f"`validation.best` is {name!r}, which this model and these "
                f"days do not have. They have: {', '.join(figures)}"
            )
        value = figures[name]
        if is_better(name, value, self.best and self.best["value"]):
            self.best = {"name": name, "value": value, "step": step}
        return {f"{VALIDATION}{k}": v for k, v in figures.items()}

    def _write_history(self):
        text = json.dumps(self.history, indent=1)
        write_whole(self.folder / "history.json", text)
        write_csv(self.history, self.folder / "history.csv")

    def _stop(self, steps):
        where = finite.describe(self.model, self.batches, steps)
        raise FloatingPointError(
            f"The loss is not finite in the steps up to {steps[-1] + 1}. "
            f"{where} Look at the data of these steps, lower the learning "
            "rate or lengthen the warm-up; the last checkpoint is from before."
        )
