"""Attention: of the encoder, and of each written word."""

import numpy as np
import pytest
from keras import ops

from keras_sensorlm.visualization.explanation import rollout
from keras_sensorlm.visualization.explanation.rollout import attention_rollout
from keras_sensorlm.visualization.explanation.tokens import DayTokens
from keras_sensorlm.visualization.explanation.words import caption_attention
from tests.visualization.days import whole_day
from tests.visualization.explanation.presets import example_day
from tests.visualization.explanation.presets import make_preset
from tests.visualization.explanation.presets import shared_preset


def test_shares_of_a_whole_day_sum_to_one():
    values = attention_rollout(shared_preset(), whole_day())
    assert values.sum() == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_rollout_starts_from_what_is_pooled(pooling):
    first = pooling == "cls"
    preset = make_preset(sensors={"class_token": first}, sensor_pooling=pooling)
    read = DayTokens(preset, whole_day())
    total = np.eye(read.count)
    for attention in read.attentions():
        total = (attention.mean(axis=0) + np.eye(read.count)) / 2 @ total
    expected = total[0] if first else total.mean(axis=0)
    found = 60 * 13 * attention_rollout(preset, whole_day())[::60, ::13]
    np.testing.assert_allclose(found.ravel(), expected[first:], rtol=1e-4)


def test_tokens_are_those_of_the_encoder():
    preset, day = shared_preset(), example_day()
    read = DayTokens(preset, day)
    expected = preset.backbone.sensor_tokens(read.normalised(day)[None])
    np.testing.assert_allclose(
        ops.convert_to_numpy(read.tokens),
        ops.convert_to_numpy(expected),
        atol=1e-5,
    )


def test_nothing_looks_at_rectangles_that_are_skipped():
    preset = make_preset(sensors={"skip_empty_patches": True})
    day = whole_day().segment(600, 720)
    values = attention_rollout(preset, day)
    assert np.nansum(values[600:720]) == pytest.approx(1.0, abs=1e-4)


def test_each_word_has_a_map_that_later_words_do_not_change():
    preset = shared_preset()
    one = caption_attention(preset, whole_day(), "a run at noon")
    other = caption_attention(preset, whole_day(), "A run by night.")
    assert one.words == ("a", "run", "at", "noon")
    assert one.maps.shape == (4, 1440, 26)
    np.testing.assert_allclose(one.maps[:2], other.maps[:2], rtol=1e-4)
    sums = one.maps[0].sum()
    assert sums == pytest.approx(1.0, abs=1e-4)
    assert not np.allclose(one.of("run"), one.of("noon"))
    np.testing.assert_array_equal(other.of("NIGHT"), other.maps[-1])


def test_words_of_several_tokens_are_whole():
    looked = caption_attention(shared_preset(), whole_day(), "at 07:40, then")
    assert looked.words == ("at", "07:40,", "then")
    assert looked.tokens == (1, 6, 1)
    assert looked.caption == "at 07:40, then"
    with pytest.raises(KeyError, match="07:40"):
        looked.of("swim")


def test_attention_goes_through_queries_or_straight():
    for memory in ("pooled", "tokens"):
        preset = make_preset(caption_memory=memory)
        for through in (False, True):
            looked = caption_attention(
                preset, whole_day(), "a run", through_blocks=through
            )
            sums = looked.maps[1].sum()
            assert sums == pytest.approx(1.0, abs=1e-4)


def test_what_it_writes_itself_is_explained():
    preset, day = shared_preset(), example_day()
    looked = caption_attention(preset, day)
    assert looked.caption == " ".join(preset.caption([day])[0].split())
    np.testing.assert_array_equal(np.isnan(looked.maps[0]), ~day.observed)


def test_a_model_without_decoder_says_so():
    preset = make_preset(decoder=False)
    with pytest.raises(ValueError, match="no decoder"):
        caption_attention(preset, example_day(), "a run")
    with pytest.raises(ValueError, match="caption to explain"):
        caption_attention(shared_preset(), example_day(), "")


def test_pooling_shares_are_attention():
    read = DayTokens(shared_preset(), example_day())
    head = shared_preset().backbone.sensor_head
    assert rollout.pooled_shares(head, read).sum() == pytest.approx(1.0, 1e-4)


def test_a_summary_of_a_channel_is_spread_over_its_minutes():
    read = DayTokens(shared_preset(), whole_day())
    shares = np.zeros(24 * 2 + 26, "float32")
    shares[[1, 48 + 10]] = 0.25, 0.75
    values = read.from_shares(shares)
    assert values.sum() == pytest.approx(1.0, abs=1e-4)
    assert values[:60, 13:].sum() == pytest.approx(0.25, abs=1e-4)
    assert values[:, 10].sum() == pytest.approx(0.75, abs=1e-4)
