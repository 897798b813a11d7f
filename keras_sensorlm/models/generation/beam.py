"""Writing a batch of texts by beam search."""

from keras import ops
from keras import tree

from keras_sensorlm.models.generation.compiled import run_loop
from keras_sensorlm.models.generation.stages import Unfinished
from keras_sensorlm.models.generation.stages import Written
from keras_sensorlm.models.generation.stages import go_on

_NEVER = -1e9


def search_texts(
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
    """Finds a likely continuation of every prompt.

    Keeps the `num_beams` texts of highest probability so far. A text that
    has ended keeps its probability and competes with those still growing, so
    a row is finished once its best text has ended: probabilities only fall.

    Args:
        step: callable `(tokens, index, cache) -> (logits, cache)`, called
            with `num_beams` times as many rows as there are prompts, those
            of one prompt next to each other.
        sampler: `keras_hub.samplers.BeamSampler`.
        limits: `GenerationLimits`.
        prompts: int tensor `(batch, length)`. The start token and the
            prompt, then anything.
        lengths: int tensor `(batch,)`. Tokens of each prompt, at least 1; 0
            for a row that only fills the batch.
        cache: nested tensors `(batch * num_beams, ...)` handed to `step`.
            They are reordered with the texts.
        max_length: int scalar, at most `length`. Most tokens of a text.
        min_length: int scalar. Fewest tokens of a text, its end included.
        model: the model whose variables `step` reads.
        unfinished: `Unfinished`, optional. Texts that are begun already, in
            a shorter buffer. Defaults to none.

    Returns:
        `Written`, with each row's most likely text.
    """
    beams = sampler.num_beams
    tokens = ops.repeat(prompts, beams, axis=0)
    lengths = ops.repeat(lengths, beams, axis=0)
    own = ops.arange(ops.shape(tokens)[0], dtype="int32")
    # All beams start equal; only the first may spread.
    scores = ops.where(own % beams == 0, 0.0, _NEVER)
    texts = Unfinished(tokens, 0, lengths == 0, cache, scores)
    if unfinished is not None:
        texts = go_on(unfinished, tokens, cache)

    def of_best(x, scores):
        best = ops.argmax(ops.reshape(scores, (-1, beams)), axis=1)
        rows = ops.arange(ops.shape(best)[0], dtype="int32") * beams
        return ops.take(x, rows + ops.cast(best, "int32"), axis=0)

    def goes_on(tokens, index, done, cache, scores):
        ended = ops.all(of_best(done, scores))
        return ops.logical_and(index + 1 < max_length, ops.logical_not(ended))

    def write_one(tokens, index, done, cache, scores):
        logits, cache = step(tokens, index, cache)
        logits = limits.apply(logits, tokens, index, min_length)
        log_probs = ops.log_softmax(logits / sampler.temperature)
        parents, drawn, spread = _best_children(
            log_probs, scores, done, limits.pad, beams
        )
        # A prompt's next token is known: every beam goes on as it is.
        given = index + 1 < lengths
        known = ops.take(tokens, index + 1, axis=1)
        parents = ops.where(given, own, parents)
        drawn = ops.where(given, known, drawn)
        scores = ops.where(given, scores, spread)
        tokens, done, cache = tree.map_structure(
            lambda x: ops.take(x, parents, axis=0), (tokens, done, cache)
        )
        ended = ops.logical_and(ops.logical_not(given), drawn == limits.end)
        tokens = ops.slice_update(tokens, [0, index + 1], drawn[:, None])
        done = ops.logical_or(done, ended)
        return tokens, index + 1, done, cache, scores

    texts = Unfinished(*run_loop(goes_on, write_one, texts, sampler, model))
    return Written(
        of_best(texts.tokens, texts.scores),
        ops.all(of_best(texts.done, texts.scores)),
        texts,
    )


def _best_children(log_probs, scores, done, pad, beams):
    """The likeliest texts one token longer, `beams` for each prompt.

    Returns the row each comes from, its new token and its score, all
    `(batch * beams,)`.
    """
    vocabulary = ops.shape(log_probs)[1]
    is_pad = ops.arange(vocabulary, dtype="int32")[None, :] == pad
    # An ended text has one child: itself, at no cost.
    log_probs = ops.where(
        done[:, None], ops.where(is_pad, 0.0, _NEVER), log_probs
    )
    # The best of all children are among the best of each text.
    best, ids = ops.top_k(log_probs, beams)
    totals = ops.reshape(scores[:, None] + best, (-1, beams * beams))
    totals, chosen = ops.top_k(totals, beams)
    ids = ops.reshape(ids, (-1, beams * beams))
    drawn = ops.take_along_axis(ids, chosen, axis=1)
    first = ops.arange(ops.shape(chosen)[0], dtype="int32")[:, None] * beams
    parents = first + ops.cast(chosen, "int32") // beams
    return (
        ops.reshape(parents, [-1]),
        ops.cast(ops.reshape(drawn, [-1]), "int32"),
        ops.reshape(totals, [-1]),
    )
