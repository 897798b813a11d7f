"""The tour that `keras-sensorlm demo` gives.

A small CoCa model is trained once on simulated days and their captions; it
then ranks, captions and retrieves real days, and a page tells it all.
"""

from keras_sensorlm.demo.tour import run_demo

__all__ = ["run_demo"]
