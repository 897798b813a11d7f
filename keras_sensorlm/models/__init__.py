"""Keras layers and KerasHub classes: what turns a day into language.

Importing this package registers every class with Keras, and the built-in
presets with KerasHub, so that its base classes find them by name.
"""

from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.models.multimodal_decoder import MultimodalDecoder
from keras_sensorlm.models.preprocessor import SensorLMPreprocessor
from keras_sensorlm.models.presets import PRESETS
from keras_sensorlm.models.sensor_converter import SensorConverter
from keras_sensorlm.models.sensor_encoder import SensorEncoder
from keras_sensorlm.models.sentence_piece_tokenizer import (
    SensorLMSentencePieceTokenizer,
)
from keras_sensorlm.models.text_encoder import TextEncoder
from keras_sensorlm.models.tokenizer import SensorLMTokenizer

__all__ = [
    "PRESETS",
    "MultimodalDecoder",
    "SensorConverter",
    "SensorEncoder",
    "SensorLMBackbone",
    "SensorLMPreprocessor",
    "SensorLMSentencePieceTokenizer",
    "SensorLMTokenizer",
    "TextEncoder",
]
