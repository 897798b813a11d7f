"""A preset as files that run without Keras: on a server or on a device."""

from keras_sensorlm.export.exporting import FORMATS
from keras_sensorlm.export.exporting import export_preset
from keras_sensorlm.export.request_values import MISSING
from keras_sensorlm.export.request_values import request_values

__all__ = ["FORMATS", "MISSING", "export_preset", "request_values"]
