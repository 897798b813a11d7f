"""Maps from gradients: `saliency`, `smooth_grad`, `integrated_gradients`."""

import numpy as np

from keras_sensorlm.visualization.explanation import keras_vis
from keras_sensorlm.visualization.explanation.gradients import input_gradients
from keras_sensorlm.visualization.explanation.reading import checked_day
from keras_sensorlm.visualization.explanation.scores import DayScore

_AT_ONCE = 8  # copies of a day whose gradients are held in memory


def saliency(preset, day, text, labels=None, engine="auto"):
    """How strongly each value of a day moves a sentence's score.

    The absolute gradient of the score with respect to the normalised value
    (Simonyan et al. 2013, arXiv 1312.6034): the change of the score for a
    change of one standard deviation of that channel in that minute, to the
    first order.

    Args:
        preset: `SensorLMPreset`.
        day: `SensorDay`.
        text: str. A sentence; or, with `labels`, one of them.
        labels: list of str, optional. Then the score is the log odds of
            `text` among them, otherwise the cosine with the sentence.
        engine: `"auto"`, `"keras"` or `"tf_keras_vis"`. Who computes it:
            this library on any backend, or tf-keras-vis on TensorFlow; both
            give the same. Defaults to `"auto"`, the second where it can.

    Returns:
        Float32 array `(1440, 26)`, at least 0, NaN where the day has no
        value.

    Raises:
        ImportError: if tf-keras-vis is asked for and cannot be used.
        ValueError: if `day` is no `SensorDay`, `text` is none of `labels`,
            or `engine` is unknown.

    Example:

    >>> import keras_sensorlm
    >>> preset = keras_sensorlm.SensorLMPreset.from_preset(
    ...     "sensorlm_small_en", load_weights=False,
    ...     sensor_encoder=keras_sensorlm.models.SensorEncoder(
    ...         128, 1, 4, patch_size=(60, 26)),
    ... )
    >>> (day,) = keras_sensorlm.simulate_days(1, seed=0)
    >>> found = saliency(preset, day, "A run in the morning.")
    >>> found.shape
    (1440, 26)
    """
    score = DayScore(preset, text, labels)
    x = score.normalised(checked_day(day))
    gradients = _gradients(score, x[None], engine)
    return score.over_the_day(np.abs(gradients[0]), day)


def smooth_grad(
    preset, day, text, labels=None, samples=24, noise=0.2, seed=0, engine="auto"
):
    """Saliency averaged over noisy copies of the day.

    SmoothGrad (Smilkov et al. 2017, arXiv 1706.03825) in the form of
    tf-keras-vis: the mean of the absolute gradients. The noise is drawn by
    NumPy, so that it is the same on every backend.

    Args:
        preset: see `saliency`.
        day: see `saliency`.
        text: see `saliency`.
        labels: see `saliency`.
        samples: int. Noisy copies. Defaults to `24`.
        noise: float. Standard deviation of the noise, in those of the
            channels. Defaults to `0.2`.
        seed: int. Of the noise. Defaults to `0`.
        engine: see `saliency`.

    Returns:
        As `saliency`.

    Raises:
        ValueError: as `saliency`, and if `samples` is not positive.
    """
    if samples < 1:
        raise ValueError(
            f"`samples` should be at least 1. Received: samples={samples}"
        )
    score = DayScore(preset, text, labels)
    x = score.normalised(checked_day(day))
    rng = np.random.default_rng(seed)
    total = np.zeros_like(x)
    for start in range(0, samples, _AT_ONCE):
        count = min(_AT_ONCE, samples - start)
        copies = x + noise * rng.standard_normal((count, *x.shape), "float32")
        total += np.abs(_gradients(score, copies, engine)).sum(axis=0)
    return score.over_the_day(total / samples, day)


def integrated_gradients(preset, day, text, labels=None, steps=32):
    """What each value of a day adds to a sentence's score.

    Gradients along the way from an average day, observed where this one is,
    to this one, times the way (Sundararajan et al. 2017, arXiv 1703.01365).
    The map adds up to the difference of the two days' scores, but for the
    error of `steps`.

    Args:
        preset: see `saliency`.
        day: see `saliency`.
        text: see `saliency`.
        labels: see `saliency`.
        steps: int. Days on the way, at the midpoints of as many equal
            parts. Defaults to `32`.

    Returns:
        Float32 array `(1440, 26)`: above 0 what speaks for the text, below
        0 what speaks against it, NaN where the day has no value.

    Raises:
        ValueError: as `saliency`, and if `steps` is not positive.
    """
    if steps < 1:
        raise ValueError(
            f"`steps` should be at least 1. Received: steps={steps}"
        )
    score = DayScore(preset, text, labels)
    x = score.normalised(checked_day(day))
    shares = (np.arange(steps, dtype="float32") + 0.5) / steps
    total = np.zeros_like(x)
    for start in range(0, steps, _AT_ONCE):
        part = shares[start : start + _AT_ONCE, None, None]
        # 0 is the average, in normalised units; NaN stays NaN.
        _, gradients = input_gradients(score, part * x)
        total += gradients.sum(axis=0)
    return score.over_the_day(total / steps * x, day)


def _gradients(score, x, engine):
    if keras_vis.chosen(engine, score):
        return keras_vis.saliency(score, x)
    return input_gradients(score, x)[1]
