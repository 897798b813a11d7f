"""Leaves out the sentences whose numbers a model was not sure of."""

import keras
import numpy as np
from keras import ops

from keras_sensorlm.models.generation.compiled import compile_function
from keras_sensorlm.models.generation.rows import batch_rows
from keras_sensorlm.models.generation.rows import fill_rows
from keras_sensorlm.models.generation.sentences import sentence_ends
from keras_sensorlm.models.generation.sentences import sentence_marks
from keras_sensorlm.models.generation.sentences import whole_sentences


def keep_certain(
    captioner, days, token_ids, lengths, end, certainty, batch_size
):
    """Captions without the sentences that hold an improbable digit.

    How sure a model is of a number shows in the probability of its digits:
    that of words tells only which of many wordings was taken.

    Args:
        captioner: `SensorLMCaptioner` with a preprocessor.
        days: `EncodedDays`.
        token_ids: int array `(count, length)`. The captions.
        lengths: int array `(count,)`. Lengths of the prompts; what a prompt
            says is not asked about.
        end: int. The id that ends a text.
        certainty: float. The least probability of a digit, 0 to 1.
        batch_size: int. Captions read at once.

    Returns:
        Int array like `token_ids`, filled up with `end`.

    Raises:
        ValueError: if there is no preprocessor, or `certainty` is not
            between 0 and 1.
    """
    if captioner.preprocessor is None or not 0 <= certainty <= 1:
        raise ValueError(
            "`certainty` should be between 0 and 1, and needs a captioner "
            "with a preprocessor, which knows what a digit is. Received: "
            f"certainty={certainty}, preprocessor={captioner.preprocessor}"
        )
    marks = sentence_marks(captioner.preprocessor.tokenizer)
    digits = marks[1]
    longest = np.full(len(token_ids), token_ids.shape[1])
    wholes = whole_sentences(token_ids, lengths, longest, marks)
    wholes = ops.convert_to_numpy(wholes)
    stops = sentence_ends(token_ids, longest, marks)
    stops = ops.convert_to_numpy(stops)
    probabilities = _probabilities(captioner, days, token_ids, batch_size)
    kept = np.full_like(token_ids, end)
    for row, (ids, sure, length, whole) in enumerate(
        zip(token_ids, probabilities, lengths, wholes)
    ):
        places = np.arange(len(ids))
        ends = np.flatnonzero((ids == end) & (places >= length))
        ids = ids[: ends[0] if len(ends) else whole]
        sure = np.where(
            np.isin(ids, digits) & (places[: len(ids)] >= length),
            sure[: len(ids)],
            1.0,
        )
        ids = _certain(ids, sure, stops[row, : len(ids)], certainty)
        kept[row, : len(ids)] = ids
    return kept


def _certain(ids, sure, stops, certainty):
    """The tokens of one caption that stay."""
    cuts = np.flatnonzero(stops) + 1
    # What starts the text belongs to no sentence.
    sentences = np.split(np.arange(1, len(ids)), cuts - 1)
    places = [
        sentence
        for sentence in sentences
        if len(sentence) and sure[sentence].min() >= certainty
    ]
    return ids[np.concatenate([[0], *places]).astype(int)]


def _probabilities(captioner, days, token_ids, batch_size):
    """Of each token after those before it, float32 `(count, length)`."""
    program = captioner._programs.get(
        captioner,
        "probabilities",
        lambda: compile_function(
            lambda inputs: token_probabilities(captioner.backbone, inputs),
            captioner,
        ),
    )
    found = []
    for start in range(0, len(token_ids), batch_size):
        chunk = slice(start, start + batch_size)
        count = len(token_ids[chunk])
        rows = batch_rows(count, len(token_ids), batch_size)
        inputs = {
            **days[chunk].filled_up(rows).as_dict(),
            "token_ids": fill_rows(token_ids[chunk], rows),
        }
        inputs = keras.tree.map_structure(ops.convert_to_tensor, inputs)
        found.append(ops.convert_to_numpy(program(inputs))[:count])
    return np.concatenate(found)


def token_probabilities(backbone, inputs):
    """Probability of each token given the day and the tokens before.

    Args:
        backbone: `SensorLMBackbone` with a decoder.
        inputs: dict of tensors: those of `EncodedDays`, and int
            `"token_ids"` `(batch, length)`.

    Returns:
        Float32 tensor `(batch, length)`, 1 for the first token.
    """
    token_ids = inputs["token_ids"]
    states = backbone.text_encoder(token_ids)
    states = backbone.decoder(
        states, inputs["memory"], memory_mask=inputs.get("mask")
    )
    logits = backbone.caption_logits(states, token_ids, inputs.get("numbers"))
    logits = ops.cast(logits[:, :-1], "float32")
    chosen = ops.take_along_axis(
        ops.softmax(logits), ops.cast(token_ids[:, 1:, None], "int32"), axis=-1
    )[..., 0]
    return ops.concatenate([ops.ones_like(chosen[:, :1]), chosen], axis=1)
