"""The history of a run as CSV and for TensorBoard."""

import contextlib
import csv
import errno
import io
import pathlib
import time

from keras_sensorlm.whole_file import write_whole

VALIDATION = "validation_"


def write_csv(history, path):
    """Writes the lines of a history, one column a figure.

    Args:
        history: list of dict. Not every line has every figure.
        path: path.
    """
    names = list(dict.fromkeys(name for line in history for name in line))
    file = io.StringIO()
    writer = csv.DictWriter(file, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(history)
    write_whole(path, file.getvalue())


class EventFile:
    """A file that TensorBoard reads, with nothing but TensorFlow's core.

    A run that goes on writes its history anew: the lines after the last
    checkpoint, which it is about to repeat, would be there twice otherwise.

    Args:
        folder: path. Older event files in it are removed.
        history: list of dict. The lines so far.
    """

    def __init__(self, folder, history=()):
        import tensorflow as tf

        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.tfevents.*"):
            old.unlink()
        self._full = tf.errors.ResourceExhaustedError
        self._event = tf.compat.v1.Event
        self._summary = tf.compat.v1.Summary
        path = folder / f"events.out.tfevents.{time.time_ns()}.keras_sensorlm"
        self._writer = tf.io.TFRecordWriter(str(path))
        self._write(file_version="brain.Event:2")
        for line in history:
            self.add(line)

    def add(self, line):
        """Writes one line: figures of training and of validation."""
        values = []
        for name, value in line.items():
            if name == "step":
                continue
            kind = "train"
            if name.startswith(VALIDATION):
                kind, name = "validation", name.removeprefix(VALIDATION)
            values.append(
                self._summary.Value(tag=f"{kind}/{name}", simple_value=value)
            )
        self._write(step=line["step"], summary=self._summary(value=values))
        with self._full_disk_told():
            self._writer.flush()

    def close(self):
        """Ends the file."""
        with self._full_disk_told():
            self._writer.close()

    @contextlib.contextmanager
    def _full_disk_told(self):
        try:
            yield
        except self._full as error:
            raise OSError(errno.ENOSPC, str(error)) from error

    def _write(self, **fields):
        event = self._event(wall_time=time.time(), **fields)
        self._writer.write(event.SerializeToString())
