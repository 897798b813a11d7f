"""What this library takes from KerasHub's private modules, all in one place.

KerasHub offers no public way to add built-in presets, to map a preprocessor
over a data set, or to give out tensors from a preprocessing layer. When
KerasHub moves one of these, this file is the only one to mend.
"""

import atexit
import difflib
import json
import os
import shutil
import sys
import tempfile

import keras_hub
from keras_hub.src.layers.preprocessing.preprocessing_layer import (
    PreprocessingLayer,
)
from keras_hub.src.utils.pipeline_model import (
    _apply_preprocessing as apply_preprocessing,
)
from keras_hub.src.utils.preset_utils import BUILTIN_PRESETS
from keras_hub.src.utils.preset_utils import SHARDED_MODEL_WEIGHTS_CONFIG_FILE
from keras_hub.src.utils.preset_utils import register_presets
from keras_hub.src.utils.tensor_utils import canonicalize_python_string_inputs
from keras_hub.src.utils.tensor_utils import casefold_utf8
from keras_hub.src.utils.tensor_utils import (
    convert_preprocessing_outputs_python,
)

__all__ = [
    "PreprocessingLayer",
    "PresetBackbone",
    "UntrainedPreset",
    "apply_preprocessing",
    "canonicalize_python_string_inputs",
    "casefold_utf8",
    "convert_preprocessing_outputs_python",
    "is_tensorflow_tensor",
    "register_presets",
    "require_preset",
    "require_weights",
]


def is_tensorflow_tensor(x):
    """Whether `x` belongs to TensorFlow, as everything in tf.data does.

    Does not import TensorFlow: what nobody imported made no tensors.
    """
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and tensorflow.is_tensor(x)


class UntrainedPreset(dict):
    """A row of KerasHub's table of built-in presets that has no weights yet.

    KerasHub reads a preset from files, wherever the row's `kaggle_handle`
    points. These are written when they are first asked for, into a folder
    that lives as long as the process: nothing to download, nothing to go
    stale.

    Args:
        metadata: dict. `"description"`, `"params"` and so on, for people.
        write: callable that takes a folder and writes the preset's files.
    """

    def __init__(self, metadata, write):
        super().__init__(metadata=metadata)
        self._write = write

    def __missing__(self, key):
        if key != "kaggle_handle":
            raise KeyError(key)
        folder = tempfile.mkdtemp(prefix="keras_sensorlm_")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        self._write(folder)
        # Weights that are not there, for `load_weights` to be clear about.
        path = os.path.join(folder, SHARDED_MODEL_WEIGHTS_CONFIG_FILE)
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"weight_map": {}}, file)
        self[key] = folder
        return folder


def require_weights(preset):
    """Raises an error that helps if a preset has no weights to load.

    Args:
        preset: str. Name, path or handle of a preset.

    Raises:
        ValueError: if it is a built-in name without published weights.
    """
    if isinstance(BUILTIN_PRESETS.get(preset), UntrainedPreset):
        raise ValueError(
            f"No trained weights of {preset!r} have been published. Pass "
            "`load_weights=False` to build it with random weights, and train "
            "it: guides/training.md, the training guide, says how. A folder "
            "that you saved with `save_to_preset` loads by its path."
        )


def require_preset(preset):
    """Raises an error that helps if there is no such preset.

    Args:
        preset: str. Name, path or handle of a preset.

    Raises:
        ValueError: if it is neither a built-in name nor a folder that holds
            a preset. Handles such as `hf://...` are not looked up.
    """
    if preset in BUILTIN_PRESETS or "://" in preset:
        return
    if os.path.isdir(preset):
        if not os.path.exists(os.path.join(preset, "config.json")):
            raise ValueError(
                f"The folder {preset!r} holds no preset: it lacks "
                "config.json. Give the folder that `save_to_preset` wrote; "
                "of a training run that is its subfolder `preset`."
            )
        return
    names = [name for name in BUILTIN_PRESETS if name.startswith("sensorlm")]
    near = difflib.get_close_matches(preset, names, 1)
    raise ValueError(
        f"There is no preset {preset!r}: it is no folder, no handle such as "
        f"'hf://...', and no built-in name. These are {', '.join(names)}."
        + (f" Did you mean {near[0]!r}?" if near else "")
    )


class PresetBackbone(keras_hub.models.Backbone):
    """A backbone that says so where a built-in preset has no weights."""

    @classmethod
    def from_preset(cls, preset, load_weights=True, **kwargs):
        """Instantiates a backbone from a preset.

        Args:
            preset: str. A built-in name, a local folder, or a handle such as
                `hf://...` or `kaggle://...`.
            load_weights: bool. `False` keeps random weights. Defaults to
                `True`.
            **kwargs: settings that replace the preset's own, and `dtype`.

        Returns:
            The backbone.

        Raises:
            ValueError: if the preset is unknown or has no weights.
        """
        require_preset(preset)
        if load_weights:
            # Before gigabytes are allocated.
            require_weights(preset)
        return super().from_preset(preset, load_weights=load_weights, **kwargs)

    def load_weights(self, filepath, *args, **kwargs):
        """Loads weights; see `keras.Model.load_weights`."""
        # KerasHub's base classes come by here, not by our `from_preset`.
        for name, row in BUILTIN_PRESETS.items():
            folder = row.get("kaggle_handle")
            if folder and os.path.dirname(str(filepath)) == folder:
                require_weights(name)
        return super().load_weights(filepath, *args, **kwargs)
