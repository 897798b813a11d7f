"""The device profile of each source: what standardises its features.

The numbers are measured by `examples/device_profile.py`; see there how.
"""

from keras_sensorlm.sensors.features import DEFAULT_PROFILE
from keras_sensorlm.sensors.features import DeviceProfile

# Mean and standard deviation over the 3864 observed minutes of 53 people in
# the data sets Stress-Predict and "Wearable Device Dataset from Induced
# Stress and Structured Exercise Sessions", in the units of
# `movement.acceleration_features`. They are sessions in a laboratory, awake:
# over whole days movement is less and the sleep coefficient lower.
_EMPATICA_E4 = {
    "jerk_autocorrelation": (-0.1307, 0.2063),
    "log_energy": (1.4650, 1.1787),
    "covariance_condition": (33.9948, 99.6110),
    "log_energy_ratio": (0.7763, 0.2042),
    "zero_crossing_std": (2.1578, 2.6295),
    "zero_crossing_mean": (1.1183, 2.6351),
    "axis_mean": (0.1277, 0.2460),
    "kurtosis": (14.5420, 29.9043),
    "sleep_coefficient": (10.8815, 3.1434),
}

# MMASH and Fitabase have no raw acceleration: nothing to standardise apart.
_PROFILES = {
    profile.name: profile
    for profile in (
        DeviceProfile("empatica_e4", _EMPATICA_E4),
        DeviceProfile("fitabase", {}),
        DeviceProfile("mmash", {}),
    )
}


def profile_for(source: str | None) -> DeviceProfile:
    """The profile that standardises a source's days.

    Args:
        source: str or None. A `SensorDay.source`. What follows a slash
            names the data set, not the device: `"empatica_e4/stress_predict"`
            has the profile of `"empatica_e4"`.

    Returns:
        `DeviceProfile`. `DEFAULT_PROFILE`, in the original device's units,
        for None and for a source that has none of its own.

    Example:

    >>> profile_for("empatica_e4/stress_predict").name
    'empatica_e4'
    >>> profile_for(None).device_units
    True
    """
    if source is None:
        return DEFAULT_PROFILE
    device = str(source).split("/")[0]
    return _PROFILES.get(source, _PROFILES.get(device, DEFAULT_PROFILE))


def register_profile(profile: DeviceProfile) -> None:
    """Adds the profile of a source of your own.

    Args:
        profile: `DeviceProfile`. Its name is the `SensorDay.source` that it
            belongs to; it replaces a profile of that name.

    Raises:
        ValueError: if it is not a `DeviceProfile`, names an unknown feature,
            or a standard deviation is not above 0.

    Example:

    >>> register_profile(DeviceProfile("my_watch", {"axis_mean": (0.1, 0.3)}))
    >>> profile_for("my_watch").device_units
    False
    """
    if not isinstance(profile, DeviceProfile):
        raise ValueError(
            "`profile` should be a keras_sensorlm.sensors.features."
            f"DeviceProfile. Received: {profile!r}"
        )
    try:
        deviations = profile.std()
    except KeyError as error:
        raise ValueError(
            f"The profile {profile.name!r}: {error.args[0]}"
        ) from None
    if not (deviations > 0).all():
        raise ValueError(
            f"The standard deviations of the profile {profile.name!r} should "
            f"be above 0. Received: {profile.statistics}"
        )
    _PROFILES[profile.name] = profile
