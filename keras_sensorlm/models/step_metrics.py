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
        # Each of several replicas has seen the same value: one tells it.
        self.latest = self.add_variable(
            (), "zeros", aggregation="only_first_replica", name="latest"
        )

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

    def update(self, loss, hits, weights, outputs):
        """Records one batch.

        Args:
            loss: float scalar.
            hits: two float tensors `(n,)`, from `losses.retrieval_hits`.
            weights: float tensor `(n,)` or None. 0 for rows that only fill
                the batch; they are neither counted nor candidates.
            outputs: dict. The backbone's `"logit_scale"` and, where there is
                one, `"logit_bias"`.
        """
        if weights is None:
            weights = ops.ones_like(hits[0])
        # Weighted by rows, since a last batch can be smaller.
        self.loss.update_state(ops.stop_gradient(loss), ops.sum(weights))
        self.sensor_to_text.update_state(hits[0], weights)
        self.text_to_sensor.update_state(hits[1], weights)
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

    def update(self, sums):
        """Records one batch.

        Args:
            sums: float tensor `(3,)` from `losses.caption_sums`, over the
                whole batch.
        """
        loss, right, count = (ops.stop_gradient(sums)[i] for i in range(3))
        divisor = ops.maximum(count, 1e-9)
        self.loss.update_state(loss / divisor, count)
        self.perplexity.update_state(loss / divisor, count)
        self.accuracy.update_state(right / divisor, count)


class StatisticsMetrics:
    """Loss of reading statistics off the embeddings."""

    def __init__(self):
        self.loss = keras.metrics.Mean(name="statistics_loss")

    def all(self):
        """The `keras.metrics.Metric` objects."""
        return [self.loss]

    def update(self, sums):
        """Records one batch.

        Args:
            sums: float tensor `(2,)`. The weighted losses of the whole
                batch, and the weights.
        """
        loss, count = (ops.stop_gradient(sums)[i] for i in range(2))
        self.loss.update_state(loss / ops.maximum(count, 1e-9), count)
