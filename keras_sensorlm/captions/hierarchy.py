"""`HierarchicalCaptioner`: days into text on three levels."""

from collections.abc import Iterable
from collections.abc import Sequence
from typing import NamedTuple

from keras_sensorlm.captions import facts as day_facts
from keras_sensorlm.captions import grammar
from keras_sensorlm.captions.budget import count_tokens
from keras_sensorlm.captions.budget import say_within
from keras_sensorlm.captions.claim import Claim
from keras_sensorlm.captions.draws import MAX_RANDOM_CHANNELS
from keras_sensorlm.captions.draws import draw
from keras_sensorlm.captions.extras import Baseline
from keras_sensorlm.captions.lexicon import GROUP_NAMES
from keras_sensorlm.captions.lexicon import GROUPS
from keras_sensorlm.captions.lexicon import METRIC
from keras_sensorlm.captions.lexicon import TEMPERATURES
from keras_sensorlm.captions.parts import Draft
from keras_sensorlm.captions.phrasing import MINUTE
from keras_sensorlm.captions.phrasing import TIMES
from keras_sensorlm.captions.semantic import MIN_ACTIVITY_MINUTES
from keras_sensorlm.captions.semantic import semantic_drafts
from keras_sensorlm.captions.speaker import Speaker
from keras_sensorlm.captions.statistical import statistical_drafts
from keras_sensorlm.captions.structural_text import structural_drafts
from keras_sensorlm.sensors.day import Array
from keras_sensorlm.sensors.day import Days
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.day import list_days
from keras_sensorlm.sensors.profiles import profile_for


class CaptionKey(NamedTuple):
    """What one kind of caption holds.

    Attributes:
        levels: tuple of str. In the order in which they are told.
        budget: int. Tokens, with those that mark start and end.
    """

    levels: tuple[str, ...]
    budget: int


# Keys and budgets of the authors' released code (October 2025).
CAPTION_KEYS = {
    "low_level_caption": CaptionKey(("low",), 512),
    "middle_level_caption": CaptionKey(("middle",), 512),
    "high_level_summary_caption": CaptionKey(("high",), 256),
    "high_level_all_caption": CaptionKey(("high_all",), 1024),
    "middle_low_level_caption": CaptionKey(("middle", "low"), 1024),
    "high_low_level_caption": CaptionKey(("high", "low"), 1024),
    "high_middle_level_caption": CaptionKey(("high", "middle"), 512),
    "high_middle_low_level_caption": CaptionKey(
        ("high", "middle", "low"), 1024
    ),
}
# Days worked on at a time; bounds the memory, not the result.
_CHUNK = 256


class HierarchicalCaptioner:
    """Captions of days on the statistical, structural and semantic level.

    The scheme is that of SensorLM (arXiv 2506.09108, section 3, and the
    authors' released code); the sentences are this library's own, and each
    can be read back and checked by `keras_sensorlm.captions.claims`. A
    caption depends on the day, on `seed` and on these options only, not on
    the batch.

    Args:
        key: str. One of `CAPTION_KEYS`. Defaults to
            `"high_level_summary_caption"`, the pretraining default.
        seed: int. Chooses the wording and the random channels, together
            with the day's participant and date. Defaults to `0`.
        time: str. `"minute"` (of the day, 0 to 1440) or `"clock"` (24
            hours). Defaults to `"minute"`.
        units: bool. Whether numbers carry their unit; Fahrenheit always
            does. Defaults to `True`.
        temperature: str. `"metric"` (Celsius) or `"imperial"`
            (Fahrenheit). Defaults to `"metric"`.
        groups: sequence of str, optional. Which of `"heart"`,
            `"activity"`, `"sleep"` and `"eda_temperature"` the lower two
            levels tell about. Defaults to all.
        sentences_per_group: int. Most sentences of a level about a group.
            Defaults to `7`.
        random_channels: int. Channels drawn in each group besides the
            fixed ones, 0 to 3. Defaults to `2`.
        min_minutes: int. A channel observed for fewer minutes is left out.
            Defaults to `10`.
        coverage_threshold: float. A channel observed in a smaller share of
            the day says so. Defaults to `0.8`.
        infer_sleep: bool. Whether a day without logged sleep tells of sleep
            inferred from stillness. Defaults to `True`.
        level_shifts: bool. Whether the structural level tells of lasting
            steps. Defaults to `False`.
        rhythms: bool. Whether it tells of what repeats within the day.
            Defaults to `False`.
        baseline: iterable of `SensorDay`, optional. Other days of the same
            people; the structural level then tells where a day differs from
            its person's others.
        budget: int, optional. Tokens, instead of the key's own budget.

    Raises:
        ValueError: if an option is not among those above.

    Example:

    >>> import numpy as np
    >>> from keras_sensorlm.sensors.day import Event
    >>> run = Event("activity", "run", 420, 450)
    >>> day = SensorDay(np.full((1440, 26), np.nan), events=[run])
    >>> captioner = HierarchicalCaptioner()
    >>> captioner.claims(day)[0].label
    'run'
    >>> "run" in captioner.caption(day)
    True
    """

    def __init__(
        self,
        key: str = "high_level_summary_caption",
        seed: int = 0,
        time: str = MINUTE,
        units: bool = True,
        temperature: str = METRIC,
        groups: str | Sequence[str] | None = None,
        sentences_per_group: int = 7,
        random_channels: int = 2,
        min_minutes: int = 10,
        coverage_threshold: float = 0.8,
        infer_sleep: bool = True,
        level_shifts: bool = False,
        rhythms: bool = False,
        baseline: Iterable[SensorDay] | None = None,
        budget: int | None = None,
    ) -> None:
        _check_one_of("key", key, CAPTION_KEYS)
        _check_one_of("time", time, TIMES)
        _check_one_of("temperature", temperature, TEMPERATURES)
        _check_count("sentences_per_group", sentences_per_group, 1, 100)
        _check_count("random_channels", random_channels, 0, MAX_RANDOM_CHANNELS)
        _check_count("min_minutes", min_minutes, 1, 1440)
        _check_range("coverage_threshold", coverage_threshold, 0, 1)
        self.key = key
        self.seed = seed
        self.levels, self.budget = CAPTION_KEYS[key]
        if budget is not None:
            _check_count("budget", budget, 1, 10**9)
            self.budget = budget
        self.groups = _named_groups(groups)
        self.sentences_per_group = sentences_per_group
        self.random_channels = random_channels
        self.min_minutes = min_minutes
        self.coverage_threshold = coverage_threshold
        self.infer_sleep = infer_sleep
        self.level_shifts = level_shifts
        self.rhythms = rhythms
        self.baseline = None if baseline is None else Baseline(baseline)
        self.tells_structure = "middle" in self.levels
        self.tells_numbers = self.tells_structure or "low" in self.levels
        self.tells_extras = level_shifts or rhythms or baseline is not None
        self._speaker = Speaker(time, units, temperature)

    def caption(self, day: SensorDay | Array) -> str:
        """The caption of one day.

        Args:
            day: `SensorDay`, or an array `(1440, 26)` in physical units,
                NaN where missing.

        Returns:
            str.
        """
        return self.captions([day])[0]

    def captions(self, days: Days) -> list[str]:
        """The captions of days.

        Args:
            days: one `SensorDay`, an iterable of them, or an array
                `(n, 1440, 26)` in physical units, NaN where missing.

        Returns:
            List of str.

        Raises:
            ValueError: if `days` is none of these.
        """
        return [text for text, _ in self.told(days)]

    def told(self, days: Days) -> list[tuple[str, bool]]:
        """The captions of days, and whether they say all that there is.

        Args:
            days: as for `captions`.

        Returns:
            List of `(caption, whole)`; `whole` is false where sentences were
            dropped to fit the budget.

        Example:

        >>> import numpy as np
        >>> day = np.full((1440, 26), np.nan)
        >>> day[:, :2] = 70.0
        >>> for budget in (40, 256):
        ...     captioner = HierarchicalCaptioner(
        ...         "low_level_caption", budget=budget
        ...     )
        ...     [(_, whole)] = captioner.told(day[None])
        ...     print(whole)
        False
        True
        """
        found = []
        for _, said in self._say(days):
            kept = [text for text in said if text is not None]
            found.append((" ".join(kept), len(kept) == len(said)))
        return found

    def claims(self, day: SensorDay | Array) -> list[Claim]:
        """The statements of one day's caption, before they are phrased.

        Args:
            day: as for `caption`.

        Returns:
            List of `Claim`, in the order of the caption, numbers exact.
        """
        ((drafts, said),) = self._say([day])
        claims = []
        for draft, text in zip(drafts, said):
            if text is not None:
                claims += draft.claim(*draft.arguments)
        return claims

    def _say(self, days):
        """For each day its drafts, and what is said of them."""
        days = _as_days(days)
        for i in range(0, len(days), _CHUNK):
            chunk = days[i : i + _CHUNK]
            draws = [
                draw(day.participant, day.date, self.seed) for day in chunk
            ]
            own = [not profile_for(day.source).device_units for day in chunk]
            for facts in day_facts.gather(
                chunk, draws, own, self._speaker, self
            ):
                drafts = self._tell(facts)
                yield drafts, say_within(drafts, self.budget)

    def _tell(self, facts):
        speaker, drafts = self._speaker, []
        for level in self.levels:
            if level == "low":
                told = statistical_drafts(facts, speaker, self)
                drafts += told or self._absence("no_data", facts)
            elif level == "middle":
                told = structural_drafts(facts, speaker)
                drafts += told or self._absence("no_structure", facts)
            else:
                told = semantic_drafts(
                    facts, speaker, level == "high_all", self.infer_sleep
                )
                drafts += told or self._absence("no_log", facts)
        return drafts

    def _absence(self, kind, facts):
        """The one sentence of a level that has nothing to tell."""
        minutes = {
            "no_data": self.min_minutes,
            "no_log": MIN_ACTIVITY_MINUTES,
        }.get(kind)
        # In the order of `slot_order(kind)`.
        values, groups = [], None
        if minutes is not None:
            values.append(grammar.plural(minutes, "minute"))
        if kind != "no_log":
            spoken = [word for _, group in self.groups for word in group.spoken]
            values.append(grammar.join(spoken, "or"))
            groups = ", ".join(group.name for _, group in self.groups)
        index = facts.draws.cycles[kind][0]
        arguments = (self._speaker, index, kind, values, minutes, groups)
        return [Draft(0.0, _say_absence, _claim_absence, arguments)]


def _say_absence(speaker, index, kind, values, minutes, groups):
    text = speaker.words(kind, index, 0, values)
    return text, count_tokens(text)


def _claim_absence(speaker, index, kind, values, minutes, groups):
    number = {} if minutes is None else {"value": minutes, "unit": "minutes"}
    return [Claim(kind, label=groups, **number)]


def _as_days(days):
    return [
        day if isinstance(day, SensorDay) else SensorDay(day)
        for day in list_days(days)
    ]


def _check_one_of(name, value, allowed):
    if value not in allowed:
        raise ValueError(
            f"`{name}` should be one of {', '.join(allowed)}. "
            f"Received: {name}={value!r}"
        )


def _check_range(name, value, low, high):
    if isinstance(value, str) or not low <= value <= high:
        raise ValueError(
            f"`{name}` should lie between {low} and {high}. "
            f"Received: {name}={value!r}"
        )


def _check_count(name, value, low, high):
    _check_range(name, value, low, high)
    if value != int(value):
        raise ValueError(
            f"`{name}` should be a whole number. Received: {name}={value!r}"
        )


def _named_groups(names):
    """(index, `Group`) of each group of that name, in the order of GROUPS."""
    if names is None:
        names = GROUP_NAMES
    names = [names] if isinstance(names, str) else list(names)
    for name in names:
        _check_one_of("groups", name, GROUP_NAMES)
    if not names:
        raise ValueError(
            f"`groups` should name some of {', '.join(GROUP_NAMES)}. "
            f"Received: groups={names!r}"
        )
    return [(i, group) for i, group in enumerate(GROUPS) if group.name in names]
