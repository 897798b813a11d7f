"""Steps of training on JAX: stateless, in one compiled program."""

import jax
import keras
from jax import numpy as jnp

from keras_sensorlm.models.steps import pieces
from keras_sensorlm.replicas import current_replicas


def micro_batched_step(model, state, data):
    """`train_step` with the memory of a micro-batch; see `pieces`.

    Args:
        model: a compiled task with `PairTraining`.
        state: tuple of lists: trainable, non-trainable, optimizer and metric
            variables.
        data: a batch.

    Returns:
        Logs and the new state.
    """
    x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
    run = _Run(model, *state)
    size = pieces.piece_size(model, run.replicas, _shards())
    rows = x["sensors"].shape[0]
    x, weights, count = pieces.filled_up(x, weights, rows, size)
    parts = jax.tree.map(lambda leaf: _split(leaf, count), (x, weights))
    contrastive, feedback, starts = jnp.zeros(()), {}, None
    if pieces.contrasts(model):
        starts, outputs = run.embed(parts)
        contrastive, feedback = run.compare(outputs, weights)
    each = pieces.per_sum(model, x, weights, run.replicas)
    gradients, sums = run.differentiate(parts, starts, feedback, each, count)
    return run.finish(y, contrastive, sums, gradients, rows)


def _shards():
    distribution = keras.distribution.distribution()
    if distribution is None:
        return 1
    mesh = distribution.device_mesh
    return mesh.shape[mesh.axis_names.index(distribution.batch_dim_name)]


def _split(x, count):
    """Rows dealt out to `count` pieces, so that each device keeps its own."""
    x = jnp.reshape(x, (x.shape[0] // count, count, *x.shape[1:]))
    return jnp.swapaxes(x, 0, 1)


def _join(x):
    """The reverse of `_split`."""
    x = jnp.swapaxes(x, 0, 1)
    return jnp.reshape(x, (-1, *x.shape[2:]))


class _Run:
    """The state of one step, passed to the model's stateful code."""

    def __init__(self, model, trainable, fixed, optimizer, metrics):
        self.model = model
        self.replicas = current_replicas()
        self.trainable = trainable
        self.fixed = fixed
        self.optimizer = optimizer
        self.metrics = metrics
        drawn = {id(v) for v in pieces.random_state(model)}
        self.places = [
            i
            for i, v in enumerate(model.non_trainable_variables)
            if id(v) in drawn
        ]
        self.random = [fixed[i] for i in self.places]

    def scope(self, trainable, random=None):
        """Gives the model's variables these values."""
        model, fixed = self.model, list(self.fixed)
        for place, value in zip(self.places, random or self.random):
            fixed[place] = value
        return keras.StatelessScope(
            [
                *zip(model.trainable_variables, trainable),
                *zip(model.non_trainable_variables, fixed),
                *zip(model.optimizer.variables, self.optimizer),
                *zip(model.metrics_variables, self.metrics),
            ]
        )

    def drawn(self, scope):
        variables = self.model.non_trainable_variables
        return [scope.get_current_value(variables[i]) for i in self.places]

    def embed(self, parts):
        """First run: embeddings of all pieces, and the seeds of each."""
        towers = pieces.towers_of(self.model)

        def one(random, part):
            with self.scope(self.trainable, random) as scope:
                outputs = towers(part[0], training=True)
            return self.drawn(scope), (random, outputs)

        _, (starts, outputs) = jax.lax.scan(one, self.random, parts)
        joined = {name: _join(outputs[name]) for name in pieces.EMBEDDINGS}
        return starts, joined | {k: outputs[k][0] for k in pieces.SCALARS}

    def compare(self, outputs, weights):
        """The contrastive part, and its gradients by the outputs."""

        def loss(outputs):
            with self.scope(self.trainable) as scope:
                part = self.model.contrastive_part(
                    outputs, weights, self.replicas
                )
            return part, self.metrics_of(scope)

        gradient = jax.value_and_grad(loss, has_aux=True)
        (part, self.metrics), feedback = gradient(outputs)
        return part, feedback

    def metrics_of(self, scope):
        return [
            scope.get_current_value(v) for v in self.model.metrics_variables
        ]

    def differentiate(self, parts, starts, feedback, each, count):
        """Second run: the gradients by the weights, added up."""
        model = self.model
        rows, scalars = (
            {k: feedback[k] for k in names if k in feedback}
            for names in (pieces.EMBEDDINGS, pieces.SCALARS)
        )
        rows = {k: _split(v, count) for k, v in rows.items()}

        def loss(trainable, random, part, rows):
            with self.scope(trainable, random) as scope:
                value, sums = pieces.piece_loss(
                    model,
                    *part,
                    rows | scalars,
                    each,
                    count,
                    self.replicas,
                )
                value = model.optimizer.scale_loss(value)
            return value, (sums, self.drawn(scope))

        def one(carry, inputs):
            gradients, sums, random = carry
            part, rows, start = inputs
            random = random if start is None else start
            more, (new, random) = jax.grad(loss, has_aux=True)(
                self.trainable, random, part, rows
            )
            gradients = [a + b for a, b in zip(gradients, more)]
            return (gradients, sums + new, random), None

        zeros = [jnp.zeros_like(v) for v in self.trainable]
        carry, _ = jax.lax.scan(
            one,
            (zeros, jnp.zeros((5,)), self.random),
            (parts, rows, starts),
        )
        gradients, sums, self.random = carry
        return gradients, sums

    def finish(self, y, contrastive, sums, gradients, rows):
        """Updates weights and metrics."""
        model = self.model
        with self.scope(self.trainable) as scope:
            loss = pieces.batch_loss(model, contrastive, sums, self.replicas)
            model._loss_tracker.update_state(loss, sample_weight=rows)
            if y is not None:
                model.watch_truncated(y, self.replicas)
            logs = model.get_metrics_result()
        metrics = self.metrics_of(scope)
        trainable, optimizer = model.optimizer.stateless_apply(
            self.optimizer, gradients, self.trainable
        )
        fixed = list(self.fixed)
        for place, value in zip(self.places, self.random):
            fixed[place] = value
        return logs, (trainable, fixed, optimizer, metrics)
