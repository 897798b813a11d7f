"""Numbered versions of a model in one folder, each whole or not there."""

import os
import pathlib
import shutil
import uuid
from collections.abc import Callable


def write_version(
    directory: str | os.PathLike, write: Callable[[pathlib.Path], None]
) -> pathlib.Path:
    """Has a folder filled, which becomes the next free version.

    The folder is a hidden one beside the versions and is renamed at once when
    all is written, so that a server that watches `directory` never sees half
    a model. After an error nothing is left of it. Two that write at the same
    time get two numbers.

    Args:
        directory: str or path. The model's folder; made if it does not
            exist. Versions in it are folders named by whole numbers.
        write: callable that takes the path of an empty folder and fills it.

    Returns:
        `pathlib.Path` of the new version.

    Example:

    >>> import tempfile
    >>> directory = tempfile.mkdtemp()
    >>> def write(folder):
    ...     (folder / "model").touch()
    >>> [write_version(directory, write).name for _ in range(2)]
    ['1', '2']
    """
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    aside = directory / f".building-{uuid.uuid4().hex}"
    aside.mkdir()
    try:
        write(aside)
        return _take_number(aside, directory)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _take_number(aside, directory):
    """Renames to the next number; takes another if somebody was faster."""
    while True:
        taken = [int(p.name) for p in directory.iterdir() if _is_version(p)]
        target = directory / str(max(taken, default=0) + 1)
        try:
            # Fails, instead of replacing, where there is a folder with
            # something in it.
            return aside.rename(target)
        except OSError:
            if not target.exists():
                raise


def _is_version(path):
    return path.name.isdecimal()
