"""Training in several processes of TensorFlow.

Keras's own `fit` does not, under `MultiWorkerMirroredStrategy`: it takes the
mean over workers of a whole batch, only to see its shapes, and of what a step
logs along the first axis, which scalars do not have.
"""

import tensorflow as tf


def needed(model):
    """Whether a model's strategy is of several processes."""
    # Its class bears another name than that under which it is found.
    kind = tf.distribute.MultiWorkerMirroredStrategy
    strategy = model.distribute_strategy
    return isinstance(strategy, kind) and strategy.num_replicas_in_sync > 1


def build(model):
    """Makes the optimizer's variables; all others are there."""
    with model.distribute_strategy.scope():
        model.optimizer.build(model.trainable_variables)


def train_function(model):
    """What `fit` calls for each step.

    Args:
        model: a compiled task with `PairTraining`.

    Returns:
        A function of an iterator over batches that takes a step and returns
        the logs of one replica of this worker.
    """
    strategy = model.distribute_strategy

    @tf.function(reduce_retracing=True, autograph=False)
    def step(batch):
        logs = strategy.run(model.train_step, args=(batch,))
        return {
            name: strategy.experimental_local_results(value)[0]
            for name, value in logs.items()
        }

    return lambda batches: step(next(batches))
