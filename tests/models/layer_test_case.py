"""The checks that every layer of the family must pass."""

import pathlib

import keras
import numpy as np
from keras import ops

from tests.models.backend_helpers import loss_and_gradients
from tests.models.backend_helpers import to_numpy

GOLDEN = pathlib.Path(__file__).parent / "golden"
# A key's bias moves all logits of a query alike, which softmax does not see.
WITHOUT_GRADIENT = ("key/bias",)


class LayerTestCase:
    """Inherit, and say how to make the layer and what goes in.

    Attributes:
        golden: str. Name of the files under `golden/` with weights that JAX
            saved and what the layer gave for them there.
        without_gradient: tuple of str. Ends of the paths of weights that
            have none.
    """

    golden = None
    without_gradient = WITHOUT_GRADIENT

    def make(self, **kwargs):
        """A new layer; `kwargs` may hold `dtype`."""
        raise NotImplementedError

    def inputs(self):
        """Dict of call arguments as NumPy arrays, always the same."""
        raise NotImplementedError

    def call(self, layer, **changes):
        """All outputs as one flat list of tensors."""
        arguments = {
            name: ops.convert_to_tensor(value)
            if isinstance(value, np.ndarray)
            else value
            for name, value in {**self.inputs(), **changes}.items()
        }
        return keras.tree.flatten(layer(**arguments))

    def made(self, **kwargs):
        """A built layer in which every weight matters and is known."""
        layer = self.make(**kwargs)
        self.call(layer)
        rng = np.random.default_rng(0)
        for weight in layer.trainable_variables:
            noise = rng.normal(size=weight.shape, scale=0.4)
            weight.assign(to_numpy(weight.value) * 0 + noise + 0.1)
        return layer

    def test_config_round_trip(self):
        layer = self.make()
        config = layer.get_config()
        again = type(layer).from_config(config)
        assert again.get_config() == config
        serialized = keras.saving.serialize_keras_object(layer)
        assert serialized["registered_name"].startswith("keras_sensorlm>")
        again = keras.saving.deserialize_keras_object(serialized)
        assert again.get_config() == config

    def test_save_and_load(self, tmp_path):
        layer, other = self.made(), self.make()
        self.call(other)
        save_weights(layer, tmp_path / "w.weights.h5")
        load_weights(other, tmp_path / "w.weights.h5")
        for expected, got in zip(self.call(layer), self.call(other)):
            np.testing.assert_array_equal(to_numpy(got), to_numpy(expected))

    def test_equals_what_jax_saved(self):
        layer = self.make()
        self.call(layer)
        load_weights(layer, GOLDEN / f"{self.golden}.weights.h5")
        with np.load(GOLDEN / f"{self.golden}.npz") as expected:
            for i, got in enumerate(self.call(layer)):
                np.testing.assert_allclose(
                    to_numpy(got), expected[f"output_{i}"], atol=1e-5
                )

    def test_mixed_precision(self):
        mixed = self.made(dtype="mixed_bfloat16")
        assert {w.dtype for w in mixed.trainable_variables} == {"float32"}
        full = self.call(self.made())
        for expected, got in zip(full, self.call(mixed)):
            got, expected = to_numpy(got), to_numpy(expected)
            if expected.dtype == bool:
                np.testing.assert_array_equal(got, expected)
                continue
            scale = np.abs(expected).max()
            assert np.abs(got - expected).max() < 0.05 * scale

    def test_every_weight_has_a_gradient(self):
        layer = self.made()

        def loss():
            total = 0.0
            for output in self.call(layer):
                output = ops.cast(output, "float32")
                waves = ops.reshape(
                    ops.arange(np.prod(output.shape), dtype="float32"),
                    output.shape,
                )
                total = total + ops.sum(output * ops.sin(waves + 1.0))
            return total

        _, gradients = loss_and_gradients(layer, loss)
        largest = max(np.abs(g).max() for g in gradients.values())
        for path, gradient in gradients.items():
            assert np.isfinite(gradient).all(), path
            size = np.abs(gradient).max()
            if path.endswith(self.without_gradient):
                assert size < 1e-4 * largest, path
            else:
                assert size > 1e-5 * largest, path

    def write_golden(self):
        """Writes the golden files; see `golden/README.md`."""
        layer = self.made()
        save_weights(layer, GOLDEN / f"{self.golden}.weights.h5")
        outputs = {
            f"output_{i}": to_numpy(output)
            for i, output in enumerate(self.call(layer))
        }
        np.savez_compressed(GOLDEN / f"{self.golden}.npz", **outputs)


class MaskedLayerTestCase(LayerTestCase):
    """For layers with a mask over what they attend to.

    Attributes:
        mask_name: str. Name of the mask among the call arguments.
        masked_name: str. Name of the argument that it covers.
    """

    mask_name = "key_mask"
    masked_name = "x"

    def visible(self, output):
        """What of an output must not see the masked positions."""
        return output

    def test_what_the_mask_hides_changes_nothing(self):
        layer, inputs = self.made(), self.inputs()
        mask, x = inputs[self.mask_name], inputs[self.masked_name]
        assert not mask.all()
        changed = np.where(mask[..., None], x, 100.0).astype(x.dtype)
        before = self.call(layer)
        after = self.call(layer, **{self.masked_name: changed})
        for expected, got in zip(before, after):
            np.testing.assert_array_equal(
                self.visible(to_numpy(got)), self.visible(to_numpy(expected))
            )

    def test_the_mask_hides_something(self):
        layer = self.made()
        with_mask = self.call(layer)[0]
        without = self.call(layer, **{self.mask_name: None})[0]
        difference = self.visible(to_numpy(with_mask)) - self.visible(
            to_numpy(without)
        )
        assert np.abs(difference).max() > 1e-3


def save_weights(layer, path):
    _as_model(layer).save_weights(path)


def load_weights(layer, path):
    _as_model(layer).load_weights(path)


def _as_model(layer):
    if isinstance(layer, keras.Model):
        return layer
    model = keras.Sequential([layer], name="model")
    # Loading asks for a built model; the layer is built already.
    model.built = True
    return model
