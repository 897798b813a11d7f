"""Steps of training that Keras does not have: replicas, micro-batches."""

import keras

from keras_sensorlm.replicas import current_replicas


def step_of(model):
    """The `train_step` that a model needs beyond Keras's own.

    Args:
        model: a compiled task with `PairTraining`.

    Returns:
        A function of the model and the arguments of `train_step`, or `None`
        where Keras's own is right.
    """
    backend = keras.config.backend()
    if model.micro_batch_size is not None:
        return _module(backend).micro_batched_step
    if current_replicas().count > 1:
        return _module(backend).distributed_step
    return None


def _module(backend):
    # Each imports its framework.
    if backend == "jax":
        from keras_sensorlm.models.steps import jax_steps as module
    elif backend == "tensorflow":
        from keras_sensorlm.models.steps import tensorflow_steps as module
    else:
        from keras_sensorlm.models.steps import torch_steps as module
    return module


def workers_of(model):
    """What `fit` needs in several processes of `tf.distribute`.

    Args:
        model: a compiled task with `PairTraining`.

    Returns:
        The module `tensorflow_workers`, or `None` where Keras's own `fit` is
        right.
    """
    if keras.config.backend() != "tensorflow":
        return None
    from keras_sensorlm.models.steps import tensorflow_workers

    return tensorflow_workers if tensorflow_workers.needed(model) else None
