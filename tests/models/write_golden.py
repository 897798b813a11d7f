"""Writes the files under `golden/`; see the README there."""

import importlib
import pathlib

import keras

from tests.models.layer_test_case import GOLDEN
from tests.models.layer_test_case import LayerTestCase


def cases():
    """Every test case of this folder that names golden files."""
    for path in sorted(pathlib.Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(f"tests.models.{path.stem}")
        for case in vars(module).values():
            if isinstance(case, type) and issubclass(case, LayerTestCase):
                if case.golden:
                    yield case()


if __name__ == "__main__":
    assert keras.backend.backend() == "jax", "Set KERAS_BACKEND=jax."
    GOLDEN.mkdir(exist_ok=True)
    for case in cases():
        case.write_golden()
        print(case.golden)
