"""The middle level: how the channels moved during the day."""

from keras_sensorlm.captions import grammar
from keras_sensorlm.captions.budget import count_tokens
from keras_sensorlm.captions.claim import Claim
from keras_sensorlm.captions.extras import SIDES
from keras_sensorlm.captions.findings import KINDS
from keras_sensorlm.captions.lexicon import CHANNELS
from keras_sensorlm.captions.parts import Draft
from keras_sensorlm.captions.structural import BIN_MINUTES
from keras_sensorlm.captions.trends import KINDS as DIRECTIONS

EXTREMES = ("peak", "drop")
# Names of the levels that a family tells: the first of `before`, `after`.
LEVELS = {
    "move": ("before", "after"),
    "stable": ("level",),
    "extreme": ("level",),
    "level_shift": ("before", "after"),
    "rhythm": (),
    "unusual": ("level", "usual"),
}


def structural_drafts(facts, speaker):
    """Sentences about trends, peaks and drops, and the extras asked for.

    Args:
        facts: `DayFacts`.
        speaker: `Speaker`.

    Returns:
        List of `Draft`, in the order of `facts.found`.
    """
    drafts = []
    cycles = {family: list(facts.draws.cycles[family]) for family in LEVELS}
    is_own = facts.is_own
    for finding in facts.found:
        rank, channel, kind, *_ = finding
        cycle = cycles[KINDS[kind][0]]
        index, step, size = cycle
        cycle[0] = (index + step) % size
        own = is_own and CHANNELS[channel].is_device
        drafts.append(Draft(rank, _say, _claim, (speaker, index, finding, own)))
    return drafts


def _say(speaker, index, finding, is_own):
    _, channel, kind, first, last, before, after = finding
    family, variant = KINDS[kind]
    times = speaker.times
    start, end = first * BIN_MINUTES, (last + 1) * BIN_MINUTES
    numbers = (before, after)
    # In the order of `slot_order(family)`.
    if family == "move":
        values = (after, before, times[end], times[start])
    elif family == "extreme":
        values = (times[(start + end) // 2], before)
    elif family == "stable":
        values = (times[end], before, times[start])
    elif family == "level_shift":
        values = (after, times[start], before)
    elif family == "unusual":
        values = (times[end], before, times[start], after)
    else:
        values = (grammar.plural(end - start, "minute"),)
        numbers = ()
    text, tokens = speaker.say(
        family, index, variant, channel, values, numbers, is_own
    )
    if family == "rhythm":
        # Its number comes with a word, which `say` does not reckon with.
        tokens = count_tokens(text)
    return text, tokens


def _claim(speaker, index, finding, is_own):
    _, channel, kind, first, last, *levels = finding
    return structural_claims(
        *KINDS[kind],
        CHANNELS[channel].name,
        first * BIN_MINUTES,
        (last + 1) * BIN_MINUTES,
        levels,
        speaker.unit(channel, is_own),
    )


def structural_claims(
    family, variant, channel, start, end, levels, unit, digits=(None, None)
):
    """The claims of one structural sentence.

    Args:
        family: str. A key of `LEVELS`.
        variant: int. Which of the family's variants.
        channel: str. The channel's name.
        start: int. First minute.
        end: int. Minute after the last one.
        levels: sequence of float. In the order of `LEVELS`.
        unit: str, optional. Their unit.
        digits: sequence of int, optional. Their printed decimals.

    Returns:
        List of `Claim`: what was found, then its levels.
    """
    if family == "rhythm":
        period = end - start
        return [Claim("rhythm", channel, "period", period, 0, "minutes")]
    kind, direction = family, None
    if family == "extreme":
        kind = EXTREMES[variant]
    elif family == "unusual":
        direction = SIDES[variant]
    elif family == "stable":
        kind, direction = "trend", "stable"
    else:
        direction = DIRECTIONS[variant]
        kind = "trend" if family == "move" else family
    if family == "level_shift":
        end = None
    what = {"direction": direction, "start_minute": start, "end_minute": end}
    claims = [Claim(kind, channel, **what)]
    for name, level, digit in zip(LEVELS[family], levels, digits):
        number = {"value": level, "digits": digit, "unit": unit}
        if family in ("level_shift", "unusual"):
            claims.append(Claim(kind, channel, name, **number, **what))
            continue
        window = {
            "before": (start, start + BIN_MINUTES),
            "after": (end and end - BIN_MINUTES, end),
            "level": (start, end),
        }[name]
        minutes = dict(zip(("start_minute", "end_minute"), window))
        claims.append(Claim("statistic", channel, "mean", **number, **minutes))
    return claims
