"""Writing texts in stages, each with caches just long enough for it.

A program is compiled for one length of its caches, and attention reads all
of it at every token. So a long text begins in shorter caches, and when they
are full, goes on in longer ones; a text that ends early never asks for the
programs of the longer ones.
"""

from typing import Any
from typing import NamedTuple

import numpy as np
from keras import ops
from keras import tree

# Shorter stages read less, and each is a program that takes seconds to
# compile: `examples/benchmarks/generation.py --stage` measures others.
STAGE = 512
# With so many rows, reading caches takes most of the time.
MANY_ROWS = 8
STAGE_OF_MANY = 128
# Lengths are multiples of this, so that few of them are compiled.
BUCKET = 64


class Unfinished(NamedTuple):
    """Texts being written.

    Attributes:
        tokens: int tensor `(rows, length)`. What is written, then anything.
        index: int scalar. Position of the last token.
        done: bool tensor `(rows,)`. Which rows have ended.
        cache: nested tensors, what the model keeps of the tokens before.
        scores: float tensor `(rows,)`, a beam search's; or `()`.
    """

    tokens: Any
    index: Any
    done: Any
    cache: Any
    scores: Any = ()


class Written(NamedTuple):
    """What a stage hands on.

    Attributes:
        tokens: int tensor `(batch, length)`. The texts, then padding.
        finished: bool scalar. Whether all of them have ended.
        unfinished: `Unfinished`, from which the next stage goes on.
    """

    tokens: Any
    finished: Any
    unfinished: Any


def stage_lengths(max_length, longest, rows=1, in_stages=True):
    """Lengths of the caches, one after the other.

    Args:
        max_length: int. Most tokens of a text.
        longest: int, at least `max_length`. The most positions there are.
        rows: int. Texts written at once. Defaults to `1`.
        in_stages: bool. `False` for one stage, of the last's length.

    Returns:
        List of int. The last is `max_length` rounded up, so that another
        `max_length` is seldom another program.

    Example:

    >>> stage_lengths(300, 1024)
    [320]
    >>> stage_lengths(1200, 1210)
    [512, 1024, 1210]
    >>> stage_lengths(300, 1024, rows=8)
    [128, 256, 320]
    """
    last = min(-(-max_length // BUCKET) * BUCKET, longest)
    stage = STAGE if rows < MANY_ROWS else STAGE_OF_MANY
    return [*range(stage, last, stage), last] if in_stages else [last]


def write_in_stages(program, inputs, lengths):
    """Writes one batch.

    Args:
        program: callable of the inputs of `generate_step` that returns a
            `Written`.
        inputs: dict of arrays as `generate_step` takes them, but for
            `"unfinished"`.
        lengths: list of int from `stage_lengths`.

    Returns:
        Int array `(batch, length)`, as long as `"token_ids"`.
    """
    texts = np.array(ops.convert_to_numpy(inputs["token_ids"]))
    so_far = {}
    for length in lengths:
        stage = {
            **inputs,
            "token_ids": texts[:, :length],
            "max_length": np.minimum(inputs["max_length"], length),
        }
        stage = tree.map_structure(ops.convert_to_tensor, stage)
        written = program({**stage, **so_far})
        if bool(written.finished):
            break
        so_far = {"unfinished": written.unfinished}
    tokens = ops.convert_to_numpy(written.tokens)
    texts[:, : tokens.shape[1]] = tokens
    return texts


def go_on(unfinished, prompts, cache):
    """Unfinished texts in a longer buffer and longer caches.

    Args:
        unfinished: `Unfinished` of the stage before.
        prompts: int tensor `(rows, length)`. A prompt may be longer than
            the stage before was.
        cache: nested tensors, the empty caches of this stage.

    Returns:
        `Unfinished`.
    """

    def lengthened(new, old):
        # Caches have positions on any axis; all others are equal.
        return ops.slice_update(new, [0] * len(new.shape), old)

    return unfinished._replace(
        tokens=lengthened(prompts, unfinished.tokens),
        cache=tree.map_structure(lengthened, cache, unfinished.cache),
    )
