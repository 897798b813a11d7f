"""The highest level: what the person did, slept and felt."""

import numpy as np

from keras_sensorlm.captions import grammar
from keras_sensorlm.captions.budget import count_tokens
from keras_sensorlm.captions.claim import Claim
from keras_sensorlm.captions.lexicon import CHANNELS
from keras_sensorlm.captions.parts import Draft
from keras_sensorlm.captions.phrasing import number
from keras_sensorlm.captions.stillness import has_logged_sleep
from keras_sensorlm.captions.stillness import infer_sleep
from keras_sensorlm.sensors.features import feature_index

MAX_ACTIVITIES = 8
MAX_SLEEPS = 2
MIN_ACTIVITY_MINUTES = 20
# A sensor is told of during an event if it saw at least this share of it.
MIN_SHARE = 0.5
SLEEP_RANK, ACTIVITY_RANK, MOOD_RANK = 0.0, 1.0, 2.0
_STEP = 0.01
NAP = "nap"
SLEEP = "sleep"


def merge(events):
    """Merges events of the same kind and label that touch or overlap.

    Args:
        events: iterable of `Event`, sorted by start.

    Returns:
        List of (kind, label, start_minute, end_minute), sorted by start;
        labels as they are spoken.

    Example:

    >>> from keras_sensorlm.sensors.day import Event
    >>> merge([Event("activity", "Run", 0, 30),
    ...        Event("activity", "run", 30, 40)])
    [('activity', 'run', 0, 40)]
    """
    merged, last = [], {}
    for event in events:
        key = event.kind, spoken_label(event.kind, event.label)
        before = last.get(key)
        if (
            before is not None
            and event.kind != "mood"
            and event.start_minute <= before[3]
        ):
            before[3] = max(before[3], event.end_minute)
        else:
            last[key] = [*key, event.start_minute, event.end_minute]
            merged.append(last[key])
    return [tuple(event) for event in merged]


def spoken_label(kind, label):
    """The label under which an event is told, and read back.

    Every sleep that is not a nap is told as sleep.
    """
    label = grammar.plain(label)
    if kind == SLEEP:
        return NAP if label == NAP else SLEEP
    if kind == "activity":
        return grammar.label_of(grammar.noun_phrase(label))
    return label


def semantic_drafts(facts, speaker, is_full, infers_sleep):
    """Sentences about activities, sleep and moods.

    Args:
        facts: `DayFacts`.
        speaker: `Speaker`.
        is_full: bool. Whether to add what the sensors did meanwhile.
        infers_sleep: bool. Whether stillness stands in for a missing log.

    Returns:
        List of `Draft` in time order: the longest activities, the longest
        sleeps, all moods.
    """
    told = _select(merge(facts.day.events))
    if infers_sleep and not has_logged_sleep(facts.day):
        guess = infer_sleep(facts.bins.T)
        if guess is not None:
            told.append((SLEEP_RANK, "inferred_sleep", SLEEP, *guess))
    told.sort(key=lambda event: (event[3], event[4]))
    cycles = {
        family: list(facts.draws.cycles[family])
        for family in ("activity", "sleep", "inferred_sleep", "mood")
    }
    drafts = []
    for rank, kind, label, start, end in told:
        cycle = cycles[kind]
        index = cycle[0]
        cycle[0] = (index + cycle[1]) % cycle[2]
        measured = ()
        if is_full and kind in ("activity", SLEEP):
            measured = measure_event(facts.day.values, start, end)
        arguments = (speaker, index, kind, label, start, end, measured)
        drafts.append(Draft(rank, _say, _claim, arguments))
    return drafts


def _select(events):
    """The events that are told, with their ranks, in any order."""
    activities = [
        event
        for event in events
        if event[0] == "activity"
        and event[3] - event[2] >= MIN_ACTIVITY_MINUTES
    ]
    sleeps = [event for event in events if event[0] == SLEEP]
    moods = [event for event in events if event[0] == "mood"]
    chosen = []
    for rank, found, most in (
        (SLEEP_RANK, sleeps, MAX_SLEEPS),
        (ACTIVITY_RANK, activities, MAX_ACTIVITIES),
    ):
        # Stable: of equally long ones the earlier is told.
        found.sort(key=lambda event: event[2] - event[3])
        chosen += [
            (rank + _STEP * i, *event) for i, event in enumerate(found[:most])
        ]
    chosen += [(MOOD_RANK + _STEP * i, *event) for i, event in enumerate(moods)]
    return chosen


_HEART_RATE = feature_index("heart_rate")
_STEPS = feature_index("steps")
_EDA = feature_index("eda_level")


def measure_event(values, start, end):
    """What the sensors did during an event.

    Args:
        values: array `(1440, 26)`.
        start: int. First minute.
        end: int. Minute after the last one.

    Returns:
        Tuple of (channel, statistic, value): mean heart rate, total steps
        and mean EDA level, each if the sensor saw half of the event.
    """
    found = []
    window = values[start:end, (_HEART_RATE, _STEPS, _EDA)]
    window = window.astype("float64")
    seen = ~np.isnan(window)
    minutes = seen.sum(axis=0).tolist()
    totals = np.where(seen, window, 0).sum(axis=0).tolist()
    for i, (channel, statistic) in enumerate(
        ((_HEART_RATE, "mean"), (_STEPS, "total"), (_EDA, "mean"))
    ):
        if minutes[i] >= MIN_SHARE * (end - start):
            total = totals[i]
            value = total if statistic == "total" else total / minutes[i]
            found.append((channel, statistic, value))
    return tuple(found)


def say_event(speaker, index, kind, label, start, end, measured):
    """One sentence about something logged or inferred.

    Args:
        speaker: `Speaker`.
        index: int. Which form of the kind.
        kind: str. `"activity"`, `"sleep"`, `"inferred_sleep"` or `"mood"`.
        label: str. As `spoken_label` gives it.
        start: int. First minute.
        end: int. Minute after the last one; of no interest for a mood.
        measured: tuple. As `measure_event` gives it.

    Returns:
        str.
    """
    times = speaker.times
    if kind == "mood":
        return speaker.words("mood", index, 0, (times[start], label))
    if kind == "inferred_sleep":
        return speaker.words(kind, index, 0, (times[end], times[start]))
    duration = grammar.plural(end - start, "minute")
    if kind == SLEEP:
        variant = int(label == NAP)
        values = (duration, times[end], times[start])
    else:
        phrase = grammar.noun_phrase(label)
        capital = grammar.capitalise(phrase)
        variant = 0
        values = (duration, times[end], phrase, capital, times[start])
    text = speaker.words(kind, index, variant, values)
    if measured:
        told = [_say_measured(speaker, *m) for m in measured]
        text = f"{text[:-1]}, with {grammar.join(told)}."
    return text


def _say_measured(speaker, channel, statistic, value):
    if statistic == "total":
        return grammar.plural(number(value, 0), "step")
    name = CHANNELS[channel].noun
    return f"a mean {name} of {speaker.number(value, channel)}"


def _say(*arguments):
    text = say_event(*arguments)
    return text, count_tokens(text)


def _claim(speaker, index, kind, label, start, end, measured):
    if kind == "mood":
        end = None
    claims = [Claim(kind, label=label, start_minute=start, end_minute=end)]
    for channel, statistic, value in measured:
        unit = speaker.unit(channel, False)
        claims.append(
            Claim(
                "statistic",
                CHANNELS[channel].name,
                statistic,
                value,
                unit="steps" if statistic == "total" else unit,
                start_minute=start,
                end_minute=end,
            )
        )
    return claims
