"""Steps of training on PyTorch: several processes, micro-batches."""

import contextlib

import keras
import torch
from torch.nn.parallel import DistributedDataParallel

from keras_sensorlm.models.steps import pieces
from keras_sensorlm.replicas import current_replicas


def distributed_step(model, data):
    """`train_step` under `DistributedDataParallel`.

    Args:
        model: a compiled task with `PairTraining`.
        data: this process's share of a batch.

    Returns:
        Logs.
    """
    x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
    outputs = runner_of(model)(x, training=True)
    model.zero_grad()
    loss = model.compute_loss(x, y, outputs, weights, training=True)
    model.optimizer.scale_loss(loss).backward()
    return _finish(model, loss, _gradients(model), len(x["sensors"]))


def micro_batched_step(model, data):
    """`train_step` with the memory of a micro-batch; see `pieces`.

    Args:
        model: a compiled task with `PairTraining`.
        data: a batch, or this process's share of it.

    Returns:
        Logs.
    """
    x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
    rows = len(x["sensors"])
    loss, gradients = pieces.run_pieces(
        model,
        data,
        rows,
        cut=_cut,
        embed=_embed,
        compare=_compare,
        differentiate=_differentiate,
    )
    return _finish(model, loss, gradients, rows)


def _cut(x, weights, size, count):
    """The pieces of a batch: inputs and weights of each."""
    return [
        (
            {k: v[i * size :][:size] for k, v in x.items()},
            weights[i * size :][:size],
        )
        for i in range(count)
    ]


def runner_of(model):
    """The model, wrapped such that its processes share their gradients."""
    if current_replicas().count == 1:
        return model
    kept = model._watched.kept
    if "runner" not in kept:
        device = next(model.parameters()).device
        kept["runner"] = DistributedDataParallel(
            model,
            device_ids=None if device.type == "cpu" else [device],
            # With a term left out, some weights have no part in the loss.
            find_unused_parameters=(
                set(model._term_weights) != model.possible_terms()
            ),
        )
    return kept["runner"]


@torch.no_grad()
def _embed(model, parts):
    """First run: embeddings of all pieces, and the seeds of each."""
    towers, outputs, starts = pieces.towers_of(model), [], []
    for x, _ in parts:
        starts.append([v.value.clone() for v in pieces.random_state(model)])
        outputs.append(towers(x, training=True))
    joined = {
        name: torch.cat([output[name] for output in outputs])
        for name in pieces.EMBEDDINGS
    }
    return joined | {name: outputs[0][name] for name in pieces.SCALARS}, starts


def _compare(model, outputs, weights, replicas):
    """The contrastive part, and its gradients by the outputs."""
    outputs = {k: v.detach().requires_grad_() for k, v in outputs.items()}
    part = model.contrastive_part(outputs, weights, replicas)
    replicas.combined(part).backward()
    feedback = {k: v.grad for k, v in outputs.items() if v.grad is not None}
    return part.detach(), feedback


def _differentiate(model, parts, starts, feedback, each, replicas):
    """Second run: the gradients by the weights, added up."""
    runner, sums = runner_of(model), 0.0
    model.zero_grad()
    for i, (x, weights) in enumerate(parts):
        if starts is not None:
            for v, value in zip(pieces.random_state(model), starts[i]):
                v.assign(value)
        size = len(weights)
        mine = {
            k: v if k in pieces.SCALARS else v[i * size :][:size]
            for k, v in feedback.items()
        }
        # Gradients are shared once, with the last piece's.
        alone = runner is not model and i < len(parts) - 1
        with runner.no_sync() if alone else contextlib.nullcontext():
            loss, new = pieces.piece_loss(
                model,
                x,
                weights,
                mine,
                each,
                len(parts),
                replicas,
                runner,
            )
            model.optimizer.scale_loss(loss).backward()
        sums = sums + new
    return _gradients(model), sums


def _gradients(model):
    return [v.value.grad for v in model.trainable_weights]


def _finish(model, loss, gradients, rows):
    """Updates weights and metrics."""
    model._loss_tracker.update_state(loss.detach(), sample_weight=rows)
    with torch.no_grad():
        model.optimizer.apply(gradients, list(model.trainable_weights))
    return model.get_metrics_result()
