"""Rows of the batches in which captions are written."""

import keras
from keras import ops


def batch_rows(count, total, batch_size):
    """Rows of a batch: few sizes, so that few programs are compiled."""
    if keras.config.backend() == "torch":
        return count
    if total > batch_size:
        return batch_size
    return min(batch_size, 1 << (count - 1).bit_length())


def fill_rows(x, rows, value=None):
    """`x` with rows of `value`, by default its first row, at the end."""
    missing = rows - x.shape[0]
    if missing == 0:
        return x
    fill = ops.repeat(x[:1], missing, axis=0)
    fill = fill if value is None else ops.full_like(fill, value)
    return ops.concatenate([x, fill])


def repeat_rows(x, times):
    """Every row `times` times."""
    return x if times == 1 else ops.repeat(x, times, axis=0)
