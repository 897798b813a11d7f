"""Labels of a request, in TensorFlow operations."""

import tensorflow as tf

# Stands for minus infinity, of which a row without any label would get NaN.
_NEVER = -1e9


def distinct(labels):
    """Each label once, since a text is expensive to read.

    Args:
        labels: string tensor `(batch, m)`.

    Returns:
        String tensor `(k,)` and int32 tensor `(batch, m)`, each label's
        place in it.
    """
    names, index = tf.unique(tf.reshape(labels, [-1]))
    return names, tf.reshape(index, tf.shape(labels))


def label_probabilities(logits, index, given):
    """Softmax over the labels of each row.

    A label that comes twice in a row counts once. A server that joins
    requests with different numbers of labels fills the shorter ones up with
    their first label, and that must not change their answers.

    Args:
        logits: float32 tensor `(batch, m)`.
        index: int32 tensor `(batch, m)`. Equal where labels are equal.
        given: bool tensor `(batch, m)`. False for the empty label, which
            does not count.

    Returns:
        Float32 tensor `(batch, m)`, 0 where there is no label.
    """
    order = tf.range(tf.shape(index)[1])
    before = order[None, :] < order[:, None]
    same = index[:, None, :] == index[:, :, None]
    again = tf.reduce_any(same & before, axis=2)
    counted = tf.where(given & ~again, logits, _NEVER)
    total = tf.reduce_logsumexp(counted, axis=1, keepdims=True)
    return tf.where(given, tf.exp(logits - total), 0.0)
