"""`Claim`: one checkable statement about a day."""

import dataclasses

KINDS = (
    "statistic",
    "trend",
    "peak",
    "drop",
    "activity",
    "sleep",
    "inferred_sleep",
    "mood",
    "no_data",
    "no_structure",
    "no_log",
    "level_shift",
    "rhythm",
    "unusual",
    "unreadable",
)


@dataclasses.dataclass(frozen=True, slots=True)
class Claim:
    """One statement that a day's data bear out or not.

    Args:
        kind: str. One of `KINDS`. `"statistic"` is a number about a
            channel, over the whole day or over `start_minute` to
            `end_minute`; `"unreadable"` stands for a sentence that no form
            reads.
        channel: str, optional. A name in `FEATURE_NAMES`.
        statistic: str, optional. Which number: `"mean"`, `"max"`, `"min"`,
            `"std"`, `"total"` (the sum), `"coverage"` (the percentage of
            observed minutes); `"before"` and `"after"` of a level shift,
            `"level"` and `"usual"` of an unusual stretch, `"period"` of a
            rhythm.
        value: float, optional. The number, in `unit`.
        digits: int, optional. Decimals with which the number was printed;
            `None` before phrasing, where the number is exact.
        unit: str, optional. Words of the unit; `"own"` marks a device's own
            units; `None` where no unit was spoken.
        direction: str, optional. `"increasing"`, `"decreasing"` or
            `"stable"`; `"higher"` or `"lower"` of what is unusual.
        label: str, optional. What was logged; or the names of the groups
            of channels in which there is nothing to tell.
        start_minute: int, optional. First minute, 0 = local midnight.
        end_minute: int, optional. Minute after the last one.
        sentence: str, optional. Where the claim was read; not compared.

    Example:

    >>> Claim("trend", "heart_rate", direction="increasing",
    ...       start_minute=0, end_minute=240).duration
    240
    """

    kind: str
    channel: str | None = None
    statistic: str | None = None
    value: float | None = None
    digits: int | None = None
    unit: str | None = None
    direction: str | None = None
    label: str | None = None
    start_minute: int | None = None
    end_minute: int | None = None
    sentence: str | None = dataclasses.field(default=None, compare=False)

    @property
    def duration(self) -> int | None:
        """Length in minutes, or `None`."""
        if self.start_minute is None or self.end_minute is None:
            return None
        return self.end_minute - self.start_minute
