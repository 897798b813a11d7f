"""The tower that reads days."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sensorlm.models.layers.channel_events import ChannelEvents
from keras_sensorlm.models.layers.channel_order import arranged
from keras_sensorlm.models.layers.channel_summary import ChannelSummary
from keras_sensorlm.models.layers.normalization import layer_norm
from keras_sensorlm.models.layers.patch_embedding import (
    RectangularPatchEmbedding,
)
from keras_sensorlm.models.layers.transformer_block import TransformerBlock
from keras_sensorlm.models.types import Shape
from keras_sensorlm.models.types import Tensor
from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY

# Beside the weights: which minutes and channels they are for.
_GRID = "grid"


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class SensorEncoder(keras.layers.Layer):
    """A vision transformer over the day matrix.

    Rectangles of `patch_size` minutes by channels become tokens with learned
    positions, which pre-LayerNorm transformer blocks mix (SensorLM, arXiv
    2506.09108, and its released code). Pooling is left to the model around
    it.

    Args:
        width: int. Width of the tokens.
        num_layers: int. Number of blocks.
        num_heads: int. Attention heads of a block.
        mlp_dim: int, optional. Hidden width of the MLPs. Defaults to four
            times `width`.
        gated: bool. Whether the MLPs are gated. Defaults to `False`.
        num_minutes: int. Minutes of a day. Defaults to `1440`.
        features: sequence of str. Names of the channels in the order in
            which they come. Defaults to the 26 of
            `keras_sensorlm.sensors.features`.
        patch_size: pair of int. Minutes and channels of a rectangle.
            Defaults to `(10, 2)`.
        missing: `"mask"` or `"impute"`; see `RectangularPatchEmbedding`.
            Defaults to `"mask"`.
        skip_empty_patches: bool. Whether rectangles with nothing observed
            are left out of attention. Needs `missing="mask"`. Defaults to
            `False`.
        mask_ratio: float. Part of the rectangles hidden at random in
            training. Defaults to `0.0`.
        class_token: bool. Whether a learned token stands before the others.
            Defaults to `False`.
        channel_summaries: bool. Whether a token a channel, with its day's
            statistics, stands after the others; see `ChannelSummary`.
            `mask_ratio` hides nothing from these. Defaults to `False`.
        channel_events: bool. Whether these tokens also tell the channel's
            trends, peaks and drops; see `ChannelEvents`. Defaults to
            `False`.
        layout: sequence of str or None, optional. Which channel lies in
            which place of the rectangles, `None` for a place that is always
            missing. Set when a model is moved to another device, so that
            each channel keeps the weights that it was trained with.
            Defaults to `features`, filled up with `None`.
        remat: bool. Whether blocks are computed again in the backward pass
            instead of kept. Defaults to `False`.
        seed: int, optional. Seed of the random hiding.
        **kwargs: the arguments of `keras.layers.Layer`, such as `dtype`.

    Call arguments:
        sensors: float tensor `(batch, num_minutes, len(features))`,
            normalised, NaN for missing.
        observed: bool tensor of that shape. Defaults to all; NaN is missing
            whatever it says.
        training: bool. Whether to hide rectangles at random.
        return_mask: bool. Whether to return also which tokens may be
            attended to. Defaults to `False`.

    Returns:
        Float tensor `(batch, tokens, width)`: the class token if there is
        one, the grid, the channel summaries if there are; with
        `return_mask=True` also a bool tensor `(batch, tokens)`.

    Raises:
        ValueError: if settings contradict each other or the day has another
            shape.

    Example:

    >>> import numpy as np
    >>> encoder = SensorEncoder(
    ...     width=16, num_layers=1, num_heads=2, num_minutes=60
    ... )
    >>> y = encoder(np.zeros((2, 60, 26), "float32"))
    >>> tuple(y.shape)
    (2, 78, 16)
    """

    def __init__(
        self,
        width: int,
        num_layers: int,
        num_heads: int,
        mlp_dim: int | None = None,
        gated: bool = False,
        num_minutes: int = MINUTES_PER_DAY,
        features: Sequence[str] = FEATURE_NAMES,
        patch_size: tuple[int, int] = (10, 2),
        missing: str = "mask",
        skip_empty_patches: bool = False,
        mask_ratio: float = 0.0,
        class_token: bool = False,
        channel_summaries: bool = False,
        channel_events: bool = False,
        layout: Sequence[str] | None = None,
        remat: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        # Under mixed precision a day is rounded by the layers that read it.
        super().__init__(autocast=False, **kwargs)
        self.width = width
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.mlp_dim = mlp_dim or 4 * width
        self.gated = gated
        self.num_minutes = num_minutes
        self.features = tuple(features)
        self.patch_size = tuple(patch_size)
        self.missing = missing
        self.skip_empty_patches = skip_empty_patches
        self.mask_ratio = mask_ratio
        self.class_token = class_token
        self.channel_summaries = channel_summaries
        self.channel_events = channel_events
        self.layout = _layout(self.features, layout, patch_size[1], missing)
        self.remat = remat
        self.seed = seed
        if skip_empty_patches and missing != "mask":
            raise ValueError(
                '`skip_empty_patches=True` needs `missing="mask"`. Received: '
                f"missing={missing!r}"
            )
        self._saved_grid: str | None = None
        self._create_layers()

    def _create_layers(self):
        options = {"dtype": self.dtype_policy}
        self.patch_embedding = RectangularPatchEmbedding(
            width=self.width,
            patch_size=self.patch_size,
            missing=self.missing,
            mask_ratio=self.mask_ratio,
            seed=self.seed,
            name="patch_embedding",
            **options,
        )
        units = _units(self.layout)
        if self.channel_summaries:
            self.channel_summary = ChannelSummary(
                self.width,
                *units,
                name="channel_summary",
                **options,
            )
        if self.channel_events:
            self.event_embedding = ChannelEvents(
                self.width,
                means=units[0],
                stds=units[1],
                name="channel_events",
                **options,
            )
        self.blocks = [
            TransformerBlock(
                num_heads=self.num_heads,
                mlp_dim=self.mlp_dim,
                gated=self.gated,
                remat=self.remat,
                name=f"block_{i}",
                **options,
            )
            for i in range(self.num_layers)
        ]
        self.norm = layer_norm("norm", **options)

    @property
    def grid(self) -> tuple[int, int]:
        """Pair of int: rows (time) and columns (channels) of the tokens."""
        return self.patch_embedding.grid(
            (None, self.num_minutes, len(self.layout))
        )

    def build(self, input_shape: Shape) -> None:
        self._require_shape(input_shape)
        rows, columns = self.grid
        batch = input_shape[0]
        arranged_shape = (batch, self.num_minutes, len(self.layout))
        self.patch_embedding.build(arranged_shape)
        num_tokens = rows * columns + self.class_token
        if self.channel_summaries:
            self.channel_summary.build(arranged_shape)
            if self.channel_events:
                self.event_embedding.build(arranged_shape)
            num_tokens += len(self.layout)
        tokens_shape = (batch, num_tokens, self.width)
        if self.class_token:
            self.class_embedding = self.add_weight(
                shape=(1, 1, self.width),
                initializer="zeros",
                name="class_embedding",
            )
        for block in self.blocks:
            block.build(tokens_shape)
        self.norm.build(tokens_shape)

    def _require_shape(self, shape):
        """Refuses what is no such day, each time: batches can differ."""
        expected = (self.num_minutes, len(self.features))
        differ = (n not in (None, m) for n, m in zip(shape[1:], expected))
        if len(shape) != 3 or any(differ):
            raise ValueError(
                "The encoder reads days of shape (batch, "
                f"{expected[0]} minutes, {expected[1]} features). "
                f"Received: {tuple(shape)}. For another grid, set "
                "`num_minutes` and `features`."
            )

    def call(
        self,
        sensors: Tensor,
        observed: Tensor | None = None,
        training: bool | None = None,
        return_mask: bool = False,
    ) -> Any:
        x, mask = self.embed(sensors, observed, training)
        key_mask = mask if self.skip_empty_patches else None
        for block in self.blocks:
            x = block(x, key_mask=key_mask)
        x = self.norm(x)
        return (x, mask) if return_mask else x

    def embed(
        self,
        sensors: Tensor,
        observed: Tensor | None = None,
        training: bool | None = None,
    ) -> Any:
        """The tokens before the first block, and which are visible.

        Args:
            sensors: float tensor `(batch, num_minutes, len(features))`.
            observed: bool tensor of that shape. Defaults to all.
            training: bool. Whether to hide rectangles at random.

        Returns:
            Float tensor `(batch, tokens, width)` and bool tensor `(batch,
            tokens)`. Where a day has nothing at all, all are visible.
        """
        self._require_shape(sensors.shape)
        sensors, observed = arranged(
            sensors, observed, self.features, self.layout
        )
        x, mask = self.patch_embedding(
            sensors, observed, training=training, return_mask=True
        )
        if self.channel_summaries:
            summaries, seen = self.channel_summary(sensors, observed)
            if self.channel_events:
                summaries = summaries + self.event_embedding(sensors, observed)
            x = ops.concatenate([x, summaries], axis=1)
            mask = ops.concatenate([mask, seen], axis=1)
        if self.skip_empty_patches:
            nothing = ops.logical_not(ops.any(mask, axis=1, keepdims=True))
            mask = ops.logical_or(mask, nothing)
        else:
            mask = ops.ones_like(mask)
        if self.class_token:
            token = ops.broadcast_to(
                ops.cast(self.class_embedding, x.dtype),
                (ops.shape(x)[0], 1, self.width),
            )
            x = ops.concatenate([token, x], axis=1)
            mask = ops.concatenate([ops.ones_like(mask[:, :1]), mask], axis=1)
        return x, mask

    def save_own_variables(self, store: Any) -> None:
        super().save_own_variables(store)
        store[_GRID] = np.frombuffer(self._grid_text().encode(), "uint8")

    def load_own_variables(self, store: Any) -> None:
        if _GRID in store.keys():
            self._saved_grid = np.asarray(store[_GRID]).tobytes().decode()
        # Keras asks a second time, with nothing in the store, before it
        # reports a failure: what the first time found is still refused.
        if self._saved_grid != self._grid_text():
            raise ValueError(
                "These weights belong to another grid, and channels must not "
                "be taken for each other. Build the model that they belong "
                "to, load them, and move it with `backbone.to_grid`.\n"
                f"Weights: {self._saved_grid}\n"
                f"This model: {self._grid_text()}"
            )
        names = [name for name in store.keys() if name != _GRID]
        super().load_own_variables({name: store[name] for name in names})

    def _grid_text(self):
        names = ", ".join(name or "none" for name in self.layout)
        return f"{self.num_minutes} minutes of {names}"

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        names = (
            "width num_layers num_heads mlp_dim gated num_minutes features "
            "patch_size missing skip_empty_patches mask_ratio class_token "
            "channel_summaries channel_events layout remat seed"
        )
        config.update({name: getattr(self, name) for name in names.split()})
        return config


def _layout(features, layout, patch_channels, missing):
    """The channel in each place of a row of rectangles, checked."""
    if len(set(features)) != len(features):
        raise ValueError(f"`features` has a name twice. Received: {features}")
    if layout is None:
        layout = features + (None,) * (-len(features) % patch_channels)
    layout = tuple(layout)
    named = sorted(name for name in layout if name is not None)
    if named != sorted(features) or len(layout) % patch_channels:
        raise ValueError(
            "`layout` must hold each of `features` once, `None` elsewhere, and "
            f"have a length divisible by {patch_channels}. Received: "
            f"layout={layout}, features={features}"
        )
    if None in layout and missing != "mask":
        raise ValueError(
            'Only `missing="mask"` can leave places empty. Received: '
            f"{len(features)} features for rectangles of {patch_channels} "
            f"channels, missing={missing!r}"
        )
    return layout


def _units(layout):
    """What each channel was normalised by: means and deviations."""
    known = {f.name: (f.mean, f.std) for f in FEATURES}
    return tuple(zip(*(known.get(name, (0.0, 1.0)) for name in layout)))
