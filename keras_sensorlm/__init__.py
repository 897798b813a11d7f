"""SensorLM in Keras 3: a day of wearable data into language and back.

Importing this package loads neither Keras nor a backend; each public name
is loaded when it is first used.
"""

import importlib

from keras_sensorlm.version import __version__

_HOMES = {
    "Event": "keras_sensorlm.sensors.day",
    "SensorDay": "keras_sensorlm.sensors.day",
    "FEATURES": "keras_sensorlm.sensors.features",
    "read_days": "keras_sensorlm.sensors.readers",
    "read_report": "keras_sensorlm.sensors.readers",
    "simulate_days": "keras_sensorlm.sensors.simulator",
    "HierarchicalCaptioner": "keras_sensorlm.captions.hierarchy",
    "caption_factuality": "keras_sensorlm.captions.claims",
    "SensorLMPreset": "keras_sensorlm.models.preset",
}
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


def __getattr__(name):
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
    elif name in _PACKAGES:
        value = importlib.import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(
            f"module {__name__!r} has no attribute {name!r}; it has "
            f"{', '.join(sorted(__all__))}"
        )
    globals()[name] = value
    return value


def __dir__():
    return sorted(set(globals()) | set(__all__))
