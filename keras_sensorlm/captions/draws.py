"""Random choices that depend on participant, date and seed alone.

Every choice of a day comes from one hash, in a fixed order, so that a day is
captioned alike in any batch, on any worker, and a channel is chosen alike in
every caption of that day.
"""

import hashlib
import math
import struct
from typing import NamedTuple

from keras_sensorlm.captions.lexicon import GROUPS
from keras_sensorlm.captions.phrasing import FAMILIES

MAX_RANDOM_CHANNELS = 3
_PICKS = len(GROUPS) * MAX_RANDOM_CHANNELS
_SIZES = {family: len(forms) for family, (forms, _) in FAMILIES.items()}
# Steps that visit every form before one comes again.
_STEPS = {
    n: [step for step in range(1, n + 1) if math.gcd(step, n) == 1]
    for n in set(_SIZES.values())
}
_COUNT = _PICKS + 2 * len(_SIZES)
_UNPACK = struct.Struct(f">{_COUNT}H").unpack


class Draws(NamedTuple):
    """What chance decides of one day's captions.

    Attributes:
        picks: tuple of tuples of int. For each group, numbers that choose
            its random channels.
        cycles: dict. For each family of forms, the first form and the step
            to the next.
    """

    picks: tuple
    cycles: dict


def draw(participant, date, seed):
    """The `Draws` of a day.

    Args:
        participant: str, optional. `None` is a participant of its own.
        date: `datetime.date`, optional.
        seed: int.

    Returns:
        `Draws`.

    Example:

    >>> draw("p1", None, 0) == draw("p1", None, 0)
    True
    >>> draw("p1", None, 0) == draw("p1", None, 1)
    False
    """
    key = f"{participant!r}|{date}|{seed}".encode()
    numbers = _UNPACK(hashlib.shake_128(key).digest(2 * _COUNT))
    picks = tuple(
        numbers[i : i + MAX_RANDOM_CHANNELS]
        for i in range(0, _PICKS, MAX_RANDOM_CHANNELS)
    )
    cycles, i = {}, _PICKS
    for family, size in _SIZES.items():
        steps = _STEPS[size]
        first, step = numbers[i] % size, steps[numbers[i + 1] % len(steps)]
        cycles[family] = (first, step, size)
        i += 2
    return Draws(picks, cycles)


def choose(available, numbers, count):
    """Draws `count` of `available` without putting back.

    Args:
        available: list. What can be drawn.
        numbers: sequence of int. At least `count` random numbers.
        count: int. How many to draw.

    Returns:
        List, in the order of `available`.
    """
    left, chosen = list(available), []
    for number in numbers[: min(count, len(left))]:
        chosen.append(left.pop(number % len(left)))
    return sorted(chosen, key=available.index)
