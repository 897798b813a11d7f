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
