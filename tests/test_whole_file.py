import errno
import os

import pytest

from keras_sensorlm.whole_file import write_whole


def test_a_file_is_there_whole_or_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    assert write_whole(path, "first ü\n") == path
    assert path.read_bytes() == b"first \xc3\xbc\n"

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "second")
    assert os.listdir(tmp_path) == ["a.json"]
    assert path.read_text(encoding="utf-8") == "first ü\n"
