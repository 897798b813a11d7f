"""What the backends share of a step in micro-batches (GradCache).

The contrastive gradient with respect to the weights is the one with respect
to the embeddings, carried through the encoders. So the embeddings of all
pieces are computed first, without keeping what is inside the encoders; the
loss of the whole batch gives their gradients (*feedback*); then each piece is
run again and its embeddings are multiplied by their feedback, which gives,
added up over the pieces, the gradient of the whole (Gao et al. 2021, arXiv
2101.06983). The other losses add up over tokens and examples by themselves,
once it is known how many of them the batch has.

What is drawn at random is drawn in the second run as in the first: the seeds
are put back. So it differs from what one run of the whole batch draws, and is
as random.
"""

import keras
from keras import ops

from keras_sensorlm.losses import tokens_to_write
from keras_sensorlm.replicas import current_replicas

EMBEDDINGS = ("sensor_embeddings", "text_embeddings")
SCALARS = ("logit_scale", "logit_bias")


def towers_of(model):
    """The part of a model that the contrastive loss needs, no decoder."""
    kept = model._watched.kept
    if "towers" not in kept:
        backbone = model.backbone
        names = EMBEDDINGS + SCALARS
        kept["towers"] = keras.Model(
            backbone.input, {name: backbone.output[name] for name in names}
        )
    return kept["towers"]


def contrasts(model):
    """Whether the contrastive term is in use."""
    return "contrastive" in model._term_weights


def random_state(model):
    """The variables that change by being drawn from."""
    weights = {id(v) for v in model.non_trainable_weights}
    return [v for v in model.non_trainable_variables if id(v) not in weights]


def piece_size(model, replicas, shards=1):
    """Rows of one replica that are in memory at once.

    Args:
        model: a compiled task.
        replicas: `replicas.Alone` or one of its subclasses.
        shards: int. Devices that must share a piece evenly.

    Raises:
        ValueError: if the micro-batch does not divide.
    """
    size, parts = model.micro_batch_size, replicas.count * shards
    if size % parts:
        raise ValueError(
            "`micro_batch_size` should divide by the number of devices that "
            f"share it. Received: micro_batch_size={size}, devices={parts}"
        )
    return size // replicas.count


def filled_up(x, weights, rows, size):
    """Inputs and weights with rows of weight 0 up to whole pieces.

    Args:
        x: dict of tensors `(rows, ...)`.
        weights: float tensor `(rows,)` or None.
        rows: int or int scalar tensor.
        size: int. Rows of a piece.

    Returns:
        Dict of tensors, float tensor, and the number of pieces.
    """
    fill = (-rows) % size
    if weights is None:
        weights = ops.ones((rows,), "float32")
    weights = ops.cast(weights, "float32")
    if not (isinstance(fill, int) and fill == 0):
        # Copies of a real row, so that nothing odd is computed.
        x = {k: _with_copies(v, fill) for k, v in x.items()}
        weights = ops.concatenate([weights, ops.zeros((fill,), "float32")])
    return x, weights, (rows + fill) // size


def _with_copies(x, count):
    return ops.concatenate([x, ops.repeat(x[:1], count, axis=0)])


def per_sum(model, x, weights, replicas):
    """What each of `PairTraining.sums` of a piece counts in the loss."""
    counts = tokens_to_write(x["padding_mask"]) * weights[:, None]
    counts = ops.stack([ops.sum(counts), ops.sum(weights)])
    totals = replicas.total(counts)
    return model.per_sum((totals[0], totals[1]))


def piece_loss(model, x, weights, feedback, each, count, replicas, run=None):
    """What adds up, over the pieces, to the gradients of a step.

    Its value means nothing.

    Args:
        model: a compiled task.
        x: dict of the piece's inputs.
        weights: float tensor `(size,)`.
        feedback: dict of the gradients with respect to the embeddings of
            this piece, the scale and the bias; empty without a contrastive
            term.
        each: float tensor from `per_sum`.
        count: float. Over how many pieces it is added up.
        replicas: `replicas.Alone` or one of its subclasses.
        run: callable, optional. Runs the model. Defaults to the model.

    Returns:
        Float32 scalar, and `PairTraining.sums` of the piece.
    """
    outputs = (run or model)(x, training=True)
    sums = model.sums(x, outputs, weights)
    part = model.penalties() / (replicas.count * count) + ops.sum(each * sums)
    loss = replicas.combined(part)
    for name, gradient in feedback.items():
        whole = ops.sum(ops.cast(outputs[name], "float32") * gradient)
        # Every piece has the scalars, and rows of its own.
        loss = loss + (whole / count if name in SCALARS else whole)
    return loss, ops.stop_gradient(sums)


def batch_loss(model, contrastive, sums, replicas):
    """The loss of the batch from its terms, and its metrics.

    Args:
        model: a compiled task.
        contrastive: float scalar. This replica's part of that term, or 0.
        sums: float tensor `(5,)`. `PairTraining.sums` over the pieces.
        replicas: `replicas.Alone` or one of its subclasses.

    Returns:
        Float32 scalar, as `compute_loss` gives it.
    """
    part = contrastive + model.penalties() / replicas.count
    part = part + model.summed_part(sums, replicas)
    return replicas.combined(ops.stop_gradient(part))


def run_pieces(model, data, rows, *, cut, embed, compare, differentiate):
    """A step in micro-batches up to its gradients, of eager backends.

    Args:
        model: a compiled task with `PairTraining`.
        data: a batch, or this replica's share of it.
        rows: int or int scalar tensor. Its rows.
        cut: callable `(x, weights, size, count)` that gives the pieces.
        embed: callable `(model, parts)`, the first run. Gives the embeddings
            of all pieces and the seeds of each.
        compare: callable `(model, outputs, weights, replicas)`. Gives the
            contrastive part and its gradients by the outputs.
        differentiate: callable `(model, parts, starts, feedback, each,
            replicas)`, the second run. Gives the gradients by the weights
            and `PairTraining.sums`, added up.

    Returns:
        Float32 scalar, the loss, and the gradients.
    """
    x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
    replicas = current_replicas()
    size = piece_size(model, replicas)
    x, weights, count = filled_up(x, weights, rows, size)
    parts = cut(x, weights, size, count)
    contrastive, feedback, starts = 0.0, {}, None
    if contrasts(model):
        outputs, starts = embed(model, parts)
        contrastive, feedback = compare(model, outputs, weights, replicas)
    each = per_sum(model, x, weights, replicas)
    gradients, sums = differentiate(
        model, parts, starts, feedback, each, replicas
    )
    loss = batch_loss(model, contrastive, sums, replicas)
    if y is not None:
        model.watch_truncated(y, replicas)
    return loss, gradients
