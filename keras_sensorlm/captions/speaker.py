"""Says facts as sentences, in the chosen times and units."""

import re

import numpy as np

from keras_sensorlm.captions.budget import count_tokens
from keras_sensorlm.captions.lexicon import CHANNELS
from keras_sensorlm.captions.lexicon import OWN_DECIMALS
from keras_sensorlm.captions.lexicon import OWN_UNITS
from keras_sensorlm.captions.phrasing import CLOCK
from keras_sensorlm.captions.phrasing import CLOCK_TEXTS
from keras_sensorlm.captions.phrasing import MINUTE_TEXTS
from keras_sensorlm.captions.phrasing import number
from keras_sensorlm.captions.phrasing import phrase
from keras_sensorlm.captions.phrasing import slot_order

_OWN = "in the device's own units"
_COVERAGE = "measured for %s percent of the day"
# What follows a sentence: (own units, share of the day) -> words.
_TAILS = {
    (False, False): "",
    (True, False): f" ({_OWN})",
    (False, True): f" ({_COVERAGE})",
    (True, True): f" ({_OWN}, {_COVERAGE})",
}

_NUMBER_SLOT = re.compile(r"%\.\df")
_SLOT = re.compile(r"%(?:\.\df|s)")


class Speaker:
    """Turns numbers into sentences and counts their tokens.

    Args:
        time: str. `"minute"` or `"clock"`.
        units: bool. Whether units are spoken. Fahrenheit always is: a bare
            number would be read as Celsius.
        temperature: str. `"metric"` or `"imperial"`.

    Attributes:
        times: tuple of 1441 str. Each minute, as it is written.
        scales: float64 `(26,)`. Spoken number = value x scale + offset.
        offsets: float64 `(26,)`. Not for standard deviations.
    """

    def __init__(self, time, units, temperature):
        self.time = time
        self.times = CLOCK_TEXTS if time == CLOCK else MINUTE_TEXTS
        spoken = [channel.unit(temperature) for channel in CHANNELS]
        self.scales = np.array([unit.scale for unit in spoken])
        self.offsets = np.array([unit.offset for unit in spoken])
        self._words = [
            unit.words if units or unit != channel.metric else ""
            for channel, unit in zip(CHANNELS, spoken)
        ]
        self._phrases = {}

    def unit(self, channel, is_own):
        """The unit of a channel in a claim, `None` where it is unspoken."""
        return OWN_UNITS if is_own else self._words[channel] or None

    def number(self, value, channel):
        """A spoken number of a channel, with its unit."""
        words = self._words[channel]
        text = number(value, CHANNELS[channel].decimals)
        return f"{text} {words}" if words else text

    def say(
        self,
        family,
        index,
        variant,
        channel,
        values,
        numbers,
        is_own=False,
        coverage=None,
    ):
        """One sentence about a channel, and its number of tokens.

        Args:
            family: str. A family of forms.
            index: int. Which form.
            variant: int. Which variant.
            channel: int. Column.
            values: tuple. In the order of `slot_order(family)`: numbers as
                float, all else as str of digits, points and colons.
            numbers: tuple of float. The numbers among `values`.
            is_own: bool. Whether they are in the device's own units.
            coverage: str, optional. Percentage of the day.

        Returns:
            The sentence, and int.
        """
        key = (family, index, variant, channel, is_own, coverage is None)
        known = self._phrases.get(key)
        if known is None:
            known = self._phrases[key] = self._prepare(*key)
        form, pick, least, more = known
        for value in numbers:
            if -least < value < least and value != 0:
                # The usual decimals would hide this number.
                form = _NUMBER_SLOT.sub("%s", form)
                values = self._in_words(family, channel, is_own, values)
                break
        picked = pick(values)
        text = form % (picked if coverage is None else (*picked, coverage))
        # Each character of a number is a token, so only the rest needs to
        # be counted, once.
        return text, len(text) + more

    def _decimals(self, channel, is_own):
        row = CHANNELS[channel]
        if is_own:
            return OWN_DECIMALS, OWN_DECIMALS
        return row.decimals, row.extreme_decimals

    def _in_words(self, family, channel, is_own, values):
        usual, extreme = self._decimals(channel, is_own)
        return tuple(
            number(value, extreme if slot in ("max", "min") else usual)
            if isinstance(value, float)
            else value
            for slot, value in zip(slot_order(family), values)
        )

    def _prepare(self, family, index, variant, channel, is_own, is_covered):
        tail = _TAILS[is_own, not is_covered]
        words = "" if is_own else self._words[channel]
        decimals = self._decimals(channel, is_own)
        row = CHANNELS[channel]
        form = phrase(
            family, index, variant, row, words, self.time, tail, decimals
        )
        sample = _SLOT.sub("0", form.format)
        least = 10.0 ** -min(decimals)
        more = count_tokens(sample) - len(sample)
        return form.format, form.pick, least, more

    def words(self, family, index, variant, values):
        """One sentence that is not about a channel.

        Args:
            family: str. A family of forms.
            index: int. Which form.
            variant: int. Which variant.
            values: sequence of str. In the order of `slot_order(family)`.

        Returns:
            str.
        """
        key = (family, index, variant)
        form = self._phrases.get(key)
        if form is None:
            form = phrase(*key, None, "", self.time)
            self._phrases[key] = form
        return form.format % form.pick(tuple(values))
