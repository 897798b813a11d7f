"""How fast a run goes, and how long it will take."""

import csv
import pathlib
import time

import keras

_COLUMNS = ("step", "seconds", "days_per_second", "input_wait")


class Pace:
    """Measures steps and the wait for their data.

    Args:
        total_steps: int. Of the run.
        batch_size: int. Days of a step.
        step: int. Steps done before. Defaults to `0`.
    """

    def __init__(self, total_steps, batch_size, step=0):
        self.total_steps = total_steps
        self.batch_size = batch_size
        self.start(step)

    def start(self, step):
        """Begins an interval: what was between (validation) is left out."""
        self.first_step = step
        self._began = time.perf_counter()
        self._waited = 0.0

    def watch(self, batches):
        """Hands batches through; what they are waited for is counted."""
        batches = iter(batches)
        while True:
            asked = time.perf_counter()
            try:
                batch = next(batches)
            except StopIteration:
                return
            self._waited += time.perf_counter() - asked
            yield batch

    def figures(self, step):
        """What was measured since `start`.

        Args:
            step: int. Steps done.

        Returns:
            Dict with `"seconds"`, `"days_per_second"` and `"input_wait"`,
            the share of the time that was spent waiting for data.
        """
        seconds = time.perf_counter() - self._began
        days = (step - self.first_step) * self.batch_size
        return {
            "seconds": seconds,
            "days_per_second": days / max(seconds, 1e-9),
            "input_wait": self._waited / max(seconds, 1e-9),
        }

    def minutes_left(self, step):
        """Minutes to the end of the run at the pace of this interval."""
        rate = self.figures(step)["days_per_second"] / self.batch_size
        return (self.total_steps - step) / max(rate, 1e-9) / 60

    def record(self, step, path):
        """Appends what was measured to a CSV file.

        It is kept apart from the history, which a run that was cut off and
        resumed repeats to the bit.
        """
        path = pathlib.Path(path)
        new = not path.exists()
        with open(path, "a", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if new:
                writer.writerow(_COLUMNS)
            values = self.figures(step).values()
            writer.writerow([step, *(f"{value:.4g}" for value in values)])


class PaceBar(keras.callbacks.ProgbarLogger):
    """The Keras progress bar with days a second and the time left.

    Args:
        pace: `Pace`.
        interval: int. Steps of a bar.
    """

    # As the bar that it stands for, it needs no value before the next step.
    async_safe = True

    def __init__(self, pace, interval):
        super().__init__()
        self.pace = pace
        self.interval = interval
        self._shown = {}

    def on_epoch_begin(self, epoch, logs=None):
        first = epoch * self.interval
        last = min(first + self.interval, self.pace.total_steps)
        self.target = last - first
        if self.verbose:
            print(f"Steps {first + 1} to {last} of {self.pace.total_steps}")
        # Else it prints the number of an interval that it calls an epoch.
        self.epochs = 1
        super().on_epoch_begin(epoch, logs)

    def on_train_batch_end(self, batch, logs=None):
        step = self.pace.first_step + batch + 1
        self._shown = {
            "days_per_second": self.pace.figures(step)["days_per_second"],
            "minutes_left": self.pace.minutes_left(step),
        }
        super().on_train_batch_end(batch, {**(logs or {}), **self._shown})

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, {**(logs or {}), **self._shown})
