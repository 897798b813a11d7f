"""SensorLM in Keras 3: a day of wearable data into language and back.

Importing this package loads neither Keras nor a backend; each public name
is loaded when it is first used. Days and their captions need no Keras at all:

    days = keras_sensorlm.read_days("my_recording/")
    keras_sensorlm.HierarchicalCaptioner().captions(days)

`SensorLMPreset` is the front door to models:

    preset = keras_sensorlm.SensorLMPreset.from_preset("path/or/name")
    preset.classify(days, ["run", "swim"])
"""

import importlib
from typing import TYPE_CHECKING
from typing import Any

from keras_sensorlm.version import __version__

if TYPE_CHECKING:
    # The same names for type checkers and editors: they run no `__getattr__`.
    from keras_sensorlm.captions.claim import Claim as Claim
    from keras_sensorlm.captions.claims import (
        caption_factuality as caption_factuality,
    )
    from keras_sensorlm.captions.claims import parse as parse
    from keras_sensorlm.captions.claims import verify as verify
    from keras_sensorlm.captions.hierarchy import CAPTION_KEYS as CAPTION_KEYS
    from keras_sensorlm.captions.hierarchy import (
        HierarchicalCaptioner as HierarchicalCaptioner,
    )
    from keras_sensorlm.models import PRESETS as PRESETS
    from keras_sensorlm.models import MultimodalDecoder as MultimodalDecoder
    from keras_sensorlm.models import SensorConverter as SensorConverter
    from keras_sensorlm.models import SensorEncoder as SensorEncoder
    from keras_sensorlm.models import SensorLMBackbone as SensorLMBackbone
    from keras_sensorlm.models import SensorLMCaptioner as SensorLMCaptioner
    from keras_sensorlm.models import (
        SensorLMPreprocessor as SensorLMPreprocessor,
    )
    from keras_sensorlm.models import SensorLMPreset as SensorLMPreset
    from keras_sensorlm.models import SensorLMPretrainer as SensorLMPretrainer
    from keras_sensorlm.models import (
        SensorLMSensorClassifier as SensorLMSensorClassifier,
    )
    from keras_sensorlm.models import (
        SensorLMSensorRegressor as SensorLMSensorRegressor,
    )
    from keras_sensorlm.models import (
        SensorLMSentencePieceTokenizer as SensorLMSentencePieceTokenizer,
    )
    from keras_sensorlm.models import SensorLMTokenizer as SensorLMTokenizer
    from keras_sensorlm.models import (
        SensorLMZeroShotClassifier as SensorLMZeroShotClassifier,
    )
    from keras_sensorlm.models import TextEncoder as TextEncoder
    from keras_sensorlm.sensors.day import Event as Event
    from keras_sensorlm.sensors.day import SensorDay as SensorDay
    from keras_sensorlm.sensors.day import stack_days as stack_days
    from keras_sensorlm.sensors.features import FEATURE_NAMES as FEATURE_NAMES
    from keras_sensorlm.sensors.features import FEATURES as FEATURES
    from keras_sensorlm.sensors.features import DeviceProfile as DeviceProfile
    from keras_sensorlm.sensors.profiles import profile_for as profile_for
    from keras_sensorlm.sensors.profiles import (
        register_profile as register_profile,
    )
    from keras_sensorlm.sensors.readers import (
        example_day_path as example_day_path,
    )
    from keras_sensorlm.sensors.readers import read_days as read_days
    from keras_sensorlm.sensors.readers import read_report as read_report
    from keras_sensorlm.sensors.simulator import simulate_day as simulate_day
    from keras_sensorlm.sensors.simulator import simulate_days as simulate_days
    from keras_sensorlm.training.recipe import Recipe as Recipe
    from keras_sensorlm.training.run import train as train
    from keras_sensorlm.visualization.day import plot_day as plot_day
    from keras_sensorlm.visualization.matrix import plot_matrix as plot_matrix
    from keras_sensorlm.visualization.report import save_report as save_report

# Module -> the public names that it gives to the package.
_MODULES = {
    "captions.claim": ("Claim",),
    "captions.claims": ("caption_factuality", "parse", "verify"),
    "captions.hierarchy": ("CAPTION_KEYS", "HierarchicalCaptioner"),
    "models": (
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
    ),
    "sensors.day": ("Event", "SensorDay", "stack_days"),
    "sensors.features": ("FEATURES", "FEATURE_NAMES", "DeviceProfile"),
    "sensors.profiles": ("profile_for", "register_profile"),
    "sensors.readers": ("example_day_path", "read_days", "read_report"),
    "sensors.simulator": ("simulate_day", "simulate_days"),
    "training.recipe": ("Recipe",),
    "training.run": ("train",),
    "visualization.day": ("plot_day",),
    "visualization.matrix": ("plot_matrix",),
    "visualization.report": ("save_report",),
}
_HOMES = {name: home for home, names in _MODULES.items() for name in names}
_PACKAGES = (
    "captions",
    "convert",
    "datasets",
    "evaluation",
    "export",
    "losses",
    "models",
    "sensors",
    "training",
    "visualization",
)

__all__ = ["__version__", *_HOMES, *_PACKAGES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        home = importlib.import_module(f"{__name__}.{_HOMES[name]}")
        value = getattr(home, name)
    elif name in _PACKAGES:
        value = importlib.import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(
            f"module {__name__!r} has no attribute {name!r}; it has "
            f"{', '.join(sorted(__all__))}"
        )
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
