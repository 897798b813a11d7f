"""Days and texts in batches of few sizes."""

import numbers
from collections.abc import Iterable

import numpy as np
from keras import ops

from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.day import list_days

# A bar for less work than this would be gone before it is read.
_PROGRESS_BATCHES = 8
_SHORTEST_TEXT = 16


def as_batch(days):
    """Days as something that has a length and can be sliced."""
    days = list_days(days)
    if not isinstance(days, list):
        # Tensors too, wherever they lie.
        return ops.convert_to_numpy(days)
    if not days or any(isinstance(day, SensorDay) for day in days):
        return [d if isinstance(d, SensorDay) else SensorDay(d) for d in days]
    return np.concatenate([as_batch(day) for day in days])


def as_texts(texts, name="texts"):
    """Texts as a list of str; bytes, as TensorFlow gives them, are decoded."""
    if isinstance(texts, (str, bytes)):
        texts = [texts]
    elif hasattr(texts, "shape"):
        texts = np.asarray(texts).ravel().tolist()
    elif not isinstance(texts, Iterable):
        texts = [texts]
    texts = [t.decode() if isinstance(t, bytes) else t for t in texts]
    for text in texts:
        if not isinstance(text, str):
            raise ValueError(
                f"`{name}` should be str or a list of str. Received: {text!r} "
                f"({type(text).__name__})"
            )
    return texts


def check_at_least_one(name, value):
    """Raises unless `value` is a whole number of at least 1."""
    if not isinstance(value, numbers.Integral) or value < 1:
        raise ValueError(
            f"`{name}` should be a whole number of at least 1. "
            f"Received: {name}={value!r}"
        )


def rounded_up(rows, batch_size):
    """A power of two, or the batch size: few shapes are few programs."""
    size = 1
    while size < rows:
        size *= 2
    return min(size, batch_size)


def text_length(backbone, preprocessor, texts):
    """Tokens to pad to: where padding is not read, no more than needed."""
    longest = preprocessor.sequence_length
    if backbone.reads_text_padding:
        return longest
    needed = max(map(len, preprocessor.tokenizer.tokenize(texts)), default=0)
    # Powers of two, so that a new length is seldom a new program.
    length = _SHORTEST_TEXT
    while length < needed + 2:
        length *= 2
    return min(length, longest)


def filled_up(value, rows):
    """A tensor with rows of zeros at the end."""
    value = ops.convert_to_tensor(value)
    missing = rows - value.shape[0]
    widths = [[0, missing]] + [[0, 0]] * (len(value.shape) - 1)
    return ops.pad(value, widths) if missing else value


def with_progress(batches, description, verbose):
    """The batches one by one, with a bar where somebody would see it."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    if verbose == "auto":
        verbose = len(batches) > _PROGRESS_BATCHES and console.is_terminal
    return track(
        batches,
        description,
        console=console,
        transient=True,
        disable=not verbose,
    )
