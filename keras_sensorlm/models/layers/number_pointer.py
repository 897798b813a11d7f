"""Captions copy the day's numbers instead of guessing their digits."""

import keras
import numpy as np
from keras import ops

from keras_sensorlm.models.layers.number_spelling import END
from keras_sensorlm.models.layers.number_spelling import MINUS
from keras_sensorlm.models.layers.number_spelling import NUM_CHARACTERS
from keras_sensorlm.models.layers.number_spelling import PLACES
from keras_sensorlm.models.layers.number_spelling import POINT
from keras_sensorlm.models.layers.number_spelling import numbers_begun
from keras_sensorlm.models.layers.number_spelling import prefixes

_UNSEEN = -1e9


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class NumberPointer(keras.layers.Layer):
    """Adds to a caption's logits what a number of the day has next.

    A copy mechanism (pointer-generator networks, See et al. 2017, arXiv
    1704.04368), added to the logits instead of mixed with the probabilities.
    At each token the decoder's state points at one of the numbers that
    `DayNumbers` has computed from the day, by channel and by kind; numbers
    that go on as the text has begun are preferred. Their next characters
    are added to the logits, as strongly as the state wants. What is said,
    and when a number comes, is left to the decoder. Not in the paper; the
    built-in presets S to XL do without.

    Args:
        vocabulary_size: int. Number of token ids.
        symbols: dict of str to list of int. Ids of the tokens `"0"` to
            `"9"`, `"."` and `"-"`, as `number_symbols` finds them.
        **kwargs: the arguments of `keras.layers.Layer`, such as `dtype`.

    Call arguments:
        states: float tensor `(batch, length, width)`. The decoder's.
        token_ids: int tensor `(batch, length)`. The tokens there.
        numbers: int tensor `(batch, channels, kinds, places)` from
            `DayNumbers`, or what `prepared` made of it.
        positions: int tensor `(length,)`, optional. Where in `token_ids`,
            which may then be more, the states are.

    Returns:
        Float32 tensor `(batch, length, vocabulary_size)`; zeros but for the
        symbols.

    Example:

    >>> from keras_sensorlm.models.layers.day_numbers import DayNumbers
    >>> symbols = {str(i): [i] for i in range(10)} | {".": [10], "-": [11]}
    >>> day = np.full((1, 80, 1), 0.5, "float32")
    >>> numbers = DayNumbers(["heart_rate"])(day)
    >>> states = np.ones((1, 3, 4), "float32")
    >>> layer = NumberPointer(20, symbols)
    >>> tuple(layer(states, np.array([[19, 7, 5]]), numbers).shape)
    (1, 3, 20)
    """

    # Tokens before one that its logits can depend on.
    reach = PLACES

    def __init__(self, vocabulary_size, symbols, **kwargs):
        # Under mixed precision numbers need what rounding would lose.
        super().__init__(autocast=False, **kwargs)
        self.vocabulary_size = vocabulary_size
        self.symbols = {key: list(ids) for key, ids in symbols.items()}
        self._characters = np.full(vocabulary_size, -1, "int32")
        self._tokens = np.zeros((END, vocabulary_size), "float32")
        for symbol, ids in self.symbols.items():
            character = {".": POINT, "-": MINUS}.get(symbol)
            character = int(symbol) if character is None else character
            self._characters[ids] = character
            self._tokens[character, ids] = 1.0

    def build(self, states_shape, token_ids_shape, numbers_shape):
        _, channels, kinds, _ = numbers_shape
        width = states_shape[-1]
        small = keras.initializers.RandomNormal(0.02)
        self.channel_kernel, self.kind_kernel = (
            self.add_weight((width, size), initializer=small, name=name)
            for name, size in (
                ("channel_kernel", channels),
                ("kind_kernel", kinds),
            )
        )
        self.strength_kernel = self.add_weight(
            (width, 1), initializer=small, name="strength_kernel"
        )
        self.strength = self.add_weight(
            (1,), initializer=keras.initializers.Constant(4.0), name="strength"
        )
        self.consistency = self.add_weight(
            (1,),
            initializer=keras.initializers.Constant(6.0),
            name="consistency",
        )

    def call(self, states, token_ids, numbers, positions=None):
        states = ops.cast(states, "float32")
        table = ops.convert_to_tensor(self._characters)
        places, begun = numbers_begun(ops.take(table, token_ids, axis=0))
        if positions is not None:
            places, begun = (
                ops.take(x, positions, axis=1) for x in (places, begun)
            )
        # Zeros where a run of characters is longer than any number.
        place = ops.expand_dims(places, -1) == ops.arange(PLACES, dtype="int32")
        place = ops.cast(place, "float32")
        if not isinstance(numbers, dict):
            numbers = self.prepared(numbers)
        shares = self._shares(states, place, begun, numbers)
        following = ops.matmul(shares, numbers["characters"])
        shape = (-1, ops.shape(following)[1], PLACES, NUM_CHARACTERS)
        following = ops.reshape(following, shape)
        following = ops.sum(following * ops.expand_dims(place, -1), axis=2)
        strength = ops.matmul(states, ops.cast(self.strength_kernel, "float32"))
        strength = ops.softplus(strength + ops.cast(self.strength, "float32"))
        # Where the number is over, no character of one should follow.
        wanted = strength * (following[..., :END] - following[..., END:])
        return ops.matmul(wanted, ops.convert_to_tensor(self._tokens))

    def prepared(self, numbers):
        """What each token needs of the numbers, computed once for all.

        Args:
            numbers: int tensor from `DayNumbers`.

        Returns:
            Dict of float32 tensors; batch comes first in each.
        """
        count = numbers.shape[1] * numbers.shape[2]
        heads = ops.reshape(prefixes(numbers), (-1, count, PLACES))
        found = ops.one_hot(numbers, NUM_CHARACTERS, dtype="float32")
        first = ops.reshape(numbers[..., 0], (-1, 1, count))
        return {
            "characters": ops.reshape(
                found, (-1, count, PLACES * NUM_CHARACTERS)
            ),
            "heads": ops.transpose(heads, (0, 2, 1)),
            "unknown": ops.cast(first == END, "float32") * _UNSEEN,
        }

    def _shares(self, states, place, begun, numbers):
        """How much each number is pointed at, `(batch, length, numbers)`."""
        channel = ops.matmul(states, ops.cast(self.channel_kernel, "float32"))
        kind = ops.matmul(states, ops.cast(self.kind_kernel, "float32"))
        scores = ops.expand_dims(channel, -1) + ops.expand_dims(kind, -2)
        count = channel.shape[-1] * kind.shape[-1]
        scores = ops.reshape(scores, (-1, ops.shape(scores)[1], count))
        heads = ops.matmul(place, numbers["heads"])
        agrees = ops.cast(heads == ops.expand_dims(begun, -1), "float32")
        scores = scores + agrees * ops.cast(self.consistency, "float32")
        return ops.softmax(scores + numbers["unknown"], axis=-1)

    def compute_output_spec(self, states, token_ids, numbers, positions=None):
        return keras.KerasTensor(
            (*states.shape[:2], self.vocabulary_size), dtype="float32"
        )

    def get_config(self):
        config = super().get_config()
        names = "vocabulary_size symbols"
        config.update({name: getattr(self, name) for name in names.split()})
        return config
