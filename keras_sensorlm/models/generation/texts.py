"""Between strings and the tokens that the loops write."""

import numpy as np
from keras import ops

from keras_sensorlm.models.generation.limits import GenerationLimits
from keras_sensorlm.models.generation.sentences import sentence_marks
from keras_sensorlm.models.generation.sentences import whole_sentences


def text_limits(preprocessor, end_token_id=None, **settings):
    """The rules that a tokenizer asks for.

    Args:
        preprocessor: has a `tokenizer`; or None.
        end_token_id: int, optional. Defaults to the tokenizer's.
        **settings: further arguments of `GenerationLimits`.

    Returns:
        `GenerationLimits` that forbids special tokens other than the end,
        and ids that the tokenizer does not know.

    Raises:
        ValueError: if there is neither a preprocessor nor an end.
    """
    if preprocessor is None:
        if end_token_id is None:
            raise ValueError(
                "Without preprocessor nobody knows what ends a caption: give "
                "`end_token_id`."
            )
        return GenerationLimits(end_token_id, end_token_id, **settings)
    tokenizer = preprocessor.tokenizer
    end = tokenizer.end_token_id if end_token_id is None else end_token_id
    return GenerationLimits(
        end,
        tokenizer.pad_token_id,
        forbidden=tuple(sorted({*tokenizer.special_token_ids} - {end})),
        vocabulary_size=tokenizer.vocabulary_size(),
        **settings,
    )


def pack_prompts(preprocessor, prompts, count, max_length):
    """Prompts as token ids.

    Args:
        preprocessor: has `generate_preprocess`; or None.
        prompts: str for all days, list of str for each, or None for none.
            Without preprocessor a dict with int `"token_ids"` and
            `"padding_mask"` `(count, k)`, start token included.
        count: int. Number of days.
        max_length: int. Most tokens of a caption.

    Returns:
        Int32 arrays: ids `(count, max_length)`, lengths `(count,)`.

    Raises:
        ValueError: if their number is another or one is too long.
    """
    if preprocessor is not None:
        texts = prompts or ""
        texts = [texts] * count if isinstance(texts, str) else list(texts)
        prompts = preprocessor.generate_preprocess(
            {"text": texts}, sequence_length=max_length
        )
    elif not isinstance(prompts, dict):
        raise ValueError(
            "Without preprocessor `prompts` should be a dict with int "
            "'token_ids' and 'padding_mask' (n, k), the start token "
            f"included. Received: {type(prompts).__name__}"
        )
    ids = ops.convert_to_numpy(prompts["token_ids"]).astype("int32")
    mask = ops.convert_to_numpy(prompts["padding_mask"])
    lengths = mask.sum(axis=1).astype("int32")
    if len(ids) != count:
        raise ValueError(
            "`prompts` should be one text for all days or one for each. "
            f"Received: {len(ids)} prompts for {count} days"
        )
    if not 1 <= lengths.min() <= lengths.max() < max_length:
        raise ValueError(
            "Prompts should have at least the start token and leave room to "
            f"write. Received: prompts of {lengths.min()} to {lengths.max()} "
            f"tokens or more, max_length={max_length}"
        )
    ids = ids[:, :max_length]
    return np.pad(ids, ((0, 0), (0, max_length - ids.shape[1]))), lengths


def read_texts(preprocessor, token_ids, lengths, end):
    """Strings from written tokens.

    Args:
        preprocessor: has `generate_postprocess`; or None.
        token_ids: int array `(count, max_length)`.
        lengths: int array `(count,)`. Lengths of the prompts, which may hold
            the end token.
        end: int. The id that ends a text.

    Returns:
        List of str, those that did not end cut to whole sentences; without
        preprocessor a dict with int32 `"token_ids"` and `"padding_mask"`
        `(count, max_length)`.
    """
    count, size = token_ids.shape
    positions = np.arange(size)
    ends = (token_ids == end) & (positions >= lengths[:, None])
    last = np.full(count, size - 1)
    if preprocessor is not None and not ends.any(axis=1).all():
        marks = sentence_marks(preprocessor.tokenizer)
        kept = whole_sentences(token_ids, lengths, last + 1, marks)
        last = ops.convert_to_numpy(kept) - 1
    last = np.where(ends.any(axis=1), ends.argmax(axis=1), last)
    outputs = {
        "token_ids": token_ids,
        "padding_mask": (positions <= last[:, None]).astype("int32"),
    }
    if preprocessor is None:
        return outputs
    return preprocessor.generate_postprocess(outputs)


def checked_length(backbone, preprocessor, max_length, min_length):
    """The most tokens of a text, if lengths fit the model.

    Args:
        backbone: `SensorLMBackbone`.
        preprocessor: `SensorLMPreprocessor`, or None.
        max_length: int, or None for the usual one.
        min_length: int.

    Returns:
        int.

    Raises:
        ValueError: if they do not fit.
    """
    most = backbone.text_encoder.max_length
    if max_length is None:
        packed = preprocessor and preprocessor.sequence_length
        max_length = min(packed or most, most)
    if not 2 <= max_length <= most:
        raise ValueError(
            "`max_length` should be between 2 and the text encoder's "
            f"`max_length={most}`. Received: max_length={max_length}"
        )
    if not 0 <= min_length <= max_length:
        raise ValueError(
            "`min_length` should be between 0 and `max_length`. Received: "
            f"min_length={min_length}, max_length={max_length}"
        )
    return int(max_length)
