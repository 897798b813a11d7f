"""`SensorLMPretrainer`: days and their captions, learned together."""

from typing import Any

import keras
import keras_hub

from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.models.layers.statistics_head import StatisticsHead
from keras_sensorlm.models.pair_training import PairTraining
from keras_sensorlm.models.preprocessor import SensorLMPreprocessor


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class SensorLMPretrainer(PairTraining, keras_hub.models.Task):
    """Trains a backbone on pairs of a day and a caption.

    Two terms, both in float32 and both from one run of the model: a
    contrastive one between the embeddings of days and captions, and the
    cross-entropy of the caption's next token (CoCa, Yu et al. 2022, arXiv
    2205.01917). A backbone without decoder has only the first (SigLIP,
    CLIP), one with `contrastive=None` only the second (Cap).

    Logged are both terms; the share of days whose own caption is nearest
    among the batch's, and the reverse (`sensor_to_text_r1`,
    `text_to_sensor_r1`); `temperature` and `logit_bias`; `token_accuracy`
    and `perplexity`; and how many captions were cut at the preprocessor's
    `sequence_length` (`truncated_captions`).

    With `statistics=True` a third term, not in the paper, asks one linear
    layer to read each channel's mean, standard deviation, minimum, maximum
    and coverage off either embedding: numbers are slow to learn from the
    contrast alone. The layer is the pretrainer's, not the backbone's.

    Args:
        backbone: `SensorLMBackbone`.
        preprocessor: `SensorLMPreprocessor`, optional. Without one, inputs
            come as the backbone takes them. It is told to report truncated
            captions.
        freeze: str, optional. The tower, `"sensor"` or `"text"`, that keeps
            its weights, so that its embeddings stay what they are. Defaults
            to neither.
        statistics: bool. Whether there is the third term. Defaults to
            `False`.
        **kwargs: the arguments of `keras_hub.models.Task`, such as
            `compile` and `name`.

    Call arguments of `fit`: pairs of days and texts. `x` an array in
        physical units or a list of `SensorDay` with a list of strings as
        `y`; a tuple of both; a dict with `"sensors"` and `"text"`; or
        `tf.data`, Grain and Python generators that yield batches of either.
        A `sample_weight` of 0 takes a pair out of both terms.

    Raises:
        ValueError: if `freeze` names no tower.

    Example:

    >>> import numpy as np
    >>> import keras_sensorlm
    >>> from keras_sensorlm import models
    >>> pretrainer = models.SensorLMPretrainer(
    ...     models.SensorLMBackbone(
    ...         models.SensorEncoder(16, 1, 2, patch_size=(360, 2)),
    ...         models.TextEncoder(500, 16, 1, 2, max_length=16),
    ...     ),
    ...     models.SensorLMPreprocessor(
    ...         models.SensorLMTokenizer(vocabulary_size=500),
    ...         sequence_length=16,
    ...     ),
    ... )
    >>> days = keras_sensorlm.simulate_days(4, seed=0)
    >>> texts = ["a run", "a swim", "a long walk", "a rest"]
    >>> history = pretrainer.fit(days, texts, batch_size=2, verbose=0)
    >>> sorted(history.history)[:3]
    ['contrastive_loss', 'logit_bias', 'loss']
    """

    backbone_cls = SensorLMBackbone
    preprocessor_cls = SensorLMPreprocessor

    def __init__(
        self,
        backbone: SensorLMBackbone,
        preprocessor: SensorLMPreprocessor | None = None,
        freeze: str | None = None,
        statistics: bool = False,
        **kwargs: Any,
    ) -> None:
        # === Layers ===
        self._set_up(backbone, preprocessor, freeze)
        self.statistics = statistics
        self.statistics_head: Any = None
        if statistics:
            self.statistics_head = StatisticsHead(
                len(backbone.sensor_encoder.features), name="statistics_head"
            )

        # === Functional Model ===
        inputs = backbone.input
        outputs = backbone(inputs)
        if statistics:
            outputs = {
                **outputs,
                **self.statistics_head(
                    outputs["sensor_embeddings"],
                    outputs.get("text_embeddings"),
                ),
            }
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config["statistics"] = self.statistics
        return config
