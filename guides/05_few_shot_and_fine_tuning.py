"""
Title: Few-shot learning and fine-tuning
Description: A head on frozen embeddings, LoRA, and numbers instead of classes.
Extras: demo,evaluation
"""

"""
## A few labelled examples

Sessions of four kinds, out of simulated days. The people who are tested are
others than those who are learned from.
"""

import keras
import numpy as np

import keras_sensorlm
from keras_sensorlm import evaluation
from keras_sensorlm.models import SensorLMSensorClassifier

keras.utils.set_random_seed(0)
LABELS = ["walk", "yoga", "swim", "run"]


def sessions(seed, count):
    """Parts of simulated days, and which activity each is."""
    parts, labels = [], []
    for day in keras_sensorlm.simulate_days(count, seed=seed):
        for event in day.events:
            if event.label in LABELS and event.duration >= 20:
                parts.append(day.segment(event.start_minute, event.end_minute))
                labels.append(LABELS.index(event.label))
    return parts, np.array(labels)


days, labels = sessions(seed=11, count=200)
test_days, test_labels = sessions(seed=12, count=200)
print(np.bincount(labels), np.bincount(test_labels))

"""
## A head on frozen embeddings

`fit_head` reads each day once and trains a linear layer on the embeddings,
which takes a second. How far do one and ten examples a class get, and
what do random weights do?
"""

preset = keras_sensorlm.SensorLMPreset.from_preset("sensorlm_tiny_en")
random = keras_sensorlm.SensorLMPreset.from_preset(
    "sensorlm_tiny_en", load_weights=False
)


def accuracy_after(preset, shots):
    """Balanced accuracy on other people, learned from `shots` a class."""
    rows = [np.flatnonzero(labels == i)[:shots] for i in range(len(LABELS))]
    rows = np.concatenate(rows)
    classifier = SensorLMSensorClassifier(
        preset.backbone, len(LABELS), preset.preprocessor
    )
    classifier.fit_head([days[i] for i in rows], labels[rows], verbose=0)
    predicted = classifier.predict(test_days, verbose=0).argmax(axis=1)
    return evaluation.balanced_accuracy(test_labels, predicted, len(LABELS))


for shots in (1, 10):
    trained = float(accuracy_after(preset, shots))
    untrained = float(accuracy_after(random, shots))
    print(f"{shots:2} a class: {trained:.2f}, random weights {untrained:.2f}")

"""
## Fine-tuning

With more examples the encoder itself may learn: `fine_tuning="lora"` trains
small changes of its attention, `"full"` all of it. Start from a trained head;
both are slower, so this is one short run of LoRA.
"""

preset = keras_sensorlm.SensorLMPreset.from_preset("sensorlm_tiny_en")
classifier = SensorLMSensorClassifier(
    preset.backbone,
    len(LABELS),
    preset.preprocessor,
    fine_tuning="lora",
    lora_rank=4,
)
classifier.fit_head(days, labels, verbose=0)
classifier.compile(jit_compile=False)
before = classifier.evaluate(test_days, test_labels, verbose=0)
classifier.fit(days, labels, epochs=3, batch_size=16, verbose=0)
after = classifier.evaluate(test_days, test_labels, verbose=0)
print(
    f"accuracy {before[1]:.2f} with the head alone, {after[1]:.2f} after LoRA"
)

"""
## Numbers instead of classes

`problem="regression"` learns numbers, `"multilabel"` several labels at once.
Here: the mean heart rate of a part, which the head must read out of the
embedding.
"""


def with_heart_rate(parts):
    """The parts in which it was measured, and its mean in each."""
    parts = [part for part in parts if part.observed[:, 0].any()]
    means = [np.nanmean(part.values[:, 0]) for part in parts]
    return parts, np.array(means)[:, None]


preset = keras_sensorlm.SensorLMPreset.from_preset("sensorlm_tiny_en")
regression = SensorLMSensorClassifier(
    preset.backbone, 1, preset.preprocessor, problem="regression"
)
days, target = with_heart_rate(days)
test_days, test_target = with_heart_rate(test_days)
centre, spread = target.mean(), target.std()
regression.fit_head(days, (target - centre) / spread, verbose=0)
predicted = regression.predict(test_days, verbose=0) * spread + centre
error = np.abs(predicted - test_target).mean()
guess = np.abs(centre - test_target).mean()
print(f"off by {error:.1f} bpm; always guessing the mean, by {guess:.1f}")

"""
## Keep it

`classifier.save_to_preset(folder)` and `SensorLMSensorClassifier.from_preset`
are those of KerasHub. `examples/fine_tune_stress.py` does this on a real data
set: `features="channels"` lets the head read what the encoder knows of each
channel, `class_texts` lets the classifier begin with what the classes are
called, `fit_probe` finds the best head for a few examples outright,
`training.balanced_copies` makes many examples of few recordings, some of them
as other people might have had them, and the callback
`training.WeightSpaceEnsemble` goes half of the way from what the model knew to
what these few people teach.
"""
