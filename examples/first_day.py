"""Your first day: read a recording, say it in words, draw it.

Run it with a path to your own data, or without one for the real day that
ships with the package:

    python examples/first_day.py [PATH]

It needs no model; `keras-sensorlm demo` goes on from here.
"""

import sys

from keras_sensorlm import HierarchicalCaptioner
from keras_sensorlm import caption_factuality
from keras_sensorlm import read_days
from keras_sensorlm.sensors.readers import example_day_path
from keras_sensorlm.visualization import plot_day
from keras_sensorlm.visualization import plot_matrix

# One SensorDay for each calendar day: values (1440, 26), NaN where nothing
# was measured, and the events that somebody noted.
path = sys.argv[1] if len(sys.argv) > 1 else example_day_path()
days = read_days(path)
day = max(days, key=lambda d: d.observed.sum())
print(day)
for name, share in day.coverage().items():
    if share:
        print(f"  {name:<24}{share:7.1%}")

# Three levels: numbers, trends, events. Every statement is in the data.
for key in (
    "low_level_caption",
    "middle_level_caption",
    "high_level_summary_caption",
):
    caption = HierarchicalCaptioner(key, time="clock").caption(day)
    print(f"\n{key}: {caption}")
    print(f"(true: {caption_factuality(caption, day).share:.0%})")

# Lanes with gaps and events, and the matrix that a model is given.
plot_day(day, "first_day.png")
plot_matrix(day, "first_day_matrix.png")
print("\nDrawn: first_day.png, first_day_matrix.png")
