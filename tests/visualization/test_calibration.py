import numpy as np
import pytest

from keras_sensorlm.sensors.day import Event
from keras_sensorlm.visualization import Calibration
from keras_sensorlm.visualization import measure_calibration
from keras_sensorlm.visualization.calibration import wilson_interval
from tests.visualization.days import empty_day


class Sure:
    """A model that gives its first class 0.85, right or wrong."""

    def classify(self, days, labels, **kwargs):
        rest = 0.15 / (len(labels) - 1)
        return np.array([[0.85] + [rest] * (len(labels) - 1)] * len(days))


def days_of(labels):
    return [
        empty_day(events=[Event("activity", label, 60, 90)]) for label in labels
    ]


def test_how_sure_and_how_often_right_are_told():
    days = days_of(["run"] * 6 + ["swim"] * 4 + ["chess"])
    found = measure_calibration(
        Sure(), days, ["run", "swim", "yoga"], source="test days"
    )
    assert (found.days, found.right) == (10, 6)
    assert found.error == pytest.approx(0.25)
    worth = found.worth(0.83)
    assert "On 10 of the test days" in worth and "80 to 90 %" in worth
    assert "right on 6 of them (60%; 95 % interval 31% to 83%)" in worth
    assert "is not known" in found.worth(0.4)
    assert "6 of 10 test days" in found.summary
    assert "differ by 25%" in found.summary


def test_certainty_belongs_to_the_last_tenth():
    found = Calibration(((1.0, 0.5, 2),), 0.5)
    assert "90 to 100 %" in found.worth(1.0)


def test_a_class_can_be_given():
    found = measure_calibration(
        Sure(), days_of(["chess"] * 3), ["run", "swim"], ["run"] * 3
    )
    assert found.right == 3


def test_days_without_a_class_teach():
    with pytest.raises(ValueError, match="one of `labels`"):
        measure_calibration(Sure(), [empty_day()], ["run", "swim"])


def test_intervals_are_wilsons():
    # Checked against statsmodels' proportion_confint(9, 10, "wilson").
    assert wilson_interval(9, 10) == pytest.approx((0.596, 0.982), abs=1e-3)
    assert wilson_interval(0, 3)[0] == 0.0
