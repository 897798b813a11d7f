"""The small pieces that captions are put together from."""

from typing import NamedTuple


class Draft(NamedTuple):
    """A sentence that a caption may hold, said only if there is room.

    Attributes:
        rank: float. How important it is; lower is more important.
        say: function. From `arguments` to the sentence and its tokens.
        claim: function. From `arguments` to the list of its `Claim`s.
        arguments: tuple.
    """

    rank: float
    say: object
    claim: object
    arguments: tuple


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
        levels: tuple of float. As spoken, in the order of
            `structural_text.LEVELS`; what comes behind is not told.
    """

    strength: float
    family: str
    variant: int
    first: int
    last: int
    levels: tuple
