"""Days and pieces of days with their class."""

import dataclasses
import fnmatch

import numpy as np

# Of a segment's minutes, so many must be measured for it to count.
_LEAST_OBSERVED = 0.5


@dataclasses.dataclass(frozen=True)
class Examples:
    """What a task is asked of.

    Attributes:
        days: list of `SensorDay`, a segment having the rest masked.
        labels: int array `(n,)`, or bool `(n, classes)` where there can be
            several.
        people: list of str. Whose each is.
    """

    days: list
    labels: np.ndarray
    people: list

    def __len__(self):
        return len(self.days)

    def of_classes(self, classes):
        """The examples of some classes, which become 0, 1, ...

        Args:
            classes: sequence of int.

        Returns:
            `Examples`.
        """
        places = np.searchsorted(np.sort(classes), self.labels)
        order = np.argsort(classes)
        rows = np.flatnonzero(np.isin(self.labels, classes))
        return Examples(
            [self.days[row] for row in rows],
            order[places[rows]],
            [self.people[row] for row in rows],
        )

    def counts(self, num_classes):
        """How many there are of each class, int array `(classes,)`."""
        if self.labels.ndim == 2:
            return self.labels.sum(axis=0)
        return np.bincount(self.labels, minlength=num_classes)


def cut(day, start_minute, end_minute):
    """A piece of a day with the rest masked, and without its events."""
    piece = day.segment(start_minute, end_minute)
    return dataclasses.replace(piece, events=())


def find_examples(task, days, annotations, cut=cut):
    """The examples of a task among days.

    Args:
        task: `Task`.
        days: list of `SensorDay`.
        annotations: `Annotations`.
        cut: callable. As `cut`, or one that remembers what it cut.

    Returns:
        `Examples`, in the order of the days and of their events.

    Example:

    >>> from keras_sensorlm import simulate_days
    >>> from keras_sensorlm.evaluation.annotations import Annotations
    >>> from keras_sensorlm.evaluation.tasks import TASKS, load_task
    >>> task = load_task(TASKS / "simulated_activity.yaml")
    >>> found = find_examples(task, simulate_days(20, seed=1), Annotations())
    >>> len(found) > 5, bool(found.days[0].observed[0].any())
    (True, False)
    """
    class_of = {
        event: i
        for i, words in enumerate(task.classes.values())
        for event in words.events
    }
    found, labels, people = [], [], []
    for day in days:
        if not any(fnmatch.fnmatch(day.source or "", s) for s in task.sources):
            continue
        events = [
            (class_of[event.label], event)
            for event in annotations.events(day)
            if event.label in class_of and event.duration >= task.min_minutes
        ]
        if task.unit == "segment":
            picked = _segments(task, day, events, cut)
        else:
            picked = _whole_day(task, day, events)
        for example, label in picked:
            found.append(example)
            labels.append(label)
            people.append(day.participant or "unknown")
    shape = (-1, len(class_of)) if task.several else (-1,)
    labels = np.array(labels, dtype=bool if task.several else int)
    return Examples(found, labels.reshape(shape), people)


def _segments(task, day, events, cut):
    for label, event in events:
        length = min(event.duration, task.max_minutes or event.duration)
        start = event.start_minute + (event.duration - length) // 2
        piece = cut(day, start, start + length)
        measured = piece.observed.any(axis=1).sum()
        if measured >= _LEAST_OBSERVED * task.min_minutes:
            yield piece, label


def _whole_day(task, day, events):
    classes = sorted({label for label, _ in events})
    if task.several:
        if classes:
            yield day, np.isin(np.arange(len(task.classes)), classes)
    elif len(classes) == 1:
        yield day, classes[0]
