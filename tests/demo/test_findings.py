import dataclasses

import numpy as np
from keras_sensorlm.demo.recipe import Recipe

from keras_sensorlm.demo import findings
from keras_sensorlm.demo import pairs
from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.sensors.simulator import simulate_days
from tests.visualization.days import empty_day
from tests.visualization.days import heart_day
from tests.visualization.days import whole_day


def test_captions_by_rules_are_true_on_every_level():
    captions = findings.captions_of(heart_day(), seed=3)
    assert list(captions) == ["Statistical", "Structural", "Semantic"]
    for statements in captions.values():
        assert statements
        true, count = findings.count_true(statements)
        assert true == count
    assert findings.tell(captions["Semantic"]).count("18:00") == 1


def test_a_false_sentence_is_marked_and_says_why():
    text = "The wearer slept from 00:00 to 06:40. There was a swim at noon."
    slept, swam = findings.checked(text, heart_day())
    assert slept.verdict == "true" and not slept.reason
    assert swam.verdict != "true" and swam.reason


def test_tolerance_lets_a_rough_clock_pass():
    text = "The wearer slept from 00:10 to 06:30."
    assert findings.checked(text, heart_day())[0].verdict == "false"
    assert findings.checked(text, heart_day(), 30, 0.1)[0].verdict == "true"


def test_an_empty_text_states_nothing():
    assert findings.checked("", heart_day()) == []
    assert findings.count_true([]) == (0, 0)


def test_the_day_with_most_kinds_of_events_is_told():
    bare = dataclasses.replace(whole_day(), events=())
    assert findings.most_telling([bare, heart_day(), empty_day()]) == 1
    assert findings.most_telling([empty_day(), bare, bare]) == 1


def recorded(count, recipe):
    rng = np.random.default_rng(4)
    return pairs.pairs_of(simulate_days(count, seed=1), recipe, rng)


def test_training_days_are_recorded_as_real_ones():
    recipe = Recipe(text_tokens=64)
    days, captions = recorded(60, recipe)
    again = recorded(60, recipe)
    assert captions == again[1]
    for day, twin in zip(days, again[0], strict=True):
        np.testing.assert_array_equal(day.values, twin.values)
    steps = feature_index("steps")
    eda = feature_index("eda_level")
    seen = np.array([day.observed.any(axis=0) for day in days])
    assert 0 < seen[:, steps].mean() < 1
    assert 0 < seen[:, eda].mean() < 0.6
    lengths = [day.observed.any(axis=1).sum() for day in days]
    assert min(lengths) < 240 and max(lengths) > 1000


def test_captions_of_training_days_fit_their_budget():
    from keras_sensorlm.captions.budget import count_tokens

    recipe = Recipe(text_tokens=64)
    _, captions = recorded(40, recipe)
    assert max(count_tokens(caption) + 2 for caption in captions) <= 64
    assert all(captions)


def test_batches_are_of_one_size_and_each_round_differs():
    recipe = Recipe(batch_size=4, text_tokens=64)
    batches = pairs.training_batches(simulate_days(10, seed=1), recipe)
    rounds = [next(batches) for _ in range(4)]
    assert all(len(days) == len(texts) == 4 for days, texts in rounds)
    people = [{day.participant for day in days} for days, _ in rounds]
    assert not people[0] & people[1]
    first = [text for _, texts in rounds[:2] for text in texts]
    second = [text for _, texts in rounds[2:] for text in texts]
    assert first != second
    again = pairs.training_batches(simulate_days(10, seed=1), recipe)
    assert next(again)[1] == rounds[0][1]
