"""The 26 minute features of a wearable day, as data.

Means and standard deviations are those of the authors' released code
(October 2025); modalities and meanings follow the LSM papers (arXiv
2410.13638 and 2506.05321). The feature list is configuration: nothing but
this table knows that there are 26.
"""

from dataclasses import dataclass

import numpy as np

MINUTES_PER_DAY = 1440

_INF = float("inf")


@dataclass(frozen=True)
class Feature:
    """One minute feature.

    Attributes:
        name: str. The feature's name in this library.
        modality: str. The sensor that it comes from.
        unit: str. Physical unit; `"device"` marks an 8-bit quantity of the
            original maker's firmware, which other devices cannot reproduce.
        mean: float. Mean over the authors' training data, in `unit`.
        std: float. Standard deviation over the same data, in `unit`.
        low: float. Smallest plausible value, in `unit`.
        high: float. Largest plausible value, in `unit`.
        description: str. What is measured.
    """

    name: str
    modality: str
    unit: str
    mean: float
    std: float
    low: float
    high: float
    description: str


# fmt: off
FEATURES = tuple(Feature(*row) for row in (
    ("heart_rate", "PPG", "bpm", 75.9586, 16.1887, 25, 250, "mean heart rate"),
    ("resting_heart_rate", "PPG", "bpm", 82.8692, 10.8678, 25, 250, "heart rate while at rest"),  # noqa: E501
    ("rr_valid_fraction", "PPG", "fraction", 0.2715, 0.2762, 0, 1, "part of the minute with valid RR intervals"),  # noqa: E501
    ("rr_p80", "PPG", "ms", 828.8906, 108.4043, 240, 2400, "80th percentile of RR intervals"),  # noqa: E501
    ("rr_p20", "PPG", "ms", 734.5943, 88.4127, 240, 2400, "20th percentile of RR intervals"),  # noqa: E501
    ("rr_median", "PPG", "ms", 780.9255, 94.8684, 240, 2400, "median RR interval"),  # noqa: E501
    ("rmssd", "PPG", "ms", 34.1895, 23.7834, 0, 125, "root mean square of successive RR differences"),  # noqa: E501
    ("sdnn", "PPG", "ms", 45.3356, 24.3860, 0, 125, "standard deviation of RR intervals"),  # noqa: E501
    ("rr_entropy", "PPG", "nat", 3.2953, 0.4648, 0, 10, "Shannon entropy of RR intervals"),  # noqa: E501
    ("rr_difference_entropy", "PPG", "nat", 2.9811, 0.4882, 0, 10, "Shannon entropy of RR differences"),  # noqa: E501
    ("steps", "ACC", "steps/min", 5.1679, 18.8926, 0, 300, "step count"),
    ("jerk_autocorrelation", "ACC", "device", 203.4672, 30.0563, -_INF, _INF, "lag-1 autocorrelation over energy, first principal axis"),  # noqa: E501
    ("log_energy", "ACC", "device", 53.0804, 49.6526, -_INF, _INF, "log of the summed RMS magnitude of the 3 axes"),  # noqa: E501
    ("covariance_condition", "ACC", "device", 43.4077, 13.9529, -_INF, _INF, "condition number of the 3-axis covariance"),  # noqa: E501
    ("log_energy_ratio", "ACC", "device", 44.8483, 22.9746, -_INF, _INF, "log of first-axis energy over the magnitude's energy"),  # noqa: E501
    ("zero_crossing_std", "ACC", "device", 155.1863, 28.2378, -_INF, _INF, "std of the time between zero crossings, first principal axis"),  # noqa: E501
    ("zero_crossing_mean", "ACC", "device", 51.0043, 37.4756, -_INF, _INF, "mean time between zero crossings, first principal axis"),  # noqa: E501
    ("axis_mean", "ACC", "device", 123.1659, 21.4710, -_INF, _INF, "mean of the 3 axes"),  # noqa: E501
    ("kurtosis", "ACC", "device", 105.5954, 66.8495, -_INF, _INF, "kurtosis of the RMS magnitude"),  # noqa: E501
    ("sleep_coefficient", "ACC", "device", 7.2623, 5.3946, -_INF, _INF, "summed max-min range of the 3 axes in 16 log bins (low = still)"),  # noqa: E501
    ("eda_level", "EDA", "uS", 4.1767, 5.5893, 0, 60, "level of the linear tonic skin conductance fit"),  # noqa: E501
    ("eda_slope", "EDA", "uS/h", 3.2444, 1.8220, -600, 600, "slope of the tonic skin conductance fit"),  # noqa: E501
    ("lead_contact_count", "EDA", "count", 226.4864, 67.3312, 0, 10000, "lead contact count"),  # noqa: E501
    ("skin_temperature", "TEMP", "degC", 31.6745, 2.5789, 5, 41, "skin temperature"),  # noqa: E501
    ("skin_temperature_slope", "TEMP", "degC/h", 0.2656, 17.2665, -600, 600, "slope of skin temperature"),  # noqa: E501
    ("altitude_std", "ALT", "fraction", 0.0042, 0.0597, 0, 1, "normalised std of the altimeter"),  # noqa: E501
))
# fmt: on

FEATURE_NAMES = tuple(feature.name for feature in FEATURES)
MODALITIES = tuple(dict.fromkeys(feature.modality for feature in FEATURES))
_INDEX = {name: i for i, name in enumerate(FEATURE_NAMES)}


def feature_index(name: str) -> int:
    """Column of a feature in the day matrix.

    Args:
        name: str. A name in `FEATURE_NAMES`.

    Returns:
        int. The column, 0 to 25.

    Raises:
        KeyError: if there is no such feature.

    Example:

    >>> feature_index("steps")
    10
    """
    try:
        return _INDEX[name]
    except KeyError:
        raise KeyError(
            f"Unknown feature {name!r}. The features are: "
            f"{', '.join(FEATURE_NAMES)}."
        ) from None


def feature(name: str) -> Feature:
    """The `Feature` called `name`."""
    return FEATURES[feature_index(name)]


@dataclass(frozen=True)
class DeviceProfile:
    """The statistics that standardise one source's features.

    Features with the unit `"device"` are firmware quantities. What another
    device computes from raw acceleration is on another scale, so it is
    standardised by that source's own mean and standard deviation.

    Attributes:
        name: str. The `SensorDay.source` that the profile belongs to.
        statistics: dict of str to (float, float). Mean and standard
            deviation of the features that differ from `FEATURES`.
        device_units: bool. Whether features with the unit `"device"` are in
            the original maker's units (`False` for every other device).
    """

    name: str
    statistics: dict[str, tuple[float, float]]
    device_units: bool = False

    def mean(self) -> np.ndarray:
        """Means as float32 `(26,)`."""
        return self._column(0, [f.mean for f in FEATURES])

    def std(self) -> np.ndarray:
        """Standard deviations as float32 `(26,)`."""
        return self._column(1, [f.std for f in FEATURES])

    def _column(self, which, default):
        for name, statistics in self.statistics.items():
            default[feature_index(name)] = statistics[which]
        return np.array(default, dtype="float32")


DEFAULT_PROFILE = DeviceProfile("sensorlm", {}, device_units=True)
