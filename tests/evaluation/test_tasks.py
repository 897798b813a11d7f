"""Tasks are data files: read, checked, and turned into examples."""

import numpy as np
import pytest
import yaml

from keras_sensorlm.captions.grammar import noun_phrase
from keras_sensorlm.evaluation.annotations import Annotations
from keras_sensorlm.evaluation.examples import Examples
from keras_sensorlm.evaluation.examples import find_examples
from keras_sensorlm.evaluation.tasks import TASKS
from keras_sensorlm.evaluation.tasks import built_in_tasks
from keras_sensorlm.evaluation.tasks import load_task
from keras_sensorlm.sensors.activities import ACTIVITIES
from keras_sensorlm.sensors.day import Event
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.readers.mmash_diary import ACTIVITIES as DIARY

MINE = {
    "name": "mine",
    "title": "Mine",
    "sources": ["my watch"],
    "templates": ["{}", "There was {}."],
    "classes": {
        "rest": {"events": ["nap"], "prompts": ["a nap"], "unseen": ["idling"]},
        "work": {"events": ["digging"], "prompts": ["digging", "a dig"]},
    },
}


def write(tmp_path, **changes):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({**MINE, **changes}))
    return path


def a_day(*events, source="my watch", values=None, person="a"):
    if values is None:
        values = np.full((1440, 26), np.nan)
        values[:, 0] = 60.0
    return SensorDay(values, participant=person, source=source, events=events)


@pytest.mark.parametrize("task", built_in_tasks(), ids=lambda task: task.name)
def test_unseen_names_are_in_no_caption(task):
    known = {noun_phrase(label) for label in (*ACTIVITIES, *DIARY.values())}
    known |= {*ACTIVITIES, *DIARY.values(), "sleep", "nap", "stress test"}
    assert task.has_unseen
    for label, words in task.classes.items():
        assert not known & set(words.unseen), label
        # Nor is one a name of another class.
        others = {p for w in task.classes.values() for p in w.prompts}
        assert not others & set(words.unseen)


def test_groups_share_out_all_activities():
    task = load_task(TASKS / "simulated_activity.yaml")
    assert task.labels == ACTIVITIES
    members = [name for group in task.groups.values() for name in group]
    assert sorted(members) == sorted(ACTIVITIES)
    assert task.within("gym").labels == tuple(task.groups["gym"])


def test_sentences_are_prompts_in_templates(tmp_path):
    task = load_task(write(tmp_path))
    assert task.sentences("work") == [
        "digging",
        "There was digging.",
        "a dig",
        "There was a dig.",
    ]
    assert task.sentences("rest", unseen=True) == [
        "idling",
        "There was idling.",
    ]
    assert not task.has_unseen


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"unit": "week"}, "should be one of segment, day"),
        ({"templates": ["no place"]}, "hold one '{}'"),
        ({"classes": {"rest": MINE["classes"]["rest"]}}, "at least two"),
        ({"colour": "red"}, "mine.yaml is no task.*colour"),
        ({"classes": {"a": {"words": []}, "b": {}}}, "is no task.*words"),
        ({"classes": {"a": {"events": ["x"]}, "b": {}}}, "is no task"),
    ],
)
def test_a_bad_task_is_a_clear_error(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        load_task(write(tmp_path, **changes))


def test_segments_are_masked_and_keep_no_events(tmp_path):
    task = load_task(write(tmp_path))
    days = [
        a_day(
            Event("sleep", "nap", 100, 130),
            Event("activity", "digging", 200, 219),  # too short
            Event("activity", "digging", 300, 400),
        ),
        a_day(Event("sleep", "nap", 0, 60), source="another"),
    ]
    found = find_examples(task, days, Annotations())
    assert found.labels.tolist() == [0, 1]
    assert found.days[0].observed.any(axis=1).sum() == 30
    assert found.days[1].events == ()
    assert found.counts(2).tolist() == [1, 1]


def test_long_events_can_be_cut_to_their_middle(tmp_path):
    task = load_task(write(tmp_path, max_minutes=25))
    day = a_day(
        Event("sleep", "nap", 100, 160), Event("activity", "digging", 300, 321)
    )
    first, second = find_examples(task, [day], Annotations()).days
    minutes = np.flatnonzero(first.observed.any(axis=1))
    assert (minutes[0], minutes[-1]) == (117, 141)
    assert second.observed.any(axis=1).sum() == 21


def test_a_segment_without_measurements_does_not_count(tmp_path):
    values = np.full((1440, 26), np.nan)
    values[:105, 0] = 60.0
    day = a_day(Event("sleep", "nap", 100, 130), values=values)
    task = load_task(write(tmp_path))
    assert len(find_examples(task, [day], Annotations())) == 0


def test_whole_days_of_two_classes_are_left_out_or_are_both(tmp_path):
    nap = Event("sleep", "nap", 100, 130)
    dig = Event("activity", "digging", 300, 400)
    days = [a_day(nap), a_day(nap, dig), a_day()]
    task = load_task(write(tmp_path, unit="day"))
    assert find_examples(task, days, Annotations()).labels.tolist() == [0]
    task = load_task(write(tmp_path, unit="day", several=True))
    found = find_examples(task, days, Annotations())
    assert found.labels.tolist() == [[True, False], [True, True]]
    assert found.days[0].events  # nothing was cut


def test_classes_of_a_group_are_numbered_anew():
    examples = Examples(["a", "b", "c"], np.array([2, 0, 5]), ["p", "q", "r"])
    found = examples.of_classes([5, 2])
    assert found.days == ["a", "c"] and found.people == ["p", "r"]
    assert found.labels.tolist() == [1, 0]
