"""Rules that hold for the whole package: floors, sizes, a fast import."""

import ast
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "keras_sensorlm"
# From the ground up; a module may import from its own floor and below.
FLOORS = {
    "version": 0,
    "whole_file": 0,
    "sensors": 0,
    "captions": 1,
    "datasets": 2,
    "losses": 2,
    "replicas": 2,
    "models": 3,
    "convert": 4,
    "training": 4,
    "evaluation": 4,
    "export": 4,
    "visualization": 4,
    "demo": 5,
    "cli": 6,
}
SOURCES = sorted(PACKAGE.rglob("*.py"))


def floor_of(parts):
    name = parts[0].removesuffix(".py")
    return FLOORS["cli" if name.startswith("cli") else name]


def imported_modules(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            for alias in node.names:
                yield f"{node.module}.{alias.name}"


@pytest.mark.parametrize(
    "path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_imports_never_run_up_the_floors(path):
    parts = path.relative_to(PACKAGE).parts
    if parts == ("__init__.py",):
        return
    here = floor_of(parts)
    for module in imported_modules(path):
        names = module.split(".")
        if names[0] != "keras_sensorlm" or len(names) < 2:
            continue
        if names[1].startswith("__"):
            continue
        assert floor_of(names[1:]) <= here, f"{path.name} imports {module}"


def test_sensors_and_captions_know_no_keras():
    for folder in ("sensors", "captions"):
        for path in (PACKAGE / folder).rglob("*.py"):
            for module in imported_modules(path):
                assert module.split(".")[0] not in (
                    "keras",
                    "keras_hub",
                    "tensorflow",
                    "jax",
                    "torch",
                ), f"{path} imports {module}"


def test_private_keras_hub_names_live_in_one_module():
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in SOURCES
        if any(m.startswith("keras_hub.src") for m in imported_modules(path))
    }
    assert users <= {"models/hub.py"}


def test_no_file_is_over_400_lines():
    folders = ("keras_sensorlm", "tests", "examples", "guides")
    long = {
        str(path.relative_to(ROOT)): count
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if (count := len(path.read_text().splitlines())) > 400
    }
    assert not long


def test_import_is_fast_and_loads_no_backend():
    script = (
        "import time; start = time.perf_counter(); import keras_sensorlm; "
        "took = time.perf_counter() - start; import sys; "
        "heavy = {'keras', 'keras_hub', 'tensorflow', 'jax', 'torch', "
        "'pandas', 'matplotlib'} & set(sys.modules); "
        "assert not heavy, heavy; print(took)"
    )
    took = min(
        float(
            subprocess.run(
                [sys.executable, "-c", script],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for _ in range(3)
    )
    assert took < 0.5


def test_public_names_resolve_and_unknown_ones_teach():
    import keras_sensorlm

    assert set(keras_sensorlm.__all__) <= set(dir(keras_sensorlm))
    assert keras_sensorlm.SensorDay.__name__ == "SensorDay"
    with pytest.raises(AttributeError, match="read_days"):
        keras_sensorlm.read_dayz  # noqa: B018
