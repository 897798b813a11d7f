"""The model that ships: its size, its name, its answers, offline."""

import json
import pathlib
import socket

import keras_hub
import numpy as np
import pytest

from keras_sensorlm import SensorLMPreset
from keras_sensorlm import read_days
from keras_sensorlm.models import SensorLMBackbone
from keras_sensorlm.models.presets import SHIPPED
from keras_sensorlm.sensors.readers import example_day_path

NAME = "sensorlm_tiny_en"
GOLDEN = pathlib.Path(__file__).parent / "golden" / "sensorlm_tiny_en.npz"
TEXTS = [
    "sleep",
    "The wearer went for a run.",
    "A mean heart rate of 61.5 bpm.",
]


@pytest.fixture(scope="module")
def preset():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _refuse)
        return SensorLMPreset.from_preset(NAME)


def _refuse(*_):
    raise AssertionError("The shipped model must load without a network.")


@pytest.fixture(scope="module")
def days():
    return read_days(example_day_path())


def test_it_is_small():
    files = [p for p in (SHIPPED / NAME).rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) <= 12_000_000


def test_it_says_what_it_is():
    about = json.loads((SHIPPED / NAME / "about.json").read_text())
    for key in ("description", "params", "license", "trained_on", "not_for"):
        assert about[key], key
    assert NAME in SensorLMBackbone.presets
    assert NAME in keras_hub.models.Backbone.presets


def test_every_backend_embeds_alike(preset, days):
    with np.load(GOLDEN) as expected:
        np.testing.assert_allclose(
            preset.embed_days(days), expected["days"], atol=1e-4
        )
        np.testing.assert_allclose(
            preset.embed_texts(TEXTS), expected["texts"], atol=1e-4
        )


def test_it_tells_a_strangers_night_from_his_walks(preset, days):
    """The shipped day is of a person whom the model never saw."""
    nights, walks = [], []
    for day in days:
        for event in day.events:
            if event.duration < 20:
                continue
            part = day.segment(event.start_minute, event.end_minute)
            if event.kind == "sleep":
                nights.append(part)
            elif event.label.endswith("movement"):
                walks.append(part)
    assert nights and walks
    scores = preset.classify([*nights, *walks], ["sleeping", "moving"])
    asleep = scores[:, 0]
    assert asleep[: len(nights)].mean() > asleep[len(nights) :].mean() + 0.2


def test_it_writes_a_caption(preset, days):
    (caption,) = preset.caption(days[0], max_length=48)
    assert len(caption.split()) > 5
