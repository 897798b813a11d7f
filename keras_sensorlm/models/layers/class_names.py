"""How well a day fits the names of classes, beside what was learned."""

import keras
import numpy as np
from keras import ops

from keras_sensorlm.losses import contrastive_logits


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class ClassNames(keras.layers.Layer):
    """Adds the logarithm of what names say to that of what was learned.

    The product of two answers, scaled to sum to 1 (Hinton 2002, "Training
    products of experts"), with equal say and nothing to tune. What the names
    say is kept as the embeddings of their texts, weights that no training
    changes.

    Args:
        num_classes: int.
        **kwargs: the arguments of `keras.layers.Layer`, such as `dtype`.

    Call arguments:
        logits: float tensor `(batch, num_classes)`. What was learned.
        embeddings: float tensor `(batch, dim)`. Days, rows of unit length.
        scale: scalar. The inverse temperature of the comparison.

    Returns:
        Float tensor `(batch, num_classes)`, logits of the product.

    Example:

    >>> import numpy as np
    >>> layer = ClassNames(2)
    >>> logits = np.zeros((1, 2), "float32")
    >>> day = np.array([[1.0, 0.0]], "float32")
    >>> layer.build(logits.shape, day.shape)
    >>> _ = layer.names.assign(np.eye(2))
    >>> found = layer(logits, day, scale=np.log(3.0))
    >>> ops.convert_to_numpy(ops.softmax(found)).round(2).tolist()
    [[0.75, 0.25]]
    """

    def __init__(self, num_classes, **kwargs):
        super().__init__(**kwargs)
        self.num_classes = num_classes

    def build(self, logits_shape, embeddings_shape=None, scale_shape=None):
        self.names = self.add_weight(
            shape=(self.num_classes, embeddings_shape[-1]),
            initializer="zeros",
            trainable=False,
            name="names",
        )

    def call(self, logits, embeddings, scale):
        said = contrastive_logits(embeddings, self.names, scale)
        # Both as logarithms of probabilities: logits have no common zero.
        return ops.log_softmax(logits, axis=-1) + ops.log_softmax(said, axis=-1)

    def compute_output_spec(self, logits, embeddings, scale):
        return keras.KerasTensor(logits.shape, dtype=self.compute_dtype)

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}


def mean_names(parts):
    """One embedding a class: the mean of all that it is called.

    Args:
        parts: iterable of float arrays `(names, dim)`, one a class.

    Returns:
        Float array `(classes, dim)`, rows of unit length.

    Example:

    >>> mean_names([np.eye(2), np.ones((1, 2))]).round(2).tolist()
    [[0.71, 0.71], [0.71, 0.71]]
    """
    means = np.stack([part.mean(axis=0) for part in parts])
    return means / np.linalg.norm(means, axis=1, keepdims=True)
