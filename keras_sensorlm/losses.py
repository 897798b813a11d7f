"""The objectives of SensorLM as pure functions of `keras.ops`.

All arithmetic is in float32, whatever precision the model computes in. The
contrastive losses compare every day with every text that they are given: for
training on several devices, gather the embeddings of the global batch first.
"""

from keras import ops

# Stands for minus infinity; a true one would turn 0 * -inf into NaN.
_NEVER = -1e9


def contrastive_logits(
    sensor_embeddings, text_embeddings, logit_scale, logit_bias=None
):
    """Similarity of every day with every text.

    Args:
        sensor_embeddings: float tensor `(n, dim)`, rows of unit length.
        text_embeddings: float tensor `(m, dim)`, rows of unit length.
        logit_scale: scalar. The inverse temperature, already exponentiated.
        logit_bias: scalar, optional. Added to every logit. Defaults to no
            bias.

    Returns:
        Float32 tensor `(n, m)`.

    Example:

    >>> import numpy as np
    >>> logits = contrastive_logits(np.eye(2), np.eye(2), 10.0, -10.0)
    >>> np.asarray(logits).tolist()
    [[0.0, -10.0], [-10.0, 0.0]]
    """
    sensor_embeddings = ops.cast(sensor_embeddings, "float32")
    text_embeddings = ops.cast(text_embeddings, "float32")
    logits = ops.matmul(sensor_embeddings, ops.transpose(text_embeddings))
    logits = logits * ops.cast(logit_scale, "float32")
    if logit_bias is not None:
        logits = logits + ops.cast(logit_bias, "float32")
    return logits


def sigmoid_contrastive_loss(logits, weights=None):
    """Sigmoid loss for language-sensor pretraining.

    Every pair of a day and a text is a yes-or-no question of its own:
    `mean_i sum_j -log sigmoid(s_ij * logits_ij)` with `s_ij` 1 on the
    diagonal and -1 elsewhere (Zhai et al. 2023, arXiv 2303.15343, algorithm
    1; the released SensorLM recipe).

    Args:
        logits: float tensor `(n, n)` from `contrastive_logits`. Row `i` is
            day `i`, column `j` is text `j`; pairs lie on the diagonal.
        weights: float tensor `(n,)`, optional. A row's weight in the mean.
            A pair with weight 0, such as the filling of a last batch, is no
            negative for the others either. Defaults to all ones.

    Returns:
        Float32 scalar.

    Example:

    >>> import numpy as np
    >>> round(float(sigmoid_contrastive_loss(np.zeros((4, 4)))), 4)
    2.7726
    """
    logits = ops.cast(logits, "float32")
    n = ops.shape(logits)[0]
    signs = 2.0 * ops.eye(n, dtype="float32") - 1.0
    losses = ops.softplus(-signs * logits)
    if weights is None:
        return ops.sum(losses) / ops.cast(n, "float32")
    weights, real = _weights_and_mask(weights)
    rows = ops.sum(losses * real[None, :], axis=1)
    return weighted_mean(rows, weights)


def softmax_contrastive_loss(logits, weights=None):
    """Softmax (InfoNCE) loss, the mean of both directions.

    Each day picks its text among all texts, and each text its day (Radford
    et al. 2021, arXiv 2103.00020, figure 3; the contrastive term of CoCa).

    Args:
        logits: float tensor `(n, n)` from `contrastive_logits`. Row `i` is
            day `i`, column `j` is text `j`; pairs lie on the diagonal.
        weights: float tensor `(n,)`, optional. A row's weight in the mean.
            A pair with weight 0, such as the filling of a last batch, is no
            candidate for the others either. Defaults to all ones.

    Returns:
        Float32 scalar.

    Example:

    >>> import numpy as np
    >>> round(float(softmax_contrastive_loss(np.zeros((4, 4)))), 4)
    1.3863
    """
    logits = ops.cast(logits, "float32")
    if weights is None:
        weights = ops.ones_like(logits[:, 0])
    weights, real = _weights_and_mask(weights)
    absent = _NEVER * (1.0 - real)
    matched = ops.diagonal(logits)
    to_text = ops.logsumexp(logits + absent[None, :], axis=1) - matched
    to_sensor = ops.logsumexp(logits + absent[:, None], axis=0) - matched
    # A row without weight normalises over candidates that exclude it, which
    # can be large but counts nothing.
    return weighted_mean((to_text + to_sensor) / 2.0, weights)


def chunked_sigmoid_contrastive_loss(
    sensor_embeddings,
    text_embeddings,
    logit_scale,
    logit_bias=None,
    weights=None,
    chunk_size=1024,
    return_hits=False,
):
    """`sigmoid_contrastive_loss` without the matrix of all pairs.

    Takes `chunk_size` days at a time with all texts, and works out the
    gradients on the way, so that neither the forward nor the backward pass
    holds more than `chunk_size * n` logits. The gradients are exact; those
    of second order are not there.

    Args:
        sensor_embeddings: float tensor `(n, dim)`, rows of unit length.
        text_embeddings: float tensor `(n, dim)`, rows of unit length.
        logit_scale: scalar. The inverse temperature, already exponentiated.
        logit_bias: scalar, optional. Defaults to no bias.
        weights: float tensor `(n,)`, optional. As in
            `sigmoid_contrastive_loss`. Defaults to all ones.
        chunk_size: int. Days compared at once. Defaults to `1024`.
        return_hits: bool. Whether to return also what `retrieval_hits` would
            find. Defaults to `False`.

    Returns:
        Float32 scalar; with `return_hits=True` also two float32 tensors
        `(n,)`.

    Raises:
        ValueError: if `chunk_size` is not positive.

    Example:

    >>> import numpy as np
    >>> x = np.eye(4, dtype="float32")
    >>> loss = chunked_sigmoid_contrastive_loss(x, x, 0.0, chunk_size=3)
    >>> round(float(loss), 4)
    2.7726
    """
    if chunk_size < 1:
        raise ValueError(
            "`chunk_size` should be at least 1. "
            f"Received: chunk_size={chunk_size}"
        )
    inputs = [
        ops.cast(x, "float32")
        for x in (
            sensor_embeddings,
            text_embeddings,
            logit_scale,
            0.0 if logit_bias is None else logit_bias,
        )
    ]
    if weights is None:
        weights = ops.ones_like(inputs[0][:, 0])
    weights, real = _weights_and_mask(weights)
    held = [ops.stop_gradient(x) for x in inputs]
    loss, gradients, hits = _in_chunks(*held, weights, real, chunk_size)
    total = _or_one(ops.sum(weights))
    loss = ops.stop_gradient(loss / total)
    for x, fixed, gradient in zip(inputs, held, gradients):
        # Adds 0 to the value and the known gradient to the gradient.
        loss = loss + ops.sum((x - fixed) * ops.stop_gradient(gradient / total))
    return (loss, *hits) if return_hits else loss


def _in_chunks(sensor, text, scale, bias, weights, real, size):
    """Sum of losses, its gradients, and hits, a block of rows at a time."""
    n = ops.shape(sensor)[0]
    blocks = (n + size - 1) // size
    filling = [0, blocks * size - n]
    columns = ops.arange(n, dtype="int32")
    row_weights = ops.pad(weights, [filling])

    def block(i, carry):
        loss, rows, to_text, d_scale, d_bias, found, best, nearest = carry
        start = i * size
        # Rows are read from where their gradients go, so that one block
        # waits for the one before and a single one is held at a time.
        x = ops.slice(rows, [start, 0], [size, rows.shape[1]])
        w = ops.slice(row_weights, [start], [size])
        own = ops.arange(size, dtype="int32") + start
        cosines = ops.matmul(x, ops.transpose(text))
        logits = cosines * scale + bias
        signs = 2.0 * ops.cast(own[:, None] == columns, "float32") - 1.0
        counts = w[:, None] * real[None, :]
        loss = loss + ops.sum(ops.softplus(-signs * logits) * counts)
        d_logits = -signs * ops.sigmoid(-signs * logits) * counts
        hit, top, row = _block_hits(logits, real, w, own)
        rows = ops.slice_update(
            rows, [start, 0], scale * ops.matmul(d_logits, text)
        )
        return (
            loss,
            rows,
            to_text + scale * ops.matmul(ops.transpose(d_logits), x),
            d_scale + ops.sum(d_logits * cosines),
            d_bias + ops.sum(d_logits),
            ops.slice_update(found, [start], hit),
            ops.maximum(best, top),
            ops.where(top > best, row, nearest),
        )

    zero = ops.zeros((), "float32")
    start = (
        zero,
        ops.pad(sensor, [filling, [0, 0]]),
        ops.zeros_like(text),
        zero,
        zero,
        ops.zeros_like(row_weights),
        ops.full_like(weights, 3 * _NEVER),
        ops.zeros_like(columns),
    )
    loss, rows, d_text, d_scale, d_bias, found, _, nearest = ops.fori_loop(
        0, blocks, block, start
    )
    text_hits = ops.cast(nearest == columns, "float32")
    return (
        loss,
        (rows[:n], d_text, d_scale, d_bias),
        (found[:n], text_hits),
    )


def _block_hits(logits, real, weights, own):
    """Of a block of rows: hits, and each column's best logit and row."""
    absent = _NEVER * (1.0 - real)
    found = ops.cast(ops.argmax(logits + absent, axis=1), "int32")
    logits = logits + _NEVER * (1.0 - ops.cast(weights > 0, "float32"))[:, None]
    row = ops.cast(ops.argmax(logits, axis=0), "int32")
    return (
        ops.cast(found == own, "float32"),
        ops.max(logits, axis=0),
        (ops.take(own, row)),
    )


def retrieval_hits(logits, weights=None):
    """Whether a day's own text is the nearest one, and the reverse.

    Args:
        logits: float tensor `(n, n)`; pairs lie on the diagonal.
        weights: float tensor `(n,)`, optional. Rows of weight 0 are no
            candidates. Defaults to all ones.

    Returns:
        Two float32 tensors `(n,)` of 0 and 1: for days, for texts.
    """
    logits = ops.stop_gradient(logits)
    if weights is not None:
        absent = ops.where(ops.cast(weights, "float32") > 0, 0.0, _NEVER)
    own = ops.arange(ops.shape(logits)[0], dtype="int32")

    def hits(logits):
        if weights is not None:
            logits = logits + absent[None, :]
        found = ops.cast(ops.argmax(logits, axis=1), "int32")
        return ops.cast(found == own, "float32")

    return hits(logits), hits(ops.transpose(logits))


CONTRASTIVE_LOSSES = {
    "sigmoid": sigmoid_contrastive_loss,
    "softmax": softmax_contrastive_loss,
}


def tokens_to_write(padding_mask):
    """Which tokens after the first the captioning loss asks for.

    Args:
        padding_mask: bool or int tensor `(batch, length)`. 0 for padding, 1
            for tokens, 2 for tokens that are there to be read alone, such as
            the name of an activity among captions.

    Returns:
        Float32 tensor `(batch, length - 1)` of ones and zeros.
    """
    written = ops.cast(padding_mask[:, 1:], "int32") == 1
    return ops.cast(written, "float32")


def caption_token_losses(logits, token_ids, padding_mask, weights=None):
    """Cross-entropy of every caption token, and what each counts.

    Args:
        logits: float tensor `(batch, length, vocabulary)`. Position `i`
            predicts token `i + 1`.
        token_ids: int tensor `(batch, length)`.
        padding_mask: bool or int tensor `(batch, length)`; see
            `tokens_to_write`.
        weights: float tensor `(batch,)`, optional. Weight of each caption.

    Returns:
        Two float32 tensors `(batch, length - 1)`: the losses in nat, and
        their weights, 0 for padding.
    """
    logits = ops.cast(logits[:, :-1], "float32")
    labels = ops.cast(token_ids[:, 1:], "int32")
    counts = tokens_to_write(padding_mask)
    if weights is not None:
        counts = counts * ops.cast(weights, "float32")[:, None]
    losses = ops.sparse_categorical_crossentropy(
        labels, logits, from_logits=True
    )
    return losses, counts


def caption_sums(logits, token_ids, padding_mask, weights=None):
    """What the captioning loss of a batch is made of, part by part.

    Sums of parts are the sums of the batch, which means of parts are not.

    Args:
        logits: float tensor `(batch, length, vocabulary)`.
        token_ids: int tensor `(batch, length)`.
        padding_mask: bool or int tensor `(batch, length)`.
        weights: float tensor `(batch,)`, optional.

    Returns:
        Float32 tensor `(3,)`: the weighted losses in nat, the weight of the
        tokens whose likeliest successor is right, the weight of all tokens.
    """
    losses, counts = caption_token_losses(
        logits, token_ids, padding_mask, weights
    )
    guesses = ops.argmax(ops.stop_gradient(logits[:, :-1]), axis=-1)
    right = ops.cast(guesses, "int32") == ops.cast(token_ids[:, 1:], "int32")
    sums = (losses * counts, ops.cast(right, "float32") * counts, counts)
    return ops.stack([ops.sum(x) for x in sums])


def captioning_loss(logits, token_ids, padding_mask, weights=None):
    """Mean cross-entropy of the next token, padding left out.

    The captioning term of CoCa (Yu et al. 2022, arXiv 2205.01917, section
    3.1). The mean is over the tokens of all captions together, so that each
    token counts the same whatever the length of its caption.

    Args:
        logits: float tensor `(batch, length, vocabulary)`. Position `i`
            predicts token `i + 1`.
        token_ids: int tensor `(batch, length)`.
        padding_mask: bool or int tensor `(batch, length)`. True for tokens.
        weights: float tensor `(batch,)`, optional. Weight of each caption.

    Returns:
        Float32 scalar, in nat a token; 0 when no token counts.

    Example:

    >>> import numpy as np
    >>> logits = np.zeros((1, 3, 8))
    >>> loss = captioning_loss(logits, [[1, 5, 0]], [[1, 1, 0]])
    >>> round(float(loss), 4)
    2.0794
    """
    token_ids = ops.convert_to_tensor(token_ids)
    padding_mask = ops.convert_to_tensor(padding_mask)
    losses, counts = caption_token_losses(
        logits, token_ids, padding_mask, weights
    )
    return weighted_mean(losses, counts)


def _weights_and_mask(weights):
    weights = ops.cast(weights, "float32")
    return weights, ops.cast(weights > 0, "float32")


def weighted_mean(values, weights):
    """Mean of tensors of one shape under weights, 0 where all weights are."""
    return ops.sum(values * weights) / _or_one(ops.sum(weights))


def _or_one(total):
    return ops.where(total > 0, total, ops.ones_like(total))
