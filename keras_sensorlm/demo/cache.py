"""Where the demo keeps the model that it trained, and how it gets there."""

import json
import os
import pathlib
import shutil
import sys
import tempfile

_VARIABLE = "KERAS_SENSORLM_CACHE"
_NOTES = "demo.json"


def cache_folder():
    """The folder in which this library keeps what it can make again.

    `$KERAS_SENSORLM_CACHE`, or else the platform's own place for caches.

    Returns:
        `pathlib.Path`; it may not exist yet.
    """
    chosen = os.environ.get(_VARIABLE)
    if chosen:
        return pathlib.Path(chosen).expanduser()
    home = pathlib.Path.home()
    if sys.platform == "darwin":
        base = home / "Library" / "Caches"
    elif sys.platform == "win32":
        base = pathlib.Path(
            os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")
        )
    else:
        base = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "keras-sensorlm"


def find(key):
    """The kept model of a recipe, if there is one.

    Args:
        key: str. Names the recipe and the version that trained it.

    Returns:
        (`pathlib.Path`, dict) of the preset's folder and what was noted
        when it was trained, or None.
    """
    folder = cache_folder() / key
    try:
        notes = json.loads((folder / _NOTES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return folder, notes


def keep(key, save, notes):
    """Keeps a model, whole or not at all.

    It is written beside its place and moved there in one step, so that a
    demo that is stopped, or two that run at once, leave nothing half done.

    Args:
        key: str. Names the recipe and the version.
        save: callable. Is given a folder, and saves a preset in it.
        notes: dict. What to remember about the training; JSON.

    Returns:
        `pathlib.Path` of the preset's folder.

    Raises:
        OSError: if the cache folder cannot be written; the message names
            the variable that moves it.
    """
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = pathlib.Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    except OSError as error:
        raise OSError(
            f"The trained model cannot be kept in {folder}: {error}. Set "
            f"{_VARIABLE} to a folder that can be written."
        ) from None
    try:
        save(str(partial))
        # Written last: its presence says that the rest is complete.
        text = json.dumps(notes, indent=1, sort_keys=True)
        (partial / _NOTES).write_text(text, encoding="utf-8")
        target = folder / key
        _replace(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _replace(partial, target):
    try:
        os.replace(partial, target)
    except OSError:  # a folder that holds files is not replaced: step aside
        old = pathlib.Path(tempfile.mkdtemp(prefix=".old-", dir=target.parent))
        try:
            os.replace(target, old / target.name)
            os.replace(partial, target)
        finally:
            shutil.rmtree(old, ignore_errors=True)
