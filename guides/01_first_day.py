"""
Title: Your first day
Description: From a recording to a picture, words, classes and neighbours.
Extras: demo
"""

"""
## A day of somebody's life

A wearable day is a matrix of 1440 minutes by 26 features: heart rate and its
variability, steps, movement, skin conductance and temperature, altitude.
Minute 0 is local midnight, values are in physical units, and what was not
measured is NaN. The library ships one real person's 24 hours out of the data
set MMASH, which fall into two calendar days.
"""

import keras_sensorlm

days = keras_sensorlm.read_days(keras_sensorlm.example_day_path())
day = max(days, key=lambda day: day.observed.sum())
day

"""
## See it

One lane for each modality. Hatched is missing: nothing is filled in.
"""

keras_sensorlm.visualization.plot_day(day)

"""
How much of each channel was recorded:
"""

for name, share in day.coverage().items():
    if share:
        print(f"{name:24}{share:6.0%}")

"""
## Say it, by rules

`HierarchicalCaptioner` tells a day on three levels: numbers (low), trends and
peaks (middle), and what was logged (high). Every sentence is a statement that
can be read back and checked against the data.
"""

for key in (
    "low_level_caption",
    "middle_level_caption",
    "high_level_summary_caption",
):
    captioner = keras_sensorlm.HierarchicalCaptioner(key, time="clock")
    caption = captioner.caption(day)
    print(f"{key}\n    {caption}\n")
    print(f"    {keras_sensorlm.caption_factuality(caption, day):.0%} true\n")

"""
## Ask a model

`SensorLMPreset` holds a model with all it needs. This one is small: it was
trained for a short time, mostly on simulated days. Days and sentences become
vectors of one space, so that they can be compared.
"""

preset = keras_sensorlm.SensorLMPreset.from_preset("sensorlm_tiny_en")
vectors = preset.embed_days(days)
print(vectors.shape, vectors.dtype)

"""
Which label fits a part of the day? Labels are nothing but words. Everything
outside the part that is asked about is made missing with `segment`.
"""

labels = ["sleep", "sitting", "walk", "run", "outdoor bike", "swim"]
longest = sorted(day.events, key=lambda event: -event.duration)[:4]
parts = [day.segment(e.start_minute, e.end_minute) for e in longest]
for event, chances in zip(longest, preset.classify(parts, labels)):
    best = chances.argsort()[::-1][:3]
    told = ", ".join(f"{labels[i]} {chances[i]:.0%}" for i in best)
    print(f"{event.label} ({event.duration} min) -> {told}")

"""
A caption that the model writes, and how many of its statements are true, where
times may be off by 40 minutes and numbers by 5 %. What a small model writes can
be wrong: its card, `guides/model_card.md`, says how often. Captions that are to
be true are those above, by rules.
"""

(written,) = preset.caption([day], max_length=128)
print(written)
print(keras_sensorlm.caption_factuality(written, day, 40, 0.05))

"""
And the days of an archive that are nearest to a sentence:
"""

archive = days + keras_sensorlm.simulate_days(100, seed=1)
for index, score in preset.retrieve("A long run.", archive, top_k=5):
    logged = [e.label for e in archive[index].events if e.kind == "activity"]
    print(f"{score:+.2f}  {archive[index].participant:10}  {logged}")

"""
## Where to go from here

- Guide 2 reads your own device.
- Guides 3 to 5: captions, zero-shot and retrieval, few-shot and fine-tuning.
- `keras-sensorlm demo` does all of the above from the command line and writes
  a report page.

Nothing that any of this says is a diagnosis.
"""
