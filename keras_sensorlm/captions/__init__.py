"""Days into text, and text back into statements that can be checked."""

from keras_sensorlm.captions.claims import Claim
from keras_sensorlm.captions.claims import caption_factuality
from keras_sensorlm.captions.claims import parse
from keras_sensorlm.captions.claims import verify
from keras_sensorlm.captions.hierarchy import CAPTION_KEYS
from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner

__all__ = [
    "CAPTION_KEYS",
    "Claim",
    "HierarchicalCaptioner",
    "caption_factuality",
    "parse",
    "verify",
]
