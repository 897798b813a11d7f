"""Step by step through a caption, with caches."""

from keras import ops

from keras_sensorlm.models.layers.day_numbers import DayNumbers
from keras_sensorlm.models.layers.number_pointer import NumberPointer
from keras_sensorlm.models.recent_tokens import recent_tokens


class CaptionDecoding:
    """What a model with a text encoder and a decoder needs to write.

    A mixin of `SensorLMBackbone`.
    """

    def caption_memory_of(self, sensors, observed=None):
        """What the decoder attends to, computed once a day.

        Args:
            sensors: float array `(batch, minutes, features)`, normalised,
                NaN for missing.
            observed: bool array of that shape. Defaults to all.

        Returns:
            Float tensor `(batch, memory_length, width)` and a bool tensor
            `(batch, memory_length)` or `None` where everything is visible.

        Raises:
            ValueError: if the model has no decoder.
        """
        self._require_decoder()
        return self._memory(*self._read(*as_tensors(sensors, observed)))

    def _add_number_pointer(self, dtype):
        self.day_numbers = DayNumbers(
            self.sensor_encoder.features, self.sensor_encoder.layout
        )
        self.number_pointer = NumberPointer(
            self.text_encoder.vocabulary_size,
            self.text_encoder.number_symbols,
            name="number_pointer",
            dtype=dtype,
        )

    def spoken_numbers(self, sensors, observed=None):
        """The numbers that captions can copy, computed once a day.

        Args:
            sensors: float array `(batch, minutes, features)`, normalised,
                NaN for missing.
            observed: bool array of that shape. Defaults to all.

        Returns:
            Int32 tensor from `DayNumbers`, or `None` if the model copies
            none.
        """
        if self.number_pointer is None:
            return None
        return self.day_numbers(*as_tensors(sensors, observed))

    def caption_logits(self, states, token_ids, numbers=None, positions=None):
        """Logits of the token after each position.

        Args:
            states: float tensor `(batch, length, width)`. The decoder's.
            token_ids: int tensor `(batch, length)`. The tokens there.
            numbers: int tensor from `spoken_numbers`, if the model copies
                numbers.
            positions: int tensor `(length,)`, optional. Where in
                `token_ids`, which may then be more, the states are.

        Returns:
            Float tensor `(batch, length, vocabulary)`.
        """
        logits = self.token_embedding(states, reverse=True)
        if numbers is None:
            return logits
        copied = self.number_pointer(states, token_ids, numbers, positions)
        return logits + ops.cast(copied, logits.dtype)

    def compute_cross_cache(self, memory):
        """Cross-attention keys and values, once for all steps.

        Args:
            memory: float tensor from `caption_memory_of`.

        Returns:
            Nested tuples of float tensors; batch comes first in each.
        """
        self._require_decoder()
        return self.decoder.compute_cross_cache(memory)

    def init_cache(self, batch_size, length):
        """Empty caches for decoding up to `length` positions.

        Args:
            batch_size: int. Number of rows.
            length: int. At most the text encoder's `max_length`.

        Returns:
            Dict of nested tuples of float tensors; batch comes first in
            each.

        Raises:
            ValueError: if the model has no decoder, or `length` is more
                than the text encoder has positions.
        """
        self._require_decoder()
        known = isinstance(length, int)  # Not so in an exported graph.
        if known and length > self.text_encoder.max_length:
            raise ValueError(
                "The text encoder has "
                f"{self.text_encoder.max_length} positions. Received: "
                f"length={length}"
            )
        return {
            "text": self.text_encoder.init_cache(batch_size, length),
            "decoder": self.decoder.init_cache(batch_size, length),
        }

    def decode(
        self,
        token_ids,
        cache,
        cache_update_index,
        cross_cache,
        memory_mask=None,
        numbers=None,
    ):
        """Logits of the next positions, given the cache of those before.

        Shapes are static, so that one compiled step serves every position;
        several positions at once fill the cache with a prompt.

        Args:
            token_ids: int tensor `(batch, steps)`. The tokens at positions
                `cache_update_index` and following.
            cache: dict from `init_cache` or the last `decode`. Not to be
                used again: under torch it is changed in place.
            cache_update_index: int or int scalar tensor.
            cross_cache: tuple from `compute_cross_cache`.
            memory_mask: bool tensor from `caption_memory_of`, or `None`.
            numbers: int tensor from `spoken_numbers`, what
                `NumberPointer.prepared` made of it, or `None`.

        Returns:
            Float tensor `(batch, steps, vocabulary)`, equal to those
            positions of `"caption_logits"`, and the new cache.
        """
        self._require_decoder()
        states, text_cache = self.text_encoder.decode(
            token_ids, cache["text"], cache_update_index
        )
        states, decoder_cache = self.decoder.decode(
            states,
            cache["decoder"],
            cache_update_index,
            cross_cache,
            memory_mask,
        )
        positions = None
        if numbers is not None:
            token_ids, positions = recent_tokens(
                text_cache[-1],
                cache_update_index,
                states.shape[1],
                self.number_pointer.reach,
            )
        logits = self.caption_logits(states, token_ids, numbers, positions)
        return logits, {"text": text_cache, "decoder": decoder_cache}

    def _require_decoder(self):
        if self.decoder is None:
            raise ValueError(
                "This model has no decoder and cannot write captions. Build "
                "it with `decoder=MultimodalDecoder(...)` and a causal text "
                "encoder."
            )


def as_tensors(sensors, observed):
    sensors = ops.convert_to_tensor(sensors, "float32")
    if observed is not None:
        observed = ops.convert_to_tensor(observed, "bool")
    return sensors, observed
