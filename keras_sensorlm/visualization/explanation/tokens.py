"""A day inside the sensor encoder: its tokens and what they attend to."""

from keras import ops

from keras_sensorlm.visualization.explanation.reading import DayReading


class DayTokens(DayReading):
    """One day as the sensor encoder's tokens.

    Args:
        preset: `SensorLMPreset`.
        day: `SensorDay`.

    Attributes:
        inputs: float tensor `(1, 1440, features)`. What the encoder reads.
        tokens: float tensor `(1, tokens, width)`, after the last block.
        mask: bool tensor `(1, tokens)`, or None where all are visible.
        count: int. All tokens.
    """

    def __init__(self, preset, day):
        super().__init__(preset)
        self.day = day
        x = ops.convert_to_tensor(self.normalised(day)[None])
        self.inputs = self.filled(x)
        self._embedded, mask = self.encoder.embed(self.inputs)
        self.mask = mask if self.encoder.skip_empty_patches else None
        tokens = self._embedded
        for block in self.encoder.blocks:
            tokens = block(tokens, key_mask=self.mask)
        self.tokens = self.encoder.norm(tokens)
        self.count = self.tokens.shape[1]

    def attentions(self):
        """Attention of each block, from the first to the last.

        Yields:
            Float32 arrays `(heads, tokens, tokens)`, rows sum to 1.
        """
        x = self._embedded
        for block in self.encoder.blocks:
            weights = block.attention.attention_weights(
                block.attention_norm(x), key_mask=self.mask
            )
            yield ops.convert_to_numpy(weights)[0]
            x = block(x, key_mask=self.mask)

    def from_shares(self, shares):
        """See `DayReading.from_shares`."""
        return super().from_shares(shares, self.day)
