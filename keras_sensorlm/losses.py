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


CONTRASTIVE_LOSSES = {
    "sigmoid": sigmoid_contrastive_loss,
    "softmax": softmax_contrastive_loss,
}


def caption_token_losses(logits, token_ids, padding_mask, weights=None):
    """Cross-entropy of every caption token, and what each counts.

    Args:
        logits: float tensor `(batch, length, vocabulary)`. Position `i`
            predicts token `i + 1`.
        token_ids: int tensor `(batch, length)`.
        padding_mask: bool or int tensor `(batch, length)`. True for tokens.
        weights: float tensor `(batch,)`, optional. Weight of each caption.

    Returns:
        Two float32 tensors `(batch, length - 1)`: the losses in nat, and
        their weights, 0 for padding.
    """
    logits = ops.cast(logits[:, :-1], "float32")
    labels = ops.cast(token_ids[:, 1:], "int32")
    counts = ops.cast(padding_mask[:, 1:], "float32")
    if weights is not None:
        counts = counts * ops.cast(weights, "float32")[:, None]
    losses = ops.sparse_categorical_crossentropy(
        labels, logits, from_logits=True
    )
    return losses, counts


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
    total = ops.sum(weights)
    total = ops.where(total > 0, total, ops.ones_like(total))
    return ops.sum(values * weights) / total
