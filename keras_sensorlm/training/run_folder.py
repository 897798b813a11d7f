"""What lies in a run's folder beside its checkpoints."""

import importlib.metadata
import json
import os
import pathlib
import platform
import shutil

import keras

from keras_sensorlm.datasets.card import MARKDOWN_NAME
from keras_sensorlm.version import __version__
from keras_sensorlm.whole_file import PARTIAL
from keras_sensorlm.whole_file import write_whole

_PACKAGES = ("numpy", "keras-hub", "tensorflow", "jax", "torch")
# Enough to say what a run was about, and read in a second.
_DAYS_OF_CARD = 500


def claim(folder, recipe):
    """Writes the recipe, or checks that the folder is this recipe's.

    Args:
        folder: path. Made when it does not exist.
        recipe: `Recipe`.

    Raises:
        ValueError: if the folder holds the run of another recipe.
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for partial in folder.glob(f".*{PARTIAL}"):
        partial.unlink()
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


def describe(folder, source, validation=None):
    """Writes `environment.json` and the data card.

    Args:
        folder: path.
        source: what the run learns from.
        validation: what it is watched on, optional.
    """
    folder = pathlib.Path(folder)
    versions = json.dumps(environment(), indent=1)
    write_whole(folder / "environment.json", versions)
    card = getattr(source, "folder", None)
    card = card and pathlib.Path(card) / MARKDOWN_NAME
    if card and card.exists():
        shutil.copyfile(card, folder / MARKDOWN_NAME)
        return
    parts = [_describe_days("Training", source)]
    if validation is not None:
        parts.append(_describe_days("Validation", validation))
    write_whole(
        folder / MARKDOWN_NAME, "# Data of this run\n\n" + "".join(parts)
    )


def environment():
    """Versions and machine, as plain data."""
    found = {
        "keras_sensorlm": __version__,
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "python": platform.python_version(),
        "machine": platform.platform(),
        "processors": os.cpu_count(),
        "devices": keras.distribution.list_devices()
        if keras.backend.backend() == "jax"
        else None,
    }
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _describe_days(title, source):
    count = min(len(source), _DAYS_OF_CARD)
    # Spread over the source, in which days of a kind may lie together.
    days = [source[i * len(source) // count][0] for i in range(count)]
    people = {day.participant for day in days}
    sources = sorted({day.source or "unknown" for day in days})
    coverage = {}
    for day in days:
        for name, share in day.coverage().items():
            coverage[name] = coverage.get(name, 0.0) + share / count
    lines = [
        f"## {title}\n",
        f"{len(source):,} days. Of {count:,} of them:\n",
        f"- people: {len(people):,}",
        f"- sources: {', '.join(sources)}",
        f"- events: {sum(len(day.events) for day in days):,}\n",
        "| channel | share of minutes observed |",
        "|---|---|",
        *(f"| {name} | {share:.1%} |" for name, share in coverage.items()),
    ]
    return "\n".join(lines) + "\n\n"
