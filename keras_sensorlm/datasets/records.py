"""One day as one training record.

A record holds what the authors' released training code reads, under the
names that it reads them by (`input_signal` and the caption keys), and beside
it what that format loses: which minutes were observed, who, when and what
happened.

| feature | stored as | meaning |
|---|---|---|
| `input_signal` | bytes | `tf.io.serialize_tensor` of float64 `(1440, 26)`, \
normalised, gaps filled |
| `observed` | bool `(1440, 26)`, zlib | where `input_signal` was measured |
| the caption keys | text | one caption a key |
| `participant`, `date`, `source` | text | empty where unknown |
| `events` | sequence | `kind`, `label`, `start_minute`, `end_minute` |
"""

import numpy as np

from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.gaps import fill_gaps
from keras_sensorlm.sensors.profiles import profile_for

SIGNAL_SHAPE = (MINUTES_PER_DAY, len(FEATURES))
_SIGNAL_BYTES = 8 * MINUTES_PER_DAY * len(FEATURES)


def input_signal(day):
    """A day as the authors' code reads it: normalised, gaps filled.

    Each channel is standardised by its device's statistics; a gap is filled
    by the line between its edges, the ends of the day by the nearest
    observed minute, and a channel without data by 0, its mean (arXiv
    2506.09108). Rounded to float32, as that code rounds it, it is to the bit
    what `keras_sensorlm.models.SensorConverter(missing="impute")` gives.

    Args:
        day: `SensorDay`.

    Returns:
        Float64 array `(1440, 26)` without NaN.

    Example:

    >>> from keras_sensorlm import SensorDay
    >>> values = np.full((1440, 26), np.nan)
    >>> values[700, 0] = 75.9586 + 16.1887
    >>> signal = input_signal(SensorDay(values))
    >>> signal[0, :2].round(4).tolist()
    [1.0, 0.0]
    """
    profile = profile_for(day.source)
    mean, std = profile.mean(), profile.std()
    return fill_gaps((day.values.astype("float64") - mean) / std)


def serialize_signal(signal):
    """The bytes of `tf.io.serialize_tensor(signal)`, without TensorFlow.

    Args:
        signal: array `(1440, 26)`.

    Returns:
        bytes: a `TensorProto` of float64 that `tf.io.parse_tensor(x,
        tf.double)` reads.

    Raises:
        ValueError: if the shape is another.

    Example:

    >>> len(serialize_signal(np.zeros((1440, 26))))
    299537
    """
    signal = np.ascontiguousarray(signal, dtype="<f8")
    if signal.shape != SIGNAL_SHAPE:
        raise ValueError(
            f"A signal should have shape {SIGNAL_SHAPE}. "
            f"Received: {signal.shape}"
        )
    return _HEADER + signal.tobytes()


def parse_signal(data):
    """`serialize_signal` read back.

    Args:
        data: bytes.

    Returns:
        Float64 array `(1440, 26)`, read-only.

    Raises:
        ValueError: if the bytes are not such a tensor.

    Example:

    >>> parse_signal(serialize_signal(np.ones((1440, 26)))).sum()
    np.float64(37440.0)
    """
    size = len(_HEADER) + _SIGNAL_BYTES
    if len(data) != size or data[: len(_HEADER)] != _HEADER:
        raise ValueError(
            "`input_signal` should be a serialised float64 tensor of shape "
            f"{SIGNAL_SHAPE}, {size} bytes. Received: {len(data)} bytes that "
            f"begin with {bytes(data[:8])!r}"
        )
    values = np.frombuffer(data, dtype="<f8", offset=len(_HEADER))
    return values.reshape(SIGNAL_SHAPE)


def record_features(keys):
    """How the features of a record are stored.

    Args:
        keys: sequence of str. The caption keys.

    Returns:
        `tfds.features.FeaturesDict`.
    """
    import tensorflow_datasets as tfds

    return tfds.features.FeaturesDict(
        {
            "input_signal": tfds.features.Tensor(shape=(), dtype=np.object_),
            "observed": tfds.features.Tensor(
                shape=SIGNAL_SHAPE, dtype=np.bool_, encoding="zlib"
            ),
            "participant": tfds.features.Text(),
            "date": tfds.features.Text(),
            "source": tfds.features.Text(),
            "events": tfds.features.Sequence(
                {
                    "kind": tfds.features.Text(),
                    "label": tfds.features.Text(),
                    "start_minute": np.int32,
                    "end_minute": np.int32,
                }
            ),
            **{key: tfds.features.Text() for key in keys},
        }
    )


def to_record(day, captions):
    """A day and its captions as the features of one record.

    Args:
        day: `SensorDay`.
        captions: dict of str to str. A caption for each key.

    Returns:
        Dict of the features named at the top of this module.
    """
    return {
        "input_signal": serialize_signal(input_signal(day)),
        "observed": day.observed,
        "participant": day.participant or "",
        "date": day.date.isoformat() if day.date else "",
        "source": day.source or "",
        "events": [
            {
                "kind": event.kind,
                "label": event.label,
                "start_minute": event.start_minute,
                "end_minute": event.end_minute,
            }
            for event in day.events
        ],
        **captions,
    }


def _varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def _field(tag, content):
    return bytes([tag << 3 | 2]) + _varint(len(content)) + content


# TensorProto: dtype (1) = DT_DOUBLE (2), tensor_shape (2) of dims (2) of
# sizes (1), and then tensor_content (4), whose bytes follow.
_HEADER = (
    b"\x08\x02"
    + _field(2, b"".join(_field(2, b"\x08" + _varint(n)) for n in SIGNAL_SHAPE))
    + bytes([4 << 3 | 2])
    + _varint(_SIGNAL_BYTES)
)
