"""Numbers that a text spells in digits, read as values."""

import numpy as np
import pytest
from keras import ops

from keras_sensorlm.models.layers.number_embedding import NumberEmbedding
from keras_sensorlm.models.layers.number_embedding import number_symbols
from keras_sensorlm.models.layers.number_embedding import running_numbers
from keras_sensorlm.models.text_encoder import TextEncoder
from tests.models.backend_helpers import to_numpy
from tests.models.layer_test_case import LayerTestCase

WORDS = [*"0123456789.-", "run", ","]
SYMBOLS = number_symbols(WORDS)


def ids(text):
    """Characters as token ids; a space is the word `run`."""
    words = [{" ": "run"}.get(c, c) for c in text]
    return np.array([[WORDS.index(word) for word in words]], "int32")


def running(text):
    tokens = ids(text)
    digits = np.where(tokens < 10, tokens, -1).astype("float32")
    values, said = running_numbers(
        *(
            ops.convert_to_tensor(x.astype("float32"))
            for x in (digits, tokens == 10, tokens == 11)
        )
    )
    return to_numpy(values)[0].tolist(), to_numpy(said)[0].tolist()


@pytest.mark.parametrize(
    "text, expected",
    [
        ("133.8", [1, 13, 133, 0, 133.8]),
        (" 62.0 ", [0, 6, 62, 0, 62.0, 0]),
        ("-0.88", [0, 0, 0, -0.8, -0.88]),
        ("12,34", [1, 12, 0, 3, 34]),
        (".5", [0, 5]),
        ("1440.", [1, 14, 144, 1440, 0]),
    ],
)
def test_values_grow_with_their_digits(text, expected):
    values, said = running(text)
    np.testing.assert_allclose(values, expected, atol=1e-5)
    assert said == [float(c.isdigit()) for c in text]


class TestNumberEmbedding(LayerTestCase):
    golden = "number_embedding"

    def make(self, **kwargs):
        return NumberEmbedding(8, len(WORDS), SYMBOLS, **kwargs)

    def inputs(self):
        return {"token_ids": ids("62.0 133.8 -7 1,2")}

    def test_what_is_no_number_gets_nothing(self):
        (y,) = self.call(self.made(), token_ids=ids("  ,."))
        assert not to_numpy(y).any()

    def test_the_token_after_a_number_tells_its_value(self):
        layer = self.made()
        one, same, other = (
            to_numpy(self.call(layer, token_ids=ids(text))[0])[0, -1]
            for text in ("62.0 ", " 62.0 ", "62.1 ")
        )
        np.testing.assert_allclose(one, same, atol=1e-6)
        assert np.abs(one - other).max() > 1e-4


def encoder():
    return TextEncoder(
        len(WORDS),
        16,
        2,
        2,
        max_length=32,
        causal=True,
        number_symbols=SYMBOLS,
    )


def test_decoding_step_by_step_equals_the_whole():
    layer, tokens = (
        encoder(),
        ids("run62.0 133.8 -7.25 1,2 9".replace("run", " ")),
    )
    whole = to_numpy(layer(tokens))
    cache = layer.init_cache(1, 32)
    # A prompt of several tokens first, then one at a time.
    y, cache = layer.decode(tokens[:, :5], cache, 0)
    parts = [to_numpy(y)]
    for i in range(5, tokens.shape[1]):
        y, cache = layer.decode(tokens[:, i : i + 1], cache, i)
        parts.append(to_numpy(y))
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-5)


def test_it_changes_what_the_encoder_gives():
    plain = TextEncoder(len(WORDS), 16, 2, 2, causal=True)
    with_numbers = encoder()
    tokens = ids("62.0 ")
    plain(tokens)
    with_numbers(tokens)
    names = {w.path.split("/")[-1] for w in with_numbers.weights}
    assert {"running", "finished"} <= names
    assert len(with_numbers.weights) == len(plain.weights) + 2
