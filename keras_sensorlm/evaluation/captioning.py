"""How good written captions are: truth, likeness to references, variety.

Every measure is first computed for each caption on its own, as arrays, so
that people can be drawn again; `CaptionScores` then sums them under weights
`(..., n)`. KerasHub has BLEU and ROUGE-L too, but only as one number for all.
"""

import collections
import dataclasses
import math

import numpy as np

from keras_sensorlm.captions.claims import caption_factuality
from keras_sensorlm.evaluation.bootstrap import weighted_mean
from keras_sensorlm.evaluation.bootstrap import weighted_ratio
from keras_sensorlm.evaluation.ngrams import common_subsequence
from keras_sensorlm.evaluation.ngrams import ngrams
from keras_sensorlm.evaluation.ngrams import words

# Name -> minutes and share by which a statement may be off. 40 minutes is
# one bin of the structural level.
TOLERANCES = {"factuality": (0, 0.0), "factuality_tolerant": (40, 0.05)}
_ORDER = 4


@dataclasses.dataclass(frozen=True)
class CaptionScores:
    """Measures of captions, one entry for each.

    Attributes:
        true: dict of str to array `(n,)`. For each of `TOLERANCES`, how many
            statements hold.
        statements: array `(n,)`. Statements of each caption.
        matches: array `(n, 4)`. Word runs of length 1 to 4 that a reference
            has too.
        runs: array `(n, 4)`. All word runs.
        reference_words: array `(n,)`. Length of the reference that is
            nearest in length.
        means: dict of str to array `(n,)`: `rouge_l`, `meteor_exact`,
            `cider`, `words`, `repetition`.
        texts: list of str. The captions.
    """

    true: dict
    statements: np.ndarray
    matches: np.ndarray
    runs: np.ndarray
    reference_words: np.ndarray
    means: dict
    texts: list

    def metrics(self):
        """Name -> function of weights `(..., n)`, for `estimate`."""
        found = {
            name: lambda w, true=true: weighted_ratio(true, self.statements, w)
            for name, true in self.true.items()
        }
        found["statements"] = lambda w: weighted_mean(self.statements, w)
        found["bleu"] = self._bleu
        for name, values in self.means.items():
            found[name] = lambda w, values=values: weighted_mean(values, w)
        found["distinct"] = self._distinct
        return found

    def _bleu(self, weights):
        """BLEU of all captions together (Papineni et al. 2002)."""
        matches, runs = weights @ self.matches, weights @ self.runs
        said = weights @ self.means["words"]
        with np.errstate(divide="ignore", invalid="ignore"):
            precision = np.exp(np.log(matches / runs).mean(axis=-1))
            brevity = np.exp(
                np.minimum(0, 1 - (weights @ self.reference_words) / said)
            )
        return np.nan_to_num(precision * brevity)

    def _distinct(self, weights):
        """Distinct captions over captions.

        A caption that k days share counts as 1 / k for each of them.
        """
        counts = collections.Counter(self.texts)
        shares = np.array([1 / counts[text] for text in self.texts])
        return weighted_mean(shares, weights)


def score_captions(captions, days, references):
    """Measures captions against their days and against references.

    Args:
        captions: list of n str.
        days: list of n `SensorDay`. What the captions are to be true of.
        references: list of n lists of str. Wordings of what a caption could
            say; the best of them counts.

    Returns:
        `CaptionScores`.

    Raises:
        ValueError: if the numbers differ, or there are none.

    Example:

    >>> from keras_sensorlm import HierarchicalCaptioner, simulate_days
    >>> days = simulate_days(2, seed=0)
    >>> captions = HierarchicalCaptioner("low_level_caption").captions(days)
    >>> scores = score_captions(captions, days, [[c] for c in captions])
    >>> metrics = scores.metrics()
    >>> float(metrics["factuality"](np.ones(2)))
    1.0
    >>> round(float(metrics["bleu"](np.ones(2))), 6)
    1.0
    """
    if not captions or not len(captions) == len(days) == len(references):
        raise ValueError(
            "There should be a day and references for each caption. Received: "
            f"{len(captions)} captions, {len(days)} days, "
            f"{len(references)} lists of references"
        )
    true, statements = {}, None
    for name, (minutes, share) in TOLERANCES.items():
        found = [
            caption_factuality(text, day, minutes, share)
            for text, day in zip(captions, days)
        ]
        true[name] = np.array([f.true for f in found], dtype="float64")
        statements = np.array([f.statements for f in found], dtype="float64")
    said = [words(text) for text in captions]
    meant = [[words(text) for text in texts] for texts in references]
    overlap = np.array([_overlap(a, b) for a, b in zip(said, meant)])
    return CaptionScores(
        true,
        statements,
        overlap[:, 0],
        overlap[:, 1],
        np.array([_nearest_length(a, b) for a, b in zip(said, meant)]),
        {
            "rouge_l": _best(rouge_l, said, meant),
            "meteor_exact": _best(meteor_exact, said, meant),
            "cider": cider(said, meant),
            "words": np.array([len(a) for a in said], dtype="float64"),
            "repetition": np.array([repetition(a) for a in said]),
        },
        list(captions),
    )


def rouge_l(said, meant):
    """ROUGE-L: F1 of the longest common subsequence (Lin 2004).

    Args:
        said: list of str. Words of the caption.
        meant: list of str. Words of one reference.

    Returns:
        float, 0 to 1.

    Example:

    >>> rouge_l(["a", "b", "c", "d"], ["a", "x", "c", "y"])
    0.5
    """
    if not said or not meant:
        return 0.0
    return 2 * common_subsequence(said, meant) / (len(said) + len(meant))


def meteor_exact(said, meant):
    """METEOR with equal words alone, without stems and synonyms.

    A substitute: METEOR's synonyms come from WordNet, which is no part of
    this library. The formula is that of Banerjee and Lavie (2005); each word
    is aligned with the place after its neighbour's where it can, else with
    the first free one.

    Args:
        said: list of str. Words of the caption.
        meant: list of str. Words of one reference.

    Returns:
        float, 0 to 1.

    Example:

    >>> round(meteor_exact("it rose at".split(), "it rose to".split()), 4)
    0.625
    """
    places = collections.defaultdict(list)
    for i, word in enumerate(meant):
        places[word].append(i)
    matches, chunks, last = 0, 0, None
    for word in said:
        free = places.get(word)
        if not free:
            last = None
            continue
        place = last + 1 if last is not None and last + 1 in free else free[0]
        free.remove(place)
        chunks += last is None or place != last + 1
        matches, last = matches + 1, place
    if not matches:
        return 0.0
    precision, recall = matches / len(said), matches / len(meant)
    mean = 10 * precision * recall / (recall + 9 * precision)
    return mean * (1 - 0.5 * (chunks / matches) ** 3)


def cider(said, meant):
    """CIDEr: likeness in the words that tell captions apart, 0 to 10.

    Word runs of length 1 to 4, weighted by how few days' references hold
    them (Vedantam et al. 2015, arXiv 1411.5726), without the length penalty
    of its later form, which is meant for sentences of ten words.

    Args:
        said: list of n lists of str.
        meant: list of n lists of references, each a list of str.

    Returns:
        Float64 array `(n,)`.

    Example:

    >>> said = [["a", "run"], ["a", "swim"]]
    >>> cider(said, [[s] for s in said]).tolist()
    [5.0, 5.0]
    """
    totals = np.zeros(len(said))
    for n in range(1, _ORDER + 1):
        counted = [[ngrams(text, n) for text in texts] for texts in meant]
        days_with = collections.Counter()
        for texts in counted:
            days_with.update(set().union(*texts))
        rarity = {g: math.log(len(said) / k) for g, k in days_with.items()}
        unseen = math.log(len(said))
        for i, (text, texts) in enumerate(zip(said, counted)):
            own = _weighted(ngrams(text, n), rarity, unseen)
            others = [_weighted(t, rarity, unseen) for t in texts]
            totals[i] += np.mean([_cosine(own, other) for other in others])
    return 10 * totals / _ORDER


def repetition(said):
    """Share of a text's runs of 4 words that it has said before.

    Args:
        said: list of str. Words.

    Returns:
        float, 0 to 1.

    Example:

    >>> repetition("no no no no no".split())
    0.5
    """
    counts = ngrams(said, _ORDER)
    total = counts.total()
    return 1 - len(counts) / total if total else 0.0


def _best(measure, said, meant):
    return np.array(
        [max(measure(a, b) for b in texts) for a, texts in zip(said, meant)]
    )


def _overlap(said, texts):
    """Runs of length 1 to 4 that references hold too, and all runs."""
    found = []
    for n in range(1, _ORDER + 1):
        own = ngrams(said, n)
        held = collections.Counter()
        for text in texts:
            held |= ngrams(text, n)
        found.append(((own & held).total(), own.total()))
    return np.array(found, dtype="float64").T


def _nearest_length(said, texts):
    lengths = [len(text) for text in texts]
    return min(lengths, key=lambda n: (abs(n - len(said)), n))


def _weighted(counts, rarity, unseen):
    total = counts.total() or 1
    return {g: k / total * rarity.get(g, unseen) for g, k in counts.items()}


def _cosine(a, b):
    norms = math.hypot(*a.values()) * math.hypot(*b.values())
    dot = sum(value * b.get(g, 0.0) for g, value in a.items())
    return dot / norms if norms else 0.0
