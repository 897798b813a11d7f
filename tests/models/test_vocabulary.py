"""A vocabulary is learned: its order, its pieces, what it never does."""

import collections
import sys

import pytest
from typer.testing import CliRunner

from keras_sensorlm.models.tokenizer import SensorLMTokenizer
from keras_sensorlm.models.vocabulary import ALPHABET
from keras_sensorlm.models.vocabulary import SPECIAL_TOKENS
from keras_sensorlm.models.vocabulary import count_segments
from keras_sensorlm.models.vocabulary import everyday_counts
from keras_sensorlm.models.vocabulary import learn_vocabulary
from keras_sensorlm.models.vocabulary import split_segments

BASE = len(SPECIAL_TOKENS) + 2 * len(ALPHABET)
CAPTIONS = ["The walker walked at 7:40, then a high-intensity walk."] * 50
ENGLISH = collections.Counter(
    {("talking", True): 40, ("talked", True): 60, ("walking", True): 500}
)


@pytest.fixture(scope="module")
def vocabulary():
    return learn_vocabulary(count_segments(CAPTIONS), ENGLISH, size=300)


def test_segments():
    assert split_segments("it's 07:40") == [
        ("it", True),
        ("'", False),
        ("s", False),
        ("0", True),
        ("7", False),
        (":", False),
        ("4", False),
        ("0", False),
    ]
    assert count_segments(["A walk, a run"])["a", True] == 2


def test_starts_with_special_tokens_and_the_alphabet(vocabulary):
    assert tuple(vocabulary[:4]) == SPECIAL_TOKENS
    assert set(ALPHABET) < set(vocabulary[:BASE])
    assert len(vocabulary) == len(set(vocabulary)) <= 300


def test_words_of_captions_and_of_everyday_language_are_entries(vocabulary):
    for word in ("the", "walk", "high", "##intensity", "walking"):
        assert word in vocabulary[BASE:], word
    # No entry reaches over a digit or a mark.
    for entry in vocabulary[BASE:]:
        assert entry.removeprefix("##").isalpha(), entry


def test_entries_are_sorted_by_use(vocabulary):
    order = {entry: i for i, entry in enumerate(vocabulary)}
    assert order["walking"] < order["talked"] < order["talking"]


def test_the_tokenizer_takes_it(vocabulary):
    tokenizer = SensorLMTokenizer(vocabulary)
    text = "a high-intensity walk at 7:40 with zebras"
    assert tokenizer.detokenize(tokenizer.tokenize(text)) == text


def test_same_input_same_bytes(vocabulary):
    again = learn_vocabulary(count_segments(CAPTIONS), ENGLISH, size=300)
    assert again == vocabulary


def test_characters_beyond_the_alphabet_are_not_learned():
    counts = count_segments(["walk 走る walk"] * 20)
    vocabulary = learn_vocabulary(counts, size=260)
    assert "walk" in vocabulary
    assert all(entry.isascii() for entry in vocabulary[BASE:])


def test_too_small():
    with pytest.raises(ValueError, match=f"{BASE} entries.*size=100"):
        learn_vocabulary(count_segments(CAPTIONS), size=100)


def test_everyday_words_need_their_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "wordfreq", None)
    with pytest.raises(ImportError, match=r"keras-sensorlm\[vocabulary\]"):
        everyday_counts()


def test_command(tmp_path):
    import typer

    from keras_sensorlm.cli_vocabulary import vocabulary

    app = typer.Typer()
    app.command()(vocabulary)
    path = tmp_path / "new" / "words.txt"
    arguments = [str(path), "--days", "2", "--words", "0", "--size", "400"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    tokenizer = SensorLMTokenizer(str(path))
    assert tokenizer.vocabulary_size() <= 400
    assert "rate" in tokenizer.get_vocabulary()
