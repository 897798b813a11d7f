import pytest

from keras_sensorlm.captions.budget import MARKS
from keras_sensorlm.captions.budget import count_tokens
from keras_sensorlm.captions.budget import say_within
from keras_sensorlm.captions.hierarchy import CAPTION_KEYS
from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
from keras_sensorlm.captions.parts import Draft
from tests.captions.days import made_days

TEXTS = (
    "",
    "Heart rate averaged 72.4 bpm, ranging from 51.0 to 118.3.",
    "at 07:40",
    "  two   spaces\nand a line",
    "ÉTÉ naïve coöperation 5 µS, 30 °C",
    "zymurgical flibbertigibbetry's e-bike & co.",
    "日本 x",
    "-0.0042 (in the device's own units)",
)


def drafts_of(rows):
    return [
        Draft(rank, lambda text, tokens: (text, tokens), None, (text, tokens))
        for rank, tokens, text in rows
    ]


def test_counts_as_the_tokenizer_does():
    tokenizers = pytest.importorskip("keras_sensorlm.models.tokenizer")
    tokenizer = tokenizers.SensorLMTokenizer(
        vocabulary=tokenizers.shipped_vocabulary()
    )
    texts = list(TEXTS)
    for key in CAPTION_KEYS:
        texts += HierarchicalCaptioner(key).captions(made_days(2))
    for text in texts:
        assert count_tokens(text) == len(tokenizer(text)), text


@pytest.mark.parametrize("key", CAPTION_KEYS)
@pytest.mark.parametrize("time", ["minute", "clock"])
def test_captions_keep_their_budget(key, time):
    captioner = HierarchicalCaptioner(key, time=time, sentences_per_group=100)
    counts = [count_tokens(c) for c in captioner.captions(made_days(10))]
    budget = CAPTION_KEYS[key].budget
    assert max(counts) <= budget - MARKS
    if key in ("low_level_caption", "high_middle_low_level_caption"):
        # The budget is used, too: what is dropped would not have fitted.
        assert max(counts) > budget - 60


def test_sentences_know_their_number_of_tokens():
    # They are reckoned from the length of the text, not counted.
    captioner = HierarchicalCaptioner(
        "high_middle_low_level_caption",
        level_shifts=True,
        rhythms=True,
        coverage_threshold=1.0,
    )
    days = made_days(4) + made_days(2, source="empatica_e4")
    checked = 0
    for drafts, said in captioner._say(days):
        for draft, text in zip(drafts, said):
            assert draft.say(*draft.arguments)[1] == count_tokens(
                draft.say(*draft.arguments)[0]
            )
            checked += text is not None
    assert checked > 100


def test_drops_the_least_important_sentences():
    drafts = drafts_of([(2, 4, "c"), (0, 4, "a"), (1, 4, "b")])
    assert say_within(drafts, 12 + MARKS) == ["c", "a", "b"]
    assert say_within(drafts, 11 + MARKS) == [None, "a", "b"]
    assert say_within(drafts, 7 + MARKS) == [None, "a", None]


def test_keeps_the_most_important_sentence_whatever_it_takes():
    assert say_within(drafts_of([(0, 50, "a"), (1, 1, "b")]), 10) == ["a", None]


def test_never_cuts_a_sentence():
    whole = HierarchicalCaptioner("low_level_caption", budget=5000)
    short = HierarchicalCaptioner("low_level_caption", budget=150)
    for day in made_days(5):
        sentences = whole.caption(day).split(". ")
        kept = short.caption(day).removesuffix(".").split(". ")
        assert 0 < len(kept) < len(sentences)
        assert {s.removesuffix(".") for s in kept} <= {
            s.removesuffix(".") for s in sentences
        }
