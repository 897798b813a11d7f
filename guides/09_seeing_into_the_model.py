"""
Title: Seeing into the model
Description: Why this class, where it looked for each word, and whether a map
    can be trusted.
Extras: explain,demo
"""

"""
## A question

Which part of the day speaks for which activity? `explain` answers with a number
for every minute and channel: positive where the data speak for the sentence,
negative where they speak against it, NaN where nothing was measured.
"""

import numpy as np

import keras_sensorlm
from keras_sensorlm import visualization

preset = keras_sensorlm.SensorLMPreset.from_preset("sensorlm_tiny_en")
days = keras_sensorlm.read_days(keras_sensorlm.example_day_path())
day = max(days, key=lambda day: day.observed.sum())
labels = ["sleep", "sitting", "walk", "run"]
chances = preset.classify([day], labels)[0]
label = labels[int(chances.argmax())]
print(label, {name: f"{p:.0%}" for name, p in zip(labels, chances)})

"""
## Why this class

`"occlusion"` hides parts of the day, one by one, and asks again. With `labels`
the question is why this class and not one of the others.
"""

values = visualization.explain(preset, day, label, labels=labels)
visualization.plot_explanation(day, values, title=f"Why {label!r}")

"""
The strongest stretches in words:
"""

for stretch in visualization.strongest_stretches(values)[:3]:
    print(stretch.words)

"""
The other methods need gradients or the model's last tokens. They need not
agree: they answer slightly different questions.
"""

maps = {"occlusion": values}
for method in ("integrated_gradients", "smooth_grad", "grad_cam_plus_plus"):
    maps[method] = visualization.explain(
        preset, day, label, labels=labels, method=method
    )
for name, found in maps.items():
    seen = ~np.isnan(found)
    ranks = [np.abs(m[seen]).argsort().argsort() for m in (values, found)]
    print(f"{name:24} rank correlation {np.corrcoef(*ranks)[0, 1]:+.2f}")

"""
## Where it looked when it wrote a word

The decoder attends to the day at every word. Attention says what was read, not
what for, nor that the word is right.
"""

caption = "Heart rate rose between 08:00 and 12:00."
looked = visualization.caption_attention(preset, day, caption)
print(looked.words)
visualization.plot_explanation(
    day, looked.of("rose"), title="Attention at 'rose'"
)

"""
## Can a map be trusted?

A map always looks convincing. Hide the parts that it calls important, in its
order: if it is faithful, the score falls sooner than in a random order. And
shuffle the model's weights: a map that stays the same shows the day's outline
and not the model.
"""

test = visualization.deletion_insertion(
    preset, day, label, values, labels=labels
)
print("faithful:", test.faithful)
print(
    f"deletion {test.deletion_gain:+.3f}, insertion {test.insertion_gain:+.3f}"
)
kept = visualization.sanity_check(
    preset, day, label, labels=labels, method="smooth_grad"
)
print({name: round(value, 2) for name, value in kept.items()})

"""
## Archives

Embeddings of an archive as points, coloured by each day's longest activity:
"""

archive = keras_sensorlm.simulate_days(150, seed=3)
visualization.plot_archive(preset, archive)

"""
## A page to read

`save_zero_shot_report` puts a day's picture, its captions with each statement
checked, the likeliest activities and where the model looked on one page.
`guides/seeing.md` has all methods and what was measured of them.
"""

import pathlib
import tempfile

page = pathlib.Path(tempfile.mkdtemp()) / "report.html"
visualization.save_zero_shot_report(preset, day, page, labels=labels)
print(f"{page.name}: {page.stat().st_size // 1000} kB")
