"""Fine-tuning that keeps what a model knew: `WeightSpaceEnsemble`."""

import keras
from keras import ops


class WeightSpaceEnsemble(keras.callbacks.Callback):
    """Leaves a model part of the way between its weights before and after.

    Fine-tuning on the recordings of a handful of people teaches what is
    theirs, too, and takes from what the model knew of everybody. Between the
    weights before `fit` and those after it lie models that are better on
    other people than both (WiSE-FT: Wortsman et al. 2022, arXiv 2109.01903,
    section 4). It only helps a classifier that knows the classes before,
    such as one with `class_texts`.

    Args:
        share: float. How far from the weights before, `0.0`, to those after,
            `1.0`. Defaults to `0.5`.

    Raises:
        ValueError: if `share` is outside 0 to 1.

    Example:

    >>> import numpy as np
    >>> layer = keras.layers.Dense(
    ...     1, use_bias=False, kernel_initializer="zeros"
    ... )
    >>> model = keras.Sequential([keras.Input((1,)), layer])
    >>> model.compile(keras.optimizers.SGD(1.0), "mean_absolute_error")
    >>> x = np.ones((1, 1))
    >>> callbacks = [WeightSpaceEnsemble(0.25)]
    >>> history = model.fit(x, 9 * x, verbose=0, callbacks=callbacks)
    >>> float(model.get_weights()[0][0, 0])
    0.25
    """

    def __init__(self, share=0.5):
        super().__init__()
        if not 0.0 <= share <= 1.0:
            raise ValueError(
                f"`share` should be between 0 and 1. Received: share={share!r}"
            )
        self.share = share
        self._before = []

    def on_train_begin(self, logs=None):
        variables = self.model.trainable_variables
        self._before = [ops.convert_to_numpy(v).copy() for v in variables]

    def on_train_end(self, logs=None):
        for variable, before in zip(
            self.model.trainable_variables, self._before
        ):
            after = ops.convert_to_numpy(variable)
            variable.assign(before + self.share * (after - before))
        self._before = []
