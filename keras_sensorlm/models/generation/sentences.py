"""Where the last whole sentence ends, of texts that had to stop."""

from keras import ops


def sentence_marks(tokenizer):
    """Ids of points, and of tokens that begin with a digit.

    Args:
        tokenizer: has `get_vocabulary`.

    Returns:
        Two lists of int.
    """
    points, digits = [], []
    for i, token in enumerate(tokenizer.get_vocabulary()):
        token = token.removeprefix("##").removeprefix("▁")
        if token == ".":
            points.append(i)
        elif token[:1].isdigit():
            digits.append(i)
    return points, digits


def whole_sentences(token_ids, lengths, limits, marks):
    """How many tokens to keep of texts that did not end by themselves.

    Args:
        token_ids: int tensor `(batch, length)`.
        lengths: int tensor `(batch,)`. Tokens of the prompts, which stay.
        limits: int tensor `(batch,)`. Tokens that were written, the prompts
            included.
        marks: what `sentence_marks` returns.

    Returns:
        Int32 tensor `(batch,)`: up to the last point that ends a sentence, or
        `limits` where none does.

    Example:

    >>> ids = ops.array([[5, 1, 5, 2, 1, 2, 1, 5]])
    >>> int(whole_sentences(ids, [1], [8], ([1], [2]))[0])
    7
    """
    lengths = ops.cast(lengths, "int32")[:, None]
    limits = ops.cast(limits, "int32")
    places = _places(token_ids)
    ends = sentence_ends(token_ids, limits, marks) & (places >= lengths)
    kept = ops.max(ops.where(ends, places + 1, 0), axis=1)
    return ops.where(kept > 0, kept, limits)


def sentence_ends(token_ids, limits, marks):
    """Which tokens are points that end a sentence.

    Args:
        token_ids: int tensor `(batch, length)`.
        limits: int tensor `(batch,)`. Tokens that were written.
        marks: what `sentence_marks` returns.

    Returns:
        Bool tensor `(batch, length)`.
    """
    limits = ops.cast(limits, "int32")[:, None]
    points, digits = (_among(token_ids, ids) for ids in marks)
    places = _places(token_ids)
    nothing = ops.zeros_like(digits[:, :1])
    before = ops.concatenate([nothing, digits[:, :-1]], axis=1)
    after = ops.concatenate([digits[:, 1:], nothing], axis=1)
    # A point within a number ends nothing; of the last token nobody knows.
    decimal = ops.where(places == limits - 1, before, after)
    return points & ~decimal & (places < limits)


def _places(token_ids):
    return ops.arange(ops.shape(token_ids)[1], dtype="int32")[None]


def _among(token_ids, ids):
    """Which tokens are among some ids; none are where there are no ids."""
    ids = ops.convert_to_tensor(ids or [-1], dtype="int32")
    token_ids = ops.cast(token_ids, "int32")
    return ops.any(ops.equal(token_ids[..., None], ids), axis=-1)
