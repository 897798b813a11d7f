"""Days and texts to vectors, each read once."""

import functools

import keras
import numpy as np
from keras import ops

from keras_sensorlm.losses import contrastive_logits
from keras_sensorlm.models.layers.class_names import mean_names
from keras_sensorlm.models.preprocessor import SensorLMPreprocessor
from keras_sensorlm.models.preset import SensorLMPreset
from keras_sensorlm.models.sensor_converter import SensorConverter

# One size, so that each model is compiled once for days and once for each
# length of text; a few more rows cost less than another compilation.
_DAYS, _TEXTS = 16, 32


class Embedder:
    """A preset that remembers what it has read.

    Args:
        preset: `SensorLMPreset`.
    """

    def __init__(self, preset):
        self.preset = preset
        self._days = {}
        self._channels = {}
        self._texts = {}
        self._normalised = None

    def days(self, days):
        """Embeddings of `SensorDay`s, float32 `(n, dim)`."""
        new = [day for day in dict.fromkeys(days) if day not in self._days]
        if new:
            self._days.update(zip(new, self.once(new)))
        return np.stack([self._days[day] for day in days])

    def channels(self, days):
        """What a head reads best of `SensorDay`s, float32 `(n, k)`.

        See `SensorLMBackbone.sensor_features`.
        """
        known = self._channels
        new = [day for day in dict.fromkeys(days) if day not in known]
        if new:
            embed = functools.partial(
                self.preset.embed_days, features="channels"
            )
            known.update(zip(new, _in_full_batches(embed, new, _DAYS)))
        return np.stack([known[day] for day in days])

    def once(self, days):
        """The same for days that nobody will ask for again."""
        return _in_full_batches(self.preset.embed_days, list(days), _DAYS)

    def texts(self, texts):
        """Embeddings of texts, float32 `(n, dim)`; equal texts are equal."""
        new = [text for text in dict.fromkeys(texts) if text not in self._texts]
        if new:
            # Short ones first: a batch is as long as its longest.
            new.sort(key=len)
            found = _in_full_batches(self.preset.embed_texts, new, _TEXTS)
            self._texts.update(zip(new, found))
        return np.stack([self._texts[text] for text in texts])

    def normalise(self, days):
        """What the model is given: float32 `(n, 1440, 26)`, NaN = missing."""
        return self.preset.preprocessor.sensor_converter.to_numpy(list(days))

    def normalised(self, values):
        """Embeddings of days that are normalised already.

        For days that nobody could have recorded, whose values in physical
        units would be implausible.

        Args:
            values: float array `(n, 1440, 26)`, as `normalise` gives it.

        Returns:
            Float32 array `(n, dim)`.
        """
        if self._normalised is None:
            self._normalised = _without_normalisation(self.preset)
        embed = self._normalised.embed_days
        return _in_full_batches(embed, list(values), _DAYS)

    def class_probabilities(self, days, sentences):
        """How likely each day is of each class.

        Args:
            days: float array `(n, dim)`. Embeddings.
            sentences: list of lists of str. All that each class is called;
                their embeddings are averaged.

        Returns:
            `(probabilities, cosines)`, float arrays `(n, classes)`.
        """
        classes = mean_names(self.texts(said) for said in sentences)
        scale, bias = self.preset.backbone.contrastive_scale(ops.zeros((1,)))
        logits = contrastive_logits(days, classes, scale, bias)
        chances = ops.convert_to_numpy(ops.softmax(logits, axis=-1))
        return chances.astype("float64"), days @ classes.T


def random_twin(preset, seed=0):
    """The same model with random weights: what its shape alone can do.

    Args:
        preset: `SensorLMPreset`.
        seed: int. Of the weights, and, as a side effect, of Keras's and
            NumPy's global generators. Defaults to `0`.

    Returns:
        `SensorLMPreset`.
    """
    keras.utils.set_random_seed(seed)
    config = preset.backbone.get_config()
    return SensorLMPreset(
        type(preset.backbone).from_config(config), preset.preprocessor
    )


def _in_full_batches(embed, inputs, size):
    """Embeddings, computed in batches of one size."""
    found = []
    for start in range(0, len(inputs), size):
        batch = inputs[start : start + size]
        filled = batch + [batch[-1]] * (size - len(batch))
        if isinstance(filled[0], np.ndarray):
            filled = np.stack(filled)
        rows = embed(filled, batch_size=size, verbose=False)
        found.append(rows[: len(batch)])
    return np.concatenate(found)


def _without_normalisation(preset):
    old = preset.preprocessor
    count = len(old.sensor_converter.features)
    converter = SensorConverter(
        features=old.sensor_converter.features,
        missing=old.sensor_converter.missing,
        means=[0.0] * count,
        stds=[1.0] * count,
    )
    return SensorLMPreset(
        preset.backbone,
        SensorLMPreprocessor(
            old.tokenizer, converter, sequence_length=old.sequence_length
        ),
    )
