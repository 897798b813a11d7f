"""What this library takes from KerasHub's private modules, all in one place.

KerasHub offers no public way to add built-in presets, to convert what a
preprocessing layer gives out, or to save weights beside a config. When
KerasHub moves one of these, this file is the only one to mend.
"""

import sys

from keras_hub.src.layers.preprocessing.preprocessing_layer import (
    PreprocessingLayer,
)
from keras_hub.src.utils.preset_utils import BUILTIN_PRESETS
from keras_hub.src.utils.preset_utils import MODEL_WEIGHTS_FILE
from keras_hub.src.utils.preset_utils import (
    SHARDED_MODEL_WEIGHTS_CONFIG_FILE,
)
from keras_hub.src.utils.preset_utils import TOKENIZER_ASSET_DIR
from keras_hub.src.utils.preset_utils import check_file_exists
from keras_hub.src.utils.preset_utils import get_preset_loader
from keras_hub.src.utils.preset_utils import register_presets
from keras_hub.src.utils.tensor_utils import (
    canonicalize_python_string_inputs,
)
from keras_hub.src.utils.tensor_utils import casefold_utf8
from keras_hub.src.utils.tensor_utils import (
    convert_preprocessing_outputs_python,
)

__all__ = [
    "BUILTIN_PRESETS",
    "MODEL_WEIGHTS_FILE",
    "SHARDED_MODEL_WEIGHTS_CONFIG_FILE",
    "TOKENIZER_ASSET_DIR",
    "PreprocessingLayer",
    "canonicalize_python_string_inputs",
    "casefold_utf8",
    "check_file_exists",
    "convert_preprocessing_outputs_python",
    "get_preset_loader",
    "is_tensorflow_tensor",
    "register_presets",
]


def is_tensorflow_tensor(x):
    """Whether `x` belongs to TensorFlow, as everything in tf.data does.

    Does not import TensorFlow: what nobody imported made no tensors.
    """
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and tensorflow.is_tensor(x)
