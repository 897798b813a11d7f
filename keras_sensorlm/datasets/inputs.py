"""What there is to prepare: recordings or simulated days, in small units.

A unit is what one worker reads at once and what is left out if it cannot be
read: one person's folder, one table, one zip, or some simulated days. Units
are gathered into groups, each of which one worker turns into shards.
"""

import dataclasses
import hashlib
import os
import pathlib

from keras_sensorlm.sensors.readers import FORMATS
from keras_sensorlm.sensors.readers import ReadReport
from keras_sensorlm.sensors.readers import empatica_e4
from keras_sensorlm.sensors.readers import fitabase
from keras_sensorlm.sensors.readers import mmash
from keras_sensorlm.sensors.readers import read_report
from keras_sensorlm.sensors.readers.empatica_studies import identify
from keras_sensorlm.sensors.readers.files import SourceFile
from keras_sensorlm.sensors.readers.files import list_files

# Formats whose files are known by name; any other table is `"table"`.
_BY_NAME = {
    "mmash": mmash,
    "fitabase": fitabase,
    "empatica_e4": empatica_e4,
}
_TABLES = (".csv", ".parquet")
# How simulated days are asked for where a path is expected.
SIMULATED = "simulated:"
_SIMULATED_UNIT = 64
_SIMULATED_PER_GROUP = 4
# Enough groups for many workers to share, but no more: each makes files.
_FEWEST_RECORDINGS, _MOST_RECORDINGS, _SHARES = 8, 64, 32
_MAX_GROUPS = 1000


@dataclasses.dataclass(frozen=True)
class Recording:
    """Files that are read together.

    Attributes:
        paths: tuple of str. Files or folders.
        format: str or None. One of `FORMATS`; None to guess.
        name: str. The paths as seen from the folder that was given, which
            do not depend on the machine.
    """

    paths: tuple
    format: str | None
    name: str

    def __str__(self):
        return self.name

    def read(self, options):
        """`(days, ReadReport)`; raises where the files cannot be read."""
        if len(self.paths) == 1:
            return read_report(self.paths[0], self.format, **options)
        # One person's sessions lie in several folders; those of one date
        # are one day, so they are read as one.
        report = ReadReport(self.format)
        files = [file for path in self.paths for file in list_files(path)]
        days = empatica_e4.read(files, report, **options)
        report.finish(days)
        return days, report

    def state(self):
        """Names, sizes and times of change, to notice changed files."""
        for path in self.paths:
            for file in _files_below(pathlib.Path(path)):
                status = file.stat()
                yield str(file), status.st_size, status.st_mtime_ns


@dataclasses.dataclass(frozen=True)
class SimulatedDays:
    """Days `start` to `stop` of `simulate_days(n, seed)`."""

    start: int
    stop: int
    seed: int

    def __str__(self):
        return f"simulated days {self.start} to {self.stop - 1}"

    def read(self, options):
        """`(days, ReadReport)`."""
        from keras_sensorlm.sensors.simulator import simulate_days

        first, end = self.span
        days = simulate_days(end - first, self.seed, start=first, **options)
        report = ReadReport("simulated")
        report.finish(days)
        return days, report

    @property
    def span(self):
        """First index, and the one after the last."""
        return self.start, self.stop

    def state(self):
        """What identifies these days."""
        yield self.start, self.stop, self.seed


def find_units(source, format=None):
    """Everything that there is to read.

    Args:
        source: str or path. A file, a folder of any depth, or
            `"simulated:N:SEED"` (the seed may be left out).
        format: str, optional. One of `FORMATS`; guessed by default, folder
            by folder.

    Returns:
        List of units, in an order that does not depend on the machine: each
        has `read(options)`, which gives days and a `ReadReport`.

    Raises:
        FileNotFoundError: if there is nothing at `source`.
        ValueError: if the format is unknown, or there is nothing to read.

    Example:

    >>> units = find_units("simulated:100:7")
    >>> [str(unit) for unit in units]
    ['simulated days 0 to 63', 'simulated days 64 to 99']
    """
    if format is not None and format not in FORMATS:
        raise ValueError(
            f"`format` should be one of {FORMATS} or None. "
            f"Received: format={format!r}"
        )
    if str(source).startswith(SIMULATED):
        return _simulated(str(source))
    path = pathlib.Path(source).expanduser()
    if not path.exists():
        raise FileNotFoundError(
            f"There is no file or folder {str(source)!r}. Give recordings, "
            "or simulated:N:SEED for simulated days."
        )
    path = path.resolve()
    if path.is_file():
        return [_recording([path], format, path.parent)]
    units = _recordings(path, format)
    if not units:
        raise ValueError(
            f"Found nothing to read in {str(path)!r}"
            f"{f' as {format}' if format else ''}."
        )
    return units


def group_units(units):
    """Gathers units into groups, each written by one worker.

    Recordings are gathered in the order of a hash of their names, so that
    neighbours in a folder, which may resemble each other, are spread over
    the shards. How many workers there are plays no part.

    Args:
        units: list, from `find_units`.

    Returns:
        List of lists of units.

    Example:

    >>> len(group_units(find_units("simulated:1000:0")))
    4
    """
    if isinstance(units[0], SimulatedDays):
        size = _SIMULATED_PER_GROUP
    else:
        units = sorted(units, key=lambda unit: _digest(str(unit)))
        size = max(_FEWEST_RECORDINGS, -(-len(units) // _SHARES))
        size = min(size, _MOST_RECORDINGS)
    size = max(size, -(-len(units) // _MAX_GROUPS))
    return [units[i : i + size] for i in range(0, len(units), size)]


def fingerprint(groups, *settings):
    """A short hash of all inputs as they are now, and of settings.

    Work that was done for other inputs or settings must not be taken up
    again; this tells.

    Args:
        groups: list of lists of units.
        *settings: whatever else decides the output; its `repr` counts.

    Returns:
        str of 16 hexadecimal digits.
    """
    digest = hashlib.sha256(repr(settings).encode())
    for group in groups:
        for unit in group:
            for state in unit.state():
                digest.update(repr(state).encode())
    return digest.hexdigest()[:16]


def _digest(text):
    return hashlib.sha256(text.encode()).digest()


def _simulated(source):
    parts = source.split(":")
    if len(parts) not in (2, 3) or not all(p.isdecimal() for p in parts[1:]):
        raise ValueError(
            "Simulated days are given as simulated:N or simulated:N:SEED, "
            f"both whole numbers. Received: {source!r}"
        )
    count, seed = int(parts[1]), int(parts[2]) if parts[2:] else 0
    if not count:
        raise ValueError(f"There are no days in {source!r}.")
    return [
        SimulatedDays(start, min(start + _SIMULATED_UNIT, count), seed)
        for start in range(0, count, _SIMULATED_UNIT)
    ]


def _files_below(path):
    """A file itself; a folder's files, sorted, without hidden ones."""
    if path.is_file():
        yield path
        return
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(f for f in folders if _visible(f))
        for name in sorted(filter(_visible, files)):
            yield pathlib.Path(folder, name)


def _visible(name):
    return not name.startswith(".") and name != "__MACOSX"


def _recordings(root, format):
    """The units in a folder, sorted by path."""
    named, tables, archives = [], [], []
    for folder, folders, files in os.walk(root):
        files = sorted(filter(_visible, files))
        folder = pathlib.Path(folder)
        known = _format_of(folder, files, format)
        # A recognised folder is read with all that lies below it.
        folders[:] = sorted(f for f in folders if _visible(f) and not known)
        if known:
            named.append((folder, known))
            continue
        for name in files:
            kind = pathlib.PurePath(name).suffix.lower()
            if kind == ".zip":
                archives.append(_recording([folder / name], format, root))
            elif kind in _TABLES:
                tables.append(_recording([folder / name], "table", root))
    units = _by_person(named, root) + archives
    # Beside recordings of a known format, a table describes the study.
    if format == "table" or (format is None and not named):
        units += tables
    return sorted(units, key=str)


def _format_of(folder, names, format):
    """The format that a folder's own files have by their names, or None."""
    files = [SourceFile(folder, name) for name in names]
    for known, reader in _BY_NAME.items():
        if format in (None, known) and files and reader.recognises(files):
            return known
    return None


def _recording(paths, format, root):
    name = ", ".join(path.relative_to(root).as_posix() for path in paths)
    # The given folder may itself be the recording.
    name = root.name if name == "." else name
    return Recording(tuple(map(str, paths)), format, name)


def _by_person(folders, root):
    """Folders as units; the E4 sessions of one person are one unit."""
    people = {}
    for folder, format in folders:
        key = folder
        if format == "empatica_e4":
            names = [path.name for path in _files_below(folder)]
            key = identify(folder, names, ReadReport(format)).participant
        people.setdefault((format, key), []).append(folder)
    return [
        _recording(paths, format, root) for (format, _), paths in people.items()
    ]
