"""Numbers of a day, and captions that copy them."""

import re

import numpy as np
import pytest
from keras import ops

from keras_sensorlm import HierarchicalCaptioner
from keras_sensorlm import SensorConverter
from keras_sensorlm import read_days
from keras_sensorlm import simulate_days
from keras_sensorlm.models.layers.day_numbers import DayNumbers
from keras_sensorlm.models.layers.number_pointer import NumberPointer
from keras_sensorlm.models.layers.number_spelling import END
from keras_sensorlm.models.layers.number_spelling import NUM_CHARACTERS
from keras_sensorlm.models.layers.number_spelling import spelled
from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.readers import example_day_path
from tests.models.backend_helpers import to_numpy
from tests.models.layer_test_case import LayerTestCase

SYMBOLS = {str(i): [i] for i in range(10)} | {".": [10], "-": [11]}
CHARACTERS = "0123456789.-"


def text_of(characters):
    return "".join(CHARACTERS[i] for i in characters if i != END)


def numbers():
    """One day of two channels that know 75.9 and -0.25, and no more."""
    found = np.full((1, 2, 3, 8), END, "int32")
    found[0, 0, 1] = [7, 5, 10, 9, END, END, END, END]
    found[0, 1, 0] = [11, 0, 10, 2, 5, END, END, END]
    return found


class TestNumberPointer(LayerTestCase):
    golden = "number_pointer"

    def make(self, **kwargs):
        return NumberPointer(15, SYMBOLS, **kwargs)

    def inputs(self):
        states = np.random.default_rng(0).normal(size=(1, 6, 4))
        return {
            "states": states.astype("float32"),
            "token_ids": np.array([[14, 7, 5, 10, 12, 11]], "int32"),
            "numbers": numbers(),
        }

    def test_some_positions_are_as_all_of_them(self):
        layer, x = self.made(), self.inputs()
        expected = to_numpy(self.call(layer)[0])
        places = np.array([2, 3], "int32")
        found = self.call(layer, states=x["states"][:, 2:4], positions=places)[
            0
        ]
        np.testing.assert_allclose(to_numpy(found), expected[:, 2:4], atol=1e-5)

    def test_no_number_is_as_long_as_a_long_run_of_digits(self):
        token_ids = np.full((1, 6), 7, "int32")
        x = self.inputs()
        states = np.concatenate([x["states"]] * 2, axis=1)
        token_ids = np.concatenate([token_ids] * 2, axis=1)
        added = self.call(self.made(), states=states, token_ids=token_ids)[0]
        assert (to_numpy(added)[0, 7:] == 0).all()
        assert (to_numpy(added)[0, :7] != 0).any(axis=1).all()

    def test_a_number_is_copied_to_its_end(self):
        layer = self.made()
        for weight in layer.weights:
            weight.assign(np.zeros(weight.shape))
        aim = np.zeros((4, 2))
        aim[0, 1] = 9.0
        layer.channel_kernel.assign(aim)
        layer.strength.assign([5.0])
        layer.consistency.assign([5.0])
        states = np.array([[[1.0, 0, 0, 0]] * 6], "float32")
        written = [14]
        for character in [11, 0, 10, 2, 5]:
            here = np.array([written + [14] * (6 - len(written))], "int32")
            added = self.call(layer, states=states, token_ids=here)[0]
            added = to_numpy(added)[0, len(written) - 1]
            assert added.argmax() == character
            written.append(character)
        added = self.call(layer, states=states, token_ids=np.array([written]))
        # Where it is over, digits are held back.
        assert to_numpy(added[0])[0, -1, :12].max() < -1.0


class TestDayNumbers(LayerTestCase):
    golden = "day_numbers"
    # It has no weights, and gives whole numbers.
    test_mixed_precision = None
    test_every_weight_has_a_gradient = None

    def make(self, **kwargs):
        layout = ("steps", None, "heart_rate")
        return DayNumbers(("heart_rate", "steps"), layout, **kwargs)

    def inputs(self):
        day = np.random.default_rng(0).normal(size=(2, 100, 2))
        day[1, :, 1] = np.nan
        return {"sensors": day.astype("float32")}

    def test_what_is_missing_has_no_number(self):
        found = to_numpy(self.call(self.made())[0])
        assert (found[:, 1] == END).all() and (found[1, 0] == END).all()
        # A hundred minutes are too few for a trend or a peak.
        assert (found[:, :, 10:] == END).all()
        assert (found[0, 0, :9, 0] != END).all()

    def test_trends_and_peaks_are_told_as_captions_do(self):
        bins = np.zeros(36)
        bins[20], bins[:7] = 30.0, 30.0 - 5.0 * np.arange(7)
        day = np.full((1, 1440, 2), np.nan)
        day[0, :, 1] = (np.repeat(bins, 40) - 5.1679) / 18.8926
        layer = self.made()
        found = to_numpy(self.call(layer, sensors=day.astype("float32"))[0])
        told = [text_of(row) for row in found[0, 0]]
        # The first trend: from 30 steps a minute to none.
        assert told[10:14] == ["30.0", "0.0", "0", "320"]
        peak = 10 + 4 * 3
        assert told[peak : peak + 2] == ["30.0", "820"]
        assert (found[0, 2] == END).all()


@pytest.mark.parametrize("decimals", [0, 1, 2])
def test_numbers_are_spelled_as_python_does(decimals):
    rng = np.random.default_rng(decimals)
    values = rng.normal(size=300) * 10.0 ** rng.uniform(-2, 4, 300)
    values = np.round(values, 3).astype("float32")
    found = to_numpy(spelled(ops.convert_to_tensor(values), decimals))
    assert found.max() < NUM_CHARACTERS
    for value, characters in zip(values, found):
        expected = f"{value:.{decimals}f}"
        if not expected.strip("-0."):
            expected = expected.removeprefix("-")
        # A tie may be rounded either way.
        if abs(float(value) * 10**decimals % 1 - 0.5) > 1e-3:
            assert text_of(characters) == expected[:8]


@pytest.mark.parametrize("key", ["low_level_caption", "middle_level_caption"])
def test_captions_tell_no_other_numbers(key):
    """Of a hundred numbers in captions, 97 or more can be copied."""
    days = simulate_days(6, seed=5) + read_days(example_day_path())
    captions = HierarchicalCaptioner(key, seed=0).captions(days)
    sensors = SensorConverter()(days)
    found = to_numpy(DayNumbers(FEATURE_NAMES)(ops.convert_to_tensor(sensors)))
    told = known = 0
    for caption, characters in zip(captions, found):
        ours = {text_of(row) for row in characters.reshape(-1, 8)}
        caption = caption.replace("80th", "").replace("20th", "")
        caption = caption.replace("40-minute", "")
        for number in re.findall(r"-?\d+(?:\.\d+)?", caption):
            told += 1
            known += number in ours
    assert told > 200 and known >= 0.97 * told
