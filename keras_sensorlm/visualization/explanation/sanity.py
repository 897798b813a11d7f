"""`sanity_check`: a map must change when the model forgets."""

import contextlib

import numpy as np
import scipy.stats
from keras import ops

from keras_sensorlm.visualization.explanation.methods import function_of


def sanity_check(
    preset,
    day,
    text,
    labels=None,
    method="occlusion",
    seed=0,
    **kwargs,
):
    """Compares a map with those of a model whose weights were shuffled.

    The cascade of Adebayo et al. (2018, arXiv 1810.03292): the sensor side
    forgets from its head down to its first layer, and after each stage the
    map is made again. A map that stays the same shows the day's outline,
    not what the model learned. The text's embedding stays.

    The preset's weights are changed while this runs, and restored.

    Args:
        preset: `SensorLMPreset`.
        day: `SensorDay`.
        text: str. As for `explain`.
        labels: list of str, optional. As for `explain`.
        method: str. As for `explain`. Defaults to `"occlusion"`.
        seed: int. Of the shuffling. Defaults to `0`.
        **kwargs: the method's own arguments.

    Returns:
        Dict from the name of the last layer that forgot to the Spearman
        rank correlation, -1 to 1, of the absolute values of the two maps;
        NaN where a map is constant.

    Raises:
        ValueError: as `explain`.
    """
    function = function_of(method)
    arguments = (preset, day, text, labels)
    before = function(*arguments, **kwargs)
    rng = np.random.default_rng(seed)
    found = {}
    with _restored(preset.backbone):
        for layer in _from_the_top(preset.backbone):
            _shuffle(layer, rng)
            found[layer.name] = rank_correlation(
                before, function(*arguments, **kwargs)
            )
    return found


def rank_correlation(one, other):
    """Spearman's correlation of the absolute values of two maps.

    Args:
        one: float array. NaN where there is no value.
        other: float array of the same shape.

    Returns:
        float, NaN where a map is constant.

    Example:

    >>> rank_correlation(np.array([1.0, -2.0, 3.0]), np.array([1.0, 4.0, 9.0]))
    1.0
    """
    seen = ~(np.isnan(one) | np.isnan(other))
    one, other = np.abs(one[seen]), np.abs(other[seen])
    if not one.size or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return round(float(scipy.stats.spearmanr(one, other).statistic), 6)


def _from_the_top(backbone):
    encoder = backbone.sensor_encoder
    yield backbone.sensor_head
    yield encoder.norm
    yield from reversed(encoder.blocks)
    yield encoder.patch_embedding


def _shuffle(layer, rng):
    """Each weight keeps its numbers and loses their places."""
    for weight in sorted(layer.weights, key=lambda weight: weight.path):
        if "float" not in str(weight.dtype):
            continue
        values = ops.convert_to_numpy(ops.cast(weight.value, "float32"))
        weight.assign(rng.permutation(values.ravel()).reshape(values.shape))


@contextlib.contextmanager
def _restored(backbone):
    """Gives a model its weights back, whatever happens."""
    layers = list(_from_the_top(backbone))
    kept = [
        (weight, ops.convert_to_numpy(ops.cast(weight.value, "float32")).copy())
        for layer in layers
        for weight in layer.weights
        if "float" in str(weight.dtype)
    ]
    try:
        yield
    finally:
        for weight, values in kept:
            weight.assign(values)
