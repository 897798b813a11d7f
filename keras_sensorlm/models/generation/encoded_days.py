"""Days as the decoder sees them, computed once."""

import dataclasses
from typing import Any

from keras import ops


@dataclasses.dataclass(frozen=True)
class EncodedDays:
    """What the decoder attends to, for `generate` to use again and again.

    Has a length and takes slices, so that a part of the days can be
    captioned without encoding them anew.

    Attributes:
        memory: float tensor `(n, memory_length, width)`.
        mask: bool tensor `(n, memory_length)` or None where all is visible.
    """

    memory: Any
    mask: Any = None

    def __len__(self):
        return self.memory.shape[0]

    def __getitem__(self, rows):
        mask = None if self.mask is None else self.mask[rows]
        return EncodedDays(self.memory[rows], mask)

    def as_dict(self):
        """The tensors by name, without a mask that is None."""
        tensors = {"memory": self.memory, "mask": self.mask}
        return {k: v for k, v in tensors.items() if v is not None}

    def filled_up(self, count):
        """The first day repeated at the end, to `count` days."""
        missing = count - len(self)
        if missing == 0:
            return self

        def fill(x):
            return ops.concatenate([x, ops.repeat(x[:1], missing, axis=0)])

        mask = None if self.mask is None else fill(self.mask)
        return EncodedDays(fill(self.memory), mask)

    @staticmethod
    def joined(parts):
        """Several as one."""
        masks = [part.mask for part in parts]
        return EncodedDays(
            ops.concatenate([part.memory for part in parts]),
            None if masks[0] is None else ops.concatenate(masks),
        )
