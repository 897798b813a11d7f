"""`SensorLMZeroShotClassifier`: classes that are nothing but words."""

from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

import keras
import keras_hub
import numpy as np
import numpy.typing as npt
from keras import ops

from keras_sensorlm.losses import contrastive_logits
from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.models.batching import filled_up
from keras_sensorlm.models.batching import text_length
from keras_sensorlm.models.days_in import SensorsIn
from keras_sensorlm.models.generation.compiled import compile_function
from keras_sensorlm.models.generation.programs import Programs
from keras_sensorlm.models.layers.class_names import mean_names
from keras_sensorlm.models.preprocessor import SensorLMPreprocessor
from keras_sensorlm.models.types import Tensor

# Sentences like those of the captions, so that a label stands where the text
# encoder has seen such words.
TEMPLATES = (
    "{}",
    "The day included {}.",
    "There was {}.",
    "The wearer recorded {}.",
)
ACTIVATIONS = ("softmax", "sigmoid")
_TEXTS_AT_ONCE = 64


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class SensorLMZeroShotClassifier(SensorsIn, keras_hub.models.Task):
    """Compares days with labels, without training.

    Each label is put into every template; the embeddings of these sentences
    are averaged and brought back to unit length (Radford et al. 2021, arXiv
    2103.00020, section 3.1.4). They are computed once and kept until other
    labels are set. The model itself gives the embeddings of days; `predict`
    turns them into probabilities.

    Args:
        backbone: `SensorLMBackbone` with a contrastive side.
        preprocessor: `SensorLMPreprocessor`. Needed for labels; days can
            come normalised without it when `text_embeddings` are given.
        labels: list of str, optional. The classes; `set_labels` sets others.
        templates: sequence of str. Each with one `{}` where the label goes.
            Defaults to `TEMPLATES`.
        activation: str. `"softmax"` for the one class that fits best, or
            `"sigmoid"` for any number of classes, which needs a backbone
            with the sigmoid loss. Defaults to `"softmax"`.
        **kwargs: the arguments of `keras_hub.models.Task`.

    Raises:
        ValueError: if the backbone has no contrastive side, a template has
            no place for the label, or the activation does not fit.

    Example:

    >>> import keras_sensorlm
    >>> from keras_sensorlm import models
    >>> classifier = models.SensorLMZeroShotClassifier(
    ...     models.SensorLMBackbone(
    ...         models.SensorEncoder(16, 1, 2, patch_size=(360, 2)),
    ...         models.TextEncoder(500, 16, 1, 2, max_length=16),
    ...     ),
    ...     models.SensorLMPreprocessor(
    ...         models.SensorLMTokenizer(vocabulary_size=500),
    ...         sequence_length=16,
    ...     ),
    ...     labels=["run", "swim", "yoga"],
    ... )
    >>> days = keras_sensorlm.simulate_days(2, seed=0)
    >>> probabilities = classifier.predict(days, verbose=0)
    >>> probabilities.shape, probabilities.sum(axis=1).round(4).tolist()
    ((2, 3), [1.0, 1.0])
    """

    backbone_cls = SensorLMBackbone
    preprocessor_cls = SensorLMPreprocessor

    def __init__(
        self,
        backbone: SensorLMBackbone,
        preprocessor: SensorLMPreprocessor | None = None,
        labels: Iterable[str] | None = None,
        templates: Sequence[str] = TEMPLATES,
        activation: Any = "softmax",
        **kwargs: Any,
    ) -> None:
        _check(backbone, templates, activation)
        # === Layers ===
        self.backbone = backbone
        self.preprocessor = preprocessor
        self.templates = tuple(templates)
        self.activation = activation
        self._programs = Programs()

        # === Functional Model ===
        super().__init__(
            inputs={"sensors": backbone.input["sensors"]},
            outputs=backbone.output["sensor_embeddings"],
            **kwargs,
        )
        self.set_labels(labels)

    def set_labels(self, labels: Iterable[str] | None) -> None:
        """Sets the classes; also to be called when weights have changed.

        Args:
            labels: list of str, or None for none.
        """
        if isinstance(labels, str):
            raise ValueError(
                f"`labels` should be a list of str. Received: {labels!r}"
            )
        # Lists and arrays would be tracked, which ends with `__init__`.
        self.labels = None if labels is None else tuple(map(str, labels))
        self._text_embeddings: Any = None

    @property
    def text_embeddings(self) -> Tensor:
        """Embeddings of the labels, float32 array `(labels, dim)`."""
        if self._text_embeddings is None:
            self._text_embeddings = self.embed_labels(self.labels)
        return self._text_embeddings

    def embed_labels(self, labels: Sequence[str] | None) -> Tensor:
        """Embeddings of labels, the mean over templates.

        Args:
            labels: list of str.

        Returns:
            Float32 array `(labels, dim)`, rows of unit length.

        Raises:
            ValueError: if there are no labels, or no preprocessor.
        """
        if not labels or self.preprocessor is None:
            raise ValueError(
                "Classes are read from `labels` by the `preprocessor`. "
                f"Received: labels={labels}, preprocessor={self.preprocessor}"
            )
        texts = [t.format(label) for label in labels for t in self.templates]
        program = self._programs.get(
            self.backbone,
            "texts",
            lambda: compile_function(self._encode_text, self.backbone),
        )
        length = text_length(self.backbone, self.preprocessor, texts)
        # Batches of one size are one program to compile.
        batches = -(-len(texts) // _TEXTS_AT_ONCE)
        rows = -(-len(texts) // batches)
        parts = []
        for start in range(0, len(texts), rows):
            chunk = texts[start : start + rows]
            inputs = self.preprocessor({"text": chunk}, sequence_length=length)
            inputs = {
                key: filled_up(inputs[key], rows)
                for key in ("token_ids", "padding_mask")
            }
            parts.append(ops.convert_to_numpy(program(inputs))[: len(chunk)])
        embeddings = np.concatenate(parts).astype("float32")
        shape = (len(labels), len(self.templates), -1)
        return mean_names(embeddings.reshape(shape))

    def _encode_text(self, inputs):
        return self.backbone.encode_text(
            inputs["token_ids"], inputs["padding_mask"]
        )

    def predict(
        self, x: Any = None, labels: Sequence[str] | None = None, **kwargs: Any
    ) -> npt.NDArray[np.float32]:
        """Probabilities of the classes.

        Args:
            x: days; see `SensorLMPretrainer` for what they may be.
            labels: list of str, optional. Other classes for this once.
                Defaults to those set.
            **kwargs: see `keras.Model.predict`.

        Returns:
            Float32 array `(n, labels)`. With softmax, rows sum to 1.
        """
        if labels is None:
            texts = self.text_embeddings
        else:
            texts = self.embed_labels(labels)
        days = super().predict(x, **kwargs)
        scale, bias = self.backbone.contrastive_scale(ops.zeros((1,)))
        logits = contrastive_logits(days, texts, scale, bias)
        activation = keras.activations.get(self.activation)
        return ops.convert_to_numpy(activation(logits))

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.update(
            {
                "labels": self.labels and list(self.labels),
                "templates": list(self.templates),
                "activation": self.activation,
            }
        )
        return config


def _check(backbone, templates, activation):
    if backbone.contrastive is None:
        raise ValueError(
            "Days and labels can be compared only where a contrastive loss "
            "brought them together. Received: a backbone with "
            "contrastive=None"
        )
    if not templates or any(t.count("{}") != 1 for t in templates):
        raise ValueError(
            "Each of `templates` should hold one '{}' for the label. "
            f"Received: templates={templates}"
        )
    if activation not in ACTIVATIONS:
        raise ValueError(
            f"`activation` should be one of {ACTIVATIONS}. "
            f"Received: activation={activation!r}"
        )
    if activation == "sigmoid" and backbone.contrastive != "sigmoid":
        raise ValueError(
            "The sigmoid of a pair means something only for a backbone with "
            f"contrastive='sigmoid'. Received: {backbone.contrastive!r}"
        )
