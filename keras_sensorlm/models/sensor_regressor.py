"""`SensorLMSensorRegressor`: numbers of days, learned."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.models.layers.denormalization import Denormalization
from keras_sensorlm.models.preprocessor import SensorLMPreprocessor
from keras_sensorlm.models.sensor_classifier import SensorLMSensorClassifier
from keras_sensorlm.sensors.day import Days


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class SensorLMSensorRegressor(SensorLMSensorClassifier):
    """A linear head on the embedding of a day that predicts numbers.

    As `SensorLMSensorClassifier` with `problem="regression"`, for numbers on
    their own scale: minutes asleep, years, beats a minute. Their mean and
    standard deviation are taken from the first data that `fit` or `fit_head`
    gets in memory, or by `adapt_targets`, and kept with the weights.

    Args:
        backbone: `SensorLMBackbone`. Which of its weights are trainable is
            set here; those of the text tower and the decoder are not.
        num_targets: int. How many numbers. Defaults to `1`.
        preprocessor: `SensorLMPreprocessor`, optional. Without one, days
            come normalised.
        fine_tuning: str. `"probe"`, `"lora"` or `"full"`. Defaults to
            `"probe"`.
        lora_rank: int. Rank of the changes. Defaults to `4`.
        dropout: float. Share of the embedding dropped in training. Defaults
            to `0.0`.
        features: str. What the head reads, `"embedding"` or `"channels"`;
            see `SensorLMBackbone.sensor_features`. Defaults to
            `"embedding"`.
        **kwargs: the arguments of `keras_hub.models.Task`.

    Raises:
        ValueError: if the fine-tuning is unknown.

    Example:

    >>> import keras_sensorlm
    >>> from keras_sensorlm import models
    >>> regressor = models.SensorLMSensorRegressor(
    ...     models.SensorLMBackbone(
    ...         models.SensorEncoder(16, 1, 2, patch_size=(360, 2)),
    ...         models.TextEncoder(500, 16, 1, 2),
    ...     ),
    ...     preprocessor=models.SensorLMPreprocessor(
    ...         models.SensorLMTokenizer(vocabulary_size=500)
    ...     ),
    ... )
    >>> days = keras_sensorlm.simulate_days(4, seed=0)
    >>> history = regressor.fit_head(days, [400, 450, 500, 550], verbose=0)
    >>> predictions = regressor.predict(days, verbose=0)
    >>> predictions.shape, bool(300 < predictions.mean() < 650)
    ((4, 1), True)
    """

    def __init__(
        self,
        backbone: SensorLMBackbone,
        num_targets: int = 1,
        preprocessor: SensorLMPreprocessor | None = None,
        fine_tuning: str = "probe",
        lora_rank: int = 4,
        dropout: float = 0.0,
        features: str = "embedding",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            backbone,
            num_targets,
            preprocessor=preprocessor,
            problem="regression",
            fine_tuning=fine_tuning,
            lora_rank=lora_rank,
            dropout=dropout,
            features=features,
            **kwargs,
        )

    @property
    def num_targets(self) -> int:
        """How many numbers are predicted."""
        return self.num_classes

    def adapt_targets(self, y: npt.ArrayLike) -> None:
        """Takes over the scale of the numbers to predict.

        Args:
            y: float array `(n,)` or `(n, num_targets)`.
        """
        self.head.get_layer("scale").adapt(self._as_columns(y))

    def fit(
        self,
        x: Any = None,
        y: npt.ArrayLike | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Trains; see `SensorLMSensorClassifier`."""
        y = self._ready(y)
        return super().fit(x, y, *args, **kwargs)

    def fit_head(
        self, x: Days, y: npt.ArrayLike, *args: Any, **kwargs: Any
    ) -> Any:
        """Trains the head alone; see `SensorLMSensorClassifier`."""
        return super().fit_head(x, self._ready(y), *args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for name in ("num_classes", "problem", "activation", "class_texts"):
            config.pop(name)
        config["num_targets"] = self.num_targets
        return config

    def _head_end(self):
        return [Denormalization(dtype="float32", name="scale")]

    def _ready(self, y):
        """Targets as columns; the first ones set the scale."""
        if y is None:
            return None
        y = self._as_columns(y)
        if not float(self.head.get_layer("scale").adapted):
            self.adapt_targets(y)
        return y

    def _as_columns(self, y):
        return np.asarray(y, dtype="float32").reshape(-1, self.num_targets)
