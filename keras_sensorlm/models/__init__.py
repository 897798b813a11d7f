"""Keras layers and KerasHub classes: what turns a day into language.

Importing this package registers every class with Keras, and the built-in
presets with KerasHub, so that its base classes find them by name.
"""

from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.models.captioner import SensorLMCaptioner
from keras_sensorlm.models.multimodal_decoder import MultimodalDecoder
from keras_sensorlm.models.preprocessor import SensorLMPreprocessor
from keras_sensorlm.models.preset import SensorLMPreset
from keras_sensorlm.models.presets import PRESETS
from keras_sensorlm.models.pretrainer import SensorLMPretrainer
from keras_sensorlm.models.sensor_classifier import SensorLMSensorClassifier
from keras_sensorlm.models.sensor_converter import SensorConverter
from keras_sensorlm.models.sensor_encoder import SensorEncoder
from keras_sensorlm.models.sensor_regressor import SensorLMSensorRegressor
from keras_sensorlm.models.sentence_piece_tokenizer import (
    SensorLMSentencePieceTokenizer,
)
from keras_sensorlm.models.text_encoder import TextEncoder
from keras_sensorlm.models.tokenizer import SensorLMTokenizer
from keras_sensorlm.models.zero_shot_classifier import (
    SensorLMZeroShotClassifier,
)

__all__ = [
    "PRESETS",
    "MultimodalDecoder",
    "SensorConverter",
    "SensorEncoder",
    "SensorLMBackbone",
    "SensorLMCaptioner",
    "SensorLMPreprocessor",
    "SensorLMPreset",
    "SensorLMPretrainer",
    "SensorLMSensorClassifier",
    "SensorLMSensorRegressor",
    "SensorLMSentencePieceTokenizer",
    "SensorLMTokenizer",
    "SensorLMZeroShotClassifier",
    "TextEncoder",
]
