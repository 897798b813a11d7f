"""What number a text is saying, at each of its tokens."""

import keras
import numpy as np
from keras import ops

from keras_sensorlm.models.layers.number_features import NUM_FEATURES
from keras_sensorlm.models.layers.number_features import number_features
from keras_sensorlm.models.layers.shifted import shifted

# Longest run of digits before the point, and after it.
_WHOLE, _DECIMALS = 6, 4


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class NumberEmbedding(keras.layers.Layer):
    """Embeds the value of the numbers that a text spells in digits.

    "1 3 3 . 8" is five tokens, and a small text encoder needs long to learn
    what number they are. Here it is computed: a digit's token carries the
    value of its number so far (1, 13, 133, 133.8), the token after a number
    its whole value; nothing looks ahead, so a causal encoder stays causal.
    A value comes as `number_features` (compare xVal, Golkar et al. 2023,
    arXiv 2310.02989), as the statistics of a day do in `ChannelSummary`. Not
    in the paper; the built-in presets S to XL do without.

    Args:
        width: int. Width of the tokens.
        vocabulary_size: int. Number of token ids.
        symbols: dict of str to list of int. Ids of the tokens `"0"` to
            `"9"`, `"."` and `"-"`, as `number_symbols` finds them.
        **kwargs: the arguments of `keras.layers.Layer`, such as `dtype`.

    Call arguments:
        token_ids: int tensor `(batch, length)`.

    Returns:
        Float tensor `(batch, length, width)`; zeros where no number is.

    Example:

    >>> symbols = {str(i): [i] for i in range(10)} | {".": [10], "-": [11]}
    >>> layer = NumberEmbedding(8, vocabulary_size=12, symbols=symbols)
    >>> tuple(layer(np.array([[1, 3, 3, 10, 8]])).shape)
    (1, 5, 8)
    """

    # Tokens before one that its embedding can depend on.
    reach = _WHOLE + _DECIMALS + 2

    def __init__(self, width, vocabulary_size, symbols, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.vocabulary_size = vocabulary_size
        self.symbols = {key: list(ids) for key, ids in symbols.items()}
        # -1 for what is no digit.
        self._digits = np.full(vocabulary_size, -1.0, "float32")
        self._points = np.zeros(vocabulary_size, "float32")
        self._minuses = np.zeros(vocabulary_size, "float32")
        for symbol, ids in self.symbols.items():
            if symbol.isdigit():
                self._digits[ids] = float(symbol)
            else:
                {".": self._points, "-": self._minuses}[symbol][ids] = 1.0

    def build(self, token_ids_shape):
        numbers = 1 + NUM_FEATURES
        self.running, self.finished = (
            self.add_weight(
                shape=(numbers, self.width),
                initializer=keras.initializers.RandomNormal(numbers**-0.5),
                name=name,
            )
            for name in ("running", "finished")
        )

    def call(self, token_ids):
        digits, points, minuses = (
            ops.take(ops.convert_to_tensor(table), token_ids, axis=0)
            for table in (self._digits, self._points, self._minuses)
        )
        values, said = running_numbers(digits, points, minuses)
        ended = shifted(said, 1) * (1.0 - said)
        parts = (
            (values, said, self.running),
            (shifted(values, 1), ended, self.finished),
        )
        return sum(self._embed(*part) for part in parts)

    def _embed(self, values, where, kernel):
        features = ops.concatenate(
            [
                ops.ones_like(ops.expand_dims(values, -1)),
                number_features(values),
            ],
            axis=-1,
        )
        features = features * ops.expand_dims(where, -1)
        return ops.matmul(
            ops.cast(features, self.compute_dtype),
            ops.cast(kernel, self.compute_dtype),
        )

    def compute_output_shape(self, token_ids_shape):
        return (*token_ids_shape, self.width)

    def get_config(self):
        config = super().get_config()
        names = "width vocabulary_size symbols"
        config.update({name: getattr(self, name) for name in names.split()})
        return config


def number_symbols(vocabulary):
    """Ids of digits, points and minus signs in a tokenizer's vocabulary.

    Args:
        vocabulary: list of str. Tokens by id; those that go on a word start
            with `##`.

    Returns:
        Dict of str to list of int.

    Example:

    >>> number_symbols(["run", "7", "##7", "##."])["7"]
    [1, 2]
    """
    symbols = {symbol: [] for symbol in "0123456789.-"}
    for i, token in enumerate(vocabulary):
        token = token.removeprefix("##")
        if token in symbols:
            symbols[token].append(i)
    return symbols


def running_numbers(digits, points, minuses):
    """The value of the number that each position is in, so far.

    Args:
        digits: float tensor `(batch, length)`. 0 to 9, or -1 for no digit.
        points: float tensor of that shape. 1 for a decimal point.
        minuses: float tensor of that shape. 1 for a minus sign.

    Returns:
        Two float tensors of that shape: the values, 0 outside numbers; and 1
        at digits, 0 elsewhere. Of a number with more than six digits before
        the point or four after it, the last ones count.
    """
    said = ops.cast(digits >= 0, "float32")
    digits = digits * said
    unbroken, whole, length = said, digits, said
    for k in range(1, _WHOLE):
        unbroken = unbroken * shifted(said, k)
        whole = whole + unbroken * shifted(digits, k) * 10.0**k
        length = length + unbroken
    values, total = whole, length
    for k in range(1, _DECIMALS + 1):
        before = shifted(length, k + 1)
        is_decimal = (length == k) & (shifted(points, k) > 0) & (before > 0)
        value = shifted(whole, k + 1) + whole * 10.0**-k
        values = ops.where(is_decimal, value, values)
        total = ops.where(is_decimal, before + k + 1, total)
    sign = ops.ones_like(values)
    for k in range(1, _WHOLE + _DECIMALS + 2):
        negative = (total == k) & (shifted(minuses, k) > 0)
        sign = ops.where(negative, -1.0, sign)
    return values * sign, said
