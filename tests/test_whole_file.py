import errno
import os
import pathlib

import pytest

from keras_sensorlm.whole_file import write_whole


def test_a_file_is_there_whole_or_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    assert write_whole(path, "first ü\n") == path
    assert path.read_bytes() == b"first \xc3\xbc\n"

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pathlib.Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "second")
    assert os.listdir(tmp_path) == ["a.json"]
    assert path.read_text(encoding="utf-8") == "first ü\n"


def test_paths_of_buckets_are_written_as_others(tmp_path):
    epath = pytest.importorskip("etils.epath")
    path = epath.Path(tmp_path / "a.txt")
    assert write_whole(path, "a") == path
    assert write_whole(str(path), "b\n").read_bytes() == b"b\n"
    assert os.listdir(tmp_path) == ["a.txt"]
