"""`SensorConverter`: days in physical units -> what a model reads."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from keras_sensorlm.models.hub import PreprocessingLayer
from keras_sensorlm.models.hub import convert_preprocessing_outputs_python
from keras_sensorlm.models.hub import is_tensorflow_tensor
from keras_sensorlm.sensors.day import Days
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.features import DEFAULT_PROFILE
from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import DeviceProfile
from keras_sensorlm.sensors.gaps import fill_gaps
from keras_sensorlm.sensors.profiles import profile_for

MISSING = ("mask", "impute")


def interpolate_missing(values: Any, xp: Any = np) -> Any:
    """Fills missing minutes of each channel from the minutes around them.

    Between two observed minutes the line through them, before the first and
    after the last the nearest one, and 0 in a channel that was never observed
    (which is the mean, when `values` are normalised). This is the paper's
    imputation (arXiv 2506.09108).

    Args:
        values: float tensor `(..., minutes, features)`, NaN where missing.
        xp: module. Where the operations come from: `numpy`, `keras.ops` or
            `tensorflow.experimental.numpy`. Defaults to `numpy`, with which
            values are those of `numpy.interp`, to the bit.

    Returns:
        Tensor of the same shape without NaN.

    Example:

    >>> day = np.array([np.nan, 1.0, np.nan, 2.0, np.nan])[:, None]
    >>> interpolate_missing(day)[:, 0]
    array([1. , 1. , 1.5, 2. , 2. ])
    """
    if xp is np:
        return fill_gaps(values)
    observed = xp.logical_not(xp.isnan(values))
    values = xp.where(observed, values, xp.zeros_like(values))
    minute = xp.cumsum(xp.ones_like(values), axis=-2) - 1
    # All observed minutes in order; what follows them is never looked at.
    order = xp.sort(xp.where(observed, minute, minute[..., -1:, :]), axis=-2)
    seen = xp.cumsum(xp.array(observed, dtype="int32"), axis=-2)
    last = xp.maximum(seen[..., -1:, :] - 1, 0)

    def take(x, index):
        return xp.take_along_axis(x, index, axis=-2)

    before = take(order, xp.maximum(seen - 1, 0))
    after = take(order, xp.minimum(xp.where(observed, seen - 1, seen), last))
    gap = after - before
    share = (minute - before) / xp.where(gap > 0, gap, xp.ones_like(gap))
    # At both edges `before` and `after` are the same minute.
    share = xp.where(gap > 0, share, xp.zeros_like(gap))
    start = take(values, xp.array(before, dtype="int32"))
    end = take(values, xp.array(after, dtype="int32"))
    filled = start + (end - start) * share
    return xp.where(observed, values, filled)


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class SensorConverter(PreprocessingLayer):
    """Normalises days: `(x - mean) / std`, by device; marks what is missing.

    Takes days as they are kept (`SensorDay`, a list of them) or as arrays and
    tensors, and works alone, in a `tf.data` pipeline, in a Grain pipeline and
    inside an exported graph, on every backend. Nothing is clipped: an
    implausible value is the reader's business, and a `SensorDay` has none.

    A `SensorDay` is standardised by the profile of its own `source` where
    that source has one (`keras_sensorlm.sensors.profiles`): accelerometer
    statistics of another device are on another scale. Its columns are found
    by name; a feature that it does not have is missing.

    Args:
        features: sequence of str. The features, in the order of the last
            axis. Defaults to the 26 of `FEATURE_NAMES`.
        missing: str. `"mask"` keeps NaN where nothing was measured, for a
            model that was trained so; `"impute"` fills as the paper does (see
            `interpolate_missing`), channels without any value with 0, which
            is the mean. Defaults to `"mask"`.
        profile: `keras_sensorlm.sensors.features.DeviceProfile`. Whose
            statistics standardise arrays, and days without a profile of their
            own. Defaults to `DEFAULT_PROFILE`, the released code's.
        means: sequence of float, one a feature, in physical units. Defaults
            to those of `profile`.
        stds: sequence of float, likewise.
        **kwargs: `name` and so on. The output is float32 under every dtype
            policy: a model casts what it reads.

    Call arguments:
        inputs: a `SensorDay`; a list of them; or an array or tensor
            `(minutes, features)` or `(batch, minutes, features)` in physical
            units with NaN for missing.

    Returns:
        Float32 tensor of the input's shape; `(1440, features)` for one
        `SensorDay` and `(n, 1440, features)` for a list.

    Raises:
        ValueError: for another shape, an unknown feature without mean and
            std, or a standard deviation that is not positive.

    Example:

    >>> import numpy as np
    >>> values = np.full((1440, 26), np.nan, dtype="float32")
    >>> values[:, 0] = 75.9586 + 16.1887
    >>> converter = SensorConverter()
    >>> [round(float(x), 4) for x in converter(values)[0, :2]]
    [1.0, nan]
    >>> converter = SensorConverter(missing="impute")
    >>> [round(float(x), 4) for x in converter(values)[0, :2]]
    [1.0, 0.0]
    """

    def __init__(
        self,
        features: Sequence[str] = FEATURE_NAMES,
        missing: str = "mask",
        profile: DeviceProfile | None = None,
        means: Sequence[float] | None = None,
        stds: Sequence[float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if missing not in MISSING:
            raise ValueError(
                f"`missing` should be one of {MISSING}. "
                f"Received: missing={missing!r}"
            )
        self.features = tuple(features)
        self.missing = missing
        profile = profile or DEFAULT_PROFILE
        self.means = self._checked("means", means, profile.mean)
        self.stds = self._checked("stds", stds, profile.std)
        if not (self.stds > 0).all():
            raise ValueError(
                "`stds` should be positive. Received: "
                f"{dict(zip(self.features, self.stds.tolist()))}"
            )
        self.built = True  # It has no weights.

    def _checked(self, name, values, default):
        """Statistics as a float32 array, one a feature."""
        if values is None:
            known = dict(zip(FEATURE_NAMES, default()))
            unknown = [n for n in self.features if n not in known]
            if unknown:
                raise ValueError(
                    f"Features that the library does not know need `means` "
                    f"and `stds`. Received: {unknown}"
                )
            values = [known[n] for n in self.features]
        values = np.array(values, dtype="float32")
        if values.shape != (len(self.features),):
            raise ValueError(
                f"`{name}` should hold one number for each of the "
                f"{len(self.features)} features. "
                f"Received shape: {values.shape}"
            )
        return values

    def call(self, inputs: Any) -> Any:
        if _is_tensor(inputs):
            return self._convert(inputs, _operations(inputs))
        # Tensors of the backend, or NumPy arrays inside a Grain pipeline.
        return convert_preprocessing_outputs_python(self.to_numpy(inputs))

    def to_numpy(self, days: Days) -> npt.NDArray[np.float32]:
        """The same as a call, as a NumPy array, without any backend.

        Args:
            days: as in a call, but no tensors.

        Returns:
            Float32 array.
        """
        if isinstance(days, SensorDay):
            return self._convert_days([days])[0]
        if isinstance(days, (list, tuple)):
            if any(isinstance(day, SensorDay) for day in days):
                return self._convert_days(days)
        try:
            values = np.asarray(days, dtype="float32")
        except (TypeError, ValueError) as error:
            raise ValueError(
                "Days should be SensorDay, a list of them, or numbers "
                f"(minutes, features), NaN where missing: {error}"
            ) from None
        return self._convert(values, np)

    def _convert_days(self, days):
        columns = [
            FEATURE_NAMES.index(name) if name in FEATURE_NAMES else -1
            for name in self.features
        ]
        values, means, stds = [], [], []
        for day in days:
            if not isinstance(day, SensorDay):
                raise ValueError(
                    "A list of days should hold nothing but SensorDay. "
                    f"Received: {type(day).__name__}"
                )
            # One column of NaN more, for features that a SensorDay lacks.
            padded = np.pad(
                day.values, ((0, 0), (0, 1)), constant_values=np.nan
            )
            values.append(padded[:, columns])
            mean, std = self._statistics_of(day.source)
            means.append(mean)
            stds.append(std)
        means, stds = np.stack(means)[:, None], np.stack(stds)[:, None]
        return self._convert(np.stack(values), np, means, stds)

    def _statistics_of(self, source):
        """Ours, with what the source's own profile says otherwise."""
        mean, std = self.means.copy(), self.stds.copy()
        for name, statistics in profile_for(source).statistics.items():
            if name in self.features:
                i = self.features.index(name)
                mean[i], std[i] = statistics
        return mean, std

    def _convert(self, values, xp, means=None, stds=None):
        shape = tuple(values.shape)
        features = len(self.features)
        if len(shape) not in (2, 3) or shape[-1] != features:
            raise ValueError(
                f"Days should have shape (minutes, {features}) or "
                f"(batch, minutes, {features}), the features being "
                f"{', '.join(self.features[:3])}, ... "
                f"Received shape: {shape}"
            )
        means = self.means if means is None else means
        stds = self.stds if stds is None else stds
        impute = self.missing == "impute"
        # NumPy rounds once, at the end: the released code reads float64 and
        # rounds it, and what it reads is met to the bit.
        dtype = "float64" if impute and xp is np else "float32"
        values = xp.array(values, dtype=dtype)
        values = (values - xp.array(means)) / xp.array(stds)
        if impute:
            values = interpolate_missing(values, xp)
        return xp.array(values, dtype="float32") if xp is np else values

    def with_features(
        self,
        features: Sequence[str],
        statistics: dict[str, tuple[float, float]] | None = None,
    ) -> "SensorConverter":
        """This converter for another device's channels.

        Args:
            features: sequence of str. The channels, in the order in which
                they come. One that this converter has keeps its statistics.
            statistics: dict of str to (float, float), optional. Mean and
                standard deviation, in physical units, of channels that
                neither this converter nor the library knows.

        Returns:
            `SensorConverter`.

        Raises:
            ValueError: for a channel without statistics.

        Example:

        >>> converter = SensorConverter().with_features(
        ...     ["steps", "spo2"], {"spo2": (97.0, 1.5)}
        ... )
        >>> [round(mean, 2) for mean in converter.means.tolist()]
        [5.17, 97.0]
        """
        own = zip(self.means.tolist(), self.stds.tolist())
        known = {
            **{f.name: (f.mean, f.std) for f in FEATURES},
            **dict(zip(self.features, own)),
            **(statistics or {}),
        }
        unknown = [name for name in features if name not in known]
        if unknown:
            raise ValueError(
                "Nobody knows the mean and standard deviation of these "
                f"channels: {', '.join(unknown)}. Pass "
                f"`statistics={{{unknown[0]!r}: (mean, std), ...}}`."
            )
        means, stds = zip(*(known[name] for name in features))
        return SensorConverter(features, self.missing, means=means, stds=stds)

    def compute_output_spec(self, inputs: Any) -> Any:
        return keras.KerasTensor(inputs.shape, dtype="float32")

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.update(
            {
                "features": list(self.features),
                "missing": self.missing,
                "means": self.means.tolist(),
                "stds": self.stds.tolist(),
            }
        )
        return config


def _is_tensor(inputs):
    if isinstance(inputs, np.ndarray):
        return False
    return keras.ops.is_tensor(inputs) or is_tensorflow_tensor(inputs)


def _operations(tensor):
    """The module whose operations take this tensor."""
    if keras.ops.is_tensor(tensor):
        return keras.ops
    import tensorflow.experimental.numpy

    return tensorflow.experimental.numpy
