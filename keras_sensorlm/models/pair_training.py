"""How a task learns from pairs of a day and a caption."""

import keras
from keras import ops

from keras_sensorlm.losses import CONTRASTIVE_LOSSES
from keras_sensorlm.losses import caption_token_losses
from keras_sensorlm.losses import contrastive_logits
from keras_sensorlm.losses import weighted_mean
from keras_sensorlm.models.days_in import DaysIn
from keras_sensorlm.models.layers.statistics_head import statistics_loss
from keras_sensorlm.models.step_metrics import CaptioningMetrics
from keras_sensorlm.models.step_metrics import ContrastiveMetrics
from keras_sensorlm.models.step_metrics import StatisticsMetrics

_TOWERS = {
    "sensor": ("sensor_encoder", "sensor_head"),
    "text": ("text_encoder", "text_head"),
}
# CoCa's (Yu et al. 2022, arXiv 2205.01917, section 4.1).
# The third term, not in the paper, is `SensorLMPretrainer`'s.
LOSS_WEIGHTS = {"contrastive": 1.0, "captioning": 2.0, "statistics": 1.0}


class PairTraining(DaysIn):
    """The objective and its metrics; stands before a KerasHub task."""

    # Reads statistics off the embeddings, where a task has such a layer.
    statistics_head = None
    # Nothing is watched before `compile`.
    _watched = None

    def _set_up(self, backbone, preprocessor, freeze):
        """What `__init__` does before the functional model is made."""
        if freeze is not None and freeze not in _TOWERS:
            raise ValueError(
                f"`freeze` should be one of {tuple(_TOWERS)} or None. "
                f"Received: freeze={freeze!r}"
            )
        self.backbone = backbone
        self.preprocessor = preprocessor
        self.freeze = freeze
        if preprocessor is not None:
            preprocessor.return_truncated = True
        for part in _TOWERS.get(freeze, ()):
            layer = getattr(backbone, part)
            if layer is not None:
                layer.trainable = False

    def compile(
        self, optimizer="auto", loss="auto", *, loss_weights=None, **kwargs
    ):
        """Configures the pretrainer.

        Args:
            optimizer: `"auto"`, a name or a `keras.optimizers.Optimizer`.
                `"auto"` is AdamW as in the released recipe: learning rate
                5e-4, `beta_2` 0.999, decoupled weight decay 1e-4 on kernels,
                gradients clipped to a global norm of 1. For a moving average
                of the weights give an optimizer with `use_ema=True`.
            loss: str. The contrastive term, `"sigmoid"` or `"softmax"`.
                Defaults to `"auto"`, the one that the backbone was built
                for.
            loss_weights: dict, optional. Weights of `"contrastive"`,
                `"captioning"` and `"statistics"`; a term of weight 0 is left
                out. Defaults to 1, 2 and 1, of the terms that there are.
            **kwargs: see `keras.Model.compile`.

        Raises:
            ValueError: if the loss or a term is unknown, or no term is left.
        """
        if optimizer == "auto":
            optimizer = self._default_optimizer()
        if loss == "auto":
            loss = self.backbone.contrastive or "sigmoid"
        if loss not in CONTRASTIVE_LOSSES:
            raise ValueError(
                f"`loss` should be one of {(*CONTRASTIVE_LOSSES, 'auto')}. "
                f"Received: loss={loss!r}"
            )
        self._term_weights = self._checked_weights(loss_weights)
        super().compile(optimizer=optimizer, loss=None, **kwargs)
        self._contrastive_loss = CONTRASTIVE_LOSSES[loss]
        self._watched = _Watched(self._term_weights)

    def _default_optimizer(self):
        optimizer = keras.optimizers.AdamW(
            learning_rate=5e-4,
            weight_decay=1e-4,
            beta_2=0.999,
            global_clipnorm=1.0,
        )
        # Biases, norms, embeddings, scale and bias do not decay.
        optimizer.exclude_from_weight_decay(
            var_list=[v for v in self.weights if "kernel" not in v.name]
        )
        return optimizer

    def _checked_weights(self, loss_weights):
        loss_weights = LOSS_WEIGHTS if loss_weights is None else loss_weights
        if set(loss_weights) - set(LOSS_WEIGHTS):
            raise ValueError(
                f"`loss_weights` should have the keys {tuple(LOSS_WEIGHTS)}. "
                f"Received: {loss_weights}"
            )
        able = {
            "contrastive": self.backbone.contrastive is not None,
            "captioning": self.backbone.decoder is not None,
            "statistics": self.statistics_head is not None,
        }
        weights = {
            k: float(v) for k, v in loss_weights.items() if v and able[k]
        }
        if not weights:
            raise ValueError(
                "No term of the loss is left. Received: loss_weights="
                f"{loss_weights} for a backbone with contrastive="
                f"{self.backbone.contrastive!r} and "
                f"{'a' if able['captioning'] else 'no'} decoder."
            )
        return weights

    def labels(self, y, truncated):
        """How many captions were cut is all that a step gets as `y`."""
        return truncated

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """The weighted sum of the terms, from the outputs of one step.

        Args:
            x: dict of the step's inputs.
            y: bool tensor `(batch,)` or None. Which captions were cut.
            y_pred: dict of the backbone's outputs.
            sample_weight: float tensor `(batch,)` or None.
            training: bool. Not used.

        Returns:
            Float32 scalar.
        """
        if y is not None:
            self._watched.truncated.update_state(y)
        total = 0.0
        for name, weight in self._term_weights.items():
            term = getattr(self, f"_{name}_term")(x, y_pred, sample_weight)
            total = total + weight * term
        for loss in self.losses:
            total = total + ops.sum(ops.cast(loss, "float32"))
        return total

    def _contrastive_term(self, x, outputs, weights):
        sensor, text, weights = self.gather_batch(
            outputs["sensor_embeddings"], outputs["text_embeddings"], weights
        )
        logits = contrastive_logits(
            sensor, text, outputs["logit_scale"], outputs["logit_bias"]
        )
        loss = self._contrastive_loss(logits, weights)
        self._watched.contrastive.update(loss, logits, weights, outputs)
        return loss

    def _captioning_term(self, x, outputs, weights):
        logits, token_ids = outputs["caption_logits"], x["token_ids"]
        token_losses, counts = caption_token_losses(
            logits, token_ids, x["padding_mask"], weights
        )
        loss = weighted_mean(token_losses, counts)
        self._watched.captioning.update(
            loss, token_losses, counts, logits, token_ids
        )
        return loss

    def _statistics_term(self, x, outputs, weights):
        names = ("sensor_statistics", "text_statistics")
        rows = sum(
            statistics_loss(outputs[name], x["sensors"])
            for name in names
            if name in outputs
        )
        weights = ops.ones_like(rows) if weights is None else weights
        loss = weighted_mean(rows, ops.cast(weights, "float32"))
        self._watched.statistics.loss.update_state(
            ops.stop_gradient(loss), ops.sum(weights)
        )
        return loss

    def gather_batch(self, sensor_embeddings, text_embeddings, weights):
        """The global batch that the contrastive term compares.

        One process that sees its whole batch, as under JAX's distributions,
        has nothing to gather. Where each replica sees a part of the batch,
        override this with the framework's gather; a contrastive loss on
        parts is another loss.

        Args:
            sensor_embeddings: float tensor `(batch, dim)`.
            text_embeddings: float tensor `(batch, dim)`.
            weights: float tensor `(batch,)` or None.

        Returns:
            The three, for all replicas.
        """
        return sensor_embeddings, text_embeddings, weights

    @property
    def metrics(self):
        metrics = super().metrics
        return metrics if self._watched is None else metrics + self._watched.all

    def get_config(self):
        config = super().get_config()
        config["freeze"] = self.freeze
        return config


class _Watched:
    """The metrics of the terms in use, out of reach of Keras's tracking,
    which is closed once a functional model is built."""

    def __init__(self, terms):
        self.contrastive = ContrastiveMetrics()
        self.captioning = CaptioningMetrics()
        self.statistics = StatisticsMetrics()
        self.truncated = keras.metrics.Sum(name="truncated_captions")
        self.all = [m for term in terms for m in getattr(self, term).all()]
        self.all.append(self.truncated)
