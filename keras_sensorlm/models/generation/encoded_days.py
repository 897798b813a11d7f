"""Days as the decoder sees them, computed once."""

import dataclasses
from typing import Any

from keras import ops

from keras_sensorlm.models.generation.rows import fill_rows

_NAMES = ("memory", "mask", "numbers")


@dataclasses.dataclass(frozen=True)
class EncodedDays:
    """What the decoder attends to, for `generate` to use again and again.

    Has a length and takes slices, so that a part of the days can be
    captioned without encoding them anew.

    Attributes:
        memory: float tensor `(n, memory_length, width)`.
        mask: bool tensor `(n, memory_length)` or None where all is visible.
        numbers: int tensor from `spoken_numbers`, or None if none is copied.
    """

    memory: Any
    mask: Any = None
    numbers: Any = None

    def __len__(self):
        return self.memory.shape[0]

    def __getitem__(self, rows):
        return self._changed(lambda x: x[rows])

    def as_dict(self):
        """The tensors by name, without those that are None."""
        tensors = {name: getattr(self, name) for name in _NAMES}
        return {k: v for k, v in tensors.items() if v is not None}

    def filled_up(self, count):
        """The first day repeated at the end, to `count` days."""
        return self._changed(lambda x: fill_rows(x, count))

    def _changed(self, change):
        return EncodedDays(**{k: change(v) for k, v in self.as_dict().items()})

    @staticmethod
    def joined(parts):
        """Several as one."""
        parts = [part.as_dict() for part in parts]
        return EncodedDays(
            **{
                name: ops.concatenate([part[name] for part in parts])
                for name in parts[0]
            }
        )
