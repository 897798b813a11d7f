"""Files that are there whole, or as they were before."""

import pathlib
import uuid

# What a process that was killed may leave behind.
PARTIAL = ".part"


def write_whole(path, text):
    """Writes a text file, whole or not at all.

    Args:
        path: str, `pathlib.Path`, or `etils.epath.Path`, which may lie in a
            bucket. Its folder must exist.
        text: str. Written as UTF-8, with `"\\n"` as it is.

    Returns:
        The file's path, as it was given; a str as `pathlib.Path`.

    Raises:
        OSError: if it cannot be written; what was there before is intact.

    Example:

    >>> import tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> write_whole(folder / "a.txt", "b").read_text()
    'b'
    """
    path = pathlib.Path(path) if isinstance(path, str) else path
    partial = path.parent / f".{path.name}.{uuid.uuid4().hex}{PARTIAL}"
    try:
        partial.write_bytes(text.encode())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return path
