"""Runs over devices and processes: the same as one device's, or refused."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import types

import keras
import numpy as np
import pytest

from keras_sensorlm import SensorLMPreset
from keras_sensorlm import simulate_days
from keras_sensorlm.replicas import current_replicas
from keras_sensorlm.training import Distribution
from keras_sensorlm.training.distribution import place
from keras_sensorlm.training.distribution.settings import STRATEGIES
from tests.training import spread_worker

BACKEND = keras.config.backend()
ROOT = pathlib.Path(__file__).resolve().parents[2]
WORKER = "tests.training.spread_worker"
# Compiling takes longer than these runs.
FAST_COMPILE = (
    "--xla_backend_optimization_level=0 "
    "--xla_llvm_disable_expensive_passes=true"
)


def environment(**extra):
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "KERAS_BACKEND": BACKEND,
        "OMP_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
        **extra,
    }


def free_port():
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return found.getsockname()[1]


def jax_devices(count, processes=1):
    flags = f"--xla_force_host_platform_device_count={count} {FAST_COMPILE}"
    shared = {"XLA_FLAGS": flags}
    if processes > 1:
        shared["KERAS_DISTRIBUTION_JOB_ADDRESSES"] = f"localhost:{free_port()}"
        shared["KERAS_DISTRIBUTION_NUM_PROCESSES"] = str(processes)
    for i in range(processes):
        yield {**shared, "KERAS_DISTRIBUTION_PROCESS_ID": str(i)}


def torch_processes(count):
    # What torchrun sets.
    shared = {"WORLD_SIZE": str(count), "MASTER_ADDR": "localhost"}
    shared["MASTER_PORT"] = str(free_port())
    for i in range(count):
        yield {**shared, "RANK": str(i), "LOCAL_RANK": str(i)}


def tensorflow_workers(count):
    workers = [f"localhost:{free_port()}" for _ in range(count)]
    for i in range(count):
        task = {"type": "worker", "index": i}
        config = {"cluster": {"worker": workers}, "task": task}
        yield {"TF_CONFIG": json.dumps(config)}


# Where each strategy runs, as environments of processes.
PLACES = {
    "jax, 4 devices": lambda: jax_devices(4),
    "jax, 2 processes": lambda: jax_devices(2, processes=2),
    "tensorflow, 2 devices": lambda: [{"SPREAD_DEVICES": "2"}],
    "tensorflow, 2 processes": lambda: tensorflow_workers(2),
    "torch, 2 processes": lambda: torch_processes(2),
}
# Of each backend: a strategy, where it runs, what else is in the recipe.
CASES = [
    ("data_parallel", "jax, 4 devices", {}),
    ("model_parallel", "jax, 4 devices", {"tensor": 2}),
    ("data_parallel", "jax, 2 processes", {}),
    ("model_parallel", "jax, 2 processes", {"tensor": 2}),
    ("mirrored", "tensorflow, 2 devices", {"devices": 2}),
    ("multi_worker", "tensorflow, 2 processes", {}),
    ("ddp", "torch, 2 processes", {}),
]
# Strategies whose first step the default tests compare.
QUICK = {
    "jax": ("data_parallel", "jax, 4 devices", {}),
    "tensorflow": ("mirrored", "tensorflow, 2 devices", {"devices": 2}),
    "torch": ("ddp", "torch, 2 processes", {}),
}


def spread(folder, where, cases, ends_well=True):
    """Runs the worker in every process and waits for all."""
    command = [sys.executable, "-m", WORKER, str(folder), json.dumps(cases)]
    processes = [
        subprocess.Popen(
            command,
            env=environment(**extra),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for extra in PLACES[where]()
    ]
    outputs = [process.communicate(timeout=1500)[0] for process in processes]
    codes = [process.returncode for process in processes]
    told = "\n\n".join(output[-3000:] for output in outputs)
    # Whoever does not kill itself first is ended by the others' end.
    expected = not any(codes) if ends_well else -signal.SIGKILL in codes
    assert expected, f"ended with {codes}: {told}"


def alone(folder, **case):
    case["distribution"] = {"strategy": "one_device"}
    spread_worker.main(folder, json.dumps({"alone": case}))
    return dict(np.load(folder / "alone.npz"))


def assert_equal(found, expected):
    """Steps to 1e-5 of the gradient, whose norm is 1; logs and losses too."""
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        if name.startswith("step/"):
            np.testing.assert_allclose(
                found[name], value, rtol=0, atol=1e-5, err_msg=name
            )
        else:
            np.testing.assert_allclose(
                found[name], value, rtol=1e-5, err_msg=name
            )


def test_several_devices_take_the_step_of_one(tmp_path):
    strategy, where, settings = QUICK[BACKEND]
    distribution = {"strategy": strategy, **settings}
    case = {"distribution": distribution, "mask_ratio": 0.3}
    spread(tmp_path, where, {"several": case})
    found = dict(np.load(tmp_path / "several.npz"))
    assert_equal(found, alone(tmp_path, mask_ratio=0.3))
    assert found["logs/truncated_captions"] > 0


@pytest.fixture(scope="module")
def run_alone(tmp_path_factory):
    return alone(tmp_path_factory.mktemp("alone"), run=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "strategy, where, settings",
    [case for case in CASES if BACKEND in STRATEGIES[case[0]]],
)
def test_a_run_is_the_run_of_one_device(
    strategy, where, settings, run_alone, tmp_path
):
    case = {"distribution": {"strategy": strategy, **settings}}
    cases = {
        "plain": {**case, "run": True},
        "small": {**case, "run": True, "micro_batch": 4, "loss_chunk": 3},
    }
    spread(tmp_path, where, cases)
    for name in cases:
        found = dict(np.load(tmp_path / f"{name}.npz"))
        assert len(found["losses"]) == 20
        assert_equal(found, run_alone)


@pytest.mark.slow
@pytest.mark.parametrize(
    "strategy, where, settings",
    [case for case in CASES if BACKEND in STRATEGIES[case[0]]],
)
def test_a_run_killed_on_several_devices_is_watched_and_resumed(
    strategy, where, settings, tmp_path
):
    case = {"watched": True, "steps": 9}
    alone = {**case, "distribution": {"strategy": "one_device"}}
    spread_worker.main(tmp_path, json.dumps({"alone": alone}))
    several = {**case, "distribution": {"strategy": strategy, **settings}}
    killed = {"several": {**several, "killed_at": 7}}
    spread(tmp_path, where, killed, ends_well=False)
    assert len(history_of(tmp_path / "several")) in (6, 7)
    assert not (tmp_path / "several" / "preset").exists()
    spread(tmp_path, where, {"several": several})

    found, expected = (
        history_of(tmp_path / name) for name in ("several", "alone")
    )
    assert [line["step"] for line in found] == list(range(1, 10))
    for line, other in zip(found, expected):
        assert line == pytest.approx(other, rel=1e-4, abs=1e-6)
    assert "validation_text_to_day_r1" in found[3]
    assert "validation_rouge_l" in found[8]
    days = simulate_days(3, seed=5)
    for name in ("preset", "best"):
        # Not weight by weight: where a gradient is nothing but rounding,
        # Adam makes whole steps of it.
        found, expected = (
            SensorLMPreset.from_preset(tmp_path / run / name).embed_days(days)
            for run in ("several", "alone")
        )
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


def history_of(folder):
    return json.loads((folder / "history.json").read_text())


def test_settings_are_checked():
    with pytest.raises(ValueError, match="Did you mean 'mirrored'"):
        Distribution("mirored")
    with pytest.raises(ValueError, match="goes with"):
        Distribution("ddp", tensor=2)
    with pytest.raises(ValueError, match=r"distribution\.devices"):
        Distribution(devices=0)
    with pytest.raises(ValueError, match="should divide `batch_size`"):
        spread_worker.make_recipe(micro_batch=3)
    with pytest.raises(ValueError, match="loss_chunk"):
        spread_worker.make_recipe(loss_chunk=0)
    recipe = spread_worker.make_recipe({"strategy": "auto", "devices": 1})
    again = type(recipe).from_dict(recipe.to_dict())
    assert again == recipe


def test_what_does_not_fit_is_refused_before_the_run():
    for strategy, backends in STRATEGIES.items():
        if BACKEND not in backends:
            recipe = spread_worker.make_recipe({"strategy": strategy})
            with pytest.raises(ValueError, match="has no strategy"):
                place(recipe)
    many = {"strategy": QUICK[BACKEND][0], "devices": 4096}
    with pytest.raises(ValueError, match="more devices than there are"):
        place(spread_worker.make_recipe(many))
    with pytest.raises(ValueError, match="number of processes"):
        place(spread_worker.make_recipe({"processes": 2}))


def test_more_processes_than_shards_are_refused(monkeypatch):
    from keras_sensorlm.training.distribution import placement

    recipe = spread_worker.make_recipe({"strategy": "one_device"})
    monkeypatch.setattr(placement.Placement, "process_count", 3)
    place(recipe, types.SimpleNamespace(num_shards=3))
    with pytest.raises(ValueError, match="more processes than files"):
        place(recipe, types.SimpleNamespace(num_shards=2))
    monkeypatch.setattr(placement.Placement, "copies", 3)
    with pytest.raises(ValueError, match="batch_size` should divide"):
        place(recipe)


@pytest.mark.skipif(BACKEND != "jax", reason="JAX's mesh")
def test_a_mesh_that_does_not_divide_is_refused():
    recipe = spread_worker.make_recipe(
        {"strategy": "model_parallel", "tensor": 2}
    )
    with pytest.raises(ValueError, match="mesh does not divide"):
        place(recipe)


@pytest.mark.skipif(BACKEND != "jax", reason="processes of JAX")
def test_jax_processes_that_do_not_know_each_other_are_refused(monkeypatch):
    import jax

    monkeypatch.setattr(jax, "process_count", lambda: 2)
    with pytest.raises(RuntimeError, match="none knows of the others"):
        current_replicas()
    monkeypatch.undo()
    # Not `make_mesh`, whose axes want arrays that lie on them already.
    mesh = jax.sharding.Mesh(np.array(jax.devices()[:1]), ("batch",))
    spec = jax.sharding.PartitionSpec("batch")

    def inside(x):
        current_replicas()
        return x

    with pytest.raises(RuntimeError, match="one device's examples"):
        jax.shard_map(inside, mesh=mesh, in_specs=spec, out_specs=spec)(
            np.ones(2)
        )


@pytest.mark.skipif(BACKEND != "jax", reason="processes of JAX")
def test_a_jax_process_validates_without_the_others(monkeypatch):
    import jax

    recipe = spread_worker.make_recipe({"strategy": "data_parallel"})
    model = types.SimpleNamespace(test_function="compiled")
    with place(recipe) as placement:
        assert keras.distribution.distribution() is not None
        with placement.beside_scope():
            assert keras.distribution.distribution() is None
        monkeypatch.setattr(jax, "process_count", lambda: 2)
        with placement.apart(model, None):
            assert keras.distribution.distribution() is None
            assert current_replicas().count == 1
        assert keras.distribution.distribution() is not None
        assert model.test_function == "compiled"


@pytest.mark.skipif(BACKEND != "torch", reason="processes of torchrun")
def test_torch_processes_that_do_not_know_each_other_are_refused(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(RuntimeError, match="none knows of the others"):
        current_replicas()


@pytest.mark.skipif(BACKEND != "tensorflow", reason="strategies of TensorFlow")
def test_a_strategy_that_cannot_gather_is_refused():
    import tensorflow as tf

    from tests.models.task_helpers import make_backbone

    strategy = tf.distribute.experimental.CentralStorageStrategy()
    with strategy.scope():
        pretrainer = spread_worker.SensorLMPretrainer(make_backbone())
        pretrainer.compile("sgd")
        x = {
            "sensors": np.zeros((2, 1440, 26), "float32"),
            "token_ids": np.ones((2, 4), "int32"),
            "padding_mask": np.ones((2, 4), "int32"),
        }
        with pytest.raises(RuntimeError, match="does not let it gather"):
            pretrainer.fit(x, verbose=0)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="workers of TensorFlow")
def test_workers_of_tensorflow_that_would_train_alone_are_refused(monkeypatch):
    import tensorflow as tf

    recipe = spread_worker.make_recipe({"strategy": "multi_worker"})
    with pytest.raises(ValueError, match="needs TF_CONFIG"):
        place(recipe)
    (worker, _) = tensorflow_workers(2)
    monkeypatch.setenv("TF_CONFIG", worker["TF_CONFIG"])
    for strategy in ("one_device", "mirrored"):
        recipe = spread_worker.make_recipe({"strategy": strategy})
        with pytest.raises(ValueError, match="2 workers, each of which"):
            place(recipe)
    tf.zeros(()).numpy()
    for strategy in ("multi_worker", "auto"):
        recipe = spread_worker.make_recipe({"strategy": strategy})
        with pytest.raises(ValueError, match="before TensorFlow computes"):
            place(recipe)
