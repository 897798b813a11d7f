import os
import pathlib

import pytest

from keras_sensorlm.demo import cache
from keras_sensorlm.demo.recipe import Recipe


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_SENSORLM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def save(folder):
    pathlib.Path(folder, "weights").write_text("new")


def test_what_is_kept_is_found_again(home):
    assert cache.find("key") is None
    folder = cache.keep("key", save, {"loss": 1.5})
    assert folder == home / "key"
    assert cache.find("key") == (folder, {"loss": 1.5})
    assert (folder / "weights").read_text() == "new"


def test_a_newer_model_replaces_the_older(home):
    cache.keep("key", lambda f: pathlib.Path(f, "old").touch(), {})
    folder = cache.keep("key", save, {"loss": 2.0})
    assert sorted(p.name for p in folder.iterdir()) == ["demo.json", "weights"]
    assert cache.find("key")[1] == {"loss": 2.0}
    assert [p.name for p in home.iterdir()] == ["key"]


def test_a_saving_that_fails_leaves_the_older_model(home):
    cache.keep("key", save, {})

    def break_off(folder):
        save(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.keep("key", break_off, {})
    assert cache.find("key") is not None
    assert [p.name for p in home.iterdir()] == ["key"]


def test_half_a_model_is_no_model(home):
    folder = cache.keep("key", save, {})
    (folder / "demo.json").write_text('{"loss": 1.')
    assert cache.find("key") is None


def test_a_cache_that_cannot_be_written_names_the_variable(home):
    home.write_text("a file stands where the folder should be")
    with pytest.raises(OSError, match="KERAS_SENSORLM_CACHE"):
        cache.keep("key", save, {})


@pytest.mark.skipif(os.name == "nt", reason="no XDG there")
def test_the_platforms_own_place_is_the_default(monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_SENSORLM_CACHE")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.cache_folder() == tmp_path / "keras-sensorlm"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.cache_folder() == tmp_path / ".cache" / "keras-sensorlm"
    monkeypatch.setattr("sys.platform", "darwin")
    expected = tmp_path / "Library" / "Caches" / "keras-sensorlm"
    assert cache.cache_folder() == expected


def test_another_recipe_or_version_is_another_model(monkeypatch):
    assert Recipe().key() == Recipe().key()
    assert Recipe(steps=1).key() != Recipe().key()
    before = Recipe().key()
    monkeypatch.setattr("keras_sensorlm.demo.recipe.__version__", "99.0")
    assert Recipe().key() != before
