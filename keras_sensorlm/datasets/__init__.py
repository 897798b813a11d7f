"""Days and captions -> training records.

Loads TensorFlow Datasets and Apache Beam only when something is prepared.
"""

import importlib

_HOMES = {
    "Plan": "keras_sensorlm.datasets.plan",
    "Prepared": "keras_sensorlm.datasets.preparation",
    "PreparedDays": "keras_sensorlm.datasets.reading",
    "SensorLM": "keras_sensorlm.datasets.builder",
    "check_disjoint": "keras_sensorlm.datasets.splits",
    "load_splits": "keras_sensorlm.datasets.splits",
    "parse_signal": "keras_sensorlm.datasets.records",
    "prepare": "keras_sensorlm.datasets.preparation",
}

__all__ = list(_HOMES)


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(
            f"module {__name__!r} has no attribute {name!r}; it has "
            f"{', '.join(sorted(__all__))}"
        )
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted(set(globals()) | set(__all__))
