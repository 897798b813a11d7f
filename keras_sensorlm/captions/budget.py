"""How many tokens a caption takes, and what is dropped to fit a budget.

The count is that of `SensorLMTokenizer`: lower case, every digit and every
punctuation mark a token of its own, words split into the pieces of the
shipped vocabulary. It is pure Python, so that captions are made without
Keras; the tests compare the two.
"""

import functools
import importlib.resources
import re
import unicodedata

# The token that starts a text and the one that ends it.
MARKS = 2
_SEGMENT = re.compile(r"[^\W\d_]+|.")
_VOCABULARY = "vocabulary_en.txt"


@functools.cache
def _pieces():
    assets = importlib.resources.files("keras_sensorlm") / "assets"
    text = (assets / _VOCABULARY).read_text(encoding="utf-8")
    return frozenset(text.splitlines())


def count_tokens(text):
    """Tokens of a text, without those that mark its start and end.

    Args:
        text: str. Any text.

    Returns:
        int.

    Example:

    >>> count_tokens("at 07:40")
    6
    """
    return sum(map(_count_word, text.split()))


@functools.lru_cache(1 << 15)
def _count_word(word):
    word = unicodedata.normalize("NFD", word.casefold())
    word = "".join(c for c in word if unicodedata.category(c) != "Mn")
    pieces, count = _pieces(), 0
    # No piece reaches beyond a run of letters.
    for match in _SEGMENT.finditer(word.lower()):
        segment, start = match[0], 0
        while start < len(segment):
            prefix = "" if match.start() + start == 0 else "##"
            end = len(segment)
            while end > start and prefix + segment[start:end] not in pieces:
                end -= 1
            if end == start:
                # The word as a whole becomes one unknown token.
                return 1
            count, start = count + 1, end
    return count


def say_within(drafts, budget):
    """Says the most important sentences that fit.

    Sentences are taken by rank until one does not fit; that one and all
    less important ones are dropped. None is cut.

    Args:
        drafts: list of `Draft`. The most important one is always kept.
        budget: int. Tokens in all, with the two that mark start and end.

    Returns:
        List with the sentence of each draft, `None` where it is dropped.
    """
    room = budget - MARKS
    said = [None] * len(drafts)
    ranks = [draft.rank for draft in drafts]
    for i in sorted(range(len(drafts)), key=ranks.__getitem__):
        _, say, _, arguments = drafts[i]
        text, tokens = say(*arguments)
        if tokens > room and room < budget - MARKS:
            break
        room -= tokens
        said[i] = text
    return said
