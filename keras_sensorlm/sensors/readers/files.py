"""A file, a folder or a zip as one flat list of readable files."""

import dataclasses
import io
import os
import pathlib
import zipfile
import zlib

import numpy as np
import pandas as pd


@dataclasses.dataclass(frozen=True)
class SourceFile:
    """One file, on disk or inside a zip.

    Attributes:
        folder: `pathlib.PurePath`. The folder that it lies in; a zip counts
            as a folder named like the zip without its ending.
        name: str. The file's name.
        archive: `zipfile.ZipFile` or None.
        member: str. The file's name inside `archive`.
    """

    folder: pathlib.PurePath
    name: str
    archive: zipfile.ZipFile | None = None
    member: str = ""

    def __str__(self):
        return str(self.folder / self.name)

    @property
    def short(self):
        """The file's name and its folder's, for a report."""
        return f"{self.folder.name}/{self.name}"

    def read(self):
        """The file's bytes, as `io.BytesIO`."""
        if self.archive is None:
            return io.BytesIO(pathlib.Path(str(self)).read_bytes())
        try:
            return io.BytesIO(self.archive.read(self.member))
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise _broken_zip(self.archive.filename, error) from None


def list_files(path):
    """All files at a path: the file itself, a folder's or a zip's.

    Args:
        path: str or path. A file, a folder (read with all its subfolders)
            or a zip. Zips inside a folder are opened too.

    Returns:
        List of `SourceFile`, sorted by folder and name.

    Raises:
        FileNotFoundError: if there is nothing at `path`.
        ValueError: if a zip is broken or the path is another archive or no
            path.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise ValueError(
            "`path` should be one file, folder or zip. A table in memory is "
            "saved first, or given as `SensorDay(values)`. Received: "
            f"{type(path).__name__}"
        )
    path = pathlib.Path(path).expanduser()
    if not path.exists():
        raise FileNotFoundError(
            f"There is no file or folder {str(path)!r}. Give the path of a "
            "recording, of a person's folder or of a data set's folder."
        )
    path = path.resolve()
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.is_file())
        return [f for p in found if _visible(p, path) for f in _expand(p)]
    if path.suffix in (".xz", ".gz", ".bz2", ".tar", ".tgz", ".7z"):
        raise ValueError(
            f"{str(path)!r} is an archive that cannot be read in place. "
            "Unpack it and give the folder (only .zip is read as it is)."
        )
    return _expand(path)


def by_folder(files):
    """Files as a dict from folder to a dict from name to file."""
    folders = {}
    for file in files:
        folders.setdefault(file.folder, {})[file.name] = file
    return folders


def _visible(path, root):
    parts = path.relative_to(root).parts
    return not any(p.startswith(".") or p == "__MACOSX" for p in parts)


def _expand(path):
    if path.suffix.lower() != ".zip":
        return [SourceFile(path.parent, path.name)]
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError) as error:
        raise _broken_zip(path, error) from None
    files = []
    for member in sorted(archive.namelist()):
        inside = pathlib.PurePath(member)
        if not member.endswith("/") and "__MACOSX" not in inside.parts:
            folder = path.with_suffix("") / inside.parent
            files.append(SourceFile(folder, inside.name, archive, member))
    return files


def _broken_zip(path, error):
    return ValueError(
        f"{str(path)!r} is not a whole zip file ({error}). It may have been "
        "cut off: copy or download it again."
    )


class EmptyFileError(ValueError):
    """A file holds no data."""


def read_csv(file, **options):
    """`pandas.read_csv` whose errors name the file.

    Raises:
        EmptyFileError: if the file is empty.
        ValueError: if the file is not a table of text, or its rows are
            longer than its head.
    """
    try:
        frame = pd.read_csv(file.read(), **options)
    except pd.errors.EmptyDataError:
        raise EmptyFileError(f"{file} is empty.") from None
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{file} should be a CSV file in UTF-8, but does not read as "
            f"one: {str(error).strip()}"
        ) from None
    # Pandas takes surplus cells for an index, which moves every column.
    if not isinstance(frame.index, pd.RangeIndex):
        raise ValueError(
            f"{file}: the rows have more cells than the first line names "
            f"({', '.join(map(str, frame.columns[:12]))})."
        )
    return frame


def need_columns(frame, columns, file):
    """Raises a `ValueError` where a table lacks a column."""
    lacking = [c for c in columns if c not in frame.columns]
    if lacking:
        raise ValueError(
            f"{file} should have the columns {', '.join(columns)}. It lacks "
            f"{', '.join(lacking)}; it has "
            f"{', '.join(map(str, frame.columns[:12]))}."
        )


def numbers(column, file, first_row=2):
    """A column as float64, empty cells as NaN.

    Args:
        column: `pandas.Series`.
        file: what to name in an error.
        first_row: int. Line of the column's first value in the file.

    Raises:
        ValueError: if a cell holds text.
    """
    if column.dtype.kind in "fiu":
        return column.to_numpy(dtype="float64")
    values = pd.to_numeric(column, errors="coerce")
    text = column.notna() & values.isna()
    text &= column.astype(str).str.strip() != ""
    if text.any():
        row = int(np.flatnonzero(text)[0])
        raise ValueError(
            f"{file}: the column {column.name!r} should hold numbers, but "
            f"line {row + first_row} holds {column.iloc[row]!r} "
            f"({int(text.sum())} in all). Leave a cell empty where nothing "
            "was measured."
        )
    return values.to_numpy(dtype="float64")
