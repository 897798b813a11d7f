import dataclasses

import numpy as np
import pytest

from keras_sensorlm import SensorDay
from keras_sensorlm import simulate_days
from keras_sensorlm.models.sensor_converter import SensorConverter
from keras_sensorlm.training.batches import DaySource
from keras_sensorlm.training.batches import TrainingBatches
from keras_sensorlm.training.build import build_preset
from keras_sensorlm.training.checks import check_run
from keras_sensorlm.training.recipe import Validation
from tests.training.test_run import KEYS
from tests.training.test_run import recipe


@pytest.fixture(scope="module")
def days():
    return simulate_days(4, seed=0)


@pytest.fixture(scope="module")
def preset():
    return build_preset(recipe())


def test_what_goes_together_passes(days, preset):
    source = DaySource(days, KEYS)
    check_run(recipe(), preset, source, source)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sequence_length": 2000}, "encoder takes 1024 tokens"),
        ({"validation": Validation(best="beauty")}, "text_to_day_r1"),
    ],
)
def test_recipes_that_do_not_fit(days, preset, settings, message):
    with pytest.raises(ValueError, match=message):
        check_run(recipe(**settings), preset, DaySource(days, KEYS))


class Nothing:
    split, folder = "validation", "prepared"

    def __len__(self):
        return 0


def test_days_that_do_not_fit(days, preset):
    source = DaySource(days, KEYS)
    with pytest.raises(ValueError, match=r"no validation days \(split 'val"):
        check_run(recipe(), preset, source, Nothing())
    with pytest.raises(ValueError, match="no captions low_level_caption"):
        one = DaySource(days, ["high_level_summary_caption"])
        check_run(recipe(), preset, one)
    silent = DaySource(days, KEYS, captions={key: [""] * 4 for key in KEYS})
    with pytest.raises(ValueError, match="empty texts"):
        check_run(recipe(), preset, silent)
    blank = [SensorDay(np.full((1440, 26), np.nan)) for _ in range(2)]
    texts = {key: ["a", "b"] for key in KEYS}
    with pytest.raises(ValueError, match="does not match the training days"):
        check_run(recipe(), preset, DaySource(blank, KEYS, captions=texts))


def test_presets_that_do_not_fit_themselves(days):
    source = DaySource(days, KEYS)
    preset = build_preset(recipe())
    preset.preprocessor.sensor_converter = SensorConverter(["heart_rate"])
    with pytest.raises(ValueError, match="different features"):
        check_run(recipe(), preset, source)
    preset.preprocessor.sensor_converter = SensorConverter(missing="impute")
    with pytest.raises(ValueError, match="missing='impute'"):
        check_run(recipe(), preset, source)
    encoder = {**recipe().backbone["sensor_encoder"], "num_minutes": 720}
    short = dataclasses.replace(
        recipe(), backbone={**recipe().backbone, "sensor_encoder": encoder}
    )
    with pytest.raises(ValueError, match="the preset reads 720"):
        check_run(short, build_preset(short), source)


def test_the_last_batch_can_be_padded(preset):
    source = DaySource(simulate_days(10, seed=1), KEYS)
    batches = TrainingBatches(
        source, preset.preprocessor, recipe(last_batch="pad")
    )
    weights = np.stack([batches[step][2] for step in range(6)])
    assert weights.sum(axis=1).tolist() == [4, 4, 2, 4, 4, 2]
    seen = [
        day.values.tobytes()
        for step in range(3)
        for day, weight in zip(batches.examples(step)[0], weights[step])
        if weight
    ]
    drop = TrainingBatches(source, preset.preprocessor, recipe())
    assert len(seen) == 10
    assert len(drop[2]) == 2


def test_the_stream_is_the_same_for_any_workers_and_bounded(preset):
    source = Counting(DaySource(simulate_days(10, seed=1), KEYS))
    batches = TrainingBatches(source, preset.preprocessor, recipe(steps=12))
    one = [packed(batch) for batch in batches.stream()]
    many = [packed(batch) for batch in batches.stream(workers=4)]
    assert len(one) == len(batches) == 12
    assert one == many
    assert packed(batches[5]) == one[5]
    assert [packed(b) for b in batches.stream(first_step=9)] == one[9:]
    source.read = 0
    stream = batches.stream(workers=2, ahead=3)
    for _ in range(4):
        next(stream)
    # At most those handed out, and three that wait.
    assert source.read <= 4 * (4 + 3)
    stream.close()


class Counting:
    def __init__(self, source):
        self.source, self.read = source, 0

    def __len__(self):
        return len(self.source)

    def __getitem__(self, index):
        self.read += 1
        return self.source[index]


def packed(batch):
    x, truncated = batch
    return {
        name: np.asarray(value).tobytes()
        for name, value in {**x, "truncated": truncated}.items()
    }
