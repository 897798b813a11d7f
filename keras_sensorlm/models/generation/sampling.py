"""Writing a batch of texts by drawing one token after the other."""

from keras import ops

from keras_sensorlm.models.generation.compiled import run_loop
from keras_sensorlm.models.generation.samplers import next_tokens
from keras_sensorlm.models.generation.stages import Unfinished
from keras_sensorlm.models.generation.stages import Written
from keras_sensorlm.models.generation.stages import go_on


def sample_texts(
    step,
    sampler,
    limits,
    prompts,
    lengths,
    cache,
    max_length,
    min_length,
    model=None,
    unfinished=None,
):
    """Continues every prompt until its end.

    Args:
        step: callable `(tokens, index, cache) -> (logits, cache)`. Gives the
            logits `(batch, vocabulary)` of the token after `index`; it is
            called with `index` 0, 1, 2, ...
        sampler: `keras_hub.samplers.Sampler` that draws one token a text.
        limits: `GenerationLimits`.
        prompts: int tensor `(batch, length)`. The start token and the
            prompt, then anything.
        lengths: int tensor `(batch,)`. Tokens of each prompt, at least 1; 0
            for a row that only fills the batch.
        cache: nested tensors handed to `step`.
        max_length: int scalar, at most `length`. Most tokens of a text.
        min_length: int scalar. Fewest tokens of a text, its end included.
        model: the model whose variables `step` reads.
        unfinished: `Unfinished`, optional. Texts that are begun already, in
            a shorter buffer. Defaults to none.

    Returns:
        `Written`.
    """
    texts = Unfinished(prompts, 0, lengths == 0, cache)
    if unfinished is not None:
        texts = go_on(unfinished, prompts, cache)

    def goes_on(tokens, index, done, cache, scores):
        return ops.logical_and(
            index + 1 < max_length, ops.logical_not(ops.all(done))
        )

    def write_one(tokens, index, done, cache, scores):
        logits, cache = step(tokens, index, cache)
        logits = limits.apply(logits, tokens, index, min_length)
        drawn = next_tokens(sampler, logits)
        drawn = ops.cast(drawn, tokens.dtype)
        drawn = ops.where(done, limits.pad, drawn)
        # A longer prompt of another row: its next token is already known.
        given = index + 1 < lengths
        drawn = ops.where(given, ops.take(tokens, index + 1, axis=1), drawn)
        ended = ops.logical_and(ops.logical_not(given), drawn == limits.end)
        done = ops.logical_or(done, ended)
        tokens = ops.slice_update(tokens, [0, index + 1], drawn[:, None])
        return tokens, index + 1, done, cache, scores

    texts = Unfinished(*run_loop(goes_on, write_one, texts, sampler, model))
    return Written(texts.tokens, ops.all(texts.done), texts)
