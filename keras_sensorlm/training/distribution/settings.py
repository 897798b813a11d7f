"""The part of a recipe that says where batch and weights lie."""

import dataclasses
import difflib

# What each strategy runs on. "auto" is what fits the devices at hand.
STRATEGIES = {
    "auto": ("jax", "tensorflow", "torch"),
    "one_device": ("jax", "tensorflow", "torch"),
    "data_parallel": ("jax",),
    "model_parallel": ("jax",),
    "mirrored": ("tensorflow",),
    "multi_worker": ("tensorflow",),
    "tpu": ("tensorflow",),
    "ddp": ("torch",),
}


@dataclasses.dataclass(frozen=True)
class Distribution:
    """Devices and processes of a run.

    The loss is that of the whole batch in every case.

    Args:
        strategy: str. `"auto"`: every device and process that was started,
            as copies of the model that share the batch. `"one_device"`. On
            JAX `"data_parallel"` or `"model_parallel"` (weights are divided
            too), on TensorFlow `"mirrored"`, `"multi_worker"` or `"tpu"`, on
            PyTorch `"ddp"`. Defaults to `"auto"`.
        devices: int, optional. How many devices to use, over all processes.
            Defaults to all of them.
        processes: int, optional. How many processes the run must have; more
            than 1 also makes JAX look for the others. Defaults to however
            many were started.
        tensor: int. With `"model_parallel"`, how many devices share each
            matrix product; the others of the mesh divide the batch and, as
            in FSDP, the weights between them. Defaults to `1`.

    Raises:
        ValueError: if a setting is unknown or out of its range.

    Example:

    >>> Distribution("model_parallel", devices=8, tensor=2).tensor
    2
    """

    strategy: str = "auto"
    devices: int | None = None
    processes: int | None = None
    tensor: int = 1

    def __post_init__(self):
        if self.strategy not in STRATEGIES:
            near = difflib.get_close_matches(self.strategy, STRATEGIES, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ValueError(
                f"`distribution.strategy` should be one of "
                f"{', '.join(STRATEGIES)}.{hint} "
                f"Received: {self.strategy!r}"
            )
        for name in ("devices", "processes", "tensor"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(
                    f"`distribution.{name}` should be at least 1. "
                    f"Received: {value}"
                )
        if self.tensor > 1 and self.strategy != "model_parallel":
            raise ValueError(
                '`distribution.tensor` goes with `strategy: "model_parallel"`. '
                f"Received: tensor={self.tensor}, strategy={self.strategy!r}"
            )

    def check_backend(self, backend):
        """Raises a `ValueError` if the backend has no such strategy."""
        if backend in STRATEGIES[self.strategy]:
            return
        able = [name for name, on in STRATEGIES.items() if backend in on]
        raise ValueError(
            f"The {backend} backend has no strategy {self.strategy!r}. "
            f"It has: {', '.join(able)}. {self.strategy!r} is for "
            f"{', '.join(STRATEGIES[self.strategy])}: set KERAS_BACKEND."
        )
