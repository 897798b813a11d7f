"""Tokens from rectangles of a day: some minutes of some channels."""

import keras
from keras import ops

from keras_sensorlm.models.layers.observed import observed_values
from keras_sensorlm.replicas import current_replicas


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class RectangularPatchEmbedding(keras.layers.Layer):
    """Cuts a day into rectangles and embeds each, with its position.

    A rectangle is `patch_size` minutes by channels; tokens are ordered by
    time, then by channel. The values' part is the released code's patch
    convolution, written as one dense layer.

    With `missing="mask"`, each missing value adds a learned vector of its
    place in the rectangle instead of a number times the kernel, so nothing
    that lies under the mask can change the output (compare the mask token
    of LSM-2, arXiv 2506.05321). With `missing="impute"` the day must come
    filled, as in the paper, and there are no such vectors.

    Args:
        width: int. Width of the tokens.
        patch_size: pair of int. Minutes and channels of a rectangle.
            Defaults to `(10, 2)`.
        missing: `"mask"` or `"impute"`. Defaults to `"mask"`.
        mask_ratio: float, 0 to 1. Part of the rectangles that is hidden at
            random in training, on top of what is missing (LSM-2's inherited
            plus artificial masks), of several replicas each what one
            device would hide of its rows. Needs `missing="mask"`. Defaults
            to `0.0`.
        seed: int, optional. Seed of that randomness.
        **kwargs: the arguments of `keras.layers.Layer`, such as `dtype`.

    Call arguments:
        sensors: float tensor `(batch, minutes, channels)`, normalised, NaN
            for missing. Both must be divisible by `patch_size`.
        observed: bool tensor of that shape. Defaults to all; NaN is missing
            whatever it says.
        training: bool. Whether to hide rectangles at random.
        return_mask: bool. Whether to return also which rectangles hold at
            least one observed value. Defaults to `False`.

    Returns:
        Float tensor `(batch, tokens, width)`; with `return_mask=True` also a
        bool tensor `(batch, tokens)`.

    Raises:
        ValueError: for an unknown `missing`, a `mask_ratio` outside 0 to 1
            or without a mask, and a day that `patch_size` does not divide.

    Example:

    >>> import numpy as np
    >>> embed = RectangularPatchEmbedding(width=8, patch_size=(10, 2))
    >>> day = np.full((1, 60, 4), np.nan, "float32")
    >>> day[0, :10, 0] = 1.0
    >>> tokens, observed = embed(day, return_mask=True)
    >>> tuple(tokens.shape)
    (1, 12, 8)
    >>> np.flatnonzero(keras.ops.convert_to_numpy(observed[0])).tolist()
    [0]
    """

    def __init__(
        self,
        width,
        patch_size=(10, 2),
        missing="mask",
        mask_ratio=0.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if missing not in ("mask", "impute"):
            raise ValueError(
                '`missing` must be "mask" or "impute". Received: '
                f"missing={missing!r}"
            )
        if not 0 <= mask_ratio < 1 or (mask_ratio and missing != "mask"):
            raise ValueError(
                "`mask_ratio` must be at least 0 and under 1, and 0 unless "
                f'`missing="mask"`. Received: mask_ratio={mask_ratio}, '
                f"missing={missing!r}"
            )
        self.width = width
        self.patch_size = tuple(patch_size)
        self.missing = missing
        self.mask_ratio = mask_ratio
        self.seed = seed
        if mask_ratio:
            self.seed_generator = keras.random.SeedGenerator(seed)

    def grid(self, input_shape):
        """Rows (time) and columns (channels) of the tokens.

        Args:
            input_shape: tuple `(batch, minutes, channels)`.

        Returns:
            Pair of int.
        """
        minutes, channels = input_shape[1:3]
        if minutes % self.patch_size[0] or channels % self.patch_size[1]:
            raise ValueError(
                "A day must have minutes and channels divisible by "
                f"`patch_size`. Received: {minutes} minutes and {channels} "
                f"channels, patch_size={self.patch_size}"
            )
        return (
            minutes // self.patch_size[0],
            channels // self.patch_size[1],
        )

    def build(self, input_shape):
        rows, columns = self.grid(input_shape)
        patch_values = self.patch_size[0] * self.patch_size[1]
        patches_shape = (input_shape[0], rows * columns, patch_values)
        self.values = keras.layers.Dense(
            self.width, name="values", dtype=self.dtype_policy
        )
        self.values.build(patches_shape)
        if self.missing == "mask":
            self.missing_embedding = self.add_weight(
                shape=(patch_values, self.width),
                initializer=keras.initializers.RandomNormal(0.02),
                name="missing_embedding",
            )
        self.position_embedding = self.add_weight(
            shape=(rows * columns, self.width),
            initializer=keras.initializers.RandomNormal(self.width**-0.5),
            name="position_embedding",
        )

    def call(self, sensors, observed=None, training=None, return_mask=False):
        if self.missing == "impute":
            tokens = self.values(self._patches(sensors))
            patch_mask = ops.ones_like(tokens[:, :, 0], dtype="bool")
        else:
            observed = observed_values(sensors, observed)
            observed = self._patches(observed)
            if training and self.mask_ratio:
                observed = ops.logical_and(observed, self._kept(observed))
            values = ops.where(
                observed, self._patches(sensors), ops.zeros((), sensors.dtype)
            )
            absent = ops.cast(ops.logical_not(observed), self.compute_dtype)
            embedding = ops.cast(self.missing_embedding, self.compute_dtype)
            tokens = self.values(values) + ops.matmul(absent, embedding)
            patch_mask = ops.any(observed, axis=-1)
        tokens = tokens + ops.cast(self.position_embedding, tokens.dtype)
        return (tokens, patch_mask) if return_mask else tokens

    def _patches(self, x):
        rows, columns = self.grid(x.shape)
        minutes, channels = self.patch_size
        x = ops.reshape(x, (-1, rows, minutes, columns, channels))
        x = ops.transpose(x, (0, 1, 3, 2, 4))
        return ops.reshape(x, (-1, rows * columns, minutes * channels))

    def _kept(self, patches):
        # Replicas share the seed: each draws for the whole batch.
        replicas, rows = current_replicas(), ops.shape(patches)[0]
        shape = (rows * replicas.count, patches.shape[1], 1)
        drawn = keras.random.uniform(shape, seed=self.seed_generator)
        mine = drawn[replicas.index * rows :][:rows]
        return mine >= self.mask_ratio

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "width": self.width,
                "patch_size": self.patch_size,
                "missing": self.missing,
                "mask_ratio": self.mask_ratio,
                "seed": self.seed,
            }
        )
        return config
