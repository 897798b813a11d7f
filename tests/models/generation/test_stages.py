"""Stages of writing, and the caches that grow between them."""

import numpy as np
from keras import ops

from keras_sensorlm.models.generation import stages
from keras_sensorlm.models.generation.stages import Unfinished
from keras_sensorlm.models.generation.stages import Written
from keras_sensorlm.models.generation.stages import go_on
from keras_sensorlm.models.generation.stages import stage_lengths
from keras_sensorlm.models.generation.stages import write_in_stages


def test_lengths_end_where_there_is_room(monkeypatch):
    assert stage_lengths(2, 1024) == [64]
    assert stage_lengths(2, 16) == [16]
    assert stage_lengths(512, 1024) == [512]
    assert stage_lengths(513, 1024) == [512, 576]
    monkeypatch.setattr(stages, "STAGE", 128)
    assert stage_lengths(128, 1024) == [128]
    assert stage_lengths(129, 1024) == [128, 192]
    assert stage_lengths(129, 130) == [128, 130]
    assert stage_lengths(512, 512) == [128, 256, 384, 512]
    assert stage_lengths(300, 1024, in_stages=False) == [320]


def test_many_rows_ask_for_shorter_caches():
    assert stage_lengths(512, 1024, rows=7) == [512]
    assert stage_lengths(512, 1024, rows=8) == [128, 256, 384, 512]
    assert stage_lengths(100, 1024, rows=8) == [128]


def test_texts_that_have_ended_ask_for_no_longer_cache():
    calls = []

    def program(inputs):
        tokens = ops.convert_to_numpy(inputs["token_ids"])
        length = tokens.shape[1]
        so_far = inputs.get("unfinished")
        calls.append((length, int(inputs["max_length"]), so_far))
        return Written(tokens + length, length == 6, f"of {length}")

    inputs = {
        "token_ids": np.zeros((2, 9), "int32"),
        "max_length": np.int32(5),
    }
    written = write_in_stages(program, inputs, [3, 6, 9])
    assert calls == [(3, 3, None), (6, 5, "of 3")]
    np.testing.assert_array_equal(written[:, :6], 6)
    np.testing.assert_array_equal(written[:, 6:], 0)


def test_caches_keep_what_is_in_them():
    """On whichever axis their positions are."""
    rng = np.random.default_rng(0)
    shapes = [(2, 3, 4, 5), (2, 3, 5, 4), (2, 5), (2, 1)]
    longer = [(2, 3, 4, 7), (2, 3, 7, 4), (2, 7), (2, 1)]
    old = [rng.normal(size=shape).astype("float32") for shape in shapes]
    unfinished = Unfinished(
        ops.convert_to_tensor(np.ones((2, 5), "int32")),
        4,
        None,
        [ops.convert_to_tensor(x) for x in old],
    )
    prompts = ops.convert_to_tensor(np.full((2, 7), 9, "int32"))
    texts = go_on(unfinished, prompts, [ops.zeros(shape) for shape in longer])
    np.testing.assert_array_equal(texts.tokens, [[1] * 5 + [9] * 2] * 2)
    assert texts.index == 4
    for grown, before, shape in zip(texts.cache, old, longer):
        grown = ops.convert_to_numpy(grown)
        assert grown.shape == shape
        kept = grown[tuple(slice(n) for n in before.shape)]
        np.testing.assert_array_equal(kept, before)
        assert np.count_nonzero(grown) == before.size
