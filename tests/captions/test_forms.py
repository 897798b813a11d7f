"""Every form with every filler: grammatical, and read by one form alone."""

import itertools
import re

import pytest

from keras_sensorlm.captions import grammar
from keras_sensorlm.captions import phrasing
from keras_sensorlm.captions import reading
from keras_sensorlm.captions.claims import parse
from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
from keras_sensorlm.captions.lexicon import CHANNELS
from keras_sensorlm.captions.lexicon import GROUPS
from keras_sensorlm.captions.phrasing import FAMILIES
from keras_sensorlm.captions.phrasing import slot_order
from keras_sensorlm.captions.semantic import say_event
from keras_sensorlm.captions.speaker import Speaker
from tests.captions.grammar_rules import complaints

SPEAKERS = [
    Speaker(time, units, temperature)
    for time in phrasing.TIMES
    for units in (True, False)
    for temperature in ("metric", "imperial")
]
LABELS = (
    *grammar._PHRASES,
    "Spin class",
    "eating",
    "chess",
    "HIIT",
    "Hour of code",
    "e-bike",
    "unicycling",
    "upper body & core",
    "climb",
    "yoga (hot), 2nd",
)
MOODS = ("stressed", "calm", "Very happy!", "under the weather", "neutral")
CHANNEL_FAMILIES = (
    "statistic",
    "move",
    "stable",
    "extreme",
    "level_shift",
    "unusual",
)


def channel_sentences(family):
    """Every form and variant with every channel, unit, time and tail."""
    forms, variants = FAMILIES[family]
    choices = itertools.product(
        range(len(forms)), range(variants), CHANNELS, SPEAKERS[:3]
    )
    for i, (form, variant, channel, speaker) in enumerate(choices):
        numbers = iter((-0.0042, 118.25, 7.0, 0.0))
        values = tuple(
            speaker.times[480 + 40 * (slot == "end")]
            if slot in phrasing.TIME_SLOTS
            else next(numbers)
            for slot in slot_order(family)
        )
        floats = tuple(v for v in values if isinstance(v, float))
        is_own = channel.is_device and i % 2 == 1
        coverage = ("43", "2.1", None)[i % 3] if family == "statistic" else None
        yield speaker.say(
            family,
            form,
            variant,
            channel.index,
            values,
            floats,
            is_own,
            coverage,
        )[0]


def event_sentences():
    measured = ((0, "mean", 121.25), (10, "total", 2140.0), (20, "mean", 0.5))
    for speaker, start in zip(SPEAKERS, (0, 1, 419, 1200, 30, 7, 8, 9)):
        for end in (start + 1, start + 18, start + 80):
            for tail in (measured[:0], measured[1:2], measured[::2], measured):
                window = start, end, tail
                for form in range(len(FAMILIES["sleep"][0])):
                    for label in ("sleep", "nap"):
                        yield say_event(speaker, form, "sleep", label, *window)
        for form in range(len(FAMILIES["activity"][0])):
            for label in LABELS:
                window = start, start + 45, measured[:1]
                yield say_event(speaker, form, "activity", label, *window)
        for form in range(len(FAMILIES["mood"][0])):
            for label in MOODS:
                label = grammar.plain(label)
                yield say_event(speaker, form, "mood", label, start, 0, ())
        for form in range(len(FAMILIES["inferred_sleep"][0])):
            yield say_event(
                speaker, form, "inferred_sleep", "sleep", 40, 480, ()
            )


def other_sentences():
    speaker = SPEAKERS[0]
    for form, channel in itertools.product(
        range(len(FAMILIES["rhythm"][0])), CHANNELS
    ):
        values = ("240 minutes",)
        yield speaker.say("rhythm", form, 0, channel.index, values, ())[0]
    for family in ("no_data", "no_structure", "no_log"):
        for form in range(len(FAMILIES[family][0])):
            for size in range(1, 1 + len(GROUPS)):
                words = [w for group in GROUPS[:size] for w in group.spoken]
                values = {
                    "duration": grammar.plural(10, "minute"),
                    "groups": grammar.join(words, "or"),
                }
                values = [values[slot] for slot in slot_order(family)]
                yield speaker.words(family, form, 0, values)


def readers_of(sentence):
    """All (family, form) that read a sentence, tails taken off."""
    body = sentence.lower().removesuffix(".")
    for tail in (None, reading._TAIL, reading._EVENT_TAIL):
        match = tail and tail.search(body)
        head = body if tail is None else match and body[: match.start()]
        for reader in reading._readers() if head else ():
            if reader.pattern.fullmatch(head):
                yield reader


def check(sentences):
    sentences = list(dict.fromkeys(sentences))
    for sentence in sentences:
        assert not complaints(sentence), (sentence, complaints(sentence))
        found = list(readers_of(sentence))
        assert len(found) == 1 or (
            # "Sleep was logged ..." could be an activity of that name; the
            # form for sleep comes first.
            {reader.family for reader in found} == {"activity", "sleep"}
        ), (sentence, found)
        claims = parse(sentence)
        assert all(c.kind != "unreadable" for c in claims), sentence
    return len(sentences)


@pytest.mark.parametrize("family", CHANNEL_FAMILIES)
def test_sentences_about_channels(family):
    assert check(channel_sentences(family)) > 300


def test_sentences_about_events():
    assert check(event_sentences()) > 3000


def test_other_sentences():
    assert check(other_sentences()) > 100


@pytest.mark.parametrize(
    ("family", "least"),
    [
        ("statistic", 20),
        ("activity", 20),
        ("move", 15),
        ("extreme", 15),
        ("mood", 10),
    ],
)
def test_there_are_enough_forms(family, least):
    forms, _ = FAMILIES[family]
    assert len(set(forms)) == len(forms) >= least


def test_every_family_is_rendered_here():
    others = {"activity", "sleep", "inferred_sleep", "mood", "rhythm"}
    others |= {"no_data", "no_structure", "no_log"}
    assert {*CHANNEL_FAMILIES, *others} == set(FAMILIES)


def test_a_form_speaks_its_unit_once():
    # What is read back has room for one unit.
    for forms, _ in FAMILIES.values():
        for form in forms:
            assert form.count("+}") <= 1, form
            slots = re.findall(r"\{(\w+)\+?\}", form)
            assert len(slots) == len({slot.lower() for slot in slots}), form


@pytest.mark.parametrize(
    "sentence",
    [
        "Heart rate showed an decreasing trend from minute 0 to minute 240.",
        "A outdoor bike ride was logged between 07:00 and 07:30.",
        "A run lasted 1 minutes, starting at minute 420.",
        "A run lasted 30 minute, starting at minute 420.",
        "Heart rate were 61.0 bpm.",
        "The the step count rose.",
        "There was a rise in Heart rate.",
        "heart rate rose.",
        "Heart rate rose",
        "Heart rate  rose.",
        "Heart rate rose from {before} to 71.0.",
        "Heart rate rose between 60.0.",
        "Heart rate rose to from 60.0.",
        "Heart rate was 61.0 (bpm.",
        "An 70-minute run.",
    ],
)
def test_the_grammar_check_finds_faults(sentence):
    assert complaints(sentence)


def test_labels_are_read_back_as_they_are_spoken():
    for label in LABELS:
        spoken = grammar.noun_phrase(label)
        assert grammar.noun_phrase(grammar.label_of(spoken)) == spoken


def test_captions_are_sentences_that_pass_the_check():
    from tests.captions.days import made_days

    captioner = HierarchicalCaptioner("high_middle_low_level_caption")
    for caption in captioner.captions(made_days(12)):
        for sentence in re.split(r"(?<=\.) (?=[A-Z])", caption):
            assert not complaints(sentence), sentence
