"""What happens in a day, as the short texts that people ask for."""

from typing import NamedTuple

import numpy as np

from keras_sensorlm.captions import grammar
from keras_sensorlm.models.zero_shot_classifier import TEMPLATES
from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.training.devices import worn_minutes

# Shortest stretch that is named, and the longest one that is kept of it.
_SHORTEST, _LONGEST = 5, 240
_USUAL = 20
# Other names of the same thing. Words that an evaluation calls unseen are
# not among them.
NAMES = {
    "walk": ("walk", "walking"),
    "run": ("run", "running"),
    "outdoor bike": ("outdoor bike", "outdoor biking"),
    "indoor bike": ("indoor bike", "indoor biking"),
    "swim": ("swim", "swimming"),
    "hike": ("hike", "hiking"),
    "dance": ("dance", "dancing"),
    "sleep": ("sleep", "sleeping", "asleep"),
    "nap": ("nap", "napping"),
    "sitting": ("sitting", "sitting still"),
    "light movement": ("light movement", "moving", "moving about"),
    "medium movement": ("medium movement", "moving", "moving about"),
    "heavy movement": ("heavy movement", "moving", "exercise"),
    "stress session": ("stress session", "stress", "stress test"),
    "stress test": ("stress test", "stress"),
    "aerobic session": (
        "aerobic session",
        "aerobic exercise",
        "steady cycling",
    ),
    "anaerobic session": (
        "anaerobic session",
        "anaerobic exercise",
        "cycling sprints",
    ),
}
_STEPS = feature_index("steps")
# Steps a minute of somebody who sits, and of somebody who moves about.
_STILL, _MOVING = 1.0, 12.0


class Span(NamedTuple):
    """Minutes of a day and what they are called.

    Attributes:
        label: str.
        start_minute: int.
        end_minute: int. Minute after the last one.
        is_telling: bool. Whether the label is also true of the whole day.
    """

    label: str
    start_minute: int
    end_minute: int
    is_telling: bool


def labelled_span(day, rng, cut_rate=0.5):
    """One thing that happens in a day, with the minutes in which it does.

    Activities come before sleep, which every day has. Between them, and in
    days without any log, minutes with hardly a step are called sitting, and
    minutes with many are called light movement.

    Args:
        day: `SensorDay`.
        rng: `numpy.random.Generator`.
        cut_rate: float. Share of the activities of which a part is taken, of
            any length from 20 minutes. Of sleep it always is. Defaults to
            `0.5`.

    Returns:
        `Span`, at least 20 minutes long where the event is.
    """
    events = [e for e in day.events if _is_seen(day, e)]
    activities = [e for e in events if e.kind == "activity"]
    sleeps = [e for e in events if e.kind == "sleep"]
    luck = rng.random()
    if activities and luck < 0.7:
        event = activities[int(rng.integers(len(activities)))]
        return _span_of(event, rng, cut_rate)
    if sleeps and (luck < 0.85 or activities):
        event = sleeps[int(rng.integers(len(sleeps)))]
        return _span_of(event, rng, cut_rate)
    quiet_or_moving = _quiet_or_moving(day, events, rng)
    return quiet_or_moving or _anything(day, events, rng, cut_rate)


def label_of(label, rng):
    """A label as a text: one of its names in one of the templates.

    Args:
        label: str.
        rng: `numpy.random.Generator`.

    Returns:
        str.
    """
    names = NAMES.get(label, (label,))
    name = names[int(rng.integers(len(names)))]
    if rng.random() < 0.3:
        name = grammar.noun_phrase(label)
    template = TEMPLATES[int(rng.integers(len(TEMPLATES)))]
    return grammar.capitalise(template.format(name))


def _is_seen(day, event):
    window = day.values[event.start_minute : event.end_minute]
    seen = (~np.isnan(window).all(axis=1)).sum()
    return seen >= max(_SHORTEST, 0.5 * event.duration)


def _span_of(event, rng, cut_rate):
    """The minutes of an event, or some of them."""
    start, end = event.start_minute, event.end_minute
    longest = min(_LONGEST, end - start)
    shortest = min(_USUAL, longest)
    if event.kind == "sleep" or rng.random() < cut_rate:
        length = int(rng.integers(shortest, longest + 1))
        start += int(rng.integers(end - start - length + 1))
        end = start + length
    label = event.label
    return Span(label, start, end, event.kind == "activity")


def _quiet_or_moving(day, events, rng):
    """A stretch that its steps call sitting or light movement."""
    first, last = worn_minutes(day)
    for _ in range(8):
        length = int(rng.integers(_USUAL, 91))
        if last - first <= length:
            return None
        start = first + int(rng.integers(last - first - length))
        end = start + length
        if any(e.start_minute < end and e.end_minute > start for e in events):
            continue
        steps = day.values[start:end, _STEPS]
        if np.isnan(steps).mean() > 0.5:
            continue
        mean = float(np.nanmean(steps))
        # At night few steps are sleep, not sitting.
        if mean < _STILL and 8 * 60 <= start and end <= 22 * 60:
            return Span("sitting", start, end, False)
        if mean > _MOVING:
            return Span("light movement", start, end, False)
    return None


def _anything(day, events, rng, cut_rate):
    """Where nothing can be named, that there is a recording."""
    if events:
        event = events[int(rng.integers(len(events)))]
        return _span_of(event, rng, cut_rate)
    first, last = worn_minutes(day)
    if first == last:
        first, last = 0, _USUAL
    return Span("a recording", first, last, True)
