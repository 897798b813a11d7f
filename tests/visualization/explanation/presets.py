"""A preset small enough to explain in a test, with weights by NumPy."""

import functools

import numpy as np

from keras_sensorlm.models.preset import SensorLMPreset
from keras_sensorlm.sensors.day import Event
from keras_sensorlm.sensors.day import SensorDay
from tests.models.task_helpers import example_days
from tests.models.task_helpers import make_backbone
from tests.models.task_helpers import make_preprocessor

LABELS = ["run", "swim", "yoga"]
# One for which Grad-CAM++ finds something in the example day.
TEXT = "yoga"


def make_preset(seed=0, scale=0.3, sensors=None, **kwargs):
    """The same weights on every backend."""
    sensors = {"patch_size": (60, 13), **(sensors or {})}
    backbone = make_backbone(sensors=sensors, layers=2, **kwargs)
    rng = np.random.default_rng(seed)
    # Backends list weights in orders of their own.
    for weight in sorted(backbone.weights, key=lambda weight: weight.path):
        if "float" in str(weight.dtype):
            noise = rng.normal(size=weight.shape, scale=scale)
            gamma = weight.path.endswith("gamma")
            weight.assign(noise + gamma)
    return SensorLMPreset(backbone, make_preprocessor())


@functools.cache
def shared_preset():
    return make_preset()


@functools.cache
def example_day():
    values = example_days()[1]
    events = (Event("activity", "run", 300, 360),)
    return SensorDay(values, participant="p1", events=events)
