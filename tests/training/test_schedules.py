import keras
import numpy as np
import pytest

from keras_sensorlm.training.schedules import ReciprocalSquareRoot
from keras_sensorlm.training.schedules import cosine


def rates(schedule, steps):
    return np.array([float(schedule(step)) for step in steps])


def test_reciprocal_square_root_in_closed_form():
    schedule = ReciprocalSquareRoot(
        2.0, 1000, warmup_steps=200, cooldown_steps=200, timescale=300
    )
    np.testing.assert_allclose(
        rates(schedule, [0, 100, 200, 500, 800, 900, 1000, 1100]),
        [
            0.0,
            1.0,
            2.0,
            2.0 / np.sqrt(2.0),
            2.0 / np.sqrt(3.0),
            1.0 / np.sqrt(1 + 700 / 300),
            0.0,
            0.0,
        ],
        rtol=1e-6,
    )


def test_without_warm_up_and_cool_down_it_only_decays():
    values = rates(ReciprocalSquareRoot(1.0, 100, timescale=10), range(100))
    assert values[0] == 1.0
    assert (np.diff(values) < 0).all()


def test_config_round_trip():
    schedule = ReciprocalSquareRoot(0.1, 50, 5, 10, 20)
    config = keras.saving.serialize_keras_object(schedule)
    again = keras.saving.deserialize_keras_object(config)
    np.testing.assert_array_equal(
        rates(schedule, range(60)), rates(again, range(60))
    )


def test_cosine_in_closed_form():
    schedule = cosine(1.0, 110, warmup_steps=10, floor=0.1)
    np.testing.assert_allclose(
        rates(schedule, [0, 5, 10, 60, 110]),
        [0.0, 0.5, 1.0, 0.55, 0.1],
        rtol=1e-6,
        atol=1e-7,
    )


@pytest.mark.parametrize(
    "arguments",
    [(1.0, 0), (1.0, 10, -1), (1.0, 10, 6, 5), (1.0, 10, 0, 0, 0)],
)
def test_impossible_steps_are_refused(arguments):
    with pytest.raises(ValueError, match=r"Received|do not fit"):
        ReciprocalSquareRoot(*arguments)
    with pytest.raises(ValueError, match="warmup_steps"):
        cosine(1.0, 10, warmup_steps=10)
