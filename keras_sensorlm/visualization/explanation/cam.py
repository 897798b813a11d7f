"""Class activation maps over the tokens: Grad-CAM++ and Score-CAM."""

import numpy as np
import scipy.ndimage
from keras import ops

from keras_sensorlm.visualization.explanation import keras_vis
from keras_sensorlm.visualization.explanation.gradients import input_gradients
from keras_sensorlm.visualization.explanation.reading import checked_day
from keras_sensorlm.visualization.explanation.scores import DayScore

_EPSILON = 1e-7  # of Keras, which tf-keras-vis divides with


def grad_cam_plus_plus(preset, day, text, labels=None, engine="auto"):
    """Which rectangles of a day the model's last features speak for a text.

    Grad-CAM++ (Chattopadhay et al. 2018, arXiv 1710.11063) on the grid of
    the sensor encoder's tokens, as tf-keras-vis computes it. The map is as
    coarse as the model's rectangles: where one holds all channels, it tells
    no channels apart.

    Args:
        preset: see `saliency`.
        day: see `saliency`.
        text: see `saliency`.
        labels: see `saliency`.
        engine: see `saliency`.

    Returns:
        Float32 array `(1440, 26)`, at least 0, NaN where the day has no
        value.

    Raises:
        ImportError: as `saliency`.
        ValueError: as `saliency`.
    """
    score = DayScore(preset, text, labels)
    x = score.normalised(checked_day(day))[None]
    if keras_vis.chosen(engine, score):
        return score.from_grid(keras_vis.grad_cam_plus_plus(score, x), day)
    tokens, mask = _tokens(score, x)
    values, gradients = input_gradients(
        lambda tokens: score.from_tokens(tokens, mask), tokens
    )
    first = np.exp(values)[:, None, None] * gradients[:, score.places]
    grid = tokens[:, score.places]
    return score.from_grid(_plus_plus(first, grid, values), day)


def _plus_plus(first, grid, values):
    """The map `(tokens,)` from what the paper's equations (19) need.

    Args:
        first: float array `(1, tokens, width)`. exp(score) times gradient.
        grid: float array `(1, tokens, width)`. The tokens.
        values: float array `(1,)`. The score.
    """
    gradients = first / np.exp(values)[:, None, None]
    second = first * gradients
    third = second * gradients
    total = grid.sum(axis=1, keepdims=True)
    below = 2.0 * second + third * total
    below += second == 0.0
    alphas = second / below
    sums = alphas.sum(axis=1, keepdims=True)
    alphas = alphas / (sums + (sums == 0.0))
    weights = (np.maximum(first, 0.0) * alphas).sum(axis=1, keepdims=True)
    return np.maximum((weights * grid).sum(axis=-1), 0.0)[0]


def score_cam(
    preset, day, text, labels=None, max_maps=32, batch_size=16, engine="auto"
):
    """Which rectangles keep a text's score up when the rest fades.

    Score-CAM (Wang et al. 2020, arXiv 1910.01279) in the faster form of
    tf-keras-vis: the `max_maps` features of the tokens that vary most over
    the day each become a mask; the masked day's score weighs the feature.
    No gradient is needed. What a mask hides fades to the average, not to
    missing. As coarse as `grad_cam_plus_plus`.

    Args:
        preset: see `saliency`.
        day: see `saliency`.
        text: see `saliency`.
        labels: see `saliency`.
        max_maps: int. Features to take, at most the width. Defaults to
            `32`.
        batch_size: int. Masked days read at once. Defaults to `16`.
        engine: see `saliency`.

    Returns:
        Float32 array `(1440, 26)`, at least 0, NaN where the day has no
        value.

    Raises:
        ImportError: as `saliency`.
        ValueError: as `saliency`, and if `max_maps` is not positive.
    """
    if max_maps < 1:
        raise ValueError(
            f"`max_maps` should be at least 1. Received: max_maps={max_maps}"
        )
    score = DayScore(preset, text, labels)
    max_maps = min(max_maps, score.encoder.width)
    x = score.normalised(checked_day(day))
    if keras_vis.chosen(engine, score):
        cam = keras_vis.score_cam(score, x[None], max_maps, batch_size)
        return score.from_grid(cam, day)
    tokens, _ = _tokens(score, x[None])
    grid = tokens[:, score.places][0]
    grid = grid.reshape(*score.encoder.grid, -1)
    most = np.argsort(-grid.std(axis=(0, 1)), kind="stable")[:max_maps]
    grid = grid[..., most]
    masks = _masks(score, grid, x.shape)
    weights = []
    for start in range(0, max_maps, batch_size):
        masked = masks[start : start + batch_size] * x
        weights.append(ops.convert_to_numpy(ops.sigmoid(score(masked))))
    cam = np.maximum(grid @ np.concatenate(weights), 0.0)
    return score.from_grid(cam, day)


def _masks(score, grid, shape):
    """Each feature of the grid as a mask of 0 to 1, `(maps, *shape)`."""
    encoder = score.encoder
    factors = (*encoder.patch_size, 1)
    masks = scipy.ndimage.zoom(grid, factors, order=1, mode="nearest")
    low = masks.min(axis=(0, 1), keepdims=True)
    masks = (masks - low) / (
        masks.max(axis=(0, 1), keepdims=True) - low + _EPSILON
    )
    order = [encoder.layout.index(name) for name in encoder.features]
    return masks[:, order].transpose(2, 0, 1)


def _tokens(score, x):
    tokens, mask = score.tokens(ops.convert_to_tensor(x))
    return ops.convert_to_numpy(ops.cast(tokens, "float32")), mask
