"""Requests that a server plays to a new version before it serves it.

The first request of each kind is slow, since TensorFlow prepares its kernels
then. TensorFlow Serving reads `assets.extra/tf_serving_warmup_requests`, a
TFRecord file of `tensorflow.serving.PredictionLog`. These few messages are
written by hand, so that exporting needs no package of the server's; the tests
read them with the real ones (tensorflow_serving/apis/*.proto).
"""

import os

import tensorflow as tf

FILE = "tf_serving_warmup_requests"
MODEL_NAME = "sensorlm"

# Numbers of the fields: PredictionLog.predict_log, PredictLog.request,
# PredictRequest.model_spec and .inputs (a map), ModelSpec.name and
# .signature_name.
_PREDICT_LOG = 6
_REQUEST = 1
_MODEL_SPEC, _INPUTS = 1, 2
_KEY, _VALUE = 1, 2
_NAME, _SIGNATURE = 1, 3


def write_warmup(folder, requests):
    """Writes the warm-up file.

    Args:
        folder: str or path. The version's `assets.extra`.
        requests: dict of a signature's name to a dict of its inputs, tensors
            by name.
    """
    path = os.path.join(folder, FILE)
    with tf.io.TFRecordWriter(path) as file:
        for signature, inputs in requests.items():
            file.write(_prediction_log(signature, inputs))


def _prediction_log(signature, inputs):
    spec = _field(_NAME, MODEL_NAME.encode())
    spec += _field(_SIGNATURE, signature.encode())
    request = _field(_MODEL_SPEC, spec)
    for name, value in inputs.items():
        tensor = tf.make_tensor_proto(value).SerializeToString()
        entry = _field(_KEY, name.encode()) + _field(_VALUE, tensor)
        request += _field(_INPUTS, entry)
    return _field(_PREDICT_LOG, _field(_REQUEST, request))


def _field(number, data):
    """A length-delimited field of the protocol buffers' wire format."""
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(number):
    parts = []
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])
