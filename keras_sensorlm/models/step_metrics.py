"""What one step of training is watched by."""

import keras
from keras import ops


class Perplexity(keras.metrics.Mean):
    """Exponential of a mean cross-entropy in nat."""

    def result(self):
        return ops.exp(super().result())


class Latest(keras.metrics.Metric):
    """The last value seen, for what has a course and no mean."""

    def __init__(self, name, **kwargs):
        super().__init__(name=name, **kwargs)
        self.latest = self.add_variable((), "zeros", name="latest")

    def update_state(self, value):
        self.latest.assign(value)

    def result(self):
        return ops.convert_to_tensor(self.latest)


class ContrastiveMetrics:
    """Loss, in-batch retrieval and temperature of the contrastive term."""

    def __init__(self):
        self.loss = keras.metrics.Mean(name="contrastive_loss")
        self.sensor_to_text = keras.metrics.Mean(name="sensor_to_text_r1")
        self.text_to_sensor = keras.metrics.Mean(name="text_to_sensor_r1")
        self.temperature = Latest(name="temperature")
        self.bias = Latest(name="logit_bias")

    def all(self):
        """The `keras.metrics.Metric` objects."""
        return list(vars(self).values())

    def update(self, loss, logits, weights, outputs):
        """Records one batch.

        Args:
            loss: float scalar.
            logits: float tensor `(n, n)`; pairs lie on the diagonal.
            weights: float tensor `(n,)` or None. 0 for rows that only fill
                the batch; they are neither counted nor candidates.
            outputs: dict. The backbone's `"logit_scale"` and, where there is
                one, `"logit_bias"`.
        """
        logits = ops.stop_gradient(logits)
        if weights is None:
            weights = ops.ones_like(logits[:, 0])
        absent = ops.where(weights > 0, 0.0, -1e9)
        own = ops.arange(ops.shape(logits)[0], dtype="int32")

        def hits(logits):
            found = ops.argmax(logits + absent[None, :], axis=1)
            return ops.cast(ops.cast(found, "int32") == own, "float32")

        # Weighted by rows, since a last batch can be smaller.
        self.loss.update_state(ops.stop_gradient(loss), ops.sum(weights))
        self.sensor_to_text.update_state(hits(logits), weights)
        self.text_to_sensor.update_state(hits(ops.transpose(logits)), weights)
        scale = ops.cast(outputs["logit_scale"], "float32")
        self.temperature.update_state(ops.stop_gradient(1.0 / scale))
        bias = ops.cast(outputs.get("logit_bias", 0.0), "float32")
        self.bias.update_state(ops.stop_gradient(bias))


class CaptioningMetrics:
    """Loss, perplexity and accuracy of the next token."""

    def __init__(self):
        self.loss = keras.metrics.Mean(name="captioning_loss")
        self.perplexity = Perplexity(name="perplexity")
        self.accuracy = keras.metrics.Mean(name="token_accuracy")

    def all(self):
        """The `keras.metrics.Metric` objects."""
        return list(vars(self).values())

    def update(self, loss, token_losses, counts, logits, token_ids):
        """Records one batch.

        Args:
            loss: float scalar.
            token_losses: float tensor `(batch, length - 1)`.
            counts: float tensor `(batch, length - 1)`, 0 for padding.
            logits: float tensor `(batch, length, vocabulary)`.
            token_ids: int tensor `(batch, length)`.
        """
        right = ops.argmax(ops.stop_gradient(logits[:, :-1]), axis=-1)
        right = ops.cast(right, "int32") == ops.cast(token_ids[:, 1:], "int32")
        self.loss.update_state(ops.stop_gradient(loss), ops.sum(counts))
        self.perplexity.update_state(ops.stop_gradient(token_losses), counts)
        self.accuracy.update_state(ops.cast(right, "float32"), counts)


class StatisticsMetrics:
    """Loss of reading statistics off the embeddings."""

    def __init__(self):
        self.loss = keras.metrics.Mean(name="statistics_loss")

    def all(self):
        """The `keras.metrics.Metric` objects."""
        return [self.loss]
