"""Writing captions: with and without cache, within limits, reproducibly."""

import keras
import keras_hub
import numpy as np
import pytest

from keras_sensorlm import models
from keras_sensorlm.models.generation import side_by_side
from keras_sensorlm.models.generation import stages
from keras_sensorlm.models.layers.number_embedding import number_symbols
from keras_sensorlm.sensors.day import SensorDay
from tests.models.backend_helpers import to_numpy
from tests.models.task_helpers import LENGTH
from tests.models.task_helpers import TEXTS
from tests.models.task_helpers import example_days
from tests.models.task_helpers import make_backbone
from tests.models.task_helpers import make_decisive
from tests.models.task_helpers import make_preprocessor


def make_captioner(preprocessor=True, seed=0, **kwargs):
    backbone = make_backbone(layers=2, **kwargs)
    make_decisive(backbone, seed)
    return models.SensorLMCaptioner(
        backbone, make_preprocessor() if preprocessor else None
    )


@pytest.fixture(scope="module")
def captioner():
    return make_captioner()


@pytest.fixture(scope="module")
def encoded(captioner):
    return captioner.encode(example_days())


SETTINGS = [
    {},
    {"sampler": "top_k", "seed": 3},
    {"sampler": "beam", "min_length": 8},
    {"no_repeat_ngram": 2, "repetition_penalty": 1.3, "min_length": LENGTH},
    {"prompts": ["a", "a long", "the run was in", "noon"]},
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_cache_changes_no_word(captioner, encoded, settings):
    cached = captioner.generate(encoded, **settings)
    plain = captioner.generate(encoded, use_cache=False, **settings)
    assert cached == plain
    assert len(set(cached)) > 1 and all(cached)


STAGED = [
    {"sampler": "random", "seed": 3, "min_length": LENGTH},
    {"sampler": "beam", "min_length": 8},
    # One is longer than the first stage.
    {"prompts": ["a", "a long " * 4, "the run was in", "noon and a"]},
]


@pytest.mark.parametrize("settings", STAGED)
def test_caches_that_grow_change_no_word(
    captioner, encoded, settings, monkeypatch
):
    whole = captioner.generate(encoded, **settings)
    monkeypatch.setattr(stages, "STAGE", LENGTH // 2)
    assert captioner.generate(encoded, **settings) == whole


@pytest.mark.parametrize("settings", [{}, *STAGED[1:]])
def test_parts_of_a_batch_change_no_word(
    captioner, encoded, settings, monkeypatch
):
    whole = captioner.generate(encoded, **settings)
    monkeypatch.setattr(side_by_side.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(side_by_side, "ROWS", 2)
    monkeypatch.setattr(stages, "MANY_ROWS", 2)
    monkeypatch.setattr(stages, "STAGE_OF_MANY", LENGTH // 2)
    # A program may be compiled by the threads, and is then only called.
    for _ in range(2):
        assert captioner.generate(encoded, **settings) == whole


@pytest.mark.parametrize("copies", [False, True])
def test_a_memory_of_tokens_and_its_mask(copies):
    symbols = number_symbols(make_preprocessor().tokenizer.get_vocabulary())
    captioner = make_captioner(
        caption_memory="tokens",
        sensors={"skip_empty_patches": True, "patch_size": (10, 13)},
        texts={"number_symbols": symbols if copies else None},
        number_pointer=copies,
    )
    encoded = captioner.encode(example_days())
    assert not to_numpy(encoded.mask).all()
    for kwargs in ({}, {"sampler": "beam"}):
        cached = captioner.generate(encoded, **kwargs)
        plain = captioner.generate(encoded, use_cache=False, **kwargs)
        assert cached == plain


def test_each_caption_is_that_of_its_day(captioner, encoded):
    together = captioner.generate(encoded)
    for batch_size in (1, 3):
        assert captioner.generate(encoded, batch_size=batch_size) == together
    days = [SensorDay(values) for values in example_days()]
    assert captioner.generate(days) == together
    assert captioner.generate(example_days(), batch_size=3) == together
    assert captioner.generate(days[2]) == together[2:3]
    assert captioner.generate(example_days()[2]) == together[2:3]
    assert captioner.generate(encoded[1:3]) == together[1:3]
    assert captioner.generate({"sensors": days}) == together


def test_days_are_encoded_once(captioner, encoded, monkeypatch):
    def fail(*args, **kwargs):
        raise AssertionError("The days were encoded again.")

    monkeypatch.setattr(type(captioner), "encode", fail)
    assert len(captioner.generate(encoded, sampler="top_p", seed=0)) == 4


def test_prompts_begin_the_captions(captioner, encoded):
    prompts = ["a", "a long walk", "the run was in", "noon"]
    captions = captioner.generate(encoded, prompts=prompts)
    for prompt, caption in zip(prompts, captions):
        assert caption.startswith(prompt)
    one_for_all = captioner.generate(encoded, prompts="a long walk")
    assert one_for_all[1] == captions[1]
    assert all(c.startswith("a long walk") for c in one_for_all)
    days = {"sensors": example_days(), "text": prompts}
    assert captioner.generate(days) == captions


def raw(captioner, end_token_id, **kwargs):
    """Token ids of captions, by a captioner without preprocessor."""
    normalised = make_preprocessor()({"sensors": example_days()})["sensors"]
    prompts = {
        "token_ids": np.full((4, 1), 3),
        "padding_mask": np.ones((4, 1)),
    }
    outputs = captioner.generate(
        normalised,
        LENGTH,
        prompts=prompts,
        end_token_id=end_token_id,
        **kwargs,
    )
    return outputs["token_ids"], outputs["padding_mask"]


def test_each_row_ends_at_its_own_end():
    captioner = make_captioner(preprocessor=False)
    unused = 499
    ids, mask = raw(captioner, unused)
    assert ids.shape == mask.shape == (4, LENGTH)
    assert unused not in ids and mask.all()
    # Some word of the first caption that not all captions have as early.
    end = int(ids[0, 5])
    ended, mask = raw(captioner, end)
    lengths = []
    for row, free, kept in zip(ended, ids, mask):
        found = np.flatnonzero(free[1:] == end)
        length = found[0] + 2 if len(found) else LENGTH
        np.testing.assert_array_equal(row[:length], free[:length])
        np.testing.assert_array_equal(kept, np.arange(LENGTH) < length)
        lengths.append(length)
    assert lengths[0] <= 6 and len(set(lengths)) > 1
    # Not before its time.
    late, mask = raw(captioner, end, min_length=12)
    assert mask.sum(axis=1).min() >= 12
    assert end not in late[:, :11]


def test_lengths(captioner, encoded):
    count = captioner.preprocessor.tokenizer.tokenize
    for length in (4, 9, LENGTH):
        captions = captioner.generate(
            encoded, max_length=length, min_length=length
        )
        # Without the start token; the last may be the end.
        assert all(length - 2 <= len(count(c)) < length for c in captions)


def test_no_special_or_unknown_token_is_ever_written():
    """Although the model has room for tokens that the tokenizer lacks."""
    captioner = make_captioner()
    tokenizer = models.SensorLMTokenizer(vocabulary_size=120)
    captioner.preprocessor = models.SensorLMPreprocessor(
        tokenizer, sequence_length=LENGTH
    )
    captions = captioner.generate(
        np.repeat(example_days(), 4, axis=0),
        sampler="random",
        temperature=50.0,
        seed=0,
    )
    assert len(set(captions)) == 16
    for caption in captions:
        ids = tokenizer.tokenize(caption)
        assert not set(ids) & set(tokenizer.special_token_ids)


def test_samplers_and_seeds(captioner, encoded):
    kwargs = {"temperature": 3.0}
    random, again, other = (
        captioner.generate(encoded, sampler="random", seed=seed, **kwargs)
        for seed in (1, 1, 2)
    )
    assert random == again != other
    sampler = keras_hub.samplers.RandomSampler(seed=1, **kwargs)
    assert captioner.generate(encoded, sampler=sampler) == random
    # An object goes on where it was; a new one begins anew.
    assert captioner.generate(encoded, sampler=sampler) != random
    sampler = keras_hub.samplers.RandomSampler(seed=1, **kwargs)
    assert captioner.generate(encoded, sampler=sampler) == random
    beam = keras_hub.samplers.BeamSampler(num_beams=1)
    greedy = captioner.generate(encoded)
    assert captioner.generate(encoded, sampler=beam) == greedy
    captioner.compile(sampler=keras_hub.samplers.TopKSampler(k=1))
    assert captioner.generate(encoded) == greedy
    captioner.compile()


def test_a_new_length_is_not_a_new_program(captioner, encoded, monkeypatch):
    calls = []
    step = type(captioner).generate_step

    def counted(self, *args, **kwargs):
        calls.append(args)
        return step(self, *args, **kwargs)

    monkeypatch.setattr(type(captioner), "generate_step", counted)
    # Settings that no other test has, so that nothing is compiled yet.
    for length in (5, 7, 9):
        captioner.generate(
            encoded, length, min_length=length - 2, repetition_penalty=1.7
        )
    runs = 3 if keras.backend.backend() == "torch" else 1
    assert len(calls) == runs


def test_new_weights_are_seen_at_once():
    captioner = make_captioner()
    before = captioner.generate(example_days())
    make_decisive(captioner.backbone, seed=1)
    changed = captioner.generate(example_days())
    assert changed != before
    captioner.backbone.enable_lora(2)
    value = captioner.backbone.decoder.blocks[0].attention.value
    change = np.random.default_rng(0).normal(size=(2, 16), scale=100.0)
    value.lora_kernel_b.assign(change)
    assert captioner.generate(example_days()) != changed


def test_half_precision():
    captioner = make_captioner(dtype="mixed_bfloat16")
    captions = captioner.generate(example_days(), min_length=4)
    assert len(captions) == 4 and all(captions)


def test_keras_hubs_base_class_finds_it(captioner, encoded, tmp_path):
    captions = captioner.generate(encoded)
    captioner.save_to_preset(str(tmp_path))
    loaded = keras_hub.models.Seq2SeqLM.from_preset(str(tmp_path))
    assert type(loaded) is models.SensorLMCaptioner
    assert loaded.generate(example_days()) == captions


def test_it_learns_captions_alone(captioner):
    logs = captioner.evaluate(
        example_days(), TEXTS, return_dict=True, verbose=0
    )
    assert logs["loss"] == pytest.approx(logs["captioning_loss"])
    assert "contrastive_loss" not in logs


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"max_length": LENGTH + 1}, "max_length"),
        ({"max_length": 1}, "max_length"),
        ({"max_length": 5, "min_length": 6}, "min_length"),
        ({"prompts": ["one", "two"]}, "2 prompts for 4 days"),
        ({"prompts": "a " * 20}, "leave room"),
        ({"sampler": "best"}, "greedy"),
        ({"temperature": 0.5}, "its own temperature"),
        ({"no_repeat_ngram": -1}, "no_repeat_ngram"),
    ],
)
def test_unusable_settings(captioner, encoded, arguments, message):
    with pytest.raises(ValueError, match=message):
        captioner.generate(encoded, **arguments)


def test_unusable_models_and_days(captioner):
    with pytest.raises(ValueError, match="MultimodalDecoder"):
        models.SensorLMCaptioner(make_backbone(decoder=False))
    with pytest.raises(ValueError, match="at least one day"):
        captioner.generate([])
    bare = make_captioner(preprocessor=False)
    with pytest.raises(ValueError, match="end_token_id"):
        bare.generate(example_days())
    with pytest.raises(ValueError, match="padding_mask"):
        bare.generate(example_days(), prompts="a walk", end_token_id=1)
