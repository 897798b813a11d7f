"""How a task learns from pairs of a day and a caption."""

import keras
from keras import ops

from keras_sensorlm.losses import CONTRASTIVE_LOSSES
from keras_sensorlm.losses import caption_sums
from keras_sensorlm.losses import chunked_sigmoid_contrastive_loss
from keras_sensorlm.losses import contrastive_logits
from keras_sensorlm.losses import retrieval_hits
from keras_sensorlm.models.days_in import DaysIn
from keras_sensorlm.models.layers.statistics_head import statistics_loss
from keras_sensorlm.models.step_metrics import CaptioningMetrics
from keras_sensorlm.models.step_metrics import ContrastiveMetrics
from keras_sensorlm.models.step_metrics import StatisticsMetrics
from keras_sensorlm.models.steps import step_of
from keras_sensorlm.models.steps import workers_of
from keras_sensorlm.replicas import current_replicas

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
    micro_batch_size = None
    loss_chunk_size = None

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
        self,
        optimizer="auto",
        loss="auto",
        *,
        loss_weights=None,
        micro_batch_size=None,
        loss_chunk_size=None,
        **kwargs,
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
            micro_batch_size: int, optional. Examples, over all devices, that
                are in memory at once. The batch is still compared as a
                whole and the gradients are those of the whole (GradCache,
                Gao et al. 2021, arXiv 2101.06983), for one more run of the
                encoders. Defaults to the batch.
            loss_chunk_size: int, optional. With the sigmoid loss, days that
                are compared at once with all texts; see
                `losses.chunked_sigmoid_contrastive_loss`. Defaults to all.
            **kwargs: see `keras.Model.compile`.

        Raises:
            ValueError: if the loss or a term is unknown, no term is left,
                or a size is unusable.
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
        _check_sizes(micro_batch_size, loss_chunk_size, loss)
        self.micro_batch_size = micro_batch_size
        self.loss_chunk_size = loss_chunk_size
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

    def possible_terms(self):
        """The terms of the loss that the model has the parts for."""
        parts = {
            "contrastive": self.backbone.contrastive,
            "captioning": self.backbone.decoder,
            "statistics": self.statistics_head,
        }
        return {term for term, part in parts.items() if part is not None}

    def _checked_weights(self, loss_weights):
        loss_weights = LOSS_WEIGHTS if loss_weights is None else loss_weights
        if set(loss_weights) - set(LOSS_WEIGHTS):
            raise ValueError(
                f"`loss_weights` should have the keys {tuple(LOSS_WEIGHTS)}. "
                f"Received: {loss_weights}"
            )
        possible = self.possible_terms()
        weights = {
            k: float(v) for k, v in loss_weights.items() if v and k in possible
        }
        if not weights:
            raise ValueError(
                "No term of the loss is left. Received: loss_weights="
                f"{loss_weights} for a backbone with contrastive="
                f"{self.backbone.contrastive!r} and "
                f"{'a' if 'captioning' in possible else 'no'} decoder."
            )
        return weights

    def step_labels(self, y, truncated):
        """How many captions were cut is all that a step gets as `y`."""
        if keras.config.backend() == "tensorflow":
            # Keras takes the mean over replicas, which truth values lack.
            return ops.cast(truncated, "float32")
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
            Float32 scalar. On several replicas, what makes the gradients
            right once they are joined, see `replicas`.
        """
        replicas = current_replicas()
        if y is not None:
            self.watch_truncated(y, replicas)
        part = self.penalties() / replicas.count
        if "contrastive" in self._term_weights:
            part = part + self.contrastive_part(y_pred, sample_weight, replicas)
        if set(self._term_weights) - {"contrastive"}:
            sums = self.sums(x, y_pred, sample_weight)
            part = part + self.summed_part(sums, replicas)
        return replicas.combined(part)

    def contrastive_part(self, outputs, weights, replicas):
        """This replica's part of the weighted contrastive term.

        Args:
            outputs: dict. The embeddings, scale and bias of the backbone.
            weights: float tensor `(batch,)` or None.
            replicas: `replicas.Alone` or one of its subclasses.

        Returns:
            Float32 scalar.
        """
        sensor, text, weights = self.gather_batch(
            outputs["sensor_embeddings"], outputs["text_embeddings"], weights
        )
        scale = outputs["logit_scale"], outputs["logit_bias"]
        if self.loss_chunk_size:
            loss, *hits = chunked_sigmoid_contrastive_loss(
                sensor,
                text,
                *scale,
                weights,
                chunk_size=self.loss_chunk_size,
                return_hits=True,
            )
        else:
            logits = contrastive_logits(sensor, text, *scale)
            loss = self._contrastive_loss(logits, weights)
            hits = retrieval_hits(logits, weights)
        self._watched.contrastive.update(loss, hits, weights, outputs)
        return self._term_weights["contrastive"] * loss / replicas.count

    def sums(self, x, outputs, weights):
        """What the terms other than the contrastive one are made of.

        Args:
            x: dict of inputs.
            outputs: dict of the model's outputs.
            weights: float tensor `(batch,)` or None.

        Returns:
            Float32 tensor `(5,)`: `losses.caption_sums`, then the weighted
            losses of the statistics and the weights; 0 for terms left out.
        """
        captions, statistics = ops.zeros((3,)), ops.zeros((2,))
        if "captioning" in self._term_weights:
            captions = caption_sums(
                outputs["caption_logits"],
                x["token_ids"],
                x["padding_mask"],
                weights,
            )
        if "statistics" in self._term_weights:
            statistics = self._statistics_sums(x, outputs, weights)
        return ops.concatenate([captions, statistics])

    def _statistics_sums(self, x, outputs, weights):
        names = ("sensor_statistics", "text_statistics")
        rows = sum(
            statistics_loss(outputs[name], x["sensors"])
            for name in names
            if name in outputs
        )
        weights = ops.ones_like(rows) if weights is None else weights
        weights = ops.cast(weights, "float32")
        return ops.stack([ops.sum(rows * weights), ops.sum(weights)])

    def per_sum(self, counts):
        """What each of `sums` counts in the loss.

        Args:
            counts: pair of float scalars. Weights of all tokens and of all
                examples of the batch.

        Returns:
            Float32 tensor `(5,)`.
        """
        caption, statistics = (
            self._term_weights.get(term, 0.0) / ops.maximum(count, 1e-9)
            for term, count in zip(("captioning", "statistics"), counts)
        )
        zero = ops.zeros(())
        return ops.stack([caption, zero, zero, statistics, zero])

    def summed_part(self, sums, replicas):
        """This replica's part of the terms that `sums` are for.

        Args:
            sums: float tensor `(5,)` from `sums`.
            replicas: `replicas.Alone` or one of its subclasses.

        Returns:
            Float32 scalar.
        """
        totals = replicas.total(sums)
        self._watched.captioning.update(totals[:3])
        self._watched.statistics.update(totals[3:])
        # Every token of the batch counts the same, wherever it is.
        per_sum = self.per_sum((totals[2], totals[4]))
        return replicas.pinned(ops.sum(per_sum * sums))

    def penalties(self):
        """What layers and weights add to the loss, such as regularisers."""
        total = ops.zeros((), "float32")
        for loss in self.losses:
            total = total + ops.sum(ops.cast(loss, "float32"))
        return total

    def watch_truncated(self, truncated, replicas):
        """Counts the captions that were cut."""
        count = ops.sum(ops.cast(truncated, "float32"))
        self._watched.truncated.update_state(replicas.for_sum(count))

    def gather_batch(self, sensor_embeddings, text_embeddings, weights):
        """The global batch that the contrastive term compares.

        One program that sees its whole batch, as under JAX's distributions,
        has nothing to gather. Replicas of `tf.distribute` and processes of
        `torch.distributed` gather each other's rows, with gradients; where
        that cannot be done this is an error, since a contrastive loss on
        parts is another loss.

        Args:
            sensor_embeddings: float tensor `(batch, dim)`.
            text_embeddings: float tensor `(batch, dim)`.
            weights: float tensor `(batch,)` or None.

        Returns:
            The three, for all replicas.

        Raises:
            RuntimeError: see `replicas.current_replicas`.
        """
        gather = current_replicas().gather
        if weights is not None:
            weights = gather(ops.cast(weights, "float32"))
        return gather(sensor_embeddings), gather(text_embeddings), weights

    def train_step(self, *args):
        """One step of `fit`, in micro-batches or on several replicas."""
        step = step_of(self)
        if step is None:
            return super().train_step(*args)
        return step(self, *args)

    def make_train_function(self, force=False):
        # Also before the first step: JAX traces it with the rest.
        current_replicas()
        workers = workers_of(self)
        if workers is None:
            return super().make_train_function(force=force)
        if self.train_function is None or force:
            self.train_function = workers.train_function(self)

    def _maybe_symbolic_build(self, **data):
        # Keras's own does what TensorFlow cannot do with several workers.
        workers = workers_of(self)
        if workers is None:
            return super()._maybe_symbolic_build(**data)
        workers.build(self)

    @property
    def metrics(self):
        metrics = super().metrics
        return metrics if self._watched is None else metrics + self._watched.all

    def get_config(self):
        config = super().get_config()
        config["freeze"] = self.freeze
        return config


def _check_sizes(micro_batch_size, loss_chunk_size, loss):
    for name, size in (
        ("micro_batch_size", micro_batch_size),
        ("loss_chunk_size", loss_chunk_size),
    ):
        if size is not None and size < 1:
            raise ValueError(
                f"`{name}` should be at least 1 or None. Received: {size}"
            )
    if loss_chunk_size is not None and loss != "sigmoid":
        raise ValueError(
            "Only the sigmoid loss can be taken in chunks. Received: "
            f"loss={loss!r}, loss_chunk_size={loss_chunk_size}"
        )


class _Watched:
    """The metrics of the terms in use, out of reach of Keras's tracking,
    which is closed once a functional model is built."""

    def __init__(self, terms):
        self.contrastive = ContrastiveMetrics()
        self.captioning = CaptioningMetrics()
        self.statistics = StatisticsMetrics()
        self.truncated = keras.metrics.Sum(name="truncated_captions")
        # What a step keeps from one call to the next.
        self.kept = {}
        self.all = [m for term in terms for m in getattr(self, term).all()]
        self.all.append(self.truncated)
