"""A look at the model on days that it does not learn from."""

import dataclasses

import numpy as np

from keras_sensorlm.captions.claims import caption_factuality
from keras_sensorlm.models.zero_shot_classifier import (
    SensorLMZeroShotClassifier,
)
from keras_sensorlm.training.augmentation import Augmentation
from keras_sensorlm.training.batches import TrainingBatches

# Enough of a caption to see whether what it says is true.
_CAPTION_TOKENS = 128
_LOWER_IS_BETTER = ("loss", "rank", "perplexity")
_LOSSES = ("loss", "contrastive_loss", "captioning_loss")
_WATCHED = (*_LOSSES, "perplexity", "token_accuracy")
FIGURES = (
    *_WATCHED,
    "recall_at_1",
    "recall_at_10",
    "median_rank",
    "zero_shot_auroc",
    "caption_factuality",
)


class ValidationPass:
    """Figures of a model on the first days of a source.

    | figure | what |
    |---|---|
    | `loss`, `contrastive_loss`, `captioning_loss`, `perplexity`, \
`token_accuracy` | as in training, without augmentation, in batches of the \
recipe's size or of all days |
    | `recall_at_1`, `recall_at_10`, `median_rank` | where a caption finds \
its own day among all |
    | `zero_shot_auroc` | mean over the activities that some days have |
    | `caption_factuality` | share of true statements in captions that the \
model writes |

    Args:
        preset: `SensorLMPreset`.
        pretrainer: `SensorLMPretrainer` around the same backbone.
        source: `DaySource`, or what else `TrainingBatches` takes.
        recipe: `Recipe`.
    """

    def __init__(self, preset, pretrainer, source, recipe):
        self.preset = preset
        self.pretrainer = pretrainer
        self.source = source
        self.settings = recipe.validation
        count = min(len(source), recipe.validation.days)
        first = [source[i] for i in range(count)]
        self.days = [day for day, _ in first]
        key = max(recipe.caption_keys, key=recipe.caption_keys.get)
        self.texts = [captions[key] for _, captions in first]
        size = min(recipe.batch_size, count)
        self._batches = TrainingBatches(
            first,
            preset.preprocessor,
            dataclasses.replace(
                recipe,
                batch_size=size,
                augmentation=Augmentation(),
                last_batch="pad",
                steps=-(-count // size),
                examples=None,
            ),
        )
        self._caption_tokens = min(_CAPTION_TOKENS, recipe.sequence_length)

    def figures(self):
        """The figures that the model has, a dict of float."""
        found = self.pretrainer.evaluate(
            self._batches.stream(),
            steps=self._batches.recipe.steps,
            return_dict=True,
            verbose=0,
        )
        found = {name: found[name] for name in _WATCHED if name in found}
        backbone = self.preset.backbone
        if backbone.contrastive is not None:
            days = self.preset.embed_days(self.days, verbose=False)
            found |= self._retrieval(days) | self._zero_shot(days)
        if backbone.decoder is not None and self.settings.captions:
            found |= self._captioning()
        return {name: float(value) for name, value in found.items()}

    def _retrieval(self, days):
        texts = self.preset.embed_texts(self.texts, verbose=False)
        ranks = own_ranks(texts @ days.T)
        return {
            "recall_at_1": np.mean(ranks < 1),
            "recall_at_10": np.mean(ranks < 10),
            "median_rank": np.median(ranks) + 1,
        }

    def _zero_shot(self, days):
        happened = [
            {e.label for e in day.events if e.kind == "activity"}
            for day in self.days
        ]
        labels = sorted(set().union(*happened))
        truth = np.array([[lab in h for lab in labels] for h in happened])
        told = truth.any(axis=0) & ~truth.all(axis=0) if labels else []
        if not np.any(told):
            return {}
        classifier = SensorLMZeroShotClassifier(
            self.preset.backbone, self.preset.preprocessor
        )
        scores = days @ classifier.embed_labels(labels).T
        areas = [
            area_under_curve(truth[:, i], scores[:, i])
            for i in np.flatnonzero(told)
        ]
        return {"zero_shot_auroc": np.mean(areas)}

    def _captioning(self):
        days = self.days[: self.settings.captions]
        captions = self.preset.caption(days, self._caption_tokens)
        return {"caption_factuality": caption_factuality(captions, days)}


def is_better(name, value, best):
    """Whether a figure has improved.

    Args:
        name: str. One of `FIGURES`.
        value: float.
        best: float or None. The best so far.

    Example:

    >>> is_better("loss", 1.0, 2.0), is_better("recall_at_1", 0.5, None)
    (True, True)
    """
    if best is None:
        return True
    return value < best if name.endswith(_LOWER_IS_BETTER) else value > best


def own_ranks(scores):
    """How many columns score at least as high as a row's own one.

    Args:
        scores: float array `(n, n)`; pairs lie on the diagonal. What scores
            the same comes before, so that a model that gives everything one
            score is as bad as it can be.

    Returns:
        Int array `(n,)`, from 0.

    Example:

    >>> own_ranks(np.array([[0.9, 0.1], [0.5, 0.5]])).tolist()
    [0, 1]
    """
    return (scores >= np.diag(scores)[:, None]).sum(axis=1) - 1


def area_under_curve(truth, scores):
    """Area under the receiver operating characteristic.

    The chance that a positive scores higher than a negative; ties count
    half.

    Args:
        truth: bool array `(n,)`, with both values in it.
        scores: float array `(n,)`.

    Returns:
        float, 0.5 for guessing.

    Example:

    >>> area_under_curve(np.array([True, False]), np.array([0.3, 0.1]))
    1.0
    """
    from scipy.stats import rankdata

    positive = truth.sum()
    total = rankdata(scores)[truth].sum() - positive * (positive + 1) / 2
    return float(total / (positive * (len(truth) - positive)))
