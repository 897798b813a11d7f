"""`SensorLMTokenizer`: text <-> token ids.

Why this WordPiece: measured on 480 captions of all eight keys, 60 simulated
days, 32,000 entries each, and 26 labels that no caption has (November 2026;
speed in tokens a second of one core's time, eager and in a TensorFlow graph):

| tokenizer | tokens a caption | a label | text back | eager | graph |
|---|---|---|---|---|---|
| this one | 545 | 1.9 | all | 0.9 M | 3.2 M |
| KerasHub's WordPiece splitting | 545 | 1.9 | none | 0.2 M | 1.5 M |
| SentencePiece, unigram, digits split | 610 | 2.5 | all | 9.0 M | 3.0 M |

SentencePiece spends a token on the space before each number, needs tracking
in an exported graph and dies when a new seed is set (tensorflow/text#570).
Of this vocabulary the first 8,000 entries give 3.4 tokens a label, the first
4,000 give 4.7, and captions are as short with either.
"""

import importlib.resources
import os
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import keras
import keras_hub

from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.models.hub import canonicalize_python_string_inputs
from keras_sensorlm.models.hub import casefold_utf8
from keras_sensorlm.models.vocabulary import CONTINUATION
from keras_sensorlm.models.vocabulary import END
from keras_sensorlm.models.vocabulary import PAD
from keras_sensorlm.models.vocabulary import START
from keras_sensorlm.models.vocabulary import UNKNOWN

SHIPPED = "shipped"

# Words whose pieces are remembered; captions use some ten thousand.
_REMEMBERED = 100_000

# TensorFlow's string split knows no other white space.
_WHITE_SPACE = re.compile(r"[ \t\n\v\f\r]+")


def shipped_vocabulary(size: int | None = None) -> list[str]:
    """The vocabulary that ships with the library.

    Args:
        size: int, optional. How many of its entries. They are sorted by use
            behind the special tokens and the alphabet, so the first few
            thousand are a good vocabulary for a small model.

    Returns:
        List of str.

    Raises:
        ValueError: if it has not that many.

    Example:

    >>> shipped_vocabulary(4)
    ['[PAD]', '[EOS]', '[UNK]', '[BOS]']
    """
    assets = importlib.resources.files("keras_sensorlm") / "assets"
    text = (assets / "vocabulary_en.txt").read_text(encoding="utf-8")
    return _read_vocabulary(text.splitlines(), size)


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class SensorLMTokenizer(keras_hub.tokenizers.WordPieceTokenizer):
    """WordPiece that loses nothing but case and repeated white space.

    Text is folded to lower case, accents are dropped, and words are split at
    white space alone; what stands inside a word without a space before it is
    a `##` piece, punctuation and digits included. Every digit and every
    punctuation mark is a token of its own, so that numbers compose, and
    `detokenize` gives the text back as it was: `"62.5 bpm"`, `"07:40"`,
    `"60,000"`. KerasHub's own splitting would have given `"62 . 5 bpm"`.

    Ids 0 to 3 are `[PAD]`, `[EOS]`, `[UNK]` and `[BOS]`. A word of letters
    that is no entry falls into pieces, at worst letters; only a character
    outside the alphabet makes its word `[UNK]`.

    It works eagerly without TensorFlow, and in a `tf.data` pipeline or an
    exported graph with TensorFlow Text.

    Args:
        vocabulary: list of str, or path of a file with one entry a line.
            Defaults to `"shipped"`, the one that comes with the library.
            None leaves it to be set by a preset's assets.
        vocabulary_size: int, optional. Take only that many entries of the
            vocabulary.
        pad_token: str. `"[PAD]"`, or `"[EOS]"` for the released SigLIP
            recipe, which pads with the end token. Defaults to `"[PAD]"`.
        **kwargs: `dtype` (`"int32"`, or `"string"` to see the pieces),
            `name`.

    Raises:
        ValueError: if the vocabulary lacks a special token or has fewer
            entries than asked for.

    Example:

    >>> tokenizer = SensorLMTokenizer()
    >>> ids = tokenizer.tokenize("Walk at 07:40, 62.5 bpm.")
    >>> tokenizer.detokenize(ids)
    'walk at 07:40, 62.5 bpm.'
    >>> pieces = SensorLMTokenizer(dtype="string")
    >>> pieces.tokenize("07:40")
    ['0', '##7', '##:', '##4', '##0']
    """

    backbone_cls = SensorLMBackbone

    _pieces: dict[str, Any]

    def __init__(
        self,
        vocabulary: str | os.PathLike | Sequence[str] | None = SHIPPED,
        vocabulary_size: int | None = None,
        pad_token: str = PAD,
        **kwargs: Any,
    ) -> None:
        if pad_token not in (PAD, END):
            raise ValueError(
                f"`pad_token` should be {PAD!r} or {END!r}. "
                f"Received: pad_token={pad_token!r}"
            )
        self._pieces = {}
        self._add_special_token(START, "start_token")
        self._add_special_token(END, "end_token")
        self._add_special_token(pad_token, "pad_token")
        self._add_special_token(UNKNOWN, "unknown_token")
        super().__init__(
            vocabulary=_read_vocabulary(vocabulary, vocabulary_size),
            split=False,
            suffix_indicator=CONTINUATION,
            oov_token=UNKNOWN,
            **kwargs,
        )
        self.built = True  # It has no weights.

    def tokenize(self, inputs: Any) -> Any:
        """Token ids of texts.

        Args:
            inputs: str, list of str, or string tensor of rank 0 or 1.

        Returns:
            For one text int32 `(length,)`; for several a list of lists, in a
            TensorFlow graph a ragged int32 tensor `(n, None)`.
        """
        if self._use_tf_workflow():
            return super().tokenize(_split_in_graph(inputs))
        texts, batched, _ = canonicalize_python_string_inputs(inputs)
        words = [split_words(text) for text in texts]
        return super().tokenize(words if batched else words[0])

    def set_vocabulary(self, vocabulary: Any) -> None:
        """Sets the vocabulary; see `keras_hub.tokenizers.Tokenizer`."""
        self._pieces = {}
        super().set_vocabulary(vocabulary)

    def _tokenize_word_python(self, word):
        """A word's pieces, remembered: captions say few words over and over.

        Without it the search for pieces is most of an input pipeline's work.
        Should KerasHub come to call another method, that is all that is lost.
        """
        pieces = self._pieces.get(word)
        if pieces is None:
            if len(self._pieces) >= _REMEMBERED:
                self._pieces = {}
            pieces = super()._tokenize_word_python(word)
            self._pieces[word] = pieces
        return pieces

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        # What the class is, or the preprocessor's work; not choices.
        for name in (
            "sequence_length",
            "lowercase",
            "strip_accents",
            "split",
            "suffix_indicator",
            "oov_token",
            "special_tokens",
            "special_tokens_in_strings",
        ):
            del config[name]
        config["pad_token"] = self.pad_token
        return config


def split_words(text):
    """Lower-cased words of a text, split at white space.

    Args:
        text: str.

    Returns:
        List of str.

    Example:

    >>> split_words("A brisk  walk in Orléans.")
    ['a', 'brisk', 'walk', 'in', 'orleans.']
    """
    if not text.isascii():
        text = unicodedata.normalize("NFD", casefold_utf8(text))
        text = "".join(c for c in text if unicodedata.category(c) != "Mn")
    return [word for word in _WHITE_SPACE.split(text.lower()) if word]


def _split_in_graph(texts):
    """`split_words` in TensorFlow operations."""
    import tensorflow as tf
    import tensorflow_text as tf_text

    texts = tf_text.normalize_utf8(tf_text.case_fold_utf8(texts), "NFD")
    return tf.strings.split(tf.strings.regex_replace(texts, r"\p{Mn}", ""))


def _read_vocabulary(vocabulary, size):
    """Entries of a vocabulary given by name, path or list; None stays None."""
    if vocabulary is None:
        return None
    if vocabulary == SHIPPED:
        return shipped_vocabulary(size)
    if isinstance(vocabulary, (str, os.PathLike)):
        path = os.fspath(vocabulary)
        if path.endswith((".model", ".spm")):
            raise ValueError(
                f"{path!r} is a SentencePiece model: load it with "
                "keras_sensorlm.models.SensorLMSentencePieceTokenizer."
            )
        if size is None:
            return path
        with open(path, encoding="utf-8") as file:
            vocabulary = file.read().splitlines()
    vocabulary = list(vocabulary)
    if size is not None and not 0 < size <= len(vocabulary):
        raise ValueError(
            f"The vocabulary has {len(vocabulary)} entries. "
            f"Received: vocabulary_size={size}"
        )
    return vocabulary[:size]
