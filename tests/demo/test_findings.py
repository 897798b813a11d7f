import dataclasses

from keras_sensorlm.demo import findings
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
