"""Text to tokens and back: nothing but case and white space may be lost."""

import io

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_sensorlm.captions import budget
from keras_sensorlm.captions.hierarchy import CAPTION_KEYS
from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
from keras_sensorlm.models.sentence_piece_tokenizer import (
    SensorLMSentencePieceTokenizer,
)
from keras_sensorlm.models.tokenizer import SensorLMTokenizer
from keras_sensorlm.models.tokenizer import shipped_vocabulary
from keras_sensorlm.models.tokenizer import split_words
from keras_sensorlm.models.vocabulary import ALPHABET
from keras_sensorlm.models.vocabulary import SPECIAL_TOKENS
from keras_sensorlm.sensors.simulator import simulate_days

# What captions and labels are made of, and what people type into them.
TEXTS = [
    "Heart rate: mean 62.5 bpm, max 118.0, min 44.2, std 14.9.",
    "From 07:40 to 09:15 (95 minutes) they took 60,000 steps; -3.5 degC!",
    "A high-intensity interval workout, then yoga (n=3) & 'tai chi'.",
    "don't   stop\tat\n5% or 1/2 - it's #1, nr. 2 ok",
    "zygomorphic quokkas xylograph floccinaucinihilipilification",
    "",
]


@pytest.fixture(scope="module")
def tokenizer():
    return SensorLMTokenizer()


def lower(text):
    return " ".join(text.lower().split())


def test_detokenizing_gives_the_text_back(tokenizer):
    assert tokenizer.detokenize(tokenizer.tokenize(TEXTS)) == [
        lower(text) for text in TEXTS
    ]


def test_captions_come_back_word_for_word(tokenizer):
    days = simulate_days(4, seed=3)
    for key in CAPTION_KEYS:
        captions = HierarchicalCaptioner(key).captions(days)
        back = tokenizer.detokenize(tokenizer.tokenize(captions))
        assert back == [lower(caption) for caption in captions]


def test_every_digit_and_mark_stands_alone():
    pieces = SensorLMTokenizer(dtype="string").tokenize("60,000 at 07:40.")
    expected = "6 ##0 ##, ##0 ##0 ##0 at 0 ##7 ##: ##4 ##0 ##."
    assert pieces == expected.split()
    for entry in shipped_vocabulary()[len(SPECIAL_TOKENS) :]:
        letters = entry.removeprefix("##")
        assert len(letters) <= 1 or letters.isalpha(), entry


def test_unknown_words_fall_into_pieces_not_away(tokenizer):
    ids = tokenizer.tokenize(["brzęczyszczykiewicz", "Crème brûlée at 5°C"])
    assert tokenizer.unknown_token_id not in ids[0] + ids[1]
    # ę is e and an accent: the accent is what goes.
    assert tokenizer.detokenize(ids[0]) == "brzeczyszczykiewicz"
    assert tokenizer.detokenize(ids[1]) == "creme brulee at 5°c"
    # Only a character that nobody expected costs its word.
    ids = tokenizer.tokenize("a 🚲 ride")
    assert tokenizer.detokenize(ids) == "a [UNK] ride"


def test_graph_and_python_agree(tokenizer):
    # Wide letters, a fraction, a ligature; spaces and marks of no width.
    strange = ["\uff37\uff49de ½ \ufb01ne", "\u00a0a\u200bb\u00adc", "naïve"]
    texts = TEXTS + strange
    expected = tokenizer.tokenize(texts)
    dataset = tf.data.Dataset.from_tensor_slices(texts)
    singles = [x.numpy().tolist() for x in dataset.map(tokenizer)]
    assert singles == expected
    batch = next(iter(dataset.batch(len(texts)).map(tokenizer)))
    assert batch.to_list() == expected


def test_length_is_what_captions_are_budgeted_by(tokenizer):
    for text in TEXTS:
        assert budget.count_tokens(text) == len(tokenizer.tokenize(text))


def test_unbatched(tokenizer):
    ids = tokenizer.tokenize("a walk")
    assert np.asarray(ids).shape == (2,)
    assert tokenizer.detokenize(ids) == "a walk"


@pytest.mark.parametrize("size", [300, 4000])
def test_the_first_entries_are_a_vocabulary(size):
    tokenizer = SensorLMTokenizer(vocabulary_size=size)
    assert tokenizer.vocabulary_size() == size
    ids = tokenizer.tokenize(TEXTS)
    assert max(map(max, filter(None, ids))) < size
    assert tokenizer.detokenize(ids) == [lower(text) for text in TEXTS]


def test_shipped_vocabulary():
    entries = shipped_vocabulary()
    assert len(entries) == len(set(entries)) == 32_000
    assert entries[:4] == ["[PAD]", "[EOS]", "[UNK]", "[BOS]"]
    base = [*ALPHABET, *("##" + character for character in ALPHABET)]
    assert entries[4 : 4 + len(base)] == base


def test_special_tokens(tokenizer):
    assert tokenizer.pad_token_id == 0
    assert tokenizer.end_token_id == 1
    assert tokenizer.unknown_token_id == 2
    assert tokenizer.start_token_id == 3
    siglip = SensorLMTokenizer(pad_token="[EOS]")
    assert siglip.pad_token_id == siglip.end_token_id == 1


def test_preset_round_trip(tmp_path):
    vocabulary = [*shipped_vocabulary(400), "quokka"]
    tokenizer = SensorLMTokenizer(vocabulary, pad_token="[EOS]")
    config = keras.saving.serialize_keras_object(tokenizer)
    tokenizer.save_assets(tmp_path)
    again = keras.saving.deserialize_keras_object(config)
    again.load_assets(str(tmp_path))
    assert again.get_vocabulary() == vocabulary
    assert again.pad_token_id == 1


def test_split_words_folds_like_the_graph():
    assert split_words("  Ünïcode\u00a0\uff21B\n") == ["unicode", "ab"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pad_token": "<pad>"}, "<pad>"),
        ({"vocabulary_size": 0}, "32000 entries"),
        ({"vocabulary_size": 32_001}, "32000 entries"),
        ({"vocabulary": ["[UNK]", "a"]}, "BOS|EOS|PAD"),
        ({"vocabulary": "c4_en.model"}, "SensorLMSentencePieceTokenizer"),
    ],
)
def test_bad_settings(arguments, message):
    with pytest.raises(ValueError, match=message):
        SensorLMTokenizer(**arguments)


@pytest.fixture(scope="module")
def sentence_piece_model(tmp_path_factory):
    """A model laid out like `c4_en`: pad 0, end 1, unknown 2, no start."""
    sentencepiece = pytest.importorskip("sentencepiece")
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([lower(text) for text in TEXTS] * 20),
        model_writer=model,
        vocab_size=100,
        hard_vocab_limit=False,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        minloglevel=2,
    )
    path = tmp_path_factory.mktemp("spm") / "own.model"
    path.write_bytes(model.getvalue())
    return str(path)


class TestSentencePiece:
    def test_by_path(self, sentence_piece_model):
        tokenizer = SensorLMSentencePieceTokenizer(sentence_piece_model)
        ids = tokenizer.tokenize(["Yoga (n=3)", "YOGA"])
        assert tokenizer.detokenize(ids) == ["yoga (n=3)", "yoga"]
        assert tokenizer.pad_token_id == tokenizer.start_token_id == 0
        assert tokenizer.end_token_id == 1
        siglip = SensorLMSentencePieceTokenizer(
            sentence_piece_model, pad_token="[EOS]"
        )
        assert siglip.pad_token_id == 1

    def test_survives_a_new_seed(self, sentence_piece_model):
        tokenizer = SensorLMSentencePieceTokenizer(sentence_piece_model)
        expected = tokenizer.tokenize(["Heart rate"])
        # Destroys TensorFlow's operation (tensorflow/text#570).
        keras.utils.set_random_seed(0)
        dataset = tf.data.Dataset.from_tensors(["Heart rate"]).map(tokenizer)
        assert next(iter(dataset)).to_list() == expected

    def test_config_round_trip(self, sentence_piece_model, tmp_path):
        tokenizer = SensorLMSentencePieceTokenizer(
            sentence_piece_model, pad_token="[EOS]"
        )
        config = keras.saving.serialize_keras_object(tokenizer)
        tokenizer.save_assets(tmp_path)
        again = keras.saving.deserialize_keras_object(config)
        again.load_assets(str(tmp_path))
        assert again.pad_token_id == 1
        assert again.tokenize("yoga").tolist() == (
            tokenizer.tokenize("yoga").tolist()
        )

    def test_without_end_token(self):
        sentencepiece = pytest.importorskip("sentencepiece")
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["a b c d"] * 20),
            model_writer=model,
            vocab_size=20,
            hard_vocab_limit=False,
            eos_id=-1,
            minloglevel=2,
        )
        with pytest.raises(ValueError, match="end token"):
            SensorLMSentencePieceTokenizer(model.getvalue())


def test_remembered_words_are_forgotten_with_their_vocabulary(monkeypatch):
    text = ["a walk, a walk at 07:40"]
    tokenizer = SensorLMTokenizer()
    first = tokenizer.tokenize(text)
    assert tokenizer.tokenize(text) == first
    assert set(tokenizer._pieces) == {"a", "walk,", "walk", "at", "07:40"}
    few = shipped_vocabulary(500)
    tokenizer.set_vocabulary(few)
    assert tokenizer.tokenize(text) == (
        SensorLMTokenizer(vocabulary=few).tokenize(text)
    )
    monkeypatch.setattr("keras_sensorlm.models.tokenizer._REMEMBERED", 3)
    assert tokenizer.tokenize([*text, "run swim bike row"]) == (
        SensorLMTokenizer(vocabulary=few).tokenize([*text, "run swim bike row"])
    )
    assert len(tokenizer._pieces) <= 5
