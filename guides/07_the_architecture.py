"""
Title: The architecture, built from its layers
Description: Rectangles, blocks, pooling, two losses: a SensorLM of your own
    in a hundred lines.
Extras: demo
"""

"""
## The whole in a sentence

A day becomes tokens, tokens become an embedding and a memory; a text becomes an
embedding; a contrastive loss brings the two embeddings together, and a decoder
writes the text while it looks at the memory. Each step is a Keras layer of its
own, and all of them run on TensorFlow, JAX and PyTorch.
"""

import keras
import numpy as np
from keras import ops

import keras_sensorlm
from keras_sensorlm import models
from keras_sensorlm.models.layers.attention_pooling import AttentionPooling
from keras_sensorlm.models.layers.patch_embedding import (
    RectangularPatchEmbedding,
)
from keras_sensorlm.models.layers.transformer_block import TransformerBlock

keras.utils.set_random_seed(0)
WIDTH, HEADS = 64, 4

"""
## Normalise, and mark what is missing

`SensorConverter` subtracts means and divides by standard deviations, by device.
With `missing="mask"` a missing value stays NaN: the model is to know it.
"""

days = keras_sensorlm.simulate_days(8, seed=0, devices="mixed")
sensors = models.SensorConverter(missing="mask")(days)
missing = np.isnan(ops.convert_to_numpy(sensors)).mean()
print(sensors.shape, f"{missing:.0%} missing")

"""
## Rectangles become tokens

20 minutes of all 26 channels are one token here, so a day is 72 of them; the
paper's rectangles are 10 minutes by 2 channels, which makes 1,872. A missing
value adds a learned vector of its place instead of a number, so nothing that
lies under the mask can leak.
"""

embed = RectangularPatchEmbedding(WIDTH, patch_size=(20, 26), missing="mask")
tokens, seen = embed(sensors, return_mask=True)
print(tokens.shape, "of which hold something:", int(ops.sum(seen)))

"""
## Blocks mix them

Pre-LayerNorm, attention, MLP: the block of the ViT. Rectangles with nothing in
them can be left out of attention.
"""

blocks = [TransformerBlock(HEADS, 4 * WIDTH) for _ in range(2)]
x = tokens
for block in blocks:
    x = block(x, key_mask=seen)
print(x.shape)

"""
## Pooling

One learned query gathers the day into one vector, which is scaled to length 1.
More queries make the memory that a decoder looks at.
"""

pool = AttentionPooling(HEADS, 4 * WIDTH, num_queries=1)
embedding = ops.normalize(pool(x, key_mask=seen)[:, 0])
memory = AttentionPooling(HEADS, 4 * WIDTH, num_queries=16)(x, key_mask=seen)
print(embedding.shape, memory.shape)

"""
## The same, as the library's classes

`SensorEncoder` is what stands above. `TextEncoder` is the same for token ids;
causal, so that the decoder may build on it.
"""

sensor_encoder = models.SensorEncoder(
    WIDTH, num_layers=2, num_heads=HEADS, patch_size=(20, 26)
)
text_encoder = models.TextEncoder(
    4000, WIDTH, num_layers=2, num_heads=HEADS, causal=True, max_length=96
)
decoder = models.MultimodalDecoder(
    num_layers=2, num_heads=HEADS, mlp_dim=4 * WIDTH
)
backbone = models.SensorLMBackbone(
    sensor_encoder,
    text_encoder,
    decoder,
    contrastive="sigmoid",
    num_caption_queries=16,
)
backbone.summary()

"""
## Settings that are methods

| | `contrastive` | `decoder` |
|---|---|---|
| CLIP | `"softmax"` | none |
| SigLIP | `"sigmoid"` | none |
| Cap | none | yes |
| CoCa | either | yes |

## The two losses

Every day is compared with every caption; the pairs lie on the diagonal.
"""

from keras_sensorlm.losses import contrastive_logits
from keras_sensorlm.losses import sigmoid_contrastive_loss

preprocessor = models.SensorLMPreprocessor(
    models.SensorLMTokenizer(vocabulary_size=4000), sequence_length=96
)
captions = keras_sensorlm.HierarchicalCaptioner().captions(days)
inputs = preprocessor({"sensors": days, "text": captions})
outputs = backbone(inputs)
logits = contrastive_logits(
    outputs["sensor_embeddings"],
    outputs["text_embeddings"],
    outputs["logit_scale"],
    outputs["logit_bias"],
)
print(logits.shape, float(sigmoid_contrastive_loss(logits)))
print(outputs["caption_logits"].shape)

"""
## Train it

`SensorLMPretrainer` has both losses and reports how many days find their own
caption in the batch. Three epochs on a few simulated days make no model yet,
but the losses fall.
"""

pretrainer = models.SensorLMPretrainer(backbone, preprocessor)
pretrainer.compile(keras.optimizers.AdamW(2e-3), jit_compile=False)
many = keras_sensorlm.simulate_days(256, seed=1)
texts = keras_sensorlm.HierarchicalCaptioner().captions(many)
history = pretrainer.fit(many, texts, batch_size=32, epochs=3, verbose=0)
for name in ("contrastive_loss", "captioning_loss", "sensor_to_text_r1"):
    print(f"{name:20}", np.round(history.history[name], 3))

"""
## Give it to somebody

A backbone and a preprocessor are a preset.
"""

preset = keras_sensorlm.SensorLMPreset(backbone, preprocessor)
print(preset.embed_days(days).shape)
print(preset.caption(days[:1], max_length=24))

"""
The sizes of the paper are `keras_sensorlm.models.PRESETS`; `keras.remat`,
LoRA, int8 and mixed precision are switches of the same classes.
"""
