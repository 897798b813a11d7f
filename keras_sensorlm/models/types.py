"""What hints of models call things."""

from typing import Any
from typing import TypeAlias

# Of whatever backend this is, symbolic ones too, or a NumPy array. Docstrings
# say dtypes and shapes, which hints cannot.
Tensor: TypeAlias = Any
# `None` for a batch of any size.
Shape: TypeAlias = tuple[int | None, ...]
