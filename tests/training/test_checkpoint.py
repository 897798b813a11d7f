import errno

import ml_dtypes
import numpy as np
import pytest

from keras_sensorlm.training.checkpoint import BackgroundWriter
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
    with pytest.raises(OSError, match="last whole checkpoint is of step 30"):
        checkpoints.save(40, state(40))
    monkeypatch.undo()
    assert checkpoints.latest()[0] == 30
    names = sorted(path.name for path in checkpoints.folder.iterdir())
    assert names == ["step-00000020", "step-00000030"]


def test_a_file_that_cannot_grow_leaves_the_last_one_intact(checkpoints):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    big = {"kernel": np.zeros(300_000, "float32")}
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        with pytest.raises(
            OSError, match="last whole checkpoint is of step 30"
        ):
            checkpoints.save(40, big)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert checkpoints.latest()[0] == 30
    assert len(list(checkpoints.folder.iterdir())) == 2
    checkpoints.save(40, big)
    assert checkpoints.latest()[0] == 40


def test_a_pinned_checkpoint_stays(checkpoints):
    for step in (40, 50):
        checkpoints.save(step, state(step), pinned=20)
    assert checkpoints.steps() == [20, 40, 50]
    assert_same(checkpoints.read(20)[1], state(20))


def test_what_a_killed_run_left_is_removed(checkpoints):
    partial = checkpoints.folder / ".partial-40-123"
    partial.mkdir()
    (partial / "state.npz").write_bytes(b"half")
    assert checkpoints.latest()[0] == 30
    checkpoints.clean_up()
    assert not partial.exists()
    assert checkpoints.steps() == [20, 30]


def test_the_background_writer_waits_and_reports(checkpoints, monkeypatch):
    with BackgroundWriter(checkpoints) as writer:
        for step in (40, 50):
            writer.save(step, state(step))
    assert checkpoints.steps() == [40, 50]

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="last whole checkpoint is of step 50"):
        with BackgroundWriter(checkpoints) as writer:
            writer.save(60, state(60))
            writer.save(70, state(70))
    with pytest.raises(KeyError):  # What ended the run comes first.
        with BackgroundWriter(checkpoints) as writer:
            writer.save(60, state(60))
            raise KeyError
