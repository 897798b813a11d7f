"""Maps of minutes and channels: the same on every backend, and right."""

import dataclasses

import keras
import numpy as np
import pytest
from keras import ops

from keras_sensorlm.models.preset import SensorLMPreset
from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.visualization.explanation import keras_vis
from keras_sensorlm.visualization.explanation.gradients import input_gradients
from keras_sensorlm.visualization.explanation.methods import METHODS
from keras_sensorlm.visualization.explanation.methods import SIGNED
from keras_sensorlm.visualization.explanation.methods import explain
from keras_sensorlm.visualization.explanation.occlusion import occlusion
from keras_sensorlm.visualization.explanation.occlusion import without
from keras_sensorlm.visualization.explanation.scores import DayScore
from tests.visualization.explanation import golden
from tests.visualization.explanation.presets import LABELS
from tests.visualization.explanation.presets import TEXT
from tests.visualization.explanation.presets import example_day
from tests.visualization.explanation.presets import make_preset
from tests.visualization.explanation.presets import shared_preset

BY_ENGINE = ("saliency", "smooth_grad", "grad_cam_plus_plus", "score_cam")


@pytest.fixture(scope="module")
def maps():
    return golden.maps()


def needs_keras_vis():
    pytest.importorskip("tf_keras_vis")
    if keras.config.backend() != "tensorflow":
        pytest.skip("tf-keras-vis runs on TensorFlow alone")


def assert_close(found, expected, tolerance=1e-4):
    """Equal to a share of the largest value, missing in the same places."""
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    scale = np.nanmax(np.abs(expected))
    assert scale > 0
    assert np.nanmax(np.abs(found - expected)) < tolerance * scale


def test_every_backend_gives_the_same_maps(maps):
    expected = np.load(golden.PATH)
    assert set(expected) == set(maps)
    for name, values in maps.items():
        assert_close(values, expected[name])


@pytest.mark.parametrize("method", METHODS)
def test_a_map_has_a_number_where_the_day_has_one(method):
    day = example_day()
    values = explain(shared_preset(), day, "run", method=method)
    assert values.shape == (1440, 26) and values.dtype == "float32"
    np.testing.assert_array_equal(np.isnan(values), ~day.observed)
    assert (np.nanmin(values) < 0) == (method in SIGNED)


@pytest.mark.parametrize("method", BY_ENGINE)
@pytest.mark.parametrize("labels", [None, LABELS])
def test_both_engines_agree(method, labels):
    needs_keras_vis()
    ours, theirs = (
        explain(
            shared_preset(), example_day(), TEXT, labels, method, engine=engine
        )
        for engine in ("keras", "tf_keras_vis")
    )
    assert_close(ours, theirs)


@pytest.mark.slow
@pytest.mark.parametrize("other", ["class_token", "channel_summaries"])
def test_both_engines_agree_on_other_encoders(other):
    needs_keras_vis()
    pooling = {"sensor_pooling": "cls"} if other == "class_token" else {}
    skipped = {"skip_empty_patches": other == "channel_summaries"}
    preset = make_preset(sensors={other: True, **skipped}, **pooling)
    for method in ("saliency", "score_cam"):
        ours, theirs = (
            explain(preset, example_day(), "run", method=method, engine=engine)
            for engine in ("keras", "tf_keras_vis")
        )
        assert_close(ours, theirs)


def test_an_engine_that_cannot_be_used_is_explained(monkeypatch):
    arguments = (shared_preset(), example_day(), "run", None, "saliency")
    with pytest.raises(ValueError, match="'auto', 'keras', 'tf_keras_vis'"):
        explain(*arguments, engine="captum")
    monkeypatch.setattr(keras_vis.keras.config, "backend", lambda: "jax")
    with pytest.raises(ImportError, match='engine="keras"'):
        explain(*arguments, engine="tf_keras_vis")


def test_the_shipped_model_has_gradients_on_every_backend():
    preset = SensorLMPreset.from_preset("sensorlm_tiny_en")
    for method in ("saliency", "integrated_gradients"):
        values = explain(preset, example_day(), "run", None, method)
        assert np.isfinite(values[example_day().observed]).all()
        assert np.nanmax(np.abs(values)) > 0


def test_gradients_are_those_of_small_steps():
    preset, day = shared_preset(), example_day()
    score = DayScore(preset, "run")
    x = score.normalised(day)
    _, (gradient,) = input_gradients(score, x[None])
    rng = np.random.default_rng(0)
    observed = day.observed
    assert not gradient[~observed].any()
    way = np.where(observed, rng.standard_normal(x.shape), 0.0)
    way = (0.02 * way).astype("float32")
    after, before = ops.convert_to_numpy(score(np.stack([x + way, x - way])))
    expected = float((gradient * way).sum())
    assert after - before == pytest.approx(2 * expected, rel=0.02)


def test_integrated_gradients_add_up():
    for labels in (None, LABELS):
        score = DayScore(shared_preset(), "run", labels)
        x = score.normalised(example_day())
        day, average = ops.convert_to_numpy(score(np.stack([x, 0 * x])))
        values = explain(
            shared_preset(), example_day(), "run", labels,
            "integrated_gradients", steps=64,
        )  # fmt: skip
        assert np.nansum(values) == pytest.approx(day - average, rel=0.03)


def test_occlusion_is_the_fall_of_the_score():
    preset, day = shared_preset(), example_day()
    values = occlusion(
        preset, day, "run", minutes=360, channels=[["steps", "rmssd"]]
    )
    part = np.zeros_like(day.observed)
    columns = [FEATURE_NAMES.index(name) for name in ("steps", "rmssd")]
    part[720:1080, columns] = True
    scores = DayScore(preset, "run").of_days([day, without(day, part)])
    assert values[800, columns[0]] == pytest.approx(
        scores[0] - scores[1], abs=1e-6
    )
    others = np.delete(values, columns, axis=1)
    assert not np.nan_to_num(others).any()
    assert len(np.unique(values[720:1080, columns])) == 1


def only_reads(preset, name):
    """Makes a model blind to all channels but one."""
    encoder = preset.backbone.sensor_encoder
    kernel = encoder.patch_embedding.values.kernel
    values = ops.convert_to_numpy(kernel.value).copy()
    minutes, channels = encoder.patch_size
    values = values.reshape(minutes, channels, -1)
    place = encoder.layout.index(name)
    for other in range(channels):
        if other != place % channels:
            values[:, other] = 0
    kernel.assign(values.reshape(kernel.shape))


def test_a_channel_that_the_model_does_not_read_gets_nothing():
    preset = make_preset(sensors={"patch_size": (60, 26)})
    only_reads(preset, "steps")
    for method in ("saliency", "integrated_gradients"):
        values = explain(preset, example_day(), "run", method=method)
        steps = FEATURE_NAMES.index("steps")
        assert np.nanmax(np.abs(values[:, steps])) > 0
        assert not np.nan_to_num(np.delete(values, steps, axis=1)).any()


def test_channels_of_another_device_are_found_by_name():
    # The model reads three channels, in an order of its own.
    names = ("steps", "heart_rate", "eda_level")
    preset = make_preset(sensors={"patch_size": (60, 26)})
    moved = preset.backbone.to_grid(features=names)
    converter = type(preset.preprocessor.sensor_converter)(features=names)
    preprocessor = type(preset.preprocessor)(
        preset.tokenizer, converter, sequence_length=16
    )
    moved = SensorLMPreset(moved, preprocessor)
    for method in ("saliency", "grad_cam_plus_plus", "occlusion"):
        values = explain(moved, example_day(), "run", method=method)
        read = [FEATURE_NAMES.index(name) for name in names]
        seen = np.nan_to_num(values).any(axis=0)
        assert set(np.flatnonzero(seen)) <= set(read)
        assert seen.any() or method == "grad_cam_plus_plus"


def test_what_was_filled_in_is_answered_for_by_what_was_observed():
    preset = make_preset(sensors={"missing": "impute"})
    converter = type(preset.preprocessor.sensor_converter)(missing="impute")
    preprocessor = type(preset.preprocessor)(
        preset.tokenizer, converter, sequence_length=16
    )
    preset = SensorLMPreset(preset.backbone, preprocessor)
    day = example_day()
    values = explain(preset, day, "run", method="saliency")
    np.testing.assert_array_equal(np.isnan(values), ~day.observed)
    # The gap of 100 to 200 hangs on the minutes at its edges.
    beside = values[[99, 200]][:, 4:]
    assert beside.mean() > 5 * np.nanmean(values[300:1000, 4:])


def test_a_class_is_explained_among_the_others():
    score = DayScore(shared_preset(), "swim", LABELS)
    chances = shared_preset().classify([example_day()], LABELS)[0]
    expected = np.log(chances[1] / (1 - chances[1]))
    assert score.of_days([example_day()])[0] == pytest.approx(expected, 1e-3)


@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"day": [1]}, "explain each"),
        ({"text": " "}, "sentence"),
        ({"text": "ski", "labels": LABELS}, "one of at least two"),
        ({"method": "lime"}, "'occlusion', 'integrated_gradients'"),
        ({"minutes": 7}, "divide 1440"),
        ({"method": "smooth_grad", "samples": 0}, "at least 1"),
        ({"method": "integrated_gradients", "steps": 0}, "at least 1"),
        ({"method": "score_cam", "max_maps": 0}, "at least 1"),
    ],
)
def test_bad_arguments_teach(kwargs, match):
    arguments = {"day": example_day(), "text": "run", **kwargs}
    with pytest.raises(ValueError, match=match):
        explain(shared_preset(), **arguments)


def test_the_same_day_gives_the_same_map():
    day = dataclasses.replace(example_day())
    one, other = (
        explain(shared_preset(), d, "run", method="smooth_grad", samples=2)
        for d in (day, example_day())
    )
    np.testing.assert_array_equal(one, other)
