"""Measures a source's own statistics of the accelerometer features.

The accelerometer features of `FEATURES` are in units of one maker's firmware.
What this library computes from raw acceleration is on another scale, so each
source is standardised by its own mean and standard deviation: those over all
observed minutes of the data sets given here, every minute counting once.
`keras_sensorlm/sensors/profiles.py` holds what this prints for the Empatica
E4 data sets Stress-Predict and "Wearable Device Dataset from Induced Stress
and Structured Exercise Sessions":

    python examples/device_profile.py stress_predict wearable_stress_exercise
"""

import argparse

import numpy as np

from keras_sensorlm.sensors.day import stack_days
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.readers import read_report


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("paths", nargs="+", help="folders of data sets")
    parser.add_argument("--format", help="their format; guessed by default")
    arguments = parser.parse_args()
    days = []
    for path in arguments.paths:
        days += read_report(path, arguments.format)[0]
    values = stack_days(days).reshape(-1, len(FEATURES)).astype("float64")
    people = len({day.participant for day in days})
    print(f"# {people} people, {len(days)} days")
    for i, feature in enumerate(FEATURES):
        column = values[~np.isnan(values[:, i]), i]
        if feature.unit == "device" and len(column):
            mean, std = column.mean(), column.std()
            print(
                f'    "{feature.name}": ({mean:.4f}, {std:.4f}),'
                f"  # {len(column)} minutes"
            )


if __name__ == "__main__":
    main()
