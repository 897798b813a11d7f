"""
Title: Zero-shot classes and retrieval
Description: Classes that are nothing but words, and days found by a sentence.
Extras: demo,evaluation
"""

"""
## Days with labels

Simulated days say what happened in them, which makes them good for learning how
a thing works. What is measured on them says nothing about real people. This
seed is one that the model was not trained on.
"""

import numpy as np

import keras_sensorlm
from keras_sensorlm import evaluation
from keras_sensorlm.datasets import load_splits

seed = load_splits().simulated["test"]
days = keras_sensorlm.simulate_days(300, seed=seed)
preset = keras_sensorlm.SensorLMPreset.from_preset("sensorlm_tiny_en")

"""
## Which activity was this?

A question about a part of a day is asked with `segment`: all other minutes are
made missing.
"""

labels = ["walk", "run", "swim", "yoga", "outdoor bike", "strength training"]
parts, truth = [], []
for day in days:
    for event in day.events:
        if event.label in labels and event.duration >= 20:
            parts.append(day.segment(event.start_minute, event.end_minute))
            truth.append(labels.index(event.label))
truth = np.array(truth)
print(len(parts), "parts;", np.bincount(truth), "of each")

"""
`classify` puts every label into sentences ("The day included {}."), averages
their embeddings, and compares. No labelled example was used.
"""

probabilities = preset.classify(parts, labels)
recalled = evaluation.balanced_accuracy(
    truth, probabilities.argmax(axis=1), len(labels)
)
print(f"balanced accuracy {float(recalled):.2f} (chance 0.17)")
areas = evaluation.macro_auroc(truth, probabilities)
print(f"area under the ROC curve {float(areas):.2f} (chance 0.50)")

"""
Labels are words, so other words may do better or worse: try them, on days that
you do not report on.
"""

for templates in (("{}",), ("The wearer went for a {}.",)):
    scores = preset.classify(parts, labels, templates=templates)
    print(templates, f"{float(evaluation.macro_auroc(truth, scores)):.2f}")

"""
## Days by a sentence

Embed an archive once; each query is then one product of a matrix and a vector.
"""

vectors = preset.embed_days(days)
for query in ("A long swim.", "Sleep began late at night.", "A run."):
    print(query)
    for index, score in preset.retrieve(query, vectors, top_k=3):
        logged = [e.label for e in days[index].events if e.kind == "activity"]
        print(f"   {score:+.2f}  {', '.join(logged) or 'no activity'}")

"""
And days that are like a day:
"""

print(preset.retrieve(days[0], vectors, top_k=4))

"""
## How good is that?

Each day has a caption of its own. How often is it the nearest of all, and how
often among the first five and ten?
"""

captioner = keras_sensorlm.HierarchicalCaptioner(
    "high_middle_low_level_caption"
)
texts = preset.embed_texts(captioner.captions(days))
found = evaluation.retrieval_metrics(vectors, texts)
for name, value in found.items():
    print(f"{name:24}{value:8.2f}")

"""
By chance, 1 of 300 days would find its caption first. `guides/model_card.md`
has the figures for people who were recorded. The paper reports over 90 % for
larger models, trained on its own recordings, with other captions and another
archive, which cannot be compared.

## Similarities as a picture
"""

keras_sensorlm.visualization.plot_similarity(
    preset, days[:12], captioner.captions(days[:12])
)
