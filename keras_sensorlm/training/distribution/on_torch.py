"""PyTorch: processes of `torchrun`, each with one device."""

import atexit
import os

import torch
from torch import distributed

from keras_sensorlm.replicas import alone
from keras_sensorlm.training.distribution.placement import Placement
from keras_sensorlm.training.distribution.placement import check_devices


def begin(settings):
    """Finds the other processes of `torchrun`."""
    started = int(os.environ.get("WORLD_SIZE", 1))
    if distributed.is_available() and distributed.is_initialized():
        started = distributed.get_world_size()
    if settings.strategy == "one_device" and started > 1:
        raise ValueError(
            f"{started} processes were started, each of which would train "
            "alone. Choose `ddp`, or start one."
        )
    if settings.strategy == "ddp" and started == 1:
        check_devices(settings.devices, 1)
    if started == 1:
        return Placement(settings)
    if settings.devices not in (None, started):
        raise ValueError(
            "Under `ddp` each process has one device. Received: "
            f"devices={settings.devices}, processes started: {started}"
        )
    return TorchPlacement(settings)


def _leave():
    if distributed.is_initialized():
        distributed.destroy_process_group()


class TorchPlacement(Placement):
    """A process of a `torch.distributed` group."""

    def __init__(self, settings):
        super().__init__(settings)
        on_gpus = torch.cuda.is_available()
        if on_gpus:
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", 0)))
        if not distributed.is_initialized():
            distributed.init_process_group("nccl" if on_gpus else "gloo")
            # Not after the run: a second one could not find the others.
            atexit.register(_leave)
        self.process_index = self.share_index = distributed.get_rank()
        self.process_count = distributed.get_world_size()
        self.shares = self.copies = self.process_count

    def apart(self, model, beside):
        return alone()

    def wait(self):
        distributed.barrier()
