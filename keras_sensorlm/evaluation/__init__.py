"""What a model can do, with intervals and baselines, as a command.

The measures are pure functions of arrays; scikit-learn, the extra
`evaluation`, is loaded only by what fits something.
"""

import importlib

_HOMES = {
    "Estimate": "keras_sensorlm.evaluation.bootstrap",
    "auroc": "keras_sensorlm.evaluation.classification",
    "balanced_accuracy": "keras_sensorlm.evaluation.classification",
    "calibration_error": "keras_sensorlm.evaluation.classification",
    "confusion_matrix": "keras_sensorlm.evaluation.classification",
    "estimate": "keras_sensorlm.evaluation.bootstrap",
    "macro_auroc": "keras_sensorlm.evaluation.classification",
    "macro_f1": "keras_sensorlm.evaluation.classification",
    "retrieval_metrics": "keras_sensorlm.evaluation.retrieval",
    "score_captions": "keras_sensorlm.evaluation.captioning",
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
