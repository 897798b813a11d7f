"""`caption_attention`: where the model looked for each word it wrote."""

import numpy as np
from keras import ops

from keras_sensorlm.visualization.explanation import rollout
from keras_sensorlm.visualization.explanation.reading import checked_day
from keras_sensorlm.visualization.explanation.tokens import DayTokens
from keras_sensorlm.visualization.findings import CaptionAttention


def caption_attention(
    preset, day, caption=None, max_length=None, through_blocks=False
):
    """Where the decoder looked when it wrote each word.

    Cross-attention from the position before each token, where the token
    was chosen: the mean over decoder layers and heads, from the caption's
    queries through the attention with which these pooled the day, back to
    the rectangles of the day.

    Args:
        preset: `SensorLMPreset` with a decoder.
        day: `SensorDay`.
        caption: str, optional. A text to read as if the model had written
            it. Defaults to what it writes, greedily.
        max_length: int, optional. Most tokens; see
            `SensorLMPreset.caption`.
        through_blocks: bool. Whether to go on from the encoder's last
            tokens to its first by attention rollout: after some blocks a
            token has taken in others. Defaults to `False`.

    Returns:
        `CaptionAttention`.

    Raises:
        ValueError: if the model has no decoder, `day` is no `SensorDay`,
            or the caption is empty.

    Example:

    >>> import keras_sensorlm
    >>> preset = keras_sensorlm.SensorLMPreset.from_preset(
    ...     "sensorlm_small_en", load_weights=False,
    ...     sensor_encoder=keras_sensorlm.models.SensorEncoder(
    ...         128, 1, 4, patch_size=(60, 26)),
    ... )
    >>> (day,) = keras_sensorlm.simulate_days(1, seed=0)
    >>> looked = caption_attention(preset, day, "A run at 07:30.")
    >>> looked.words, looked.maps.shape
    (('a', 'run', 'at', '07:30.'), (4, 1440, 26))
    """
    read = DayTokens(preset, checked_day(day))
    if preset.backbone.decoder is None:
        raise ValueError(
            "This model has no decoder: there are no words that it wrote."
        )
    if caption is None:
        (caption,) = preset.caption(day, max_length)
    token_ids = _token_ids(preset, caption, max_length)
    words, counts = _words_of(preset.tokenizer, token_ids[1:])
    if not words:
        raise ValueError(
            "There should be a caption to explain. Received: "
            f"caption={caption!r}"
        )
    # Position i chooses token i + 1; what ends the caption is no word.
    shares = _shares(preset.backbone, read, token_ids[: sum(counts)])
    if through_blocks:
        shares = shares @ rollout.rolled_out(read)
    ends = np.cumsum(counts)
    maps = [
        read.from_shares(shares[end - count : end].mean(axis=0))
        for end, count in zip(ends, counts)
    ]
    return CaptionAttention(tuple(words), np.stack(maps), tuple(counts))


def _shares(backbone, read, token_ids):
    """Attention of each position, float32 `(positions, tokens)`."""
    memory, mask = backbone.caption_memory_of(read.inputs)
    x = backbone.text_encoder(ops.convert_to_tensor([token_ids], "int32"))
    found = []
    for block in backbone.decoder.blocks:
        x = x + block.attention(block.attention_norm(x), causal=True)
        y = block.cross_norm(x)
        weights = block.cross_attention.attention_weights(y, memory, mask)
        found.append(ops.convert_to_numpy(weights)[0].mean(axis=0))
        x = x + block.cross_attention(y, memory, key_mask=mask)
        x = x + block.mlp(block.mlp_norm(x))
    shares = np.mean(found, axis=0)
    if backbone.caption_pooler is None:
        return shares
    return shares @ rollout.pooler_attention(backbone.caption_pooler, read)


def _token_ids(preset, caption, max_length):
    """Start and text, without what ends it."""
    prompts = preset.preprocessor.generate_preprocess(
        {"text": [caption]}, sequence_length=max_length
    )
    mask = ops.convert_to_numpy(prompts["padding_mask"])[0].astype(bool)
    return ops.convert_to_numpy(prompts["token_ids"])[0][mask].tolist()


def _words_of(tokenizer, token_ids):
    """Words, and how many tokens each took.

    A token continues a word if the text up to it has no more words than the
    text before it; this asks no tokenizer how it marks that.
    """
    words, counts = [], []
    for end in range(1, len(token_ids) + 1):
        said = tokenizer.detokenize(token_ids[:end]).split()
        if len(said) > len(words):
            counts.append(0)
        if counts:
            counts[-1] += 1
        words = said
    return words, counts
