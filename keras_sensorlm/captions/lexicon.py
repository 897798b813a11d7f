"""How the 26 channels are spoken of: names, units, digits and groups.

Everything here is data. A channel's spoken name starts with "the " where
English asks for it, and is always singular, so that any verb form agrees.
"""

from typing import NamedTuple

from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import FEATURES

METRIC = "metric"
IMPERIAL = "imperial"
TEMPERATURES = (METRIC, IMPERIAL)
# The unit of a claim about firmware features of a device whose numbers are
# not those of the original maker.
OWN_UNITS = "own"


class Unit(NamedTuple):
    """A spoken unit: spoken value = `scale` x value + `offset`.

    Attributes:
        words: str. What follows the number; empty for none.
        scale: float. Factor from the feature's unit.
        offset: float. Added after scaling; not for spreads and changes.
    """

    words: str
    scale: float = 1.0
    offset: float = 0.0


_METRIC_UNITS = {
    "bpm": Unit("bpm"),
    "ms": Unit("ms"),
    "nat": Unit("nats"),
    "fraction": Unit("percent", 100.0),
    "steps/min": Unit("per minute"),
    "count": Unit("per minute"),
    "uS": Unit("microsiemens"),
    "uS/h": Unit("microsiemens per hour"),
    "degC": Unit("degrees Celsius"),
    "degC/h": Unit("degrees Celsius per hour"),
    "device": Unit(""),
}
_IMPERIAL_UNITS = {
    "degC": Unit("degrees Fahrenheit", 1.8, 32.0),
    "degC/h": Unit("degrees Fahrenheit per hour", 1.8),
}


class Channel(NamedTuple):
    """How one channel is spoken of.

    Attributes:
        index: int. Column of the day matrix.
        name: str. The feature's name.
        spoken: str. Noun phrase: `"heart rate"`, `"the step count"`.
        decimals: int. Decimals of means and standard deviations.
        extreme_decimals: int. Decimals of maxima and minima.
        metric: `Unit`. Default unit.
        imperial: `Unit`. The same as `metric` but for temperatures.
        is_device: bool. Whether this is a firmware quantity.
    """

    index: int
    name: str
    spoken: str
    decimals: int
    extreme_decimals: int
    metric: Unit
    imperial: Unit
    is_device: bool

    @property
    def noun(self):
        """The spoken name without its article."""
        return self.spoken.removeprefix("the ")

    def unit(self, temperature):
        """The `Unit` in a system, `"metric"` or `"imperial"`."""
        return self.imperial if temperature == IMPERIAL else self.metric


# Name, spoken name, decimals, decimals of extremes.
_ROWS = (
    ("heart_rate", "heart rate", 1, 1),
    ("resting_heart_rate", "resting heart rate", 1, 1),
    ("rr_valid_fraction", "the share of valid RR intervals", 1, 1),
    ("rr_p80", "the 80th percentile of RR intervals", 0, 0),
    ("rr_p20", "the 20th percentile of RR intervals", 0, 0),
    ("rr_median", "the median RR interval", 0, 0),
    ("rmssd", "RMSSD", 1, 1),
    ("sdnn", "SDNN", 1, 1),
    ("rr_entropy", "the entropy of RR intervals", 2, 2),
    ("rr_difference_entropy", "the entropy of RR differences", 2, 2),
    ("steps", "the step count", 1, 0),
    ("jerk_autocorrelation", "jerk autocorrelation", 1, 1),
    ("log_energy", "log motion energy", 1, 1),
    ("covariance_condition", "the motion condition number", 1, 1),
    ("log_energy_ratio", "the log energy ratio", 1, 1),
    ("zero_crossing_std", "zero-crossing variability", 1, 1),
    ("zero_crossing_mean", "the zero-crossing interval", 1, 1),
    ("axis_mean", "the three-axis mean", 1, 1),
    ("kurtosis", "acceleration kurtosis", 1, 1),
    ("sleep_coefficient", "the sleep coefficient", 1, 1),
    ("eda_level", "the EDA level", 2, 2),
    ("eda_slope", "the EDA slope", 2, 2),
    ("lead_contact_count", "the lead contact count", 1, 0),
    ("skin_temperature", "skin temperature", 1, 1),
    ("skin_temperature_slope", "the skin temperature slope", 2, 2),
    ("altitude_std", "altitude variation", 4, 4),
)
# A share of the minute reads well in percent; a normalised deviation does
# not.
_BARE = {"altitude_std": Unit("")}
# What another device computes is on a scale of its own, mostly near 1.
OWN_DECIMALS = 2


def _channels():
    rows = {row[0]: row[1:] for row in _ROWS}
    for index, feature in enumerate(FEATURES):
        metric = _BARE.get(feature.name, _METRIC_UNITS[feature.unit])
        imperial = _IMPERIAL_UNITS.get(feature.unit, metric)
        yield Channel(
            index,
            feature.name,
            *rows[feature.name],
            metric,
            imperial,
            feature.unit == "device",
        )


CHANNELS = tuple(_channels())
BY_SPOKEN = {channel.noun.lower(): channel for channel in CHANNELS}
UNIT_WORDS = tuple(
    dict.fromkeys(
        unit.words
        for channel in CHANNELS
        for unit in (channel.metric, channel.imperial)
        if unit.words
    )
)


class Group(NamedTuple):
    """Channels told together.

    Attributes:
        name: str. As in the `groups` option.
        spoken: tuple of str. What its channels are called together.
        fixed: tuple of int. Columns that are always told.
        drawn: tuple of int. Columns of which a few are drawn at random.
    """

    name: str
    spoken: tuple
    fixed: tuple
    drawn: tuple


def _group(name, spoken, fixed, drawn):
    index = FEATURE_NAMES.index
    return Group(
        name,
        spoken,
        tuple(index(n) for n in fixed.split()),
        tuple(index(n) for n in drawn.split()),
    )


GROUPS = (
    _group(
        "heart",
        ("heart",),
        "heart_rate resting_heart_rate rmssd",
        "rr_valid_fraction rr_p80 rr_p20 rr_median sdnn rr_entropy "
        "rr_difference_entropy",
    ),
    _group(
        "activity",
        ("activity",),
        "steps log_energy",
        "jerk_autocorrelation covariance_condition log_energy_ratio "
        "kurtosis altitude_std",
    ),
    _group(
        "sleep",
        ("sleep",),
        "sleep_coefficient",
        "zero_crossing_std zero_crossing_mean axis_mean",
    ),
    _group(
        "eda_temperature",
        ("EDA", "temperature"),
        "eda_level skin_temperature",
        "eda_slope lead_contact_count skin_temperature_slope",
    ),
)
GROUP_NAMES = tuple(group.name for group in GROUPS)
