"""`attention_rollout`: where the sensor encoder's attention comes from."""

import numpy as np
from keras import ops

from keras_sensorlm.visualization.explanation.reading import checked_day
from keras_sensorlm.visualization.explanation.tokens import DayTokens


def attention_rollout(preset, day, residual=0.5):
    """How much of each rectangle of a day reaches the day's embedding.

    Attention rollout (Abnar and Zuidema 2020, arXiv 2005.00928): the
    attention of all blocks, heads averaged, multiplied from the first to
    the last, the skip connection counted as attention to oneself; then the
    attention of the pooling. It belongs to the day and to no text, and it
    says what was read, not what it was read for.

    Args:
        preset: `SensorLMPreset`.
        day: `SensorDay`.
        residual: float, 0 to 1. Weight of the skip connections. Defaults to
            `0.5`, as in the paper.

    Returns:
        Float32 array `(1440, 26)`, at least 0: shares, spread evenly over
        each rectangle, that would sum to 1 were nothing missing. NaN where
        the day has no value.

    Raises:
        ValueError: if `day` is no `SensorDay`.

    Example:

    >>> import keras_sensorlm
    >>> preset = keras_sensorlm.SensorLMPreset.from_preset(
    ...     "sensorlm_small_en", load_weights=False,
    ...     sensor_encoder=keras_sensorlm.models.SensorEncoder(
    ...         128, 1, 4, patch_size=(60, 26)),
    ... )
    >>> (day,) = keras_sensorlm.simulate_days(1, seed=0)
    >>> attention_rollout(preset, day).shape
    (1440, 26)
    """
    read = DayTokens(preset, checked_day(day))
    shares = pooled_shares(preset.backbone.sensor_head, read)
    shares = shares @ rolled_out(read, residual)
    return read.from_shares(shares)


def rolled_out(read, residual=0.5):
    """Shares of the tokens before the blocks in those after them.

    Args:
        read: `DayTokens`.
        residual: float. Weight of the skip connections.

    Returns:
        Float32 array `(tokens, tokens)`, rows sum to 1.
    """
    total = np.eye(read.count, dtype="float32")
    for attention in read.attentions():
        step = (1.0 - residual) * attention.mean(axis=0)
        step[np.diag_indices(read.count)] += residual
        total = step @ total
    return total


def pooled_shares(head, read):
    """Shares of the tokens in the day's embedding, float32 `(tokens,)`.

    Args:
        head: `EmbeddingHead` of the sensor side.
        read: `DayTokens`.
    """
    if head.pooling == "map":
        # The mean over queries, where there are several.
        return pooler_attention(head.pooler, read).mean(axis=0)
    visible = np.ones(read.count, dtype="float32")
    if head.pooling == "mean" and read.mask is not None:
        visible = ops.convert_to_numpy(read.mask)[0].astype("float32")
    if head.pooling == "cls":
        visible = np.eye(1, read.count, dtype="float32")[0]
    return visible / visible.sum()


def pooler_attention(pooler, read):
    """Attention of pooling queries, heads averaged.

    Args:
        pooler: `AttentionPooling`.
        read: `DayTokens`.

    Returns:
        Float32 array `(queries, tokens)`, rows sum to 1.
    """
    queries = ops.cast(pooler.queries, read.tokens.dtype)[None]
    weights = pooler.attention.attention_weights(
        queries, read.tokens, read.mask
    )
    return ops.convert_to_numpy(weights)[0].mean(axis=0)
