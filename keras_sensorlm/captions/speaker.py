"""Says facts as sentences, in the chosen times and units."""

from keras_sensorlm.captions.budget import count_tokens
from keras_sensorlm.captions.lexicon import CHANNELS
from keras_sensorlm.captions.lexicon import OWN_DECIMALS
from keras_sensorlm.captions.lexicon import Unit
from keras_sensorlm.captions.phrasing import CLOCK
from keras_sensorlm.captions.phrasing import CLOCK_TEXTS
from keras_sensorlm.captions.phrasing import MINUTE_TEXTS
from keras_sensorlm.captions.phrasing import number
from keras_sensorlm.captions.phrasing import phrase

OWN_UNITS_TAIL = " (in the device's own units)"
COVERAGE_TAIL = " (measured for %s percent of the day)"
OWN_UNITS_COVERAGE_TAIL = (
    " (in the device's own units, measured for %s percent of the day)"
)


class Speaker:
    """Turns numbers into sentences and counts their tokens.

    Args:
        time: str. `"minute"` or `"clock"`.
        units: bool. Whether units are spoken. Fahrenheit always is: a bare
            number would be read as Celsius.
        temperature: str. `"metric"` or `"imperial"`.
    """

    def __init__(self, time, units, temperature):
        self.time = time
        self.times = CLOCK_TEXTS if time == CLOCK else MINUTE_TEXTS
        self.units = tuple(channel.unit(temperature) for channel in CHANNELS)
        self._words = tuple(
            unit.words if units or unit != channel.metric else ""
            for channel, unit in zip(CHANNELS, self.units)
        )
        self._phrases = {}

    def unit(self, channel, is_own):
        """The `Unit` in which a channel is spoken, unspoken words left out.

        Args:
            channel: int. Column.
            is_own: bool. Whether its numbers are in the device's own units.
        """
        unit = self.units[channel]
        words = "" if is_own else self._words[channel]
        return Unit(words, unit.scale, unit.offset)

    def number(self, value, channel, is_own, is_extreme=False):
        """A number of a channel with the digits that suit it."""
        row = CHANNELS[channel]
        if is_own:
            return number(value, OWN_DECIMALS)
        return number(
            value, row.extreme_decimals if is_extreme else row.decimals
        )

    def say(self, family, index, variant, channel, values, tail="", extra=()):
        """One sentence about a channel, and its number of tokens.

        Args:
            family: str. A family of forms.
            index: int. Which form.
            variant: int. Which variant.
            channel: int, optional. Column.
            values: tuple of str. In the order of `slot_order(family)`; each
                consists of digits, points, colons and minus signs.
            tail: str. Added before the full stop.
            extra: tuple of str. Numbers in `tail`.

        Returns:
            The sentence, and int.
        """
        key = (family, index, variant, channel, tail)
        known = self._phrases.get(key)
        if known is None:
            known = self._phrases[key] = self._prepare(*key)
        form, pick, more = known
        picked = pick(values)
        text = form % ((*picked, *extra) if extra else picked)
        # Each character of a number is a token, so only the rest needs to
        # be counted, once.
        return text, len(text) + more

    def _prepare(self, family, index, variant, channel, tail):
        row = None if channel is None else CHANNELS[channel]
        words = "" if row is None else self._words[channel]
        if tail in (OWN_UNITS_TAIL, OWN_UNITS_COVERAGE_TAIL):
            words = ""
        form = phrase(family, index, variant, row, words, self.time, tail)
        sample = form.format % (("0",) * form.format.count("%s"))
        return form.format, form.pick, count_tokens(sample) - len(sample)

    def words(self, family, index, variant, values):
        """One sentence that is not about a channel.

        Args:
            family: str. A family of forms.
            index: int. Which form.
            variant: int. Which variant.
            values: tuple of str. In the order of `slot_order(family)`.

        Returns:
            str.
        """
        form = phrase(family, index, variant, None, "", self.time)
        return form.format % form.pick(values)
