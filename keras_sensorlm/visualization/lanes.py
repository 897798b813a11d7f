"""Which channels of a day are drawn together, and where nothing was measured.

NumPy only: pictures and pages are two views of these choices.
"""

import dataclasses

import numpy as np

from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.features import MODALITIES
from keras_sensorlm.sensors.features import feature
from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.sensors.sketch import clock as clock
from keras_sensorlm.sensors.sketch import runs as runs

LANE_NAMES = {
    "PPG": "Heart",
    "ACC": "Movement",
    "EDA": "Skin conductance",
    "TEMP": "Skin temperature",
    "ALT": "Altitude",
}
UNITS = {
    "uS": "µS",
    "uS/h": "µS/h",
    "degC": "°C",
    "degC/h": "°C/h",
    "fraction": "0 to 1",
    "device": "device units",
}
# A span shorter than this is drawn on its own clock, or it would be a sliver.
_ZOOM_BELOW = MINUTES_PER_DAY // 4


@dataclasses.dataclass(frozen=True)
class Panel:
    """Channels with one unit that share a y axis.

    Attributes:
        modality: str. The lane that the panel belongs to.
        title: str. What it shows, in plain words.
        channels: tuple of str. Feature names, the main one first.
        bars: bool. Whether counts are drawn as bars from zero.
        span: float. The least range of the y axis, so that noise does not
            fill a panel.
    """

    modality: str
    title: str
    channels: tuple
    bars: bool = False
    span: float = 0.0

    @property
    def unit(self):
        """The unit as people write it."""
        unit = feature(self.channels[0]).unit
        return UNITS.get(unit, unit)


# What a reader looks for first in each modality.
_USUAL = (
    Panel("PPG", "Heart rate", ("heart_rate", "resting_heart_rate"), span=40),
    Panel("PPG", "Heart rate variability", ("rmssd", "sdnn"), span=40),
    Panel("ACC", "Steps", ("steps",), bars=True, span=20),
    Panel("ACC", "Wrist movement", ("log_energy",), span=1e-3),
    Panel("EDA", "Skin conductance level", ("eda_level",), span=1),
    Panel("TEMP", "Skin temperature", ("skin_temperature",), span=3),
    Panel("ALT", "Altitude changes", ("altitude_std",), span=0.05),
)


def words(name):
    """A feature's name as it is read aloud.

    Example:

    >>> words("rr_p80")
    'RR 80th percentile'
    """
    special = {
        "rr_valid_fraction": "valid RR fraction",
        "rr_p80": "RR 80th percentile",
        "rr_p20": "RR 20th percentile",
        "rr_median": "RR median",
        "rmssd": "RMSSD",
        "sdnn": "SDNN",
        "rr_entropy": "RR entropy",
        "rr_difference_entropy": "RR difference entropy",
        "eda_level": "EDA level",
        "eda_slope": "EDA slope",
        "altitude_std": "altitude std",
    }
    return special.get(name, name.replace("_", " "))


def choose_panels(day, channels=None):
    """The panels worth drawing for a day.

    Args:
        day: a `SensorDay`.
        channels: iterable of str, optional. Feature names to draw instead
            of the usual ones, observed or not.

    Returns:
        dict from modality to a tuple of `Panel`; empty where a modality was
        not measured.

    Raises:
        KeyError: if a channel is unknown.
        ValueError: if `channels` is a single string or empty.
    """
    if channels is not None:
        return _asked_panels(channels)
    observed = day.observed.any(axis=0)
    panels = {}
    for modality in MODALITIES:
        usual = [
            dataclasses.replace(panel, channels=seen)
            for panel in _USUAL
            if panel.modality == modality
            and (seen := _observed_of(panel.channels, observed))
        ]
        panels[modality] = tuple(usual or _first_others(modality, observed))
    return panels


def _observed_of(channels, observed):
    return tuple(c for c in channels if observed[feature_index(c)])


def _first_others(modality, observed):
    """One panel of what there is, when nothing usual was measured."""
    names = [
        f.name
        for f, seen in zip(FEATURES, observed)
        if seen and f.modality == modality
    ]
    if not names:
        return []
    unit = feature(names[0]).unit
    return [_plain_panel([n for n in names if feature(n).unit == unit][:3])]


def _plain_panel(names):
    title = words(names[0])
    if len(names) > 1:
        title = LANE_NAMES[feature(names[0]).modality]
    return Panel(
        feature(names[0]).modality,
        title[0].upper() + title[1:],
        tuple(names),
        bars=names == ["steps"],
    )


def _asked_panels(channels):
    if isinstance(channels, str) or not list(channels):
        raise ValueError(
            "`channels` should be a list of feature names such as "
            f"['heart_rate', 'steps']. Received: channels={channels!r}"
        )
    groups = {}
    for name in dict.fromkeys(channels):
        key = (feature(name).modality, feature(name).unit)
        groups.setdefault(key, []).append(name)
    panels = {modality: [] for modality in MODALITIES}
    for (modality, _), names in groups.items():
        # Three lines to an axis: that is as many as can be told apart.
        for i in range(0, len(names), 3):
            panels[modality].append(_plain_panel(names[i : i + 3]))
    return {modality: tuple(found) for modality, found in panels.items()}


def visible_window(day):
    """The minutes worth drawing: the day, or a short recording's own span.

    Returns:
        (int, int). First minute and minute after the last. The whole day
        unless everything observed lies within six hours, as in a laboratory
        session; then that span, widened to full quarters of an hour.
    """
    seen = np.flatnonzero(day.observed.any(axis=1))
    if not seen.size or seen[-1] - seen[0] >= _ZOOM_BELOW:
        return 0, MINUTES_PER_DAY
    start = min(int(seen[0]) // 15 * 15, MINUTES_PER_DAY - 30)
    end = -(-(int(seen[-1]) + 1) // 15) * 15
    return start, max(end, start + 30)


def pack_rows(spans):
    """Rows for spans so that none overlaps another in its row.

    Args:
        spans: iterable of (start, end), sorted by start.

    Returns:
        list of int, a row for each span, as few rows as can be.

    Example:

    >>> pack_rows([(0, 10), (5, 8), (10, 12)])
    [0, 1, 0]
    """
    taken_until = []
    rows = []
    for start, end in spans:
        free = (i for i, taken in enumerate(taken_until) if start >= taken)
        row = next(free, len(taken_until))
        if row == len(taken_until):
            taken_until.append(end)
        taken_until[row] = end
        rows.append(row)
    return rows
