"""
Title: Captions
Description: Days into sentences by rules, sentences back into facts, and a
    model's own.
Extras: demo
"""

"""
## Eight kinds

SensorLM learns from captions on three levels: statistics (low), structure
(middle) and meaning (high). Eight keys combine them; each has a budget of
tokens that a caption never exceeds.
"""

import keras_sensorlm
from keras_sensorlm.captions import CAPTION_KEYS

for key, (levels, budget) in CAPTION_KEYS.items():
    print(f"{key:32}{'+'.join(levels):18}{budget} tokens")

"""
A captioner is made once and used for any number of days. What it says depends
on the day, its options and its seed, not on which other days come with it.
"""

day = keras_sensorlm.read_days(keras_sensorlm.example_day_path())[0]
captioner = keras_sensorlm.HierarchicalCaptioner(
    "high_middle_low_level_caption", seed=0
)
print(captioner.caption(day))

"""
## Choose what is said and how

Groups of channels, the number of sentences, 24-hour clocks instead of minutes,
Fahrenheit, no units, and three additions beyond the paper: lasting steps of a
level, rhythms, and what differs from the same person's other days (`baseline`).
"""

captioner = keras_sensorlm.HierarchicalCaptioner(
    "middle_low_level_caption",
    time="clock",
    groups=["heart", "activity"],
    sentences_per_group=2,
    level_shifts=True,
    rhythms=True,
)
print(captioner.caption(day))

"""
Another seed is another wording of the same facts, which is what a model should
learn from:
"""

for seed in range(3):
    captioner = keras_sensorlm.HierarchicalCaptioner(
        "low_level_caption", seed, groups=["heart"], random_channels=0
    )
    print(captioner.caption(day), "\n")

"""
## Statements, not strings

`claims` gives what will be said as records. `parse` reads a caption back into
the same records, and `verify` checks each against the day: every number is
computed anew.
"""

from keras_sensorlm.captions import parse
from keras_sensorlm.captions import verify

captioner = keras_sensorlm.HierarchicalCaptioner("high_level_summary_caption")
caption = captioner.caption(day)
for verdict in verify(parse(caption), day)[:4]:
    claim = verdict.claim
    span = f"{claim.start_minute} to {claim.end_minute}"
    print(verdict.holds, claim.kind, claim.label or claim.channel, span)

"""
A caption that lies is found out. Here one number is changed:
"""

captioner = keras_sensorlm.HierarchicalCaptioner(
    "low_level_caption", groups=["heart"], random_channels=0
)
caption = captioner.caption(day)
told = parse(caption)[0]
number = f"{told.value:.{told.digits}f}"
lie = caption.replace(number, f"{told.value + 20:.{told.digits}f}", 1)
print(lie, "\n")
print("as it was:", keras_sensorlm.caption_factuality(caption, day))
print("changed:  ", keras_sensorlm.caption_factuality(lie, day))

"""
What the parser reads are this library's own forms of sentences. A paraphrase by
somebody else is `unreadable` and counts as not true.

## A model's captions

A trained preset writes captions itself, here of simulated days that it has not
seen. The two figures are the share of their statements that is true: exactly,
and where times may be off by a bin of 40 minutes and numbers by 5 %. A model
can write a fluent sentence that is false, which is why they are measured;
`guides/model_card.md` has these figures for people who were recorded.
"""

preset = keras_sensorlm.SensorLMPreset.from_preset("sensorlm_tiny_en")
days = keras_sensorlm.simulate_days(8, seed=20261124)
written = preset.caption(days, max_length=128)
print(written[0], "\n")
print("exact:   ", keras_sensorlm.caption_factuality(written, days))
print("tolerant:", keras_sensorlm.caption_factuality(written, days, 40, 0.05))

"""
Samplers are those of KerasHub. Greedy gives the likeliest words; `"top_p"`
with a seed gives others, the same ones each time. `prompts=` says how captions
begin.
"""

for seed in range(2):
    print(preset.caption(days[:1], sampler="top_p", seed=seed, max_length=64))
