"""Learning the WordPiece vocabulary that the tokenizer ships with.

A text is words split at white space. A word is *segments*: a run of letters,
or one single character of any other kind, so that every digit and every
punctuation mark stands alone and numbers compose. No entry of the vocabulary
crosses a segment. The first segment of a word is written plainly and every
later one with `##` in front, which is all that WordPiece knows, and all that
is needed to write the text back exactly: `07:40` is `0 ##7 ##: ##4 ##0`.

Entries are sorted: special tokens, the alphabet in both forms, then pieces by
how often they are used. So the first N lines are a vocabulary themselves.

Everyday words and their frequencies are those of the package `wordfreq`
(Robyn Speer, https://github.com/rspeer/wordfreq, data under CC BY-SA 4.0).
"""

import collections
import re

PAD = "[PAD]"
END = "[EOS]"
UNKNOWN = "[UNK]"
START = "[BOS]"
# End is 1 and unknown is 2, as in the SentencePiece model of the authors.
SPECIAL_TOKENS = (PAD, END, UNKNOWN, START)

CONTINUATION = "##"

_ASCII = "".join(chr(i) for i in range(33, 127) if not chr(i).isupper())
# What people paste into labels; case folding and accent stripping have
# already turned the rest (µ, ², …, é) into these or into ASCII.
_BEYOND_ASCII = "°μ–—‘’“”×±÷⁄≤≥≈→€£"  # noqa: RUF001
ALPHABET = _ASCII + _BEYOND_ASCII

_SEGMENT = re.compile(r"[^\W\d_]+|.")
# Share of the whole weight that goes to captions; the rest is everyday
# English, so that words of unseen labels are entries too.
_CAPTION_SHARE = 0.5
_TOTAL_COUNT = 2 * 10**8


def split_segments(text):
    """Segments of a text, each with whether it starts a word.

    Args:
        text: str. Lower-cased text.

    Returns:
        List of `(segment, starts_word)`.

    Example:

    >>> split_segments("at 7:40")
    [('at', True), ('7', True), (':', False), ('4', False), ('0', False)]
    """
    return [
        (match.group(), match.start() == 0)
        for word in text.split()
        for match in _SEGMENT.finditer(word)
    ]


def count_segments(texts):
    """How often each segment occurs in texts.

    Args:
        texts: iterable of str.

    Returns:
        `collections.Counter` from `(segment, starts_word)` to int.

    Example:

    >>> count_segments(["A walk.", "a run"])[("a", True)]
    2
    """
    words = collections.Counter()
    for text in texts:
        words.update(text.lower().split())
    counts = collections.Counter()
    for word, count in words.items():
        for segment in split_segments(word):
            counts[segment] += count
    return counts


def everyday_counts(words=60_000, language="en"):
    """Segment counts of everyday language, from the package `wordfreq`.

    Args:
        words: int. How many of the most frequent words. Defaults to `60000`.
        language: str. Language code of `wordfreq`. Defaults to `"en"`.

    Returns:
        `collections.Counter` from `(segment, starts_word)` to a count in
        1e9 words.

    Raises:
        ImportError: if `wordfreq` is not installed.
    """
    try:
        import wordfreq
    except ImportError:
        raise ImportError(
            "Everyday words need the package wordfreq: "
            'pip install "keras-sensorlm[vocabulary]".'
        ) from None
    counts = collections.Counter()
    for word in wordfreq.top_n_list(language, words):
        count = round(1e9 * wordfreq.word_frequency(word, language))
        for segment in split_segments(word):
            counts[segment] += count
    return counts


def learn_vocabulary(captions, everyday=None, size=32_000):
    """Learns a WordPiece vocabulary from weighted segments.

    The pieces are found by KerasHub's own top-down WordPiece learner (that of
    TensorFlow Text); this function only weighs, keeps segments apart and
    sorts.

    Args:
        captions: `Counter` of `count_segments`.
        everyday: `Counter` of `everyday_counts`, optional. Both parts weigh
            the same, whatever their sizes.
        size: int. Most entries. Defaults to `32000`, the paper's number.

    Returns:
        List of at most `size` str.

    Raises:
        ValueError: if `size` does not hold the special tokens and alphabet.
    """
    base = [*SPECIAL_TOKENS, *ALPHABET]
    base += [CONTINUATION + character for character in ALPHABET]
    if size < len(base):
        raise ValueError(
            "`size` should hold the special tokens and every character, "
            f"{len(base)} entries. Received: size={size}"
        )
    counts = _weigh(captions, everyday or {})
    pieces = _learn_pieces(counts, size)
    # A whole segment after a hyphen or an apostrophe deserves its entry too.
    pieces += [
        CONTINUATION + segment
        for (segment, starts), _ in counts.most_common()
        if not starts
    ]
    # The learner's threshold leaves room: the next words in line fill it.
    pieces += [segment for (segment, _), _ in counts.most_common(size)]
    pieces = set(list(dict.fromkeys(pieces))[:size])
    usage = _count_usage(counts, pieces.union(base))
    ranked = sorted(
        pieces.difference(base), key=lambda piece: (-usage[piece], piece)
    )
    return (base + [piece for piece in ranked if usage[piece]])[:size]


def _weigh(captions, everyday):
    """One counter in which both parts have their share."""
    shares = {False: _CAPTION_SHARE, True: 1.0 - _CAPTION_SHARE}
    total = collections.Counter()
    for is_everyday, part in ((False, captions), (True, everyday)):
        known = {
            segment: count
            for segment, count in part.items()
            if set(segment[0]) <= set(ALPHABET)
        }
        scale = shares[is_everyday] * _TOTAL_COUNT / max(sum(known.values()), 1)
        for segment, count in known.items():
            total[segment] += max(round(scale * count), 1)
    return total


def _learn_pieces(counts, size):
    """Words and `##` endings for the letter runs among segments, a list."""
    from tensorflow_text.tools.wordpiece_vocab import (
        wordpiece_tokenizer_learner_lib as learner,
    )

    words = collections.Counter()
    for (segment, _), count in counts.items():
        if segment.isalpha():
            words[segment] += count
    return learner.learn(
        sorted(words.items()),
        vocab_size=size,
        reserved_tokens=list(SPECIAL_TOKENS),
        # Bounds of its threshold search. The count of a word this far down
        # already lets more than `size` pieces in, or nearly.
        upper_thresh=words.most_common(size // 4)[-1][1],
        slack_ratio=0.01,
    )


def _count_usage(counts, pieces):
    """How often each piece is used when every segment is tokenized."""
    usage = collections.Counter()
    for (segment, starts), count in counts.items():
        for piece in _longest_match(segment, starts, pieces):
            usage[piece] += count
    return usage


def _longest_match(segment, starts_word, pieces):
    found = []
    start = 0
    while start < len(segment):
        prefix = "" if starts_word and start == 0 else CONTINUATION
        end = len(segment)
        while prefix + segment[start:end] not in pieces:
            end -= 1
        found.append(prefix + segment[start:end])
        start = end
    return found
