"""The layers that the models are composed of; each stands alone."""

from keras_sensorlm.models.layers.attention import Attention
from keras_sensorlm.models.layers.attention_pooling import AttentionPooling
from keras_sensorlm.models.layers.contrastive_scale import ContrastiveScale
from keras_sensorlm.models.layers.decoder_block import DecoderBlock
from keras_sensorlm.models.layers.embedding_head import EmbeddingHead
from keras_sensorlm.models.layers.mlp import Mlp
from keras_sensorlm.models.layers.patch_embedding import (
    RectangularPatchEmbedding,
)
from keras_sensorlm.models.layers.transformer_block import TransformerBlock

__all__ = [
    "Attention",
    "AttentionPooling",
    "ContrastiveScale",
    "DecoderBlock",
    "EmbeddingHead",
    "Mlp",
    "RectangularPatchEmbedding",
    "TransformerBlock",
]
