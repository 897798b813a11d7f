"""The tour that `keras-sensorlm demo` gives.

The model that ships with the package ranks, captions and retrieves a real
person's days, and a page tells it all.
"""

from keras_sensorlm.demo.tour import run_demo
from keras_sensorlm.demo.tour import tell_day

__all__ = ["run_demo", "tell_day"]
