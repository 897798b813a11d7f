"""A small network that learns from nothing but the labels it is given."""

import keras
import numpy as np
from keras import layers
from keras import ops

from keras_sensorlm.models.sensor_converter import SensorConverter

_MINUTES = 10
_EPOCHS = 60
_BATCH = 32


def supervised_probabilities(train, labels, test, num_classes, seed=0):
    """Trains a small convolutional network, and asks it.

    Two convolutions over ten-minute means and their coverage, then mean and
    maximum over the recorded part of the day: 10,000 weights or so, with the
    same training for every task.

    Args:
        train: list of `SensorDay`.
        labels: int array `(len(train),)`, or bool `(len(train), classes)`.
        test: list of `SensorDay`.
        num_classes: int.
        seed: int. As a side effect also of Keras's and NumPy's global
            generators. Defaults to `0`.

    Returns:
        Float64 array `(len(test), num_classes)`.
    """
    keras.utils.set_random_seed(seed)
    labels = np.asarray(labels)
    several = labels.ndim == 2
    model = _network(num_classes, "sigmoid" if several else "softmax")
    loss = "binary" if several else "sparse_categorical"
    model.compile(
        keras.optimizers.Adam(3e-3),
        loss=f"{loss}_crossentropy",
        jit_compile=False,
    )
    weights = None
    if not several:
        counts = np.bincount(labels, minlength=num_classes)
        weights = (len(labels) / np.maximum(counts, 1))[labels]
        weights /= weights.mean()
    model.fit(
        _coarse(train),
        labels.astype("float32" if several else "int32"),
        sample_weight=weights,
        batch_size=_BATCH,
        epochs=_EPOCHS if len(train) < 500 else _EPOCHS // 3,
        verbose=0,
    )
    return model.predict(_coarse(test), verbose=0).astype("float64")


def _network(num_classes, activation):
    steps = 1440 // _MINUTES
    inputs = keras.Input((steps, 2 * 26))
    x = layers.Conv1D(32, 3, padding="same", activation="relu")(inputs)
    x = layers.Conv1D(32, 3, padding="same", activation="relu")(x)
    recorded = layers.Lambda(
        lambda v: ops.cast(
            ops.max(v[..., 26:], axis=-1, keepdims=True) > 0, v.dtype
        ),
        output_shape=(steps, 1),
    )(inputs)
    x = layers.Multiply()([x, recorded])
    mean = layers.Lambda(
        lambda v: ops.sum(v[0], axis=1) / (ops.sum(v[1], axis=1) + 1e-6),
        output_shape=(32,),
    )([x, recorded])
    x = layers.Concatenate()([mean, layers.GlobalMaxPooling1D()(x)])
    x = layers.Dropout(0.3)(x)
    outputs = layers.Dense(num_classes, activation=activation)(x)
    return keras.Model(inputs, outputs)


def _coarse(days):
    """Normalised means of ten minutes and how much of them was measured."""
    values = SensorConverter(missing="mask").to_numpy(list(days))
    # A slope can be 40 standard deviations off.
    values = values.clip(-5, 5).reshape(len(days), -1, _MINUTES, 26)
    seen = ~np.isnan(values)
    counts = seen.sum(axis=2)
    means = np.nansum(values, axis=2) / np.maximum(counts, 1)
    return np.concatenate([means, counts / _MINUTES], axis=-1).astype("float32")
