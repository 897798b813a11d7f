"""What is explained: one number that a model gives to a day."""

import numpy as np
from keras import ops

from keras_sensorlm.losses import contrastive_logits
from keras_sensorlm.models.zero_shot_classifier import TEMPLATES
from keras_sensorlm.visualization.explanation.reading import DayReading


class DayScore(DayReading):
    """How well a day fits a sentence, or a class among others.

    For a sentence the score is the cosine of the two embeddings, -1 to 1.
    For a class it is the log odds of its probability among all labels as
    `SensorLMPreset.classify` gives it; unlike the probability it does not
    flatten where the model is sure. Texts are embedded once and are
    constants from then on.

    Args:
        preset: `SensorLMPreset`.
        text: str. A sentence; or, with `labels`, one of them.
        labels: list of str, optional. The classes to tell apart.
        templates: sequence of str. As for `SensorLMPreset.classify`; used
            with `labels` alone.

    Raises:
        ValueError: if `text` is none of `labels`, there is only one label,
            or the model was trained for captioning alone.
    """

    def __init__(self, preset, text, labels=None, templates=TEMPLATES):
        if not isinstance(text, str) or not text.strip():
            raise ValueError(
                "`text` should be a sentence, or one of `labels`. "
                f"Received: text={text!r}"
            )
        super().__init__(preset)
        self.text = text
        self.labels = None if labels is None else list(labels)
        if labels is None:
            self.index, self.targets = 0, preset.embed_texts([text])
        else:
            self.index = _index_of(text, self.labels)
            self.targets = _label_embeddings(preset, self.labels, templates)

    def with_preset(self, preset):
        """The same question, put to another model's sensor side."""
        other = object.__new__(DayScore)
        other.__dict__.update(self.__dict__, preset=preset)
        return other

    @property
    def name(self):
        """What is explained, in words."""
        kind = "sentence" if self.labels is None else "class"
        return f"{kind} “{self.text}”"

    def __call__(self, x):
        """Scores of normalised days.

        Args:
            x: float tensor `(n, minutes, features)`, normalised, NaN where
                missing.

        Returns:
            Float32 tensor `(n,)`.
        """
        return self.from_tokens(*self.tokens(x))

    def tokens(self, x):
        """The sensor encoder's tokens, and which of them count.

        Args:
            x: as in a call.

        Returns:
            Float tensor `(n, tokens, width)`, and a bool tensor
            `(n, tokens)` or None where all do.
        """
        tokens, mask = self.encoder(self.filled(x), return_mask=True)
        return tokens, mask if self.encoder.skip_empty_patches else None

    def from_tokens(self, tokens, mask=None):
        """Scores of days given their tokens, float32 tensor `(n,)`."""
        embeddings = self.preset.backbone.sensor_head(tokens, key_mask=mask)
        return self.from_embeddings(embeddings)

    def from_embeddings(self, embeddings):
        """Scores of days given their embeddings, float32 tensor `(n,)`."""
        if self.labels is None:
            similarity = contrastive_logits(embeddings, self.targets, 1.0)
            return similarity[:, 0]
        scale, bias = self.preset.backbone.contrastive_scale(ops.zeros((1,)))
        logits = contrastive_logits(embeddings, self.targets, scale, bias)
        others = np.arange(len(self.labels)) != self.index
        others = ops.take(logits, np.flatnonzero(others), axis=1)
        return logits[:, self.index] - ops.logsumexp(others, axis=1)

    def of_days(self, days, batch_size=16):
        """Scores of days as they are kept.

        Args:
            days: list of `SensorDay`.
            batch_size: int. Days at once. Defaults to `16`.

        Returns:
            Float32 array `(n,)`.
        """
        embeddings = self.preset.embed_days(days, batch_size, verbose=False)
        return ops.convert_to_numpy(self.from_embeddings(embeddings))


def _index_of(text, labels):
    if len(labels) < 2 or text not in labels:
        raise ValueError(
            "With `labels`, `text` should be one of at least two. "
            f"Received: text={text!r}, labels={labels}"
        )
    return labels.index(text)


def _label_embeddings(preset, labels, templates):
    texts = [t.format(label) for label in labels for t in templates]
    means = preset.embed_texts(texts, verbose=False)
    means = means.reshape(len(labels), len(templates), -1).mean(axis=1)
    return means / np.linalg.norm(means, axis=1, keepdims=True)
