"""What the demo's model is, and how it is trained: one table of numbers."""

import dataclasses
import hashlib
import json

from keras_sensorlm.version import __version__

CAPTION_KEY = "high_level_summary_caption"


@dataclasses.dataclass(frozen=True)
class Recipe:
    """The demo's model and training; the defaults fit into four minutes.

    Patches hold all channels of some minutes: a real watch lacks most
    channels, and 72 tokens instead of 1872 are what two cores can train.

    Attributes:
        days: int. Simulated days to choose training days from.
        held_out: int. Simulated days to measure retrieval on.
        steps: int. Optimizer steps.
        batch_size: int. Pairs a step.
        learning_rate: float. At its peak, after a tenth of the steps.
        captioning: float. Weight of the captioning loss; the contrastive
            one has 1.
        width: int. Width of all three parts.
        sensor_layers: int. Blocks of the sensor encoder.
        text_layers: int. Blocks of the text encoder.
        decoder_layers: int. Blocks of the decoder.
        patch_minutes: int. Minutes of a patch.
        caption_queries: int. Queries through which the decoder sees a day.
        text_tokens: int. Tokens of a caption.
        vocabulary: int. Entries of the shipped vocabulary that are used.
        seed: int. Of the days, their captions and the training.
    """

    days: int = 3000
    held_out: int = 64
    steps: int = 480
    batch_size: int = 32
    learning_rate: float = 1e-3
    captioning: float = 1.0
    width: int = 96
    sensor_layers: int = 3
    text_layers: int = 2
    decoder_layers: int = 2
    patch_minutes: int = 20
    caption_queries: int = 16
    text_tokens: int = 80
    vocabulary: int = 1500
    seed: int = 0

    def key(self):
        """A name that changes with the recipe and with the library."""
        text = json.dumps([__version__, dataclasses.asdict(self)])
        return "demo-" + hashlib.sha256(text.encode()).hexdigest()[:16]
