"""
Title: Training from scratch, distribution and resume
Description: A recipe, a short run that is cut off and goes on, its curves,
    and many devices.
Extras: demo
"""

"""
## A recipe is one record

Everything that decides a run stands in a `Recipe`: the preset, the captions,
batch, length, optimizer, schedule, augmentation, precision and seed. Some ship
with the library.
"""

import dataclasses
import pathlib
import tempfile

import keras_sensorlm
from keras_sensorlm.training import DaySource
from keras_sensorlm.training import Recipe
from keras_sensorlm.training import Validation
from keras_sensorlm.training import built_in_recipes
from keras_sensorlm.training import train

print(built_in_recipes())

"""
This one is as small as a guide must be: a minute on two cores. What it learns
is little; `guides/training.md` says what a real run takes.
"""

recipe = Recipe(
    name="guide",
    preset="sensorlm_small_en",
    backbone={
        "sensor_encoder": {
            "width": 64,
            "num_layers": 2,
            "num_heads": 2,
            "patch_size": [40, 26],
        },
        "text_encoder": {
            "vocabulary_size": 4000,
            "width": 64,
            "num_layers": 2,
            "num_heads": 2,
        },
        "decoder": None,
        "embedding_dim": 64,
    },
    caption_keys={"high_level_summary_caption": 1.0},
    sequence_length=64,
    batch_size=32,
    steps=60,
    log_every=10,
    checkpoint_every=20,
    validation=Validation(every=20, days=64, captions=0),
)
source = DaySource(
    keras_sensorlm.simulate_days(500, seed=0), recipe.caption_keys
)
others = DaySource(
    keras_sensorlm.simulate_days(64, seed=1), recipe.caption_keys
)

"""
## A run that is cut off

Whatever ends it, a signal or a power cut: here an exception after 30 steps.
"""


import keras


class CutOff(keras.callbacks.Callback):
    """Ends the run in its fourth interval."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 3:
            raise KeyboardInterrupt


folder = pathlib.Path(tempfile.mkdtemp()) / "run"
try:
    train(
        recipe,
        source,
        folder,
        others,
        verbose=0,
        jit_compile=False,
        callbacks=[CutOff()],
    )
except KeyboardInterrupt:
    print(
        "cut off;", sorted(p.name for p in (folder / "checkpoints").iterdir())
    )

"""
## Resume

The same call with the same folder goes on from the last whole checkpoint. A
batch depends on the seed and the step alone, so the result is that of a run
that was never cut off.
"""

preset = train(recipe, source, folder, others, verbose=0, jit_compile=False)
print(sorted(path.name for path in folder.iterdir()))

"""
Another recipe in the same folder is refused rather than mixed:
"""

try:
    train(dataclasses.replace(recipe, batch_size=16), source, folder)
except ValueError as error:
    print(error)

"""
## How it went
"""

import json

history = json.loads((folder / "history.json").read_text())
for line in history[-2:]:
    print({name: value for name, value in line.items() if "loss" in name})

"""
`curves.png` in the run's folder:
"""

from IPython.display import Image
from IPython.display import display

display(Image(folder / "curves.png", width=700))

"""
## From the command line

```bash
keras-sensorlm train sensorlm_small_en simulated:2000:0 --out run
keras-sensorlm train recipe.yaml prepared/ --out run
```

The second reads records that `keras-sensorlm prepare` wrote, which need not fit
into memory.

## Several devices and processes

A contrastive loss compares every day with every caption of the whole batch, so
a run that is spread over devices must not compare within each device alone. On
JAX, TensorFlow and PyTorch the library gathers the embeddings first; the
distribution is part of the recipe. `guides/training.md` says how to start each,
and what was tried on which machine.

## Without recipes

`SensorLMPretrainer` is a KerasHub task: `compile`, `fit`, callbacks and data
pipelines are Keras's.
"""

from keras_sensorlm.models import SensorLMPretrainer

pretrainer = SensorLMPretrainer(preset.backbone, preset.preprocessor)
pretrainer.compile(keras.optimizers.AdamW(1e-4), jit_compile=False)
days = keras_sensorlm.simulate_days(64, seed=2)
captions = keras_sensorlm.HierarchicalCaptioner().captions(days)
fitted = pretrainer.fit(days, captions, batch_size=32, verbose=0)
print({key: round(values[-1], 3) for key, values in fitted.history.items()})
