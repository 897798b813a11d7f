"""What a number's features tell apart."""

import numpy as np
import pytest
from keras import ops

from keras_sensorlm.models.layers.number_features import NUM_FEATURES
from keras_sensorlm.models.layers.number_features import number_features
from tests.models.backend_helpers import to_numpy


def features(*numbers):
    x = ops.convert_to_tensor(np.array(numbers, "float32"))
    return to_numpy(number_features(x))


def test_a_digit_is_an_angle():
    found = features(77.3)[0]
    assert found.shape == (NUM_FEATURES,)
    # The last pairs: tenths, ones, tens, hundreds, thousands.
    for i, period in enumerate((1, 10, 100, 1000, 10000)):
        sine, cosine = found[5 + 2 * i : 7 + 2 * i]
        angle = 2 * np.pi * (77.3 / period % 1.0)
        assert (sine, cosine) == pytest.approx(
            (np.sin(angle), np.cos(angle)), abs=1e-4
        )


@pytest.mark.parametrize("number", [0.4, 9.9, 77.3, 141.8, 5120.0])
def test_a_tenth_shows_in_numbers_of_any_size(number):
    one, other = features(number, number + 0.1)
    assert np.linalg.norm(one - other) > 0.5
    np.testing.assert_allclose(one, features(number)[0], atol=1e-4)


def test_negative_and_missing_numbers_are_finite():
    assert np.isfinite(features(-3.5, 0.0, 1e6)).all()
    assert not np.allclose(features(-3.5), features(3.5))
