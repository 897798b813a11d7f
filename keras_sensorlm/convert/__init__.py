"""Checkpoints of other code, in and out."""

from keras_sensorlm.convert.big_vision import from_big_vision
from keras_sensorlm.convert.big_vision import to_big_vision

__all__ = ["from_big_vision", "to_big_vision"]
