"""Tests of maps: deletion and insertion, and models that forget."""

import math

import numpy as np
import pytest
from keras import ops

from keras_sensorlm.sensors.day import stack_days
from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.visualization.explanation import methods
from keras_sensorlm.visualization.explanation.faithfulness import (
    deletion_insertion,
)
from keras_sensorlm.visualization.explanation.faithfulness import faithfulness
from keras_sensorlm.visualization.explanation.sanity import rank_correlation
from keras_sensorlm.visualization.explanation.sanity import sanity_check
from tests.visualization.days import whole_day
from tests.visualization.explanation.presets import example_day
from tests.visualization.explanation.presets import make_preset

HEART = feature_index("heart_rate")


class HeartAtNoon:
    """A model that looks at heart rate from 12:00 to 14:00 and no more."""

    def embed_texts(self, texts, **kwargs):
        return np.array([[1.0, 0.0]] * len(texts), "float32")

    def embed_days(self, days, *args, **kwargs):
        seen = ~np.isnan(stack_days(days)[:, 720:840, HEART])
        angle = math.pi / 2 * (1 - seen.mean(axis=1))
        return np.stack([np.cos(angle), np.sin(angle)], 1).astype("float32")


def truth():
    values = np.zeros((1440, 26), "float32")
    values[720:840, HEART] = 1.0
    return values


@pytest.mark.parametrize("control", ["random", "rolled"])
def test_the_true_map_is_faithful_and_its_opposite_is_not(control):
    settings = {"controls": 8, "control": control, "steps": 8}
    found = deletion_insertion(
        HeartAtNoon(), whole_day(), "noon", truth(), **settings
    )
    assert found.deletion[0] == found.insertion[-1] == pytest.approx(1.0)
    assert found.deletion[-1] == found.insertion[0]
    assert found.deletion[1] == pytest.approx(0.0, abs=1e-6)
    assert found.area(found.deletion) == pytest.approx(1 / 16, abs=1e-6)
    assert found.faithful
    assert found.deletion_gain > 0 and found.insertion_gain > 0
    wrong = deletion_insertion(
        HeartAtNoon(), whole_day(), "noon", -truth(), **settings
    )
    assert not wrong.faithful and wrong.insertion_gain < 0


def test_missing_values_are_no_part_of_the_test():
    day = whole_day().segment(700, 860)
    values = np.where(day.observed, truth(), np.nan)
    found = deletion_insertion(HeartAtNoon(), day, "noon", values, controls=4)
    assert found.faithful
    assert found.shares[[0, -1]].tolist() == [0.0, 1.0]


def test_many_days_give_an_interval(monkeypatch):
    def knows(preset, day, text, labels=None):
        return truth()

    def knows_not(preset, day, text, labels=None):
        rng = np.random.default_rng(int(day.participant))
        return rng.random((1440, 26))

    days = [whole_day(participant=str(i)) for i in range(6)]
    for name, function in (("knows", knows), ("knows_not", knows_not)):
        monkeypatch.setitem(methods.METHODS, name, function)
        found = faithfulness(
            HeartAtNoon(), days, "noon", method=name, controls=4, steps=5
        )
        low, high = found.deletion_interval
        assert low <= found.deletion_gain <= high
        assert found.faithful == (name == "knows")
        assert (found.faithful_days == 6) == (name == "knows")


@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"values": np.zeros((2, 2))}, r"map \(1440, 26\)"),
        ({"minutes": 7}, "divide"),
        ({"control": "best"}, "'random', 'rolled'"),
        ({"steps": 0}, "at least 1"),
        ({"day": whole_day().segment(0, 1).segment(5, 6)}, "no value"),
    ],
)
def test_bad_arguments_teach(kwargs, match):
    arguments = {"day": whole_day(), "values": truth(), **kwargs}
    with pytest.raises(ValueError, match=match):
        deletion_insertion(HeartAtNoon(), text="noon", **arguments)


def test_days_and_texts_must_pair():
    with pytest.raises(ValueError, match="2 days, 1 texts"):
        faithfulness(HeartAtNoon(), [whole_day()] * 2, ["noon"])


def test_a_model_that_forgets_changes_the_map_and_gets_its_weights_back():
    preset, day = make_preset(), example_day()
    before = [ops.convert_to_numpy(w.value) for w in preset.backbone.weights]
    found = sanity_check(preset, day, "run", method="saliency")
    assert list(found) == [
        "sensor_head", "norm", "block_1", "block_0", "patch_embedding",
    ]  # fmt: skip
    assert abs(found["patch_embedding"]) < 0.5
    for weight, value in zip(preset.backbone.weights, before):
        after = ops.convert_to_numpy(weight.value)
        np.testing.assert_array_equal(after, value)


def test_a_map_that_does_not_ask_the_model_is_found_out(monkeypatch):
    def outline(preset, day, text, labels=None):
        return day.values

    monkeypatch.setitem(methods.METHODS, "outline", outline)
    found = sanity_check(make_preset(), example_day(), "run", method="outline")
    assert set(found.values()) == {1.0}


def test_weights_come_back_after_an_error(monkeypatch):
    calls = []

    def fails(preset, day, text, labels=None):
        calls.append(day)
        if len(calls) > 1:
            raise RuntimeError("no more")
        return day.values

    preset = make_preset()
    weight = preset.backbone.sensor_head.weights[0]
    before = ops.convert_to_numpy(weight.value)
    monkeypatch.setitem(methods.METHODS, "fails", fails)
    with pytest.raises(RuntimeError):
        sanity_check(preset, example_day(), "run", method="fails")
    np.testing.assert_array_equal(ops.convert_to_numpy(weight.value), before)


def test_constant_maps_have_no_rank():
    assert math.isnan(rank_correlation(np.zeros(5), np.arange(5.0)))
