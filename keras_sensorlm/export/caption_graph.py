"""`CaptionGraph`: the loop that writes captions, in TensorFlow."""

import tensorflow as tf

from keras_sensorlm.models.captioner import SensorLMCaptioner
from keras_sensorlm.models.generation.samplers import get_sampler
from keras_sensorlm.models.generation.sentences import sentence_marks
from keras_sensorlm.models.generation.sentences import whole_sentences
from keras_sensorlm.models.generation.texts import text_limits

_SHORTEST = 2


class CaptionGraph:
    """Writes captions as `SensorLMPreset.caption` does, greedily.

    Args:
        backbone: `SensorLMBackbone` with a decoder.
        preprocessor: `SensorLMPreprocessor`.
    """

    def __init__(self, backbone, preprocessor):
        self.backbone = backbone
        self.preprocessor = preprocessor
        self.captioner = SensorLMCaptioner(backbone, preprocessor)
        self.sampler = get_sampler("greedy")
        self.limits = text_limits(preprocessor)
        self.marks = sentence_marks(preprocessor.tokenizer)
        self.longest = backbone.text_encoder.max_length
        self.default = min(preprocessor.sequence_length, self.longest)

    def write(self, days, prompts, max_length):
        """Writes a caption of each day.

        Args:
            days: float32 tensor `(batch, minutes, features)`, normalised.
            prompts: string tensor `(batch,)`. What the captions begin with.
                A prompt that leaves no room comes back cut.
            max_length: int32 tensor `(batch,)`. Most tokens of each caption,
                start and end included; 0 for the default, and brought into
                2 to the most that the model has positions for.

        Returns:
            String tensor `(batch,)`, prompts included.
        """
        limit = tf.where(max_length > 0, max_length, self.default)
        limit = tf.clip_by_value(limit, _SHORTEST, self.longest)
        room = tf.reduce_max(tf.concat([limit, [_SHORTEST]], axis=0))
        packed = self.preprocessor.generate_preprocess(
            {"text": prompts}, sequence_length=self.longest
        )
        lengths = tf.reduce_sum(packed["padding_mask"], axis=1)
        lengths = tf.minimum(lengths, limit)
        inputs = {
            **self.captioner.encode_step({"sensors": days}),
            "token_ids": packed["token_ids"][:, :room],
            "lengths": lengths,
            "max_length": room,
            "min_length": tf.constant(0),
        }
        written = self.captioner.generate_step(
            inputs, self.sampler, self.limits
        )
        return self._read(written.tokens, lengths, limit)

    def _read(self, tokens, lengths, limit):
        """Strings from written tokens, up to each row's end."""
        position = tf.range(tf.shape(tokens)[1])[None, :]
        # A prompt may hold the end token; it ends nothing.
        after = position >= lengths[:, None]
        is_end = tf.cast((tokens == self.limits.end) & after, tf.int32)
        ended = tf.cumsum(is_end, axis=1) > 0
        whole = whole_sentences(tokens, lengths, limit, self.marks)
        # One that was filled up to its limit has no end within it.
        in_time = tf.reduce_any(ended & (position < limit[:, None]), axis=1)
        last = tf.where(in_time, limit, whole)
        keep = ~ended & (position < last[:, None])
        tokenizer = self.preprocessor.tokenizer
        for special in tokenizer.special_token_ids:
            keep &= tokens != special
        return tokenizer.detokenize(tf.ragged.boolean_mask(tokens, keep))
