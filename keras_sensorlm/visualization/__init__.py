"""Pictures and pages of wearable days.

Matplotlib (the extra `plot`) is imported when the first picture is drawn.
"""

import importlib

_HOMES = {
    "plot_curves": "keras_sensorlm.visualization.curves",
    "plot_day": "keras_sensorlm.visualization.day",
    "plot_matrix": "keras_sensorlm.visualization.matrix",
    "render_report": "keras_sensorlm.visualization.report",
    "save_report": "keras_sensorlm.visualization.report",
    "DayFindings": "keras_sensorlm.visualization.findings",
    "Neighbour": "keras_sensorlm.visualization.findings",
    "Statement": "keras_sensorlm.visualization.findings",
}

__all__ = list(_HOMES)


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(
            f"module {__name__!r} has no attribute {name!r}; it has "
            f"{', '.join(sorted(_HOMES))}"
        )
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted(set(globals()) | set(__all__))
