"""Texts as words and runs of words."""

import collections
import re

_WORD = re.compile(r"\d+(?:[.:]\d+)*|\w+")


def words(text):
    """Words and numbers of a text, lower-cased, without punctuation.

    Example:

    >>> words("Slept from 23:10, at 52.5 bpm.")
    ['slept', 'from', '23:10', 'at', '52.5', 'bpm']
    """
    return _WORD.findall(text.lower())


def ngrams(tokens, n):
    """How often each run of `n` words occurs, a `collections.Counter`.

    Example:

    >>> ngrams(["a", "b", "a", "b"], 2)[("a", "b")]
    2
    """
    runs = zip(*(tokens[i:] for i in range(n)))
    return collections.Counter(runs)


def common_subsequence(a, b):
    """Length of the longest common subsequence of two word lists.

    One bit for each word of `a`, all updated at once for each word of `b`
    (Hyyro 2004): a hundred times faster than the table in Python.

    Example:

    >>> common_subsequence(["a", "rise", "in", "the"], ["rise", "the"])
    2
    """
    places = collections.defaultdict(int)
    for i, word in enumerate(a):
        places[word] |= 1 << i
    full = (1 << len(a)) - 1
    free = full
    for word in b:
        met = free & places[word]
        free = ((free + met) | (free - met)) & full
    return len(a) - free.bit_count()
