"""The lowest level: what the numbers of each channel were."""

from keras_sensorlm.captions.claim import Claim
from keras_sensorlm.captions.facts import Draft
from keras_sensorlm.captions.lexicon import CHANNELS
from keras_sensorlm.captions.lexicon import OWN_UNITS
from keras_sensorlm.captions.phrasing import number
from keras_sensorlm.captions.speaker import COVERAGE_TAIL
from keras_sensorlm.captions.speaker import OWN_UNITS_COVERAGE_TAIL
from keras_sensorlm.captions.speaker import OWN_UNITS_TAIL
from keras_sensorlm.sensors.features import MINUTES_PER_DAY

FIXED_RANK, DRAWN_RANK = 3.0, 5.0
_STEP = 0.01


def statistical_drafts(facts, speaker, options):
    """Sentences about mean, maximum, minimum and standard deviation.

    Args:
        facts: `DayFacts`.
        speaker: `Speaker`.
        options: object with `coverage_threshold` and `sentences_per_group`.

    Returns:
        List of `Draft`, in the order of `facts.told`.
    """
    index, step, size = facts.draws.cycles["statistic"]
    drafts, told_of = [], [0] * 4
    enough = options.coverage_threshold * MINUTES_PER_DAY
    for group, channel, is_drawn in facts.told:
        if told_of[group] == options.sentences_per_group:
            continue
        told_of[group] += 1
        numbers = (
            facts.max[channel],
            facts.mean[channel],
            facts.min[channel],
            facts.std[channel],
        )
        is_own = facts.is_own and CHANNELS[channel].is_device
        minutes = facts.minutes[channel]
        covered = None
        if minutes < enough:
            covered = 100 * minutes / MINUTES_PER_DAY
        text, tokens = _say(speaker, index, channel, numbers, is_own, covered)
        rank = DRAWN_RANK if is_drawn else FIXED_RANK
        rank += _STEP * len(drafts)
        made = (_claims, speaker, channel, numbers, is_own, covered)
        drafts.append(Draft(rank, tokens, text, made))
        index = (index + step) % size
    return drafts


def _say(speaker, index, channel, numbers, is_own, covered):
    _, scale, offset = unit = speaker.unit(channel, is_own)
    high, mean, low, std = numbers
    say = speaker.number
    values = (
        say(high * scale + offset, channel, is_own, True),
        say(mean * scale + offset, channel, is_own),
        say(low * scale + offset, channel, is_own, True),
        say(std * unit.scale, channel, is_own),
    )
    tail, extra = OWN_UNITS_TAIL if is_own else "", ()
    if covered is not None:
        tail = OWN_UNITS_COVERAGE_TAIL if is_own else COVERAGE_TAIL
        extra = (coverage_text(covered),)
    return speaker.say("statistic", index, 0, channel, values, tail, extra)


def coverage_text(percent):
    """A percentage, with a decimal where it is small."""
    return number(percent, 0 if percent >= 10 else 1)


def _claims(speaker, channel, numbers, is_own, covered):
    words, scale, offset = speaker.unit(channel, is_own)
    name = CHANNELS[channel].name
    unit = OWN_UNITS if is_own else words or None
    high, mean, low, std = numbers
    values = {
        "mean": mean * scale + offset,
        "max": high * scale + offset,
        "min": low * scale + offset,
        "std": std * scale,
    }
    claims = [
        Claim("statistic", name, statistic, value, unit=unit)
        for statistic, value in values.items()
    ]
    if covered is not None:
        claims.append(
            Claim("statistic", name, "coverage", covered, unit="percent")
        )
    return claims
