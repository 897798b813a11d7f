"""`SensorLMSensorClassifier`: labels or numbers of days, learned."""

from typing import Any

import keras
import keras_hub
import numpy as np
import numpy.typing as npt

from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.models.days_in import SensorsIn
from keras_sensorlm.models.preprocessor import SensorLMPreprocessor
from keras_sensorlm.sensors.day import Days

PROBLEMS = ("multiclass", "multilabel", "regression")
# What is trained, and with which learning rate unless told otherwise.
FINE_TUNING = {"probe": 1e-2, "lora": 1e-3, "full": 5e-5}


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class SensorLMSensorClassifier(SensorsIn, keras_hub.models.Task):
    """A linear head on the embedding of a day.

    With `fine_tuning="probe"` the backbone is frozen; `"lora"` trains
    low-rank changes of its attention (Hu et al. 2021, arXiv 2106.09685) and
    `"full"` all of its sensor tower. A few examples are best learned by
    `fit_head`, which reads each day once, and then, if at all, fine-tuned by
    `fit` from there (Kumar et al. 2022, arXiv 2202.10054).

    Args:
        backbone: `SensorLMBackbone`. Which of its weights are trainable is
            set here.
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
        **kwargs: the arguments of `keras_hub.models.Task`.

    Raises:
        ValueError: if the problem or the fine-tuning is unknown.

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
        **kwargs: Any,
    ) -> None:
        _check(problem, fine_tuning)
        # === Layers ===
        self.backbone = backbone
        self.preprocessor = preprocessor
        if fine_tuning == "lora":
            backbone.enable_lora(lora_rank)
        else:
            backbone.trainable = fine_tuning == "full"
        dim = backbone.output["sensor_embeddings"].shape[-1]
        self.head = keras.Sequential(
            [
                keras.Input((dim,)),
                # A unit vector's numbers are small; a linear layer learns
                # faster from numbers around 1.
                keras.layers.Rescaling(dim**0.5, dtype="float32"),
                keras.layers.Dropout(dropout, dtype="float32"),
                keras.layers.Dense(
                    num_classes,
                    activation=activation,
                    dtype="float32",
                    name="outputs",
                ),
                *self._head_end(),
            ],
            name="head",
        )

        # === Functional Model ===
        embeddings = backbone.output["sensor_embeddings"]
        inputs = {"sensors": backbone.input["sensors"]}
        self.num_classes = num_classes
        self.problem = problem
        self.fine_tuning = fine_tuning
        self.lora_rank = lora_rank
        self.activation = keras.activations.get(activation)
        self.dropout = dropout
        super().__init__(inputs=inputs, outputs=self.head(embeddings), **kwargs)

    def _head_end(self):
        """Layers after the linear one; a subclass may have some."""
        return []

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
        super().compile(
            optimizer=optimizer,
            loss=self._default_loss() if loss == "auto" else loss,
            metrics=self._default_metrics() if metrics == "auto" else metrics,
            **kwargs,
        )

    def _default_loss(self):
        if self.problem == "regression":
            return keras.losses.MeanSquaredError()
        losses = {
            "multiclass": keras.losses.SparseCategoricalCrossentropy,
            "multilabel": keras.losses.BinaryCrossentropy,
        }
        return losses[self.problem](from_logits=self._gives_logits)

    def _default_metrics(self):
        if self.problem == "regression":
            return [keras.metrics.MeanAbsoluteError(name="mae")]
        if self.problem == "multiclass":
            return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
        return [
            keras.metrics.AUC(
                name="auroc",
                multi_label=True,
                num_labels=self.num_classes,
                from_logits=self._gives_logits,
            )
        ]

    @property
    def _gives_logits(self):
        return self.activation is keras.activations.linear

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
        if y is None:
            raise ValueError("`y` should hold a label for each day.")
        x, y, _ = self._prepared(x, y)
        encoder = keras.Model(
            self.input, self.backbone.output["sensor_embeddings"]
        )
        embeddings = encoder.predict(x, verbose=0)
        if optimizer == "auto":
            optimizer = keras.optimizers.AdamW(FINE_TUNING["probe"])
        self.head.compile(
            optimizer=optimizer,
            loss=self._default_loss(),
            metrics=self._default_metrics(),
        )
        return self.head.fit(embeddings, y, epochs=epochs, **kwargs)

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
        names = "num_classes problem fine_tuning lora_rank dropout".split()
        config.update({name: getattr(self, name) for name in names})
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
