"""Prepared records are days again."""

import pickle

import numpy as np
import pytest

pytest.importorskip("tensorflow_datasets")
pytest.importorskip("apache_beam")

from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
from keras_sensorlm.datasets import PreparedDays
from keras_sensorlm.datasets import prepare
from keras_sensorlm.sensors.readers import read_days
from tests.datasets.recordings import write_people

KEYS = ("low_level_caption", "high_level_summary_caption")


@pytest.fixture(scope="module", params=["tfrecord", "array_record"])
def folders(request, tmp_path_factory):
    people = write_people(tmp_path_factory.mktemp("people"), 10)
    out = tmp_path_factory.mktemp("out")
    prepare(
        people,
        out,
        keys=KEYS,
        fractions=(1.0, 0.0, 0.0),
        file_format=request.param,
    )
    return people, out


def test_days_come_back_as_they_were(folders):
    people, out = folders
    days = PreparedDays(out)
    originals = {day.participant: day for day in read_days(people)}
    assert len(days) == len(originals) == 10
    seen = set()
    for i in np.random.default_rng(0).permutation(10):
        day, captions = days[i]
        original = originals[day.participant]
        seen.add(day.participant)
        np.testing.assert_array_equal(day.values, original.values)
        np.testing.assert_array_equal(day.observed, original.observed)
        assert (day.date, day.source) == (original.date, original.source)
        assert day.events == original.events
        for key in KEYS:
            assert captions[key] == HierarchicalCaptioner(key).caption(original)
    assert seen == set(originals)


def test_only_the_wanted_captions_and_any_index(folders):
    days = PreparedDays(folders[1], keys=KEYS[:1])
    assert list(days[0][1]) == [KEYS[0]]
    assert days[-1][0].participant == days[9][0].participant
    assert len(list(days)) == 10
    with pytest.raises(IndexError, match="10 of 10"):
        days[10]


def test_it_can_be_sent_to_another_process(folders):
    days = PreparedDays(folders[1])
    again = pickle.loads(pickle.dumps(days))
    assert again[4][0].participant == days[4][0].participant


def test_training_batches_are_made_of_it(folders):
    from keras_sensorlm.training.batches import TrainingBatches
    from keras_sensorlm.training.recipe import Recipe

    recipe = Recipe(
        name="r", steps=2, batch_size=5, caption_keys=dict.fromkeys(KEYS, 0.5)
    )
    batches = TrainingBatches(PreparedDays(folders[1]), None, recipe)
    first, second = batches.examples(0)[:2], batches.examples(1)[:2]
    people = [day.participant for days, _ in (first, second) for day in days]
    assert len(set(people)) == 10
    assert all(text for _, texts in (first, second) for text in texts)


def test_what_is_not_there_is_explained(folders, tmp_path):
    with pytest.raises(FileNotFoundError, match="no prepared data set"):
        PreparedDays(tmp_path)
    with pytest.raises(ValueError, match=r"no split 'test'.*train"):
        PreparedDays(folders[1], split="test")
    with pytest.raises(ValueError, match=r"no captions 'x'.*low_level"):
        PreparedDays(folders[1], keys=["x"])
