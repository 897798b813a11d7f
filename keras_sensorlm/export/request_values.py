"""Days as a served model takes them."""

from collections.abc import Sequence

import numpy as np

from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.features import DEFAULT_PROFILE
from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.profiles import profile_for

# Stands for a missing value where NaN cannot go, as in JSON. Every exported
# graph takes it, and whatever else is beyond +-1e29, for missing.
MISSING = -1e30


def request_values(
    days: SensorDay | Sequence[SensorDay] | np.ndarray,
    features: Sequence[str] = FEATURE_NAMES,
    means: Sequence[float] | None = None,
    stds: Sequence[float] | None = None,
) -> np.ndarray:
    """Days as numbers for the `sensors` input of an exported model.

    A served model is given numbers alone, so it standardises every day by
    one device's statistics. A `SensorDay` whose `source` has a device
    profile of its own (`keras_sensorlm.sensors.profiles`) is therefore
    restated: each of that profile's features is moved to the scale of the
    model's device, `(x - mean) / std * model_std + model_mean`, which is what
    the preset would have read. All other values stay as they are.

    Args:
        days: a `SensorDay`, a list of them, or a float array `(n, 1440, 26)`
            or `(1440, 26)` in physical units with NaN for missing, which is
            handed through.
        features: sequence of str. The model's features. This and the next
            two stand in `assets.extra/sensorlm.json` beside the model.
            Defaults to the 26 of `FEATURE_NAMES`.
        means: sequence of float, one a feature. What the model standardises
            with. Defaults to `DEFAULT_PROFILE`'s.
        stds: sequence of float, likewise.

    Returns:
        Float32 array `(n, 1440, features)`, NaN for missing.

    Raises:
        ValueError: for a list with anything but `SensorDay` in it, or an
            array of another rank.

    Example:

    >>> import keras_sensorlm
    >>> days = keras_sensorlm.simulate_days(2, seed=0)
    >>> request_values(days).shape
    (2, 1440, 26)
    """
    if isinstance(days, SensorDay):
        days = [days]
    if isinstance(days, np.ndarray):
        values = days[None] if days.ndim == 2 else days
        if values.ndim != 3:
            raise ValueError(
                "An array of days should have shape (n, minutes, features). "
                f"Received shape: {days.shape}"
            )
        return values.astype("float32", copy=False)
    if means is None:
        means = _by_name(features, DEFAULT_PROFILE.mean())
    if stds is None:
        stds = _by_name(features, DEFAULT_PROFILE.std())
    statistics = dict(zip(features, zip(means, stds)))
    return np.stack([_restated(day, statistics) for day in days])


def _by_name(features, values):
    known = dict(zip(FEATURE_NAMES, values))
    return [known[name] for name in features]


def _restated(day, statistics):
    """A day's columns by name, on the scale of these statistics."""
    if not isinstance(day, SensorDay):
        raise ValueError(
            "A list of days should hold nothing but SensorDay. "
            f"Received: {type(day).__name__}"
        )
    own = profile_for(day.source).statistics
    columns = []
    for name, (mean, std) in statistics.items():
        column = np.full(len(day.values), np.nan)
        if name in FEATURE_NAMES:
            column = day.values[:, FEATURE_NAMES.index(name)]
        if name in own:
            column = (column - own[name][0]) / own[name][1] * std + mean
        columns.append(column)
    return np.stack(columns, axis=1).astype("float32")
