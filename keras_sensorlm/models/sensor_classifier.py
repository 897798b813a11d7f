"""`SensorLMSensorClassifier`: labels or numbers of days, learned."""

from collections.abc import Sequence
from typing import Any

import keras
import keras_hub
import numpy as np
import numpy.typing as npt

from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.models.days_in import SensorsIn
from keras_sensorlm.models.frozen_features import check_features
from keras_sensorlm.models.layers.class_names import ClassNames
from keras_sensorlm.models.layers.class_names import mean_names
from keras_sensorlm.models.linear_probe import logistic_head
from keras_sensorlm.models.preprocessor import SensorLMPreprocessor
from keras_sensorlm.models.preset import SensorLMPreset
from keras_sensorlm.models.zero_shot_classifier import TEMPLATES
from keras_sensorlm.sensors.day import Days

PROBLEMS = ("multiclass", "multilabel", "regression")
# What is trained, and with which learning rate unless told otherwise.
FINE_TUNING = {"probe": 1e-2, "lora": 1e-3, "full": 5e-5}


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class SensorLMSensorClassifier(SensorsIn, keras_hub.models.Task):
    """A linear head on the embedding of a day, or on its channels.

    With `fine_tuning="probe"` the backbone is frozen; `"lora"` trains
    low-rank changes of its attention (Hu et al. 2021, arXiv 2106.09685) and
    `"full"` all of its sensor tower. A few examples are best learned by
    `fit_probe`, which finds the head outright, many by `fit_head`; both read
    each day once. Fine-tune by `fit`, if at all, from there (Kumar et al.
    2022, arXiv 2202.10054).

    Args:
        backbone: `SensorLMBackbone`. Which of its weights are trainable is
            set here; those of the text tower and the decoder are not.
        num_classes: int. Number of classes, or of numbers in a regression.
        preprocessor: `SensorLMPreprocessor`, optional. Without one, days
            come normalised.
        problem: str. `"multiclass"` (labels are ints `(n,)`),
            `"multilabel"` (0 or 1, `(n, num_classes)`) or `"regression"`
            (floats `(n, num_classes)`). Defaults to `"multiclass"`.
        fine_tuning: str. `"probe"`, `"lora"` or `"full"`. Defaults to
            `"probe"`.
        lora_rank: int. Rank of the changes. Defaults to `4`.
        activation: str or callable, optional. Of the outputs, such as
            `"softmax"`. Defaults to none: outputs are logits.
        dropout: float. Share of the embedding dropped in training. Defaults
            to `0.0`.
        features: str. What the head reads, `"embedding"` or `"channels"`;
            see `SensorLMBackbone.sensor_features`. Defaults to
            `"embedding"`.
        class_texts: list, optional. What the classes are called: for each a
            str, or a list of several. Then the answer is the product of what
            the head and the names say; see `ClassNames`. Needs a
            preprocessor, a contrastive backbone and `"multiclass"`. Defaults
            to none: the head alone answers.
        **kwargs: the arguments of `keras_hub.models.Task`.

    Raises:
        ValueError: if the problem, the fine-tuning or the features are
            unknown, or names cannot be used or are not one for each class.

    Example:

    >>> import keras_sensorlm
    >>> from keras_sensorlm import models
    >>> classifier = models.SensorLMSensorClassifier(
    ...     models.SensorLMBackbone(
    ...         models.SensorEncoder(16, 1, 2, patch_size=(360, 2)),
    ...         models.TextEncoder(500, 16, 1, 2),
    ...     ),
    ...     num_classes=3,
    ...     preprocessor=models.SensorLMPreprocessor(
    ...         models.SensorLMTokenizer(vocabulary_size=500)
    ...     ),
    ... )
    >>> days = keras_sensorlm.simulate_days(4, seed=0)
    >>> history = classifier.fit_head(days, [0, 1, 2, 0], verbose=0)
    >>> classifier.predict(days, verbose=0).shape
    (4, 3)
    """

    backbone_cls = SensorLMBackbone
    preprocessor_cls = SensorLMPreprocessor

    def __init__(
        self,
        backbone: SensorLMBackbone,
        num_classes: int,
        preprocessor: SensorLMPreprocessor | None = None,
        problem: str = "multiclass",
        fine_tuning: str = "probe",
        lora_rank: int = 4,
        activation: Any = None,
        dropout: float = 0.0,
        features: str = "embedding",
        class_texts: Sequence[str | Sequence[str]] | None = None,
        **kwargs: Any,
    ) -> None:
        _check(problem, fine_tuning)
        check_features(features)
        num_classes = int(num_classes)
        # === Layers ===
        self.backbone = backbone
        self.preprocessor = preprocessor
        if fine_tuning == "lora":
            backbone.enable_lora(lora_rank)
        else:
            backbone.trainable = fine_tuning == "full"
        sensors = backbone.input["sensors"]
        views = backbone.sensor_features(sensors)
        self.features = features
        self.activation = keras.activations.get(activation)
        named = class_texts is not None
        self.head = self._make_head(
            views[features].shape[-1],
            num_classes,
            None if named else self.activation,
            dropout,
        )

        # === Functional Model ===
        outputs = self.head(views[features])
        if named:
            class_texts = _checked_texts(
                class_texts, num_classes, problem, backbone, preprocessor
            )
            self.names = ClassNames(num_classes, dtype="float32", name="names")
            scale, _ = backbone.contrastive_scale(views["embedding"])
            outputs = self.names(outputs, views["embedding"], scale)
            outputs = self.activation(outputs)
        self.num_classes = num_classes
        self.problem = problem
        self.fine_tuning = fine_tuning
        self.lora_rank = lora_rank
        self.dropout = dropout
        self.class_texts = class_texts
        super().__init__(inputs={"sensors": sensors}, outputs=outputs, **kwargs)
        for layer in set(backbone.layers) - set(self.layers):
            # No day passes through it: weight decay alone would change it.
            for weight in layer.weights:
                weight.trainable = False
        # While a preset is loaded its tokenizer has no vocabulary yet, and
        # what the names say comes with the weights.
        if named and _has_vocabulary(preprocessor):
            self._read_names()

    def _make_head(self, dim, num_classes, activation, dropout):
        small = self.features == "embedding"
        return keras.Sequential(
            [
                keras.Input((dim,)),
                # A unit vector's numbers are small; a linear layer learns
                # faster from numbers around 1.
                keras.layers.Rescaling(
                    dim**0.5 if small else 1.0, dtype="float32"
                ),
                keras.layers.Dropout(dropout, dtype="float32"),
                keras.layers.Dense(
                    num_classes,
                    activation=activation,
                    # Of thousands of numbers, random weights would say more
                    # than a few examples.
                    kernel_initializer="glorot_uniform" if small else "zeros",
                    dtype="float32",
                    name="outputs",
                ),
                *self._head_end(),
            ],
            name="head",
        )

    def _head_end(self):
        """Layers after the linear one; a subclass may have some."""
        return []

    def _read_names(self):
        """Embeds what the classes are called, and keeps it as weights."""
        sentences = [
            [t.format(said) for t in TEMPLATES]
            if isinstance(said, str)
            else list(said)
            for said in self.class_texts
        ]
        preset = SensorLMPreset(self.backbone, self.preprocessor)
        texts = [text for said in sentences for text in said]
        found = preset.embed_texts(texts, verbose=False)
        ends = np.cumsum([len(said) for said in sentences])[:-1]
        self.names.names.assign(mean_names(np.split(found, ends)))

    def compile(
        self,
        optimizer: Any = "auto",
        loss: Any = "auto",
        *,
        metrics: Any = "auto",
        **kwargs: Any,
    ) -> None:
        """Configures the classifier.

        Args:
            optimizer: `"auto"`, a name or a `keras.optimizers.Optimizer`.
                `"auto"` is AdamW with a learning rate of 1e-2 for the probe,
                1e-3 for LoRA and 5e-5 for full fine-tuning.
            loss: `"auto"`, a name or a `keras.losses.Loss`. `"auto"` is the
                cross-entropy, or the mean squared error in a regression.
            metrics: `"auto"` or a list. `"auto"` is the accuracy, the area
                under the ROC curve for several labels, and the mean absolute
                error in a regression.
            **kwargs: see `keras.Model.compile`.
        """
        if optimizer == "auto":
            optimizer = keras.optimizers.AdamW(FINE_TUNING[self.fine_tuning])
        logits = self.activation is keras.activations.linear
        super().compile(
            optimizer=optimizer,
            loss=self._default_loss(logits) if loss == "auto" else loss,
            metrics=self._default_metrics(logits)
            if metrics == "auto"
            else metrics,
            **kwargs,
        )

    def _default_loss(self, logits):
        if self.problem == "regression":
            return keras.losses.MeanSquaredError()
        losses = {
            "multiclass": keras.losses.SparseCategoricalCrossentropy,
            "multilabel": keras.losses.BinaryCrossentropy,
        }
        return losses[self.problem](from_logits=logits)

    def _default_metrics(self, logits):
        if self.problem == "regression":
            return [keras.metrics.MeanAbsoluteError(name="mae")]
        if self.problem == "multiclass":
            return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
        return [
            keras.metrics.AUC(
                name="auroc",
                multi_label=True,
                num_labels=self.num_classes,
                from_logits=logits,
            )
        ]

    def fit_head(
        self,
        x: Days,
        y: npt.ArrayLike,
        epochs: int = 100,
        optimizer: Any = "auto",
        **kwargs: Any,
    ) -> Any:
        """Trains the head alone, on embeddings computed once.

        The result is that of `fit` with a frozen backbone, up to the random
        hiding of rectangles that an encoder with `mask_ratio` does.

        Args:
            x: days; see `SensorLMPretrainer` for what they may be.
            y: array. The labels.
            epochs: int. Defaults to `100`.
            optimizer: see `compile`; always the probe's learning rate.
            **kwargs: see `keras.Model.fit`, `validation_data` excepted.

        Returns:
            `keras.callbacks.History`.
        """
        features, y = self._read(x, y)
        if optimizer == "auto":
            optimizer = keras.optimizers.AdamW(FINE_TUNING["probe"])
        logits = self.head.get_layer("outputs").activation
        logits = logits is keras.activations.linear
        self.head.compile(
            optimizer=optimizer,
            loss=self._default_loss(logits),
            metrics=self._default_metrics(logits),
        )
        return self.head.fit(features, y, epochs=epochs, **kwargs)

    def fit_probe(
        self, x: Days, y: npt.ArrayLike, strength: float = 0.1
    ) -> None:
        """Sets the head to the best one for a few examples.

        A logistic regression whose weights are kept small and whose classes
        weigh the same, found outright instead of step by step: no rate, no
        epochs, the same each time. Names of classes have their say
        afterwards, as much as the head.

        Args:
            x: days; see `SensorLMPretrainer` for what they may be.
            y: int array `(n,)`. Classes; one without examples is never the
                answer.
            strength: float. How far examples may move the weights; see
                `logistic_head`. Defaults to `0.1`.

        Raises:
            ValueError: if the problem is another than `"multiclass"`, or
                labels are not classes.
        """
        if self.problem != "multiclass":
            raise ValueError(
                "`fit_probe` finds one class of several; `fit_head` learns "
                f"everything else. Received: problem={self.problem!r}"
            )
        features, y = self._read(x, y)
        scaled = features * self.head.layers[0].scale
        self.head.get_layer("outputs").set_weights(
            logistic_head(scaled, np.asarray(y), self.num_classes, strength)
        )

    def _read(self, x, y):
        """What the head reads of days, as NumPy, and their labels."""
        if y is None:
            raise ValueError("`y` should hold a label for each day.")
        x, y, _ = self._prepared(x, y)
        views = self.backbone.sensor_features(self.input["sensors"])
        encoder = keras.Model(self.input, views[self.features])
        return encoder.predict(x, verbose=0), y

    def _prepared(self, x, y=None, sample_weight=None):
        if isinstance(y, (list, tuple)) or hasattr(y, "shape"):
            self._check_labels(np.asarray(y))
        return super()._prepared(x, y, sample_weight)

    def _check_labels(self, y):
        known = f"0 to {self.num_classes - 1}"
        if y.dtype.kind not in "biuf":
            raise ValueError(
                f"`y` should hold numbers, for classes {known}; of names: "
                "[names.index(label) for label in y]. "
                f"Received: {y.ravel()[:1]}"
            )
        if self.problem != "multiclass" or not y.size:
            return
        if y.min() < 0 or y.max() >= self.num_classes:
            raise ValueError(
                f"`y` should hold classes {known}. "
                f"Received: {y.min()} to {y.max()}"
            )

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        names = (
            "num_classes problem fine_tuning lora_rank dropout features "
            "class_texts"
        )
        config.update({name: getattr(self, name) for name in names.split()})
        config["activation"] = keras.activations.serialize(self.activation)
        return config


def _check(problem, fine_tuning):
    if problem not in PROBLEMS:
        raise ValueError(
            f"`problem` should be one of {PROBLEMS}. "
            f"Received: problem={problem!r}"
        )
    if fine_tuning not in FINE_TUNING:
        raise ValueError(
            f"`fine_tuning` should be one of {tuple(FINE_TUNING)}. "
            f"Received: fine_tuning={fine_tuning!r}"
        )


def _checked_texts(texts, num_classes, problem, backbone, preprocessor):
    """What each class is called, as tuples, which Keras does not track."""
    if (
        problem != "multiclass"
        or preprocessor is None
        or not backbone.text_head
    ):
        raise ValueError(
            "Names can be used by a classifier of one class of several, with "
            "a preprocessor to read them and a contrastive backbone to "
            f"compare them. Received: problem={problem!r}, "
            f"preprocessor={preprocessor}, "
            f"contrastive={backbone.contrastive!r}"
        )
    if isinstance(texts, str) or len(texts) != num_classes or not all(texts):
        raise ValueError(
            f"`class_texts` should hold a name, or a list of names, for each "
            f"of the {num_classes} classes. Received: {texts}"
        )
    return tuple(t if isinstance(t, str) else tuple(t) for t in texts)


def _has_vocabulary(preprocessor):
    tokenizer = preprocessor.tokenizer
    return (
        getattr(tokenizer, "vocabulary", None) is not None
        or getattr(tokenizer, "proto", None) is not None
    )
