"""A look at the model on days that it does not learn from."""

import dataclasses

import numpy as np

from keras_sensorlm.evaluation.captioning import score_captions
from keras_sensorlm.evaluation.classification import macro_auroc
from keras_sensorlm.evaluation.retrieval import retrieval_metrics
from keras_sensorlm.models.zero_shot_classifier import (
    SensorLMZeroShotClassifier,
)
from keras_sensorlm.training.augmentation import Augmentation
from keras_sensorlm.training.batches import TrainingBatches

# Enough of a caption to see whether what it says is true.
_CAPTION_TOKENS = 128
_LOWER_IS_BETTER = ("loss", "rank", "perplexity")
_WATCHED = (
    "loss",
    "contrastive_loss",
    "captioning_loss",
    "perplexity",
    "token_accuracy",
)
_WITHIN = (1, 10)
_WAYS = ("day_to_text", "text_to_day")
FIGURES = (
    *_WATCHED,
    *(f"{way}_r{k}" for way in _WAYS for k in _WITHIN),
    *(f"{way}_median_rank" for way in _WAYS),
    "zero_shot_auroc",
    "factuality",
    "rouge_l",
)


class ValidationPass:
    """Figures of a model on the first days of a source.

    | figure | what |
    |---|---|
    | `loss`, `contrastive_loss`, `captioning_loss`, `perplexity`, \
`token_accuracy` | as in training, without augmentation, in batches of the \
recipe's size or of all days |
    | `text_to_day_r1`, `text_to_day_r10`, `text_to_day_median_rank` and \
`day_to_text_...` | where a caption finds its own day among all, and the \
reverse |
    | `zero_shot_auroc` | mean over the activities that some days have and \
some have not |
    | `factuality`, `rouge_l` | of captions that the model writes: share of \
true statements, likeness to our own |

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
        # What cannot be told, such as the truth of no statement, is left out.
        return {k: float(v) for k, v in found.items() if np.isfinite(v)}

    def _retrieval(self, days):
        if len(self.days) < 2:
            return {}
        texts = self.preset.embed_texts(self.texts, verbose=False)
        return retrieval_metrics(days, texts, _WITHIN)

    def _zero_shot(self, days):
        happened = [
            {e.label for e in day.events if e.kind == "activity"}
            for day in self.days
        ]
        labels = sorted(set().union(*happened))
        truth = np.array([[lab in h for lab in labels] for h in happened])
        if not (truth.any(axis=0) & ~truth.all(axis=0)).any():
            return {}
        classifier = SensorLMZeroShotClassifier(
            self.preset.backbone, self.preset.preprocessor
        )
        scores = days @ classifier.embed_labels(labels).T
        return {"zero_shot_auroc": macro_auroc(truth, scores)}

    def _captioning(self):
        days = self.days[: self.settings.captions]
        scores = score_captions(
            self.preset.caption(days, self._caption_tokens),
            days,
            [[text] for text in self.texts[: len(days)]],
        )
        measures, equal = scores.metrics(), np.ones(len(days))
        return {k: measures[k](equal) for k in ("factuality", "rouge_l")}


def is_better(name, value, best):
    """Whether a figure has improved.

    Args:
        name: str. One of `FIGURES`.
        value: float.
        best: float or None. The best so far.

    Example:

    >>> is_better("loss", 1.0, 2.0), is_better("text_to_day_r1", 0.5, None)
    (True, True)
    """
    if best is None:
        return True
    return value < best if name.endswith(_LOWER_IS_BETTER) else value > best
