"""How a preset's model reads one day, and the way back to the day."""

import numpy as np
from keras import ops

from keras_sensorlm.models.sensor_converter import SensorConverter
from keras_sensorlm.models.sensor_converter import interpolate_missing
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.features import FEATURE_NAMES


class DayReading:
    """How a preset's model reads a day, and maps of the way back.

    Args:
        preset: `SensorLMPreset`.
    """

    def __init__(self, preset):
        self.preset = preset

    @property
    def encoder(self):
        """The preset's `SensorEncoder`."""
        return self.preset.backbone.sensor_encoder

    @property
    def places(self):
        """Slice: which of the encoder's tokens are rectangles of the day.

        A class token may stand before them, summaries of channels after.
        """
        first = int(self.encoder.class_token)
        rows, columns = self.encoder.grid
        return slice(first, first + rows * columns)

    def filled(self, x):
        """Days as the encoder takes them: filled, if it needs that.

        Here and not before, so that an observed minute answers for what was
        filled in from it.
        """
        if self.preset.preprocessor.sensor_converter.missing == "impute":
            return interpolate_missing(x, ops)
        return x

    def embed(self, x):
        """Tokens before the first block, and which count; see `tokens`."""
        return self.encoder.embed(self.filled(x))

    def normalised(self, day):
        """A day as the model reads it, before missing values are filled.

        Args:
            day: `SensorDay`.

        Returns:
            Float32 array `(1440, features)`, NaN where missing.
        """
        converter = self.preset.preprocessor.sensor_converter
        plain = SensorConverter(
            converter.features, means=converter.means, stds=converter.stds
        )
        return plain.to_numpy(day)

    def over_the_day(self, values, day):
        """A map in the order of the model's features, as one of the day.

        Args:
            values: float array `(1440, features)`.
            day: `SensorDay`.

        Returns:
            Float32 array `(1440, 26)` in the order of `FEATURE_NAMES`; NaN
            where the day has no value, 0 in channels that the model does
            not read.
        """
        whole = np.zeros(day.values.shape, dtype="float32")
        names = self.preset.preprocessor.sensor_converter.features
        for column, name in enumerate(names):
            if name in FEATURE_NAMES:
                whole[:, FEATURE_NAMES.index(name)] = values[:, column]
        whole[~day.observed] = np.nan
        return whole

    def from_grid(self, cells, day):
        """A map of rectangles, one number a token, as one of the day.

        Args:
            cells: float array `(rows * columns,)` or `(rows, columns)`.
            day: `SensorDay`.

        Returns:
            Float32 array `(1440, 26)`: each minute and channel has the
            number of its rectangle.
        """
        encoder = self.encoder
        minutes, channels = encoder.patch_size
        cells = np.reshape(cells, encoder.grid)
        cells = cells.repeat(minutes, axis=0).repeat(channels, axis=1)
        order = [encoder.layout.index(name) for name in encoder.features]
        return self.over_the_day(cells[:, order], day)

    def from_shares(self, shares, day):
        """Shares of all tokens as shares of minutes and channels.

        A rectangle's share is spread evenly over it, and that of a channel's
        summary over all its minutes; a class token's is left out.

        Args:
            shares: float array `(tokens,)`.
            day: `SensorDay`.

        Returns:
            Float32 array `(1440, 26)`.
        """
        encoder, places = self.encoder, self.places
        minutes, channels = encoder.patch_size
        cells = np.reshape(shares[places], encoder.grid) / (minutes * channels)
        cells = cells.repeat(minutes, axis=0).repeat(channels, axis=1)
        summaries = shares[places.stop :]
        if len(summaries) == len(encoder.layout):
            cells = cells + summaries / encoder.num_minutes
        order = [encoder.layout.index(name) for name in encoder.features]
        return self.over_the_day(cells[:, order], day)


def checked_day(day):
    """The day itself, if it is one."""
    if not isinstance(day, SensorDay):
        raise ValueError(
            "`day` should be one keras_sensorlm.SensorDay (of a list, explain "
            f"each). Received: {type(day).__name__}"
        )
    return day
