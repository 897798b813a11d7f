"""One exported model for all tests of exports."""

import keras
import pytest

from keras_sensorlm.export import export_preset
from tests.export.presets import make_preset


@pytest.fixture(scope="session")
def preset():
    if keras.config.backend() != "tensorflow":
        pytest.skip("exporting runs on TensorFlow")
    return make_preset()


@pytest.fixture(scope="session")
def version(preset, tmp_path_factory):
    """The folder `sensorlm/1` with a SavedModel of `preset`."""
    return export_preset(preset, tmp_path_factory.mktemp("models") / "sensorlm")
