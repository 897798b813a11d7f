"""What every task on days shares: how data comes in."""

import collections.abc

import keras
import numpy as np

from keras_sensorlm.models.hub import apply_preprocessing
from keras_sensorlm.sensors.day import SensorDay

# Days preprocessed at once: bounds what conversion needs beside its result.
_CHUNK = 256


class DaysIn:
    """Lets a KerasHub task take days; stands before it among the bases.

    Beyond what KerasHub's tasks take (arrays, dicts, `tf.data`, Grain), `fit`,
    `evaluate` and `predict` take `SensorDay` objects, alone, in a list or in
    a dict, and Python generators of batches. What is in memory is
    preprocessed once, before the first epoch, and shuffled as Keras does.
    """

    def preprocess_samples(self, x, y=None, sample_weight=None):
        """Preprocesses one batch; see `SensorLMPreprocessor`."""
        data = super().preprocess_samples(x, y, sample_weight)
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        if isinstance(x, dict) and "truncated" in x:
            x = dict(x)
            y = self.step_labels(y, x.pop("truncated"))
        return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)

    def step_labels(self, y, truncated):
        """What a step gets as `y`, given which texts were cut."""
        return y

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        sample_weight=None,
        validation_data=None,
        **kwargs,
    ):
        """Trains; see `keras.Model.fit`, and the class for what data may be.

        Raises:
            ValueError: if days and texts differ in number, or `x` is a
                dataset and `validation_data` a generator.
        """
        if _is_dataset(x):
            if _is_generator(validation_data):
                raise ValueError(
                    "With a dataset as `x`, `validation_data` should be a "
                    "dataset or arrays. Received: a Python generator."
                )
            validation_data = self._validation(validation_data)
            return super().fit(
                x,
                y,
                batch_size=batch_size,
                sample_weight=sample_weight,
                validation_data=validation_data,
                **kwargs,
            )
        x, y, sample_weight = self._prepared(x, y, sample_weight)
        # Past KerasHub's `fit`: nothing is left to preprocess.
        return keras.Model.fit(
            self,
            x,
            y,
            batch_size=batch_size,
            sample_weight=sample_weight,
            validation_data=self._validation(validation_data),
            **kwargs,
        )

    def evaluate(self, x=None, y=None, sample_weight=None, **kwargs):
        """Losses and metrics; see `fit` for what data may be."""
        if _is_dataset(x) or kwargs.get("_use_cached_eval_dataset"):
            return super().evaluate(x, y, sample_weight=sample_weight, **kwargs)
        x, y, sample_weight = self._prepared(x, y, sample_weight)
        return keras.Model.evaluate(
            self, x, y, sample_weight=sample_weight, **kwargs
        )

    def predict(self, x=None, **kwargs):
        """Outputs as NumPy arrays; see `fit` for what data may be."""
        if _is_dataset(x):
            return super().predict(x, **kwargs)
        x, _, _ = self._prepared(x)
        return keras.Model.predict(self, x, **kwargs)

    def _validation(self, data):
        """Validation data that needs no preprocessing any more."""
        if data is None or _is_generator(data):
            return data and self._prepared(data)[0]
        if _is_dataset(data):
            return apply_preprocessing(data, self.preprocess_samples)
        data = keras.utils.unpack_x_y_sample_weight(data)
        return keras.utils.pack_x_y_sample_weight(*self._prepared(*data))

    def _prepared(self, x, y=None, sample_weight=None):
        """A generator or data in memory, preprocessed."""
        if _is_generator(x):
            return self._preprocessed_batches(x), None, None
        if _is_distributed(x):
            return x, None, None
        if isinstance(x, tuple) and y is None:
            x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(x)
        if isinstance(x, SensorDay):
            x = [x]
        if isinstance(y, (list, tuple)) and y and not isinstance(y[0], str):
            y = np.asarray(y)
        if self.preprocessor is None:
            data = self.preprocess_samples(x, y, sample_weight)
            return keras.utils.unpack_x_y_sample_weight(data)
        count = _count(x, y)
        parts = []
        for start in range(0, count, _CHUNK):
            chunk = slice(start, start + _CHUNK)
            part = self.preprocess_samples(_take(x, chunk), _take(y, chunk))
            part = keras.utils.unpack_x_y_sample_weight(part)
            parts.append(keras.tree.map_structure(_to_numpy, part))
        x, y, _ = keras.tree.map_structure(
            lambda *leaves: (
                None if leaves[0] is None else np.concatenate(leaves)
            ),
            *parts,
        )
        return x, y, sample_weight

    def _preprocessed_batches(self, batches):
        for batch in batches:
            batch = keras.utils.unpack_x_y_sample_weight(batch)
            batch = self.preprocess_samples(*batch)
            batch = keras.utils.unpack_x_y_sample_weight(batch)
            # Keras takes tuples alone from a generator.
            yield tuple(part for part in batch if part is not None)


class SensorsIn(DaysIn):
    """The same for a task that reads days and no texts; `y` are labels."""

    def preprocess_samples(self, x, y=None, sample_weight=None):
        """Preprocesses one batch; see `SensorLMPreprocessor`."""
        sensors = x["sensors"] if isinstance(x, dict) else x
        return super().preprocess_samples(
            {"sensors": sensors}, y, sample_weight
        )


def _is_generator(data):
    return isinstance(data, collections.abc.Iterator)


def _is_dataset(data):
    """Whether `data` is of tf.data or Grain, which KerasHub maps over."""
    module = type(data).__module__.split(".")[0]
    return module in ("tensorflow", "grain") and hasattr(data, "map")


def _is_distributed(data):
    """Whether `data` is shared out to devices, as the model takes it."""
    return type(data).__name__.startswith("DistributedDataset")


def _take(data, chunk):
    if data is None:
        return None
    if isinstance(data, dict):
        return {key: _take(value, chunk) for key, value in data.items()}
    if isinstance(data, (list, tuple)) or hasattr(data, "shape"):
        return data[chunk]
    return list(data)[chunk]


def _to_numpy(leaf):
    return None if leaf is None else keras.ops.convert_to_numpy(leaf)


def _count(x, y):
    """How many examples, if all parts agree."""
    parts = {**(x if isinstance(x, dict) else {"x": x}), "y": y}
    counts = {
        name: len(part) for name, part in parts.items() if part is not None
    }
    if len(set(counts.values())) != 1:
        raise ValueError(
            "All parts of the data should have the same number of examples. "
            f"Received: {counts}"
        )
    if not all(counts.values()):
        raise ValueError("Expected at least one day, received none.")
    return next(iter(counts.values()))
