"""Files that are there whole, or as they were before."""

import os
import pathlib
import tempfile

# What a process that was killed may leave behind.
PARTIAL = ".part"


def write_whole(path, text):
    """Writes a text file, whole or not at all.

    Args:
        path: path. Its folder must exist.
        text: str. Written as UTF-8, with `"\\n"` as it is.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        OSError: if it cannot be written; what was there before is intact.

    Example:

    >>> import tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> write_whole(folder / "a.txt", "b").read_text()
    'b'
    """
    path = pathlib.Path(path)
    handle, partial = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.name}.", suffix=PARTIAL
    )
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(partial, 0o644)  # mkstemp lets only its owner read
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise
    return path
