"""Checkpoints that are whole or not there at all.

A checkpoint is a folder `step-00000060/` with `state.npz` (every variable of
the model and its optimizer) and `state.json` (step, metrics, recipe, and the
checksum of `state.npz`). It is written under another name, flushed to disk
and renamed, so that a run killed at any moment leaves the last one intact.

Why not Orbax: what it does for one process, a thread of our own does in
thirty lines, with the same format on every backend, a checksum, and no
dependency. Its strength, each process writing its own shards, is not used:
the first process writes all.
"""

import concurrent.futures
import contextlib
import errno
import hashlib
import json
import os
import pathlib
import shutil
import warnings

import ml_dtypes
import numpy as np

_PREFIX = "step-"
_PARTIAL = ".partial-"
_BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
# Disk full, quota used up, file larger than allowed.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class CheckpointWarning(UserWarning):
    """A damaged checkpoint was passed over."""


class FullDiskError(OSError):
    """There is no room for what a run writes."""


class Checkpoints:
    """The checkpoints of one run.

    Args:
        folder: path. Where they lie; made when it does not exist.
        keep: int. How many of the newest are kept. Defaults to `2`, so that
            one is left when the newest turns out damaged.

    Example:

    >>> import tempfile
    >>> import numpy as np
    >>> checkpoints = Checkpoints(tempfile.mkdtemp())
    >>> path = checkpoints.save(3, {"w": np.ones(2)}, {"loss": 0.5})
    >>> step, arrays, extra = checkpoints.latest()
    >>> step, arrays["w"].tolist(), extra["loss"]
    (3, [1.0, 1.0], 0.5)
    """

    def __init__(self, folder, keep=2):
        if keep < 1:
            raise ValueError(
                f"`keep` should be at least 1. Received: keep={keep}"
            )
        self.folder = pathlib.Path(folder)
        self.keep = keep

    def steps(self):
        """Steps of the checkpoints on disk, oldest first, unchecked."""
        names = (path.name for path in self.folder.glob(f"{_PREFIX}*"))
        return sorted(int(name.removeprefix(_PREFIX)) for name in names)

    def save(self, step, arrays, extra=None, pinned=None):
        """Writes a checkpoint and removes the ones too many.

        Args:
            step: int. Optimizer steps done.
            arrays: dict of str to array. The state.
            extra: dict, optional. Anything else that JSON holds.
            pinned: int, optional. A step whose checkpoint is kept beside
                the newest, such as the best one.

        Returns:
            Path of the checkpoint.

        Raises:
            OSError: if it cannot be written; the previous ones are intact.
                A `FullDiskError`, which says so, when the disk is full.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / f"{_PARTIAL}{step}-{os.getpid()}"
        final = self.folder / f"{_PREFIX}{step:08d}"
        try:
            with self.full_disk_told(f"the checkpoint of step {step}"):
                self._write(partial, step, arrays, extra or {})
                # A checkpoint of the same step can only be a damaged one.
                shutil.rmtree(final, ignore_errors=True)
                os.replace(partial, final)
                _flush(self.folder)
        except OSError:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        for old in self.steps()[: -self.keep]:
            if old != pinned:
                shutil.rmtree(self.folder / f"{_PREFIX}{old:08d}")
        return final

    @contextlib.contextmanager
    def full_disk_told(self, what):
        """A context in which a full disk is an error that says what is left.

        Args:
            what: str. What is written in it.

        Raises:
            FullDiskError: instead of the error of the system.
        """
        try:
            yield
        except OSError as error:
            if error.errno not in _FULL or isinstance(error, FullDiskError):
                raise
            kept = self.steps()
            left = (
                f"The last whole checkpoint is of step {kept[-1]}"
                if kept
                else "There is no checkpoint yet"
            )
            raise FullDiskError(
                error.errno,
                f"No space left to write {what} ({self.folder}). {left}. Free "
                "some space and start the run again: it goes on from there.",
            ) from error

    def read(self, step):
        """One checkpoint, as `latest` gives it.

        Raises:
            OSError: if it is not there.
            ValueError: if it is damaged.
        """
        return self._read(self.folder / f"{_PREFIX}{step:08d}")

    def clean_up(self):
        """Removes what a killed run was writing; only one run may be going."""
        for path in self.folder.glob(f"{_PARTIAL}*"):
            shutil.rmtree(path, ignore_errors=True)

    def latest(self):
        """The newest whole checkpoint.

        Returns:
            `(step, arrays, extra)`, or `None` where there is none. A damaged
            one is passed over with a `CheckpointWarning`.
        """
        for step in reversed(self.steps()):
            path = self.folder / f"{_PREFIX}{step:08d}"
            try:
                return self._read(path)
            except (OSError, ValueError, KeyError) as error:
                warnings.warn(
                    f"Checkpoint {path} is damaged ({error}); trying the one "
                    "before it.",
                    CheckpointWarning,
                    stacklevel=2,
                )
        return None

    def _write(self, partial, step, arrays, extra):
        partial.mkdir()
        stored = {
            f"{name}:bfloat16" if _is_bfloat16(array) else name: (
                array.view("uint16") if _is_bfloat16(array) else array
            )
            for name, array in (
                (name, np.asarray(array)) for name, array in arrays.items()
            )
        }
        with open(partial / "state.npz", "wb") as file:
            np.savez(file, **stored)
            file.flush()
            os.fsync(file.fileno())
        meta = {
            "step": int(step),
            "sha256": _checksum(partial / "state.npz"),
            "extra": extra,
        }
        with open(partial / "state.json", "w") as file:
            json.dump(meta, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        _flush(partial)

    def _read(self, path):
        meta = json.loads((path / "state.json").read_text())
        if _checksum(path / "state.npz") != meta["sha256"]:
            raise ValueError("state.npz does not match its checksum")
        arrays = {}
        with np.load(path / "state.npz", allow_pickle=False) as stored:
            for name in stored.files:
                array = stored[name]
                if name.endswith(":bfloat16"):
                    name = name.removesuffix(":bfloat16")
                    array = array.view(_BFLOAT16)
                arrays[name] = array
        return meta["step"], arrays, meta["extra"]


class BackgroundWriter:
    """Writes checkpoints in a thread, one at a time, while training goes on.

    What is to be written must be a copy. A checkpoint that is not written
    yet when the next one comes is waited for, so that one copy at most is
    held; its error is raised then, or at the end.

    Args:
        checkpoints: `Checkpoints`.

    Example:

    >>> import tempfile
    >>> import numpy as np
    >>> checkpoints = Checkpoints(tempfile.mkdtemp())
    >>> with BackgroundWriter(checkpoints) as writer:
    ...     writer.save(1, {"w": np.zeros(2)})
    >>> checkpoints.steps()
    [1]
    """

    def __init__(self, checkpoints):
        self.checkpoints = checkpoints
        self._pool = concurrent.futures.ThreadPoolExecutor(1)
        self._unfinished = None

    def save(self, *args, **kwargs):
        """As `Checkpoints.save`, but returns at once, and nothing."""
        self.wait()
        self._unfinished = self._pool.submit(
            self.checkpoints.save, *args, **kwargs
        )

    def wait(self):
        """Returns when everything is written; raises what went wrong."""
        unfinished, self._unfinished = self._unfinished, None
        if unfinished is not None:
            unfinished.result()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        try:
            self.wait()
        except OSError:
            # What ended the run comes first.
            if kind is None:
                raise
        finally:
            self._pool.shutdown()


def _is_bfloat16(array):
    # NumPy writes ml_dtypes' types as raw bytes and forgets what they were.
    return array.dtype == _BFLOAT16


def _checksum(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(folder):
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
