"""The numbers of a day that captions tell, spelled out."""

import keras
import numpy as np
from keras import ops

from keras_sensorlm.captions.lexicon import CHANNELS
from keras_sensorlm.captions.lexicon import OWN_DECIMALS
from keras_sensorlm.captions.structural import BIN_MINUTES
from keras_sensorlm.captions.trends import MAX_TRENDS
from keras_sensorlm.models.layers.channel_order import arranged
from keras_sensorlm.models.layers.channel_summary import COVERAGE_FLOOR
from keras_sensorlm.models.layers.channel_summary import day_statistics
from keras_sensorlm.models.layers.day_events import MAX_EXTREMES
from keras_sensorlm.models.layers.day_events import day_events
from keras_sensorlm.models.layers.number_spelling import END
from keras_sensorlm.models.layers.number_spelling import PLACES
from keras_sensorlm.models.layers.number_spelling import spelled
from keras_sensorlm.models.layers.observed import observed_values
from keras_sensorlm.sensors.features import FEATURES

# Mean, deviation, minimum, maximum; these with a device's own decimals; the
# share of observed minutes without and with a decimal.
_STATISTICS = 4 + 4 + 2
# Of a trend the levels and the minutes of both ends; of a peak or a drop its
# level and its minute.
NUM_KINDS = _STATISTICS + 4 * MAX_TRENDS + 2 * MAX_EXTREMES
# A share has a decimal where it is small.
_SMALL_SHARE = 10.0


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class DayNumbers(keras.layers.Layer):
    """Computes what captions tell of a day in numbers, as characters.

    Of each channel mean, standard deviation, minimum, maximum and share of
    observed minutes in percent; of its trends, peaks and drops, as
    `day_events` finds them, the levels and minutes: in the units and with
    the decimals of `HierarchicalCaptioner`. `NumberPointer` copies from
    them. Has no weights.

    Args:
        features: sequence of str. The channels of the days.
        layout: sequence of str or None, optional. The order in which they
            come out, `None` for places without channel; see `SensorEncoder`.
            Defaults to `features`.
        **kwargs: the arguments of `keras.layers.Layer`.

    Call arguments:
        sensors: float tensor `(batch, minutes, channels)`, normalised, NaN
            for missing.
        observed: bool tensor of that shape. Defaults to all; NaN is missing
            whatever it says.

    Returns:
        Int32 tensor `(batch, len(layout), 32, 8)`: characters of each number
        as `spelled` gives them, nothing but `END` where it is not known.

    Example:

    >>> day = np.full((1, 80, 1), 0.5, "float32")
    >>> numbers = DayNumbers(["heart_rate"])(day)
    >>> ops.convert_to_numpy(numbers)[0, 0, 0].tolist()  # A mean of 84.1.
    [8, 4, 10, 1, 12, 12, 12, 12]
    """

    def __init__(self, features, layout=None, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.features = tuple(features)
        self.layout = self.features if layout is None else tuple(layout)
        means, stds, decimals = zip(*(_spoken(name) for name in self.layout))
        self._means = np.array(means, "float32")
        self._stds = np.array(stds, "float32")
        self._decimals = np.array(decimals, "int32")

    def call(self, sensors, observed=None):
        sensors = ops.cast(sensors, "float32")
        sensors, observed = arranged(
            sensors, observed, self.features, self.layout
        )
        there = observed_values(sensors, observed)
        means, stds = map(ops.convert_to_tensor, (self._means, self._stds))
        events = day_events(sensors, there)
        values, known = _numbers(sensors * stds + means, there)
        found, there = _event_numbers(events, stds, means)
        values = ops.concatenate([values, found], axis=-1)
        known = ops.concatenate([known, there], axis=-1)
        characters = spelled(values, self._decimals)
        return ops.where(ops.expand_dims(known, -1), characters, END)

    def compute_output_spec(self, sensors, observed=None):
        shape = (sensors.shape[0], len(self.layout), NUM_KINDS, PLACES)
        return keras.KerasTensor(shape, dtype="int32")

    def get_config(self):
        config = super().get_config()
        config.update({"features": self.features, "layout": self.layout})
        return config


def _spoken(name):
    """Mean and deviation in spoken units, and the decimals of each kind."""
    feature = next((f for f in FEATURES if f.name == name), None)
    if feature is None:
        mean, std, usual, extreme = 0.0, 1.0, 1, 1
    else:
        channel = CHANNELS[FEATURES.index(feature)]
        unit = channel.metric
        mean = feature.mean * unit.scale + unit.offset
        std = feature.std * unit.scale
        usual, extreme = channel.decimals, channel.extreme_decimals
    kinds = [usual, usual, extreme, extreme, *[OWN_DECIMALS] * 4, 0, 1]
    kinds += [usual, usual, 0, 0] * MAX_TRENDS + [usual, 0] * MAX_EXTREMES
    return mean, std, kinds


def _numbers(values, there):
    """Numbers `(batch, channels, kinds)`, and which of them are known."""
    statistics = day_statistics(values, there)
    told = statistics[..., :4]
    share = 100.0 * (ops.exp(statistics[..., 4:]) - COVERAGE_FLOOR)
    any_seen = ops.expand_dims(ops.any(there, axis=1), -1)
    is_small = share < _SMALL_SHARE
    known = [any_seen] * 8 + [
        ops.logical_and(any_seen, ops.logical_not(is_small)),
        ops.logical_and(any_seen, is_small),
    ]
    return (
        ops.concatenate([told, told, share, share], axis=-1),
        ops.concatenate(known, axis=-1),
    )


def _event_numbers(events, stds, means):
    """The same of trends, peaks and drops."""
    stds, means = stds[:, None], means[:, None]
    minutes = ops.cast(events.spans * BIN_MINUTES, "float32")
    ends = events.ends * stds[..., None] + means[..., None]
    trends = ops.concatenate([ends, minutes], axis=-1)
    middle = events.extremes * BIN_MINUTES + BIN_MINUTES // 2
    extremes = ops.stack(
        [events.levels * stds + means, ops.cast(middle, "float32")], axis=-1
    )
    values, known = [], []
    for part, found in (
        (trends, events.kinds >= 0),
        (extremes, events.extremes >= 0),
    ):
        count = part.shape[-2] * part.shape[-1]
        values.append(ops.reshape(part, (-1, part.shape[1], count)))
        known.append(ops.repeat(found, part.shape[-1], axis=-1))
    return ops.concatenate(values, axis=-1), ops.concatenate(known, axis=-1)
