"""Reads captions back and checks them against the day.

`parse` turns a caption into claims, `verify` says of each whether the data
bear it out, and `caption_factuality` is the share of those that are: a
measure for any captioner that speaks our forms.
"""

from collections.abc import Iterable

from keras_sensorlm.captions.claim import Claim
from keras_sensorlm.captions.extras import Baseline
from keras_sensorlm.captions.reading import parse
from keras_sensorlm.captions.verification import Evidence
from keras_sensorlm.captions.verification import Verdict
from keras_sensorlm.captions.verification import check
from keras_sensorlm.sensors.day import Array
from keras_sensorlm.sensors.day import Days
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.day import list_days

__all__ = [
    "Claim",
    "Factuality",
    "Verdict",
    "caption_factuality",
    "parse",
    "verify",
]


class Factuality(float):
    """How true captions are: the share of true statements, 0 to 1.

    A float that also knows what it was counted from.

    Attributes:
        true: int. Statements that the data bear out.
        statements: int. All of them; a sentence that cannot be read is one
            statement that is not true, and so is an empty caption.
        unreadable: int. Sentences that cannot be read, and empty captions.
        true_captions: int. Captions in which everything is true.
        captions: int.
        by_kind: dict. From each kind of claim to (true, statements).
    """

    true: int
    statements: int
    unreadable: int
    true_captions: int
    captions: int
    by_kind: dict[str, tuple[int, int]]

    def __new__(cls, by_kind, true_captions, captions):
        counts = by_kind.values()
        statements = sum(count for _, count in counts)
        true = sum(count for count, _ in counts)
        self = super().__new__(cls, true / statements)
        self.true = true
        self.statements = statements
        self.unreadable = by_kind.get("unreadable", (0, 0))[1]
        self.true_captions = true_captions
        self.captions = captions
        self.by_kind = by_kind
        return self

    @property
    def share(self) -> float:
        """The number itself, a plain float."""
        return float(self)

    def __repr__(self) -> str:
        return (
            f"Factuality({self.share:.4g}: {self.true} of {self.statements} "
            f"statements true, {self.unreadable} unreadable; "
            f"{self.true_captions} of {self.captions} captions wholly true)"
        )


def verify(
    claims: Iterable[Claim],
    day: SensorDay | Array,
    minute_tolerance: int = 0,
    relative_tolerance: float = 0.0,
    baseline: Iterable[SensorDay] | None = None,
) -> list[Verdict]:
    """Checks claims against a day.

    Every number is computed anew from the day. A number holds if it is
    within half of its last printed digit; a trend, peak or drop if the
    detector finds it in that channel at those minutes; an event if the log
    has it, alone or merged with one of the same name that touches it.

    Args:
        claims: iterable of `Claim`, as `parse` gives them.
        day: `SensorDay`, or an array `(1440, 26)` in physical units, NaN
            where missing.
        minute_tolerance: int. Minutes by which times may be off. Defaults
            to `0`.
        relative_tolerance: float. Share of the measured value by which
            numbers may be off beside their rounding. Defaults to `0.0`.
        baseline: iterable of `SensorDay`, optional. Other days of the
            person, for claims about what is unusual.

    Returns:
        List of `Verdict`, one for each claim.

    Raises:
        ValueError: if a claim is of an unknown kind, or the day has another
            shape.

    Example:

    >>> import numpy as np
    >>> day = np.full((1440, 26), np.nan)
    >>> day[:, 0] = 62.0
    >>> said = parse("For heart rate, the mean was 62.0 bpm, the standard "
    ...              "deviation 0.0, the minimum 62.0 and the maximum 99.0.")
    >>> [(v.claim.statistic, v.holds) for v in verify(said, day)]
    [('mean', True), ('max', False), ('min', True), ('std', True)]
    """
    evidence = Evidence(day, Baseline(baseline or ()))
    return [
        check(claim, evidence, minute_tolerance, relative_tolerance)
        for claim in claims
    ]


def caption_factuality(
    captions: str | Iterable[str],
    days: Days,
    minute_tolerance: int = 0,
    relative_tolerance: float = 0.0,
    baseline: Iterable[SensorDay] | None = None,
) -> Factuality:
    """The share of a captioner's statements that are true.

    It measures truth, not coverage: a caption that says little, truly, has
    a share of 1.

    Args:
        captions: sequence of str, one for each day, or one str.
        days: sequence of `SensorDay`, one `SensorDay`, or an array
            `(n, 1440, 26)` in physical units, NaN where missing.
        minute_tolerance: int. As for `verify`.
        relative_tolerance: float. As for `verify`.
        baseline: iterable of `SensorDay`, optional. Other days of the same
            people, as for `verify`.

    Returns:
        `Factuality`, a float.

    Raises:
        ValueError: if the numbers of captions and days differ, or there are
            none.

    Example:

    >>> import numpy as np
    >>> from keras_sensorlm.captions import HierarchicalCaptioner
    >>> day = np.full((1440, 26), np.nan)
    >>> day[:, 0] = 62.0
    >>> caption = HierarchicalCaptioner("low_level_caption").caption(day)
    >>> caption_factuality(caption, day) == 1.0
    True
    """
    texts = [captions] if isinstance(captions, str) else list(captions)
    told = list(list_days(days))
    if len(texts) != len(told) or not told:
        raise ValueError(
            "Expected one caption for each day, at least one. Received: "
            f"{len(texts)} captions, {len(told)} days"
        )
    by_kind: dict[str, tuple[int, int]] = {}
    true_captions = 0
    others = Baseline(baseline or ())
    for caption, day in zip(texts, told):
        evidence = Evidence(day, others)
        verdicts = [
            check(claim, evidence, minute_tolerance, relative_tolerance)
            for claim in parse(caption) or [Claim("unreadable", sentence="")]
        ]
        for claim, holds, *_ in verdicts:
            true, statements = by_kind.get(claim.kind, (0, 0))
            by_kind[claim.kind] = (true + holds, statements + 1)
        true_captions += all(verdict.holds for verdict in verdicts)
    return Factuality(by_kind, true_captions, len(told))
