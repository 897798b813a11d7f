"""The same maps through tf-keras-vis, on the TensorFlow backend.

tf-keras-vis takes functional models: layers inside another layer are "not
connected" to it, a day of rank 3 is no image, and integer tokens have no
gradient. So the sensor side is laid out here layer by layer around the same
weights, days have a last axis of one, and the texts are constants.
"""

import contextlib
import importlib.util
import warnings

import keras
from keras import ops

ENGINES = ("auto", "keras", "tf_keras_vis")
_GRID = "grid"


def chosen(engine, score):
    """Whether tf-keras-vis is to be used.

    Args:
        engine: str. One of `ENGINES`.
        score: `DayScore`.

    Returns:
        bool. With `"auto"`, whether it can be.

    Raises:
        ImportError: if it is asked for and cannot be used.
        ValueError: if `engine` is unknown.
    """
    if engine not in ENGINES:
        raise ValueError(
            f"`engine` should be one of {ENGINES}. Received: engine={engine!r}"
        )
    if engine == "keras":
        return False
    obstacle = _obstacle(score)
    if obstacle and engine == "tf_keras_vis":
        raise ImportError(
            f'`engine="tf_keras_vis"` {obstacle}; `engine="keras"` works '
            "anywhere and gives the same."
        )
    return not obstacle


def _obstacle(score):
    """Why tf-keras-vis cannot be used, or None."""
    if keras.config.backend() != "tensorflow":
        return f"needs TensorFlow; this is {keras.config.backend()}"
    if importlib.util.find_spec("tf_keras_vis") is None:
        return 'needs: pip install "keras-sensorlm[explain]"'
    if score.encoder.compute_dtype != "float32":
        return f"needs float32; the model has {score.encoder.compute_dtype}"
    if score.encoder.layout != score.encoder.features:
        return "cannot follow a model that was moved to another device"
    return None


def saliency(score, x):
    """Gradients of the score, through `tf_keras_vis.saliency.Saliency`.

    Args:
        score: `DayScore`.
        x: float32 array `(n, minutes, features)`, normalised.

    Returns:
        Float32 array of the shape of `x`, with sign.
    """
    from tf_keras_vis.saliency import Saliency

    explainer = Saliency(scored_model(score))
    with _quiet():
        gradients = explainer(
            lambda outputs: outputs[:, 0],
            x[..., None],
            keepdims=True,
            gradient_modifier=None,
            normalize_map=False,
        )
    return ops.convert_to_numpy(gradients)[..., 0]


def grad_cam_plus_plus(score, x):
    """Grad-CAM++ of the tokens, `(rows, columns)`.

    Args:
        score: `DayScore`.
        x: float32 array `(1, minutes, features)`, normalised.
    """
    from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus

    return _token_map(GradcamPlusPlus, score, x)


def score_cam(score, x, max_maps, batch_size):
    """Score-CAM of the tokens, `(rows, columns)`.

    Args:
        score: `DayScore`.
        x: float32 array `(1, minutes, features)`, normalised.
        max_maps: int. Features of the tokens to take.
        batch_size: int.
    """
    from tf_keras_vis.scorecam import Scorecam

    return _token_map(Scorecam, score, x, batch_size=batch_size, max_N=max_maps)


def _token_map(method, score, x, **settings):
    """What one of tf-keras-vis's methods sees in the tokens."""
    explainer = method(scored_model(score), clone=False)
    with _quiet():
        cam = explainer(
            lambda outputs: outputs[:, 0],
            x[..., None],
            penultimate_layer=_GRID,
            # It would jump from the transformer to the patch convolution.
            seek_penultimate_conv_layer=False,
            expand_cam=False,
            normalize_cam=False,
            **settings,
        )
    return ops.convert_to_numpy(cam)[0]


def scored_model(score):
    """The sensor side as one flat functional model around the same weights.

    Args:
        score: `DayScore`.

    Returns:
        `keras.Model` from `(n, minutes, features, 1)` to `(n, 2)`: the
        score, and 0, so that the softmax that Score-CAM puts on top makes a
        probability of the score. A layer named `"grid"` holds the tokens,
        `(n, rows, columns, width)`.
    """
    encoder = score.encoder
    shape = (encoder.num_minutes, len(encoder.features))
    inputs = keras.Input((*shape, 1))
    x = keras.layers.Reshape(shape)(inputs)
    x, mask = _Step(score.embed, name="patches")(x)
    if not encoder.skip_empty_patches:
        mask = None
    for block in encoder.blocks:
        x = block(x, key_mask=mask)
    x = encoder.norm(x)
    before, after = x[:, : score.places.start], x[:, score.places.stop :]
    x = x[:, score.places]
    x = keras.layers.Reshape((*encoder.grid, encoder.width), name=_GRID)(x)
    x = keras.layers.Reshape((-1, encoder.width))(x)
    x = ops.concatenate([before, x, after], axis=1)
    x = score.preset.backbone.sensor_head(x, key_mask=mask)
    outputs = _Step(lambda x: _with_zero(score, x), name="score")(x)
    return _Scored(inputs, outputs, name="scored")


def _with_zero(score, embeddings):
    value = score.from_embeddings(embeddings)
    return ops.stack([value, ops.zeros_like(value)], axis=1)


class _Scored(keras.Model):
    """A model that is asked often and should not draw a bar each time."""

    def predict(self, x, **kwargs):
        return super().predict(x, verbose=0, **kwargs)


@contextlib.contextmanager
def _quiet():
    """tf-keras-vis passes lists, of which Keras warns at every call."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The structure of `inputs`")
        yield


class _Step(keras.layers.Layer):
    """A function as a layer; its weights belong to the layers it calls."""

    def __init__(self, function, name):
        super().__init__(name=name)
        self.built = True
        # Out of sight of Keras, which would track what it finds.
        self._call = (function,)

    def call(self, x):
        return self._call[0](x)
