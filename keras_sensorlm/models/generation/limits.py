"""What a text may not say: rules applied to logits before a sampler."""

import dataclasses

from keras import ops

# Low enough that softmax gives 0, and finite so that no NaN can arise.
_NEVER = -1e9


@dataclasses.dataclass(frozen=True)
class GenerationLimits:
    """Rules on the next token.

    Args:
        end: int. Id that ends a text.
        pad: int. Id that follows the end.
        forbidden: tuple of int. Ids that no text holds, such as padding.
        vocabulary_size: int, optional. Ids from here on mean nothing: a
            model may have room for more tokens than its tokenizer knows.
        repetition_penalty: float. Logits of tokens already in the text are
            divided by it where positive and multiplied where negative
            (Keskar et al. 2019, arXiv 1909.05858). Defaults to `1.0`, off.
        no_repeat_ngram: int. No run of that many tokens comes twice. Defaults
            to `0`, off.

    Raises:
        ValueError: if the penalty is below 1 or the run's length negative.
    """

    end: int
    pad: int
    forbidden: tuple = ()
    vocabulary_size: int | None = None
    repetition_penalty: float = 1.0
    no_repeat_ngram: int = 0

    def __post_init__(self):
        if not self.repetition_penalty >= 1.0:
            raise ValueError(
                "`repetition_penalty` should be at least 1.0 (off). "
                f"Received: repetition_penalty={self.repetition_penalty}"
            )
        if self.no_repeat_ngram < 0 or self.no_repeat_ngram != int(
            self.no_repeat_ngram
        ):
            raise ValueError(
                "`no_repeat_ngram` should be a whole number of tokens, 0 for "
                f"off. Received: no_repeat_ngram={self.no_repeat_ngram}"
            )

    def apply(self, logits, tokens, index, min_length):
        """Logits under the rules.

        Args:
            logits: float tensor `(batch, vocabulary)`, for the token after
                position `index`.
            tokens: int tensor `(batch, length)`. The texts so far.
            index: int scalar. Position of the last token so far.
            min_length: int scalar. The end may come only once the text,
                end included, has that many tokens.

        Returns:
            Float32 tensor `(batch, vocabulary)`.
        """
        logits = ops.cast(logits, "float32")
        if self.repetition_penalty > 1.0:
            logits = self._penalised(logits, tokens, index)
        if self.no_repeat_ngram:
            repeats = self._repeats(logits, tokens, index)
            logits = ops.where(repeats, _NEVER, logits)
        ids = ops.arange(ops.shape(logits)[1], dtype="int32")[None, :]
        for token in self.forbidden:
            logits = ops.where(ids == token, _NEVER, logits)
        if self.vocabulary_size is not None:
            logits = ops.where(ids < self.vocabulary_size, logits, _NEVER)
        too_short = index + 2 < min_length
        end_too_soon = ops.logical_and(ids == self.end, too_short)
        return ops.where(end_too_soon, _NEVER, logits)

    def _penalised(self, logits, tokens, index):
        written = ops.arange(ops.shape(tokens)[1], dtype="int32") <= index
        seen = _marked(tokens, written[None, :], logits)
        penalty = self.repetition_penalty
        penalised = ops.where(logits > 0, logits / penalty, logits * penalty)
        return ops.where(seen, penalised, logits)

    def _repeats(self, logits, tokens, index):
        """Tokens that would complete a run of tokens already written."""
        size = int(self.no_repeat_ngram)
        length = ops.shape(tokens)[1]
        windows = length - size + 1
        starts = ops.arange(windows, dtype="int32")
        same = (starts + size - 1 <= index)[None, :]
        for j in range(size - 1):
            # While fewer tokens are written than a run has, no window is
            # wholly written and `same` is false whatever is read here.
            last = ops.maximum(index - (size - 2) + j, 0)
            last = ops.take(tokens, last, axis=1)[:, None]
            same = ops.logical_and(same, tokens[:, j : j + windows] == last)
        return _marked(tokens[:, size - 1 :], same, logits)


def _marked(ids, where, logits):
    """Bool `(batch, vocabulary)`: the ids at the places `where`."""
    batch, vocabulary = ops.shape(logits)[0], ops.shape(logits)[1]
    where = ops.broadcast_to(where, ops.shape(ids))
    # All other places mark one slot too many, which is cut off: several
    # writes of one value to one place have one result on every backend.
    columns = ops.where(where, ids, vocabulary)
    rows = ops.broadcast_to(
        ops.arange(batch, dtype="int32")[:, None], ops.shape(ids)
    )
    indices = ops.stack(
        [ops.reshape(rows, [-1]), ops.reshape(columns, [-1])], axis=1
    )
    marks = ops.scatter_update(
        ops.zeros((batch, vocabulary + 1), dtype="float32"),
        indices,
        ops.ones_like(indices[:, 0], dtype="float32"),
    )
    return marks[:, :-1] > 0
