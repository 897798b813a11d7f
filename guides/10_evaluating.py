"""
Title: Evaluating as the paper does
Description: Zero-shot, few-shot, retrieval and captions, with intervals over
    people and baselines beside every number.
Extras: demo,evaluation
"""

"""
## Who is tested on

The paper's data are not public, so its questions are asked of public data sets
and of simulated people. Nobody is learned from and tested on: the lists of
people ship with the library.
"""

import keras_sensorlm
from keras_sensorlm.datasets import load_splits
from keras_sensorlm.evaluation.collection import load_collection

splits = load_splits()
for source, people in splits.people.items():
    print(f"{source:28}", {name: len(who) for name, who in people.items()})

"""
The person who ships with the library is one to test on, so this guide can use
him, and simulated people beside him. To repeat the real figures, give the
folders of the data sets instead.
"""

collection = load_collection(
    [keras_sensorlm.example_day_path(), "simulated:120"]
)
print(
    len(collection.train), "days to learn from", len(collection.test), "to test"
)

"""
## All questions at once

`evaluate` asks what the days can answer. `quick=True` does with fewer draws and
captions: enough for a look, not for a report. Beside the model stands its twin
with random weights, which says what the architecture alone can do, and chance.
"""

from keras_sensorlm.evaluation.suite import evaluate

preset = keras_sensorlm.SensorLMPreset.from_preset("sensorlm_tiny_en")
results = evaluate(
    preset, collection, only=("zero-shot", "probes", "retrieval"), quick=True
)
print(len(results.rows), "numbers")

"""
## Zero-shot

Classes by words alone, with 95 % intervals over people:
"""


def show(section, metric, **fields):
    for row in results.find(section=section, metric=metric, **fields):
        kind = "simulated" if row.simulated else "real"
        print(f"{row.task}, {row.condition or 'all'} ({kind})")
        print(f"    {row.method:30}{row.estimate}")


show("zero-shot", "macro_auroc")

"""
## From a few examples

A linear model on frozen embeddings, learned from other people:
"""

show("few-shot", "balanced_accuracy", condition="5 shots")

"""
## Retrieval

Days by their captions and captions by their days:
"""

show("retrieval", "r@1", condition="day to caption, among 100")

"""
## Captions

`caption_factuality` is the share of a caption's statements that are true of the
day: a measure that needs no reference text, and that a fluent sentence does not
deceive. Exactly, and where times may be off by 40 minutes and numbers by 5 %:
"""

days = [day for day in collection.test if day.observed.any()][:6]
written = preset.caption(days, max_length=96)
print(keras_sensorlm.caption_factuality(written, days))
print(keras_sensorlm.caption_factuality(written, days, 40, 0.05))

"""
## The report

From the command line this is one line, which writes a page to read and a file
to compute with. The same model, days and seed give the same bytes.

```bash
keras-sensorlm evaluate sensorlm_tiny_en mmash/ fitabase/ simulated:300 \\
    --out evaluation
```

## What may be compared with the paper

Nothing directly. The paper's 0.84 (area under the ROC curve, 20 activities) and
its 90 % retrieval are of its own people, labels, captions and sizes of archive.
`guides/evaluation.md` says what was measured here and how.
"""
