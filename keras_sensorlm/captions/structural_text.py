"""The middle level: how the channels moved during the day."""

from keras_sensorlm.captions.claim import Claim
from keras_sensorlm.captions.facts import Draft
from keras_sensorlm.captions.lexicon import CHANNELS
from keras_sensorlm.captions.lexicon import OWN_UNITS
from keras_sensorlm.captions.speaker import OWN_UNITS_TAIL
from keras_sensorlm.captions.structural import BIN_MINUTES
from keras_sensorlm.captions.trends import KINDS as DIRECTIONS

# A strong event of a fixed channel comes right behind the statistics of the
# fixed channels, a weak one of a drawn channel last.
BEST_RANK, STRENGTH_RANK, DRAWN_RANK = 4.0, 2.0, 1.0
_STABLE = DIRECTIONS.index("stable")
# What a stable stretch counts for among trends, as the detector has it.
_STABLE_STRENGTH = 0.2
EXTREMES = ("peak", "drop")


def structural_drafts(facts, speaker, options):
    """Sentences about trends, peaks and drops.

    Args:
        facts: `DayFacts`.
        speaker: `Speaker`.
        options: object with `sentences_per_group`.

    Returns:
        List of `Draft`: a group after the other, in a group a channel after
        the other, in a channel by time. The strongest of each group are
        kept.
    """
    by_group = {}
    for told, found in zip(facts.told, facts.structure):
        events = by_group.setdefault(told.group, [])
        events += _events(told, found)
    drafts = []
    cycles = {
        family: list(facts.draws.cycles[family])
        for family in ("move", "stable", "extreme")
    }
    for events in by_group.values():
        if len(events) > options.sentences_per_group:
            best = sorted(events, key=lambda event: event[0])
            limit = best[options.sentences_per_group - 1][0]
            events = [event for event in events if event[0] <= limit]
            del events[options.sentences_per_group :]
        for event in events:
            drafts.append(_draft(event, facts, speaker, cycles))
    return drafts


def _events(told, found):
    """(rank, channel, family, variant, first bin, last bin, levels)."""
    base = BEST_RANK + DRAWN_RANK * told.is_drawn
    # A constant channel has stable stretches only.
    spread = found.spread or 1.0
    events = []
    for kind, first, last, before, after in found.trends:
        if kind == _STABLE:
            strength, family, variant = _STABLE_STRENGTH, "stable", 0
            levels = (before,)
        else:
            strength = abs(after - before) / spread
            family, variant, levels = "move", kind, (before, after)
        rank = base + STRENGTH_RANK * (1 - strength)
        events.append(
            (rank, told.channel, family, variant, first, last, levels)
        )
    for variant, at, level in found.extremes:
        strength = abs(level - found.mean) / spread
        rank = base + STRENGTH_RANK * (1 - strength)
        events.append(
            (rank, told.channel, "extreme", variant, at, at, (level,))
        )
    events.sort(key=lambda event: (event[4], event[5]))
    return events


def _draft(event, facts, speaker, cycles):
    rank, channel, family, variant, first, last, levels = event
    is_own = facts.is_own and CHANNELS[channel].is_device
    _, scale, offset = speaker.unit(channel, is_own)
    texts = [
        speaker.number(level * scale + offset, channel, is_own)
        for level in levels
    ]
    start, end = first * BIN_MINUTES, (last + 1) * BIN_MINUTES
    if family == "extreme":
        values = (speaker.times[(start + end) // 2], *texts)
    elif family == "stable":
        values = (speaker.times[end], *texts, speaker.times[start])
    else:
        before, after = texts
        values = (after, before, speaker.times[end], speaker.times[start])
    cycle = cycles[family]
    index = cycle[0]
    cycle[0] = (index + cycle[1]) % cycle[2]
    text, tokens = speaker.say(
        family,
        index,
        variant,
        channel,
        values,
        OWN_UNITS_TAIL if is_own else "",
    )
    made = (_claims, speaker, is_own, event)
    return Draft(rank, tokens, text, made)


def _claims(speaker, is_own, event):
    _, channel, family, variant, first, last, levels = event
    words, scale, offset = speaker.unit(channel, is_own)
    levels = [level * scale + offset for level in levels]
    return structural_claims(
        family,
        variant,
        CHANNELS[channel].name,
        first * BIN_MINUTES,
        (last + 1) * BIN_MINUTES,
        levels,
        OWN_UNITS if is_own else words or None,
    )


def structural_claims(
    family, variant, channel, start, end, levels, unit, digits=None
):
    """The claims of one structural sentence.

    Args:
        family: str. `"move"`, `"stable"` or `"extreme"`.
        variant: int. Which of the family's variants.
        channel: str. The channel's name.
        start: int. First minute.
        end: int. Minute after the last one.
        levels: sequence of float. Level before and after, or one level.
        unit: str, optional. Their unit.
        digits: sequence of int, optional. Their printed decimals.

    Returns:
        List of `Claim`: the event, then the levels.
    """
    if family == "extreme":
        what = Claim(
            EXTREMES[variant], channel, start_minute=start, end_minute=end
        )
    else:
        direction = "stable" if family == "stable" else DIRECTIONS[variant]
        what = Claim(
            "trend",
            channel,
            direction=direction,
            start_minute=start,
            end_minute=end,
        )
    windows = [(start, end)]
    if family == "move":
        windows = [(start, start + BIN_MINUTES), (end - BIN_MINUTES, end)]
    return [what] + [
        Claim(
            "statistic",
            channel,
            "mean",
            level,
            digit,
            unit,
            start_minute=window[0],
            end_minute=window[1],
        )
        for level, digit, window in zip(levels, digits or (None, None), windows)
    ]
