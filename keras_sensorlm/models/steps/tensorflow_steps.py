"""Steps of training on TensorFlow: replicas, micro-batches."""

import keras
import tensorflow as tf

from keras_sensorlm.models.steps import pieces
from keras_sensorlm.replicas import current_replicas


def distributed_step(model, data):
    """`train_step` on one of several replicas.

    Keras's own clips each replica's gradients before it adds them up, which
    is not the clipped gradient of the batch.

    Args:
        model: a compiled task with `PairTraining`.
        data: this replica's share of a batch.

    Returns:
        Logs.
    """
    x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
    with tf.GradientTape() as tape:
        outputs = model(x, training=True)
        loss = model.compute_loss(x, y, outputs, weights, training=True)
        scaled = model.optimizer.scale_loss(loss)
    gradients = tape.gradient(scaled, _values(model))
    return _finish(model, loss, gradients, tf.shape(x["sensors"])[0])


def micro_batched_step(model, data):
    """`train_step` with the memory of a micro-batch; see `pieces`.

    Args:
        model: a compiled task with `PairTraining`.
        data: a batch, or this replica's share of it.

    Returns:
        Logs.
    """
    sensors = keras.utils.unpack_x_y_sample_weight(data)[0]["sensors"]
    rows = sensors.shape[0]
    rows = tf.shape(sensors)[0] if rows is None else rows
    loss, gradients = pieces.run_pieces(
        model,
        data,
        rows,
        cut=_Parts,
        embed=_embed,
        compare=_compare,
        differentiate=_differentiate,
    )
    return _finish(model, loss, gradients, rows)


class _Parts:
    """Pieces of a batch by number."""

    def __init__(self, x, weights, size, count):
        self.x = x
        self.weights = weights
        self.size = size
        self.count = tf.convert_to_tensor(count, "int32")

    def cut(self, rows, i):
        piece = rows[i * self.size : (i + 1) * self.size]
        piece.set_shape([self.size, *piece.shape[1:]])
        return piece

    def __getitem__(self, i):
        x = {name: self.cut(rows, i) for name, rows in self.x.items()}
        return x, self.cut(self.weights, i)

    def loop(self, body, start):
        """Runs `body(i, *values)` for each piece, one after the other."""
        return tf.while_loop(
            lambda i, *values: i < self.count,
            lambda i, *values: (i + 1, *body(i, *values)),
            (tf.constant(0), *start),
            # Else the pieces would be in memory together.
            parallel_iterations=1,
        )[1:]


def _embed(model, parts):
    """First run: embeddings of all pieces, and the seeds of each."""
    towers, drawn = pieces.towers_of(model), pieces.random_state(model)

    def body(i, kept, scalars, seeds):
        seeds = [
            array.write(i, tf.convert_to_tensor(v.value))
            for array, v in zip(seeds, drawn)
        ]
        outputs = towers(parts[i][0], training=True)
        kept = [
            array.write(i, outputs[name])
            for array, name in zip(kept, pieces.EMBEDDINGS)
        ]
        return kept, [outputs[name] for name in pieces.SCALARS], seeds

    kept, scalars, seeds = parts.loop(
        body,
        (
            [_array("float32", parts.count) for _ in pieces.EMBEDDINGS],
            [tf.zeros(()) for _ in pieces.SCALARS],
            [_array(v.value.dtype, parts.count) for v in drawn],
        ),
    )
    joined = {k: array.concat() for k, array in zip(pieces.EMBEDDINGS, kept)}
    width = towers.output["sensor_embeddings"].shape[-1]
    for rows in joined.values():
        rows.set_shape((None, width))
    return joined | dict(zip(pieces.SCALARS, scalars)), seeds


def _array(dtype, size):
    return tf.TensorArray(dtype, size, clear_after_read=False)


def _compare(model, outputs, weights, replicas):
    """The contrastive part, and its gradients by the outputs."""
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        part = model.contrastive_part(outputs, weights, replicas)
    feedback = tape.gradient(part, outputs)
    return part, {k: v for k, v in feedback.items() if v is not None}


def _differentiate(model, parts, starts, feedback, each, replicas):
    """Second run: the gradients by the weights, added up."""
    values = _values(model)
    count = tf.cast(parts.count, "float32")

    def body(i, gradients, sums):
        for v, seeds in zip(pieces.random_state(model), starts or []):
            v.assign(seeds.read(i))
        x, weights = parts[i]
        mine = {
            k: v if k in pieces.SCALARS else parts.cut(v, i)
            for k, v in feedback.items()
        }
        with tf.GradientTape() as tape:
            loss, new = pieces.piece_loss(
                model, x, weights, mine, each, count, replicas
            )
            loss = model.optimizer.scale_loss(loss)
        more = tape.gradient(
            loss, values, unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        more = [tf.convert_to_tensor(gradient) for gradient in more]
        return [a + b for a, b in zip(gradients, more)], sums + new

    return parts.loop(
        body, ([tf.zeros(v.shape, v.dtype) for v in values], tf.zeros(5))
    )


def _values(model):
    return [v.value for v in model.trainable_weights]


def _finish(model, loss, gradients, rows):
    """Updates weights and metrics."""
    replicas = current_replicas()
    # What a metric of a replica gets, its mean over replicas is the loss.
    model._loss_tracker.update_state(loss * replicas.count, sample_weight=rows)
    weights = list(model.trainable_weights)
    if replicas.count > 1:
        gradients, weights = _summed(gradients, weights)
        _spare_the_second_sum(model.optimizer)
    model.optimizer.apply(gradients, weights)
    return model.get_metrics_result()


def _summed(gradients, weights):
    """Gradients of all replicas together, and the weights that have one."""
    pairs = [
        (tf.convert_to_tensor(gradient), weight)
        for gradient, weight in zip(gradients, weights)
        if gradient is not None
    ]
    gradients, weights = zip(*pairs)
    context = tf.distribute.get_replica_context()
    gradients = context.all_reduce(tf.distribute.ReduceOp.SUM, list(gradients))
    return gradients, list(weights)


def _spare_the_second_sum(optimizer):
    """Keeps Keras from adding up gradients that are added up already."""
    name = "_all_reduce_sum_gradients"
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    if not hasattr(optimizer, name):
        raise RuntimeError(
            f"This version of Keras ({keras.__version__}) adds up the "
            f"gradients of replicas in another way than by `{name}`, so that "
            "they would be added up twice."
        )
    setattr(optimizer, name, lambda pairs: pairs)
