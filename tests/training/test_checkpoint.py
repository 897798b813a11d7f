import errno

import ml_dtypes
import numpy as np
import pytest

from keras_sensorlm.training.checkpoint import Checkpoints
from keras_sensorlm.training.checkpoint import CheckpointWarning


def state(step):
    rng = np.random.default_rng(step)
    return {
        "kernel": rng.normal(size=(3, 4)).astype("float32"),
        "half": rng.normal(size=5).astype(ml_dtypes.bfloat16),
        "count": np.array(step),
    }


def assert_same(left, right):
    assert left.keys() == right.keys()
    for name in left:
        assert left[name].dtype == right[name].dtype
        assert left[name].tobytes() == right[name].tobytes()


@pytest.fixture
def checkpoints(tmp_path):
    checkpoints = Checkpoints(tmp_path / "run", keep=2)
    for step in (10, 20, 30):
        checkpoints.save(step, state(step), {"best": step / 10})
    return checkpoints


def test_the_newest_comes_back_to_the_bit(checkpoints):
    step, arrays, extra = checkpoints.latest()
    assert (step, extra) == (30, {"best": 3.0})
    assert_same(arrays, state(30))


def test_only_the_newest_are_kept(checkpoints):
    assert checkpoints.steps() == [20, 30]
    assert Checkpoints(checkpoints.folder / "none").latest() is None


@pytest.mark.parametrize("name", ["state.npz", "state.json"])
def test_a_truncated_checkpoint_is_passed_over(checkpoints, name):
    path = checkpoints.folder / "step-00000030" / name
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.warns(CheckpointWarning, match="step-00000030"):
        step, arrays, _ = checkpoints.latest()
    assert step == 20
    assert_same(arrays, state(20))


def test_a_flipped_bit_is_noticed(checkpoints):
    path = checkpoints.folder / "step-00000030" / "state.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.warns(CheckpointWarning, match="checksum"):
        assert checkpoints.latest()[0] == 20


def test_a_damaged_checkpoint_can_be_written_again(checkpoints):
    path = checkpoints.folder / "step-00000030" / "state.npz"
    path.write_bytes(b"")
    checkpoints.save(30, state(30))
    assert checkpoints.latest()[0] == 30


def test_a_full_disk_leaves_the_last_one_intact(checkpoints, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="last whole one is of step 30"):
        checkpoints.save(40, state(40))
    monkeypatch.undo()
    assert checkpoints.latest()[0] == 30
    names = sorted(path.name for path in checkpoints.folder.iterdir())
    assert names == ["step-00000020", "step-00000030"]
