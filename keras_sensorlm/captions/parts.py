"""The small pieces that captions are put together from."""

from typing import NamedTuple


class Draft(NamedTuple):
    """A sentence that a caption may hold.

    Attributes:
        rank: float. How important it is; lower is more important.
        tokens: int. How many tokens it takes.
        text: str. The sentence.
        claims: tuple. A function that makes its `Claim`s, then its
            arguments; only called when claims are asked for.
    """

    rank: float
    tokens: int
    text: str
    claims: tuple


class Told(NamedTuple):
    """One channel that a caption tells about.

    Attributes:
        group: int. Index into `GROUPS`.
        channel: int. Column.
        is_drawn: bool. Whether chance chose it.
    """

    group: int
    channel: int
    is_drawn: bool


class Finding(NamedTuple):
    """Something that the detectors found in a channel.

    Attributes:
        strength: float. How much of the channel's range it takes, 0 to 1.
        family: str. The family of forms that tells it.
        variant: int. Which variant of them.
        first: int. First bin.
        last: int. Last bin, inclusive.
        levels: tuple of float. As spoken; before and after, or one.
    """

    strength: float
    family: str
    variant: int
    first: int
    last: int
    levels: tuple
