"""Numbered folders: whole or not there, none overwritten."""

import concurrent.futures

import pytest

from keras_sensorlm.export.versions import write_version


def fill(folder):
    (folder / "a").write_text("a")
    (folder / "b").write_text("b")


def test_the_next_free_number_after_the_highest(tmp_path):
    (tmp_path / "7").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "9.txt").touch()
    assert write_version(tmp_path, fill) == tmp_path / "8"
    assert write_version(tmp_path, fill) == tmp_path / "9"
    assert (tmp_path / "9" / "b").read_text() == "b"


def test_nothing_is_seen_before_all_is_written(tmp_path):
    def write(folder):
        fill(folder)
        assert not any(p.name.isdecimal() for p in tmp_path.iterdir())

    write_version(tmp_path, write)


def test_a_failure_leaves_nothing(tmp_path):
    def write(folder):
        fill(folder)
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        write_version(tmp_path / "model", write)
    assert not list((tmp_path / "model").iterdir())


def test_many_at_once_get_a_number_each(tmp_path):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(write_version, tmp_path, fill) for _ in range(24)]
        paths = {job.result() for job in jobs}
    assert {int(path.name) for path in paths} == set(range(1, 25))
    assert all((path / "b").exists() for path in paths)
