"""Training: what comes in, what is minimised, what is logged."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_sensorlm import losses
from keras_sensorlm import models
from keras_sensorlm.models.generation.compiled import compile_function
from keras_sensorlm.sensors.day import SensorDay
from tests.models.backend_helpers import to_numpy
from tests.models.task_helpers import TEXTS
from tests.models.task_helpers import example_days
from tests.models.task_helpers import make_backbone
from tests.models.task_helpers import make_preprocessor

# For a few steps, tracing them costs TensorFlow more than it saves.
FASTER_EAGERLY = keras.backend.backend() == "tensorflow"


@pytest.fixture(scope="module")
def pretrainer():
    return models.SensorLMPretrainer(make_backbone(), make_preprocessor())


@pytest.fixture(scope="module")
def expected(pretrainer):
    return pretrainer.evaluate(
        example_days(), TEXTS, return_dict=True, verbose=0
    )


def number(tensor):
    return float(to_numpy(tensor))


def batch_of(pretrainer):
    """The batch as the model takes it, and the model's outputs."""
    x = pretrainer.preprocessor({"sensors": example_days(), "text": TEXTS})
    x.pop("truncated")
    return x, outputs_of(pretrainer, x)


def outputs_of(model, x):
    if keras.backend.backend() == "jax":
        # Compiled as one: one operation after the other takes longer.
        return compile_function(model, model)(x)
    return model(x)


@pytest.fixture(scope="module")
def batch(pretrainer):
    return batch_of(pretrainer)


def as_tf_data(structure):
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices(structure).batch(4)


def as_grain(structure):
    import grain

    return grain.MapDataset.source(list(zip(*structure))).batch(4)


def pair():
    return example_days(), TEXTS


def as_dict():
    return {"sensors": example_days(), "text": TEXTS}


SOURCES = {
    "arrays": lambda: {"x": example_days(), "y": TEXTS},
    "days": lambda: {"x": [SensorDay(v) for v in example_days()], "y": TEXTS},
    "tuple": lambda: {"x": pair()},
    "dict": lambda: {"x": as_dict()},
    "tf.data of pairs": lambda: {"x": as_tf_data(pair())},
    "tf.data of dicts": lambda: {"x": as_tf_data(as_dict())},
    "grain": lambda: {"x": as_grain(pair())},
    "generator of pairs": lambda: {"x": iter([pair()])},
    "generator of dicts": lambda: {"x": iter([as_dict()])},
}


def test_fit_takes_every_source(pretrainer, expected):
    before = pretrainer.get_weights()
    for source, data in SOURCES.items():
        history = pretrainer.fit(**data(), verbose=0).history
        after = pretrainer.get_weights()
        pretrainer.set_weights(before)
        assert sum(np.abs(a - b).sum() for a, b in zip(after, before)) > 0
        # One batch: its loss is that before the step.
        for name, value in expected.items():
            if name not in ("temperature", "logit_bias"):
                assert history[name] == pytest.approx([value], rel=1e-4), (
                    source,
                    name,
                )


def test_every_source_serves_to_validate(pretrainer, expected):
    for source in ("arrays", "tf.data of pairs", "generator of pairs"):
        data = SOURCES[source]()
        data = (data["x"], data["y"]) if "y" in data else data["x"]
        before = pretrainer.get_weights()
        pretrainer.optimizer.learning_rate = 0.0
        history = pretrainer.fit(
            *pair(), validation_data=data, verbose=0
        ).history
        pretrainer.optimizer.learning_rate = 5e-4
        pretrainer.set_weights(before)
        assert history["val_loss"] == pytest.approx(
            [expected["loss"]], rel=1e-4
        )


def test_the_loss_is_the_formula(batch, expected):
    x, outputs = batch
    logits = losses.contrastive_logits(
        outputs["sensor_embeddings"],
        outputs["text_embeddings"],
        outputs["logit_scale"],
        outputs["logit_bias"],
    )
    contrastive = number(losses.sigmoid_contrastive_loss(logits))
    captioning = number(
        losses.captioning_loss(
            outputs["caption_logits"], x["token_ids"], x["padding_mask"]
        )
    )
    assert expected["contrastive_loss"] == pytest.approx(contrastive, rel=1e-4)
    assert expected["captioning_loss"] == pytest.approx(captioning, rel=1e-4)
    assert expected["loss"] == pytest.approx(
        contrastive + 2 * captioning, rel=1e-4
    )


def test_what_is_logged(batch, expected):
    x, outputs = batch
    cosines = to_numpy(
        ops.matmul(
            outputs["sensor_embeddings"],
            ops.transpose(outputs["text_embeddings"]),
        )
    )
    own = np.arange(4)
    hits = {
        "sensor_to_text_r1": (cosines.argmax(1) == own).mean(),
        "text_to_sensor_r1": (cosines.argmax(0) == own).mean(),
    }
    guesses = to_numpy(outputs["caption_logits"]).argmax(-1)
    ids, mask = (to_numpy(x[k]) for k in ("token_ids", "padding_mask"))
    right = (guesses[:, :-1] == ids[:, 1:])[mask[:, 1:] > 0]
    logged = {
        **hits,
        "token_accuracy": right.mean(),
        "perplexity": np.exp(expected["captioning_loss"]),
        "temperature": 0.1,
        "logit_bias": -10.0,
        "truncated_captions": 1,
    }
    for name, value in logged.items():
        assert expected[name] == pytest.approx(value, rel=1e-3), name


def test_the_loss_comes_from_outputs_alone(pretrainer, batch, monkeypatch):
    x, outputs = batch

    def fail(*args, **kwargs):
        raise AssertionError("The model was run a second time.")

    for layer in ("sensor_encoder", "text_encoder", "decoder"):
        monkeypatch.setattr(
            type(getattr(pretrainer.backbone, layer)), "call", fail
        )
    monkeypatch.setattr(type(pretrainer.backbone), "call", fail)
    assert np.isfinite(number(pretrainer.compute_loss(x, None, outputs)))


def test_padding_reaches_neither_term(pretrainer, batch):
    x, outputs = batch
    mask = to_numpy(x["padding_mask"])
    ids = np.where(mask, to_numpy(x["token_ids"]), 77).astype("int32")
    spoiled = {**x, "token_ids": ops.convert_to_tensor(ids)}
    others = outputs_of(pretrainer, spoiled)
    np.testing.assert_allclose(
        to_numpy(others["text_embeddings"]),
        to_numpy(outputs["text_embeddings"]),
        atol=1e-6,
    )
    assert number(
        pretrainer.compute_loss(spoiled, None, others)
    ) == pytest.approx(
        number(pretrainer.compute_loss(x, None, outputs)), rel=1e-6
    )


def test_rows_of_weight_0_are_as_if_absent(pretrainer, batch):
    x, outputs = batch
    weights = ops.convert_to_tensor([1.0, 1.0, 1.0, 0.0])
    loss = number(pretrainer.compute_loss(x, None, outputs, weights))
    x, outputs = (
        {k: v[:3] if len(v.shape) else v for k, v in part.items()}
        for part in (x, outputs)
    )
    fewer = number(pretrainer.compute_loss(x, None, outputs))
    assert loss == pytest.approx(fewer, rel=1e-5)


def test_the_default_optimizer_is_the_recipes(pretrainer):
    optimizer = pretrainer.optimizer
    assert isinstance(optimizer, keras.optimizers.AdamW)
    assert optimizer.beta_2 == 0.999 and optimizer.global_clipnorm == 1.0
    assert float(optimizer.learning_rate) == pytest.approx(5e-4)
    decayed = {
        v.path.split("/")[-1]
        for v in pretrainer.trainable_variables
        if optimizer._use_weight_decay(v)
    }
    assert decayed == {"kernel"}


@pytest.mark.parametrize("contrastive", ["softmax", None])
def test_other_objectives(contrastive):
    decoder = contrastive is None
    model = models.SensorLMPretrainer(
        make_backbone(decoder=decoder, contrastive=contrastive),
        make_preprocessor(),
    )
    logs = model.evaluate(example_days(), TEXTS, return_dict=True, verbose=0)
    if contrastive is None:
        assert logs["loss"] == pytest.approx(2 * logs["captioning_loss"])
        assert "contrastive_loss" not in logs
    else:
        assert logs["loss"] == pytest.approx(logs["contrastive_loss"])
        assert "perplexity" not in logs
        _, outputs = batch_of(model)
        logits = losses.contrastive_logits(
            outputs["sensor_embeddings"],
            outputs["text_embeddings"],
            outputs["logit_scale"],
        )
        assert logs["loss"] == pytest.approx(
            number(losses.softmax_contrastive_loss(logits)), rel=1e-4
        )


def test_a_frozen_tower_keeps_its_embeddings():
    model = models.SensorLMPretrainer(
        make_backbone(), make_preprocessor(), freeze="sensor"
    )
    model.compile(run_eagerly=FASTER_EAGERLY)
    _, before = batch_of(model)
    model.fit(*pair(), verbose=0)
    _, after = batch_of(model)
    moved = {
        tower: np.abs(
            to_numpy(after[f"{tower}_embeddings"])
            - to_numpy(before[f"{tower}_embeddings"])
        ).max()
        for tower in ("sensor", "text")
    }
    assert moved["sensor"] == 0.0 and moved["text"] > 1e-4


@pytest.mark.parametrize("tower", ["sensor", "text"])
def test_freezing_takes_a_whole_tower_and_no_more(tower):
    backbone = make_backbone()
    model = models.SensorLMPretrainer(backbone, freeze=tower)
    frozen = {v.path for v in model.non_trainable_variables}
    encoder = getattr(backbone, f"{tower}_encoder")
    head = getattr(backbone, f"{tower}_head")
    assert frozen == {v.path for v in encoder.weights + head.weights}


def test_half_precision_lora_averages_and_remat_together():
    """One step of all the ways to train that change the step itself."""
    backbone = make_backbone(dtype="mixed_bfloat16", sensors={"remat": True})
    backbone.enable_lora(2)
    model = models.SensorLMPretrainer(backbone, make_preprocessor())
    model.compile(keras.optimizers.AdamW(0.1, use_ema=True, ema_momentum=0.5))
    query = backbone.sensor_encoder.blocks[0].attention.query
    kernel = to_numpy(query.kernel) * 1.0
    base = to_numpy(query._kernel) * 1.0
    history = model.fit(*pair(), epochs=3, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    np.testing.assert_array_equal(to_numpy(query._kernel), base)
    assert np.abs(to_numpy(query.kernel) - kernel).max() > 1e-4
    # Keras puts the averages in place when training ends.
    for variable, average in zip(
        model.trainable_variables,
        model.optimizer._model_variables_moving_average,
    ):
        np.testing.assert_array_equal(to_numpy(variable), to_numpy(average))


def test_saves_and_loads(pretrainer, expected, tmp_path):
    pretrainer.save_to_preset(str(tmp_path))
    again = models.SensorLMPretrainer.from_preset(str(tmp_path))
    assert again.freeze is None
    logs = again.evaluate(*pair(), return_dict=True, verbose=0)
    assert logs == pytest.approx(expected, rel=1e-4)
    frozen = models.SensorLMPretrainer.from_preset(str(tmp_path), freeze="text")
    assert frozen.get_config()["freeze"] == "text"
    assert not frozen.backbone.text_encoder.trainable


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"loss": "triplet"}, "triplet"),
        ({"loss_weights": {"mlm": 1.0}}, "mlm"),
        ({"loss_weights": {"contrastive": 0.0}}, "No term"),
    ],
)
def test_unusable_settings(pretrainer, arguments, message):
    with pytest.raises(ValueError, match=message):
        pretrainer.compile(**arguments)


def test_unusable_data(pretrainer):
    with pytest.raises(ValueError, match="freeze"):
        models.SensorLMPretrainer(make_backbone(), freeze="decoder")
    with pytest.raises(ValueError, match="same number"):
        pretrainer.fit(example_days(), TEXTS[:3])
    with pytest.raises(ValueError, match="should be a dataset or arrays"):
        pretrainer.fit(as_tf_data(pair()), validation_data=iter([pair()]))
