"""What would go wrong later is said before a run starts."""

import numpy as np

from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.training.validation import FIGURES

# Days looked at; a set of which all of these are empty is a mistake.
_LOOKED_AT = 32


def check_run(recipe, preset, source, validation=None):
    """Raises where recipe, preset and data do not go together.

    Args:
        recipe: `Recipe`.
        preset: `SensorLMPreset` of the recipe.
        source: what the run learns from.
        validation: what it is watched on, optional.

    Raises:
        ValueError: says what does not fit, and what to change.
    """
    _check_features(preset)
    longest = preset.backbone.text_encoder.max_length
    if recipe.sequence_length > longest:
        raise ValueError(
            f"The text encoder takes {longest} tokens. Received: "
            f"sequence_length={recipe.sequence_length}"
        )
    if recipe.validation.best not in FIGURES:
        raise ValueError(
            f"`validation.best` should be one of {', '.join(FIGURES)}. "
            f"Received: {recipe.validation.best!r}"
        )
    _check_days("training", source, preset, recipe)
    if validation is not None:
        _check_days("validation", validation, preset, recipe)


def _check_features(preset):
    encoder = preset.backbone.sensor_encoder
    converter = preset.preprocessor.sensor_converter
    if tuple(converter.features) != tuple(encoder.features):
        raise ValueError(
            "The preset's sensor converter and sensor encoder read different "
            f"features. Converter: {', '.join(converter.features)}. "
            f"Encoder: {', '.join(encoder.features)}."
        )
    if converter.missing != encoder.missing:
        raise ValueError(
            "The preset's sensor converter and sensor encoder differ in what "
            f"they do where nothing was measured. Converter: "
            f"missing={converter.missing!r}, encoder: "
            f"missing={encoder.missing!r}"
        )
    if encoder.num_minutes != MINUTES_PER_DAY:
        raise ValueError(
            f"The data are days of {MINUTES_PER_DAY} minutes, the preset reads "
            f"{encoder.num_minutes}."
        )


def _check_days(name, source, preset, recipe):
    if not len(source):
        split = getattr(source, "split", None)
        where = f" (split {split!r} of {source.folder})" if split else ""
        raise ValueError(f"There are no {name} days{where}.")
    features = preset.backbone.sensor_encoder.features
    columns = [FEATURE_NAMES.index(f) for f in features if f in FEATURE_NAMES]
    count = min(len(source), _LOOKED_AT)
    pairs = [source[i * len(source) // count] for i in range(count)]
    missing = set(recipe.caption_keys) - set(pairs[0][1])
    if missing:
        raise ValueError(
            f"The {name} days have no captions {', '.join(sorted(missing))}. "
            f"They have: {', '.join(sorted(pairs[0][1]))}"
        )
    if not any(np.isfinite(day.values[:, columns]).any() for day, _ in pairs):
        raise ValueError(
            f"The preset does not match the {name} days: none of {count} days "
            "has a value in any of the features that it reads, "
            f"{', '.join(features[:5])}{', ...' if len(features) > 5 else ''}."
        )
    for key in recipe.caption_keys:
        if not any(captions[key].strip() for _, captions in pairs):
            raise ValueError(
                f"All {key}s of {count} {name} days are empty texts."
            )
