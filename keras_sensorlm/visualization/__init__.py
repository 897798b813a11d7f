"""Pictures and pages of wearable days, and of what a model makes of them.

Matplotlib (the extra `plot`) is imported when the first picture is drawn.
"""

import importlib

_HOMES = {
    "plot_curves": "curves",
    "plot_day": "day",
    "plot_matrix": "matrix",
    "plot_explanation": "explanation_picture",
    "plot_similarity": "similarity",
    "similarity_matrix": "similarity",
    "plot_archive": "archive",
    "project_embeddings": "archive",
    "render_report": "report",
    "save_report": "report",
    "save_zero_shot_report": "zero_shot",
    "zero_shot_findings": "zero_shot",
    "DayFindings": "findings",
    "Explained": "findings",
    "Neighbour": "findings",
    "Statement": "findings",
    "Calibration": "calibration",
    "measure_calibration": "calibration",
    "Stretch": "stretches",
    "strongest_stretches": "stretches",
    "explain": "explanation.methods",
    "saliency": "explanation.saliency",
    "smooth_grad": "explanation.saliency",
    "integrated_gradients": "explanation.saliency",
    "occlusion": "explanation.occlusion",
    "grad_cam_plus_plus": "explanation.cam",
    "score_cam": "explanation.cam",
    "attention_rollout": "explanation.rollout",
    "caption_attention": "explanation.words",
    "CaptionAttention": "findings",
    "deletion_insertion": "explanation.faithfulness",
    "faithfulness": "explanation.faithfulness",
    "DeletionInsertion": "explanation.faithfulness",
    "Faithfulness": "explanation.faithfulness",
    "sanity_check": "explanation.sanity",
}

__all__ = list(_HOMES)


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(
            f"module {__name__!r} has no attribute {name!r}; it has "
            f"{', '.join(sorted(_HOMES))}"
        )
    module = importlib.import_module(f"{__name__}.{_HOMES[name]}")
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__():
    return sorted(set(globals()) | set(__all__))
