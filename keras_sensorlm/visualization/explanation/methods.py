"""`explain`: any of the methods by its name."""

from keras_sensorlm.visualization.explanation.cam import grad_cam_plus_plus
from keras_sensorlm.visualization.explanation.cam import score_cam
from keras_sensorlm.visualization.explanation.occlusion import occlusion
from keras_sensorlm.visualization.explanation.saliency import (
    integrated_gradients,
)
from keras_sensorlm.visualization.explanation.saliency import saliency
from keras_sensorlm.visualization.explanation.saliency import smooth_grad

METHODS = {
    "occlusion": occlusion,
    "integrated_gradients": integrated_gradients,
    "saliency": saliency,
    "smooth_grad": smooth_grad,
    "grad_cam_plus_plus": grad_cam_plus_plus,
    "score_cam": score_cam,
}
# What speaks against a text is below 0; the others say how much, not which way.
SIGNED = ("occlusion", "integrated_gradients")


def explain(preset, day, text, labels=None, method="occlusion", **kwargs):
    """Why this sentence, or this class, for this day.

    Args:
        preset: `SensorLMPreset`.
        day: `SensorDay`.
        text: str. A sentence; or, with `labels`, one of them.
        labels: list of str, optional. Then it is explained why `text` and
            not another of them.
        method: str. `"occlusion"`, `"integrated_gradients"` (both with
            sign), `"saliency"`, `"smooth_grad"`, `"grad_cam_plus_plus"` or
            `"score_cam"`. Defaults to `"occlusion"`.
        **kwargs: the method's own arguments; see the function of its name.

    Returns:
        Float32 array `(1440, 26)`, NaN where the day has no value.

    Raises:
        ValueError: if `method` is unknown, `day` is no `SensorDay`, or
            `text` is none of `labels`.

    Example:

    >>> import keras_sensorlm
    >>> preset = keras_sensorlm.SensorLMPreset.from_preset(
    ...     "sensorlm_small_en", load_weights=False,
    ...     sensor_encoder=keras_sensorlm.models.SensorEncoder(
    ...         128, 1, 4, patch_size=(60, 26)),
    ... )
    >>> (day,) = keras_sensorlm.simulate_days(1, seed=0)
    >>> explain(preset, day, "run", labels=["run", "swim"]).shape
    (1440, 26)
    """
    return function_of(method)(preset, day, text, labels, **kwargs)


def function_of(method):
    """The function of a method's name."""
    if method not in METHODS:
        raise ValueError(
            f"`method` should be one of {tuple(METHODS)}. "
            f"Received: method={method!r}"
        )
    return METHODS[method]
