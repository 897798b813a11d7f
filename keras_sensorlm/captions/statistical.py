"""The lowest level: what the numbers of each channel were."""

from keras_sensorlm.captions.claim import Claim
from keras_sensorlm.captions.lexicon import CHANNELS
from keras_sensorlm.captions.lexicon import GROUPS
from keras_sensorlm.captions.parts import Draft
from keras_sensorlm.captions.phrasing import number
from keras_sensorlm.captions.phrasing import slot_order
from keras_sensorlm.sensors.features import MINUTES_PER_DAY

STATISTICS = ("mean", "max", "min", "std")
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
    drafts, told_of = [], [0] * len(GROUPS)
    enough = options.coverage_threshold * MINUTES_PER_DAY
    for group, channel, is_drawn in facts.told:
        if told_of[group] == options.sentences_per_group:
            continue
        told_of[group] += 1
        # In the order of `slot_order("statistic")`.
        numbers = (
            facts.max[channel],
            facts.mean[channel],
            facts.min[channel],
            facts.std[channel],
        )
        is_own = facts.is_own and CHANNELS[channel].is_device
        minutes = facts.minutes[channel]
        covered = None if minutes >= enough else _coverage(minutes)
        rank = DRAWN_RANK if is_drawn else FIXED_RANK
        rank += _STEP * len(drafts)
        arguments = (speaker, index, channel, numbers, is_own, covered)
        drafts.append(Draft(rank, _say, _claim, arguments))
        index = (index + step) % size
    return drafts


def _say(speaker, index, channel, numbers, is_own, covered):
    covered = covered and _coverage_text(covered)
    return speaker.say(
        "statistic", index, 0, channel, numbers, numbers, is_own, covered
    )


def _coverage(minutes):
    return 100 * minutes / MINUTES_PER_DAY


def _coverage_text(percent):
    """A percentage, with a decimal where it is small."""
    return number(percent, 0 if percent >= 10 else 1)


def _claim(speaker, index, channel, numbers, is_own, covered):
    name = CHANNELS[channel].name
    values = dict(zip(slot_order("statistic"), numbers))
    claims = [
        Claim(
            "statistic",
            name,
            statistic,
            values[statistic],
            unit=speaker.unit(channel, is_own),
        )
        for statistic in STATISTICS
    ]
    if covered is not None:
        claims.append(
            Claim("statistic", name, "coverage", covered, unit="percent")
        )
    return claims
