"""What tests of pages share."""

import pytest

from keras_sensorlm.visualization import figures


@pytest.fixture(scope="module")
def coarse_pictures():
    """A page holds eight pictures; a quarter as fine, they draw quickly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "_DPI", 40)
        yield
