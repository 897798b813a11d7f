"""
Title: Reading your own device
Description: Tables, raw streams, several people, and units that differ.
Extras: demo
"""

"""
## What can be read as it is

`read_days` knows four formats and guesses which one it has before it:
`mmash`, `fitabase`, `empatica_e4` and `table`. The last one reads any CSV or
Parquet file that has a time and one column for each feature.
"""

import pathlib
import tempfile

import numpy as np
import pandas as pd

import keras_sensorlm
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.readers import FORMATS

print(FORMATS)
for feature in FEATURES[:6]:
    print(f"{feature.name:20}{feature.unit:10}{feature.description}")

"""
## A table of your own

Suppose that an app exports a row for every minute, with names of its own and
a time zone. Say which column is which feature. A channel that the device does
not have stays missing: it is never set to zero.
"""

folder = pathlib.Path(tempfile.mkdtemp())
minutes = pd.date_range("2026-03-01 21:00", periods=1200, freq="min", tz="UTC")
rng = np.random.default_rng(0)
asleep = (minutes.hour >= 22) | (minutes.hour < 6)
rows = pd.DataFrame(
    {
        "when": minutes,
        "bpm": np.where(asleep, 54, 78) + rng.normal(0, 3, 1200),
        "step_count": np.where(asleep, 0, rng.poisson(6, 1200)),
        "person": "anna",
    }
)
rows.loc[300:330, "bpm"] = np.nan
rows.to_csv(folder / "export.csv", index=False)

days, report = keras_sensorlm.read_report(
    folder / "export.csv",
    columns={"bpm": "heart_rate", "step_count": "steps"},
    timestamp="when",
    timezone="Europe/Berlin",
    participant="person",
)
for day in days:
    print(day)

"""
The report says what became of the file: what was filled, what is missing, what
was dropped.
"""

for name, share in report.coverage.items():
    if share:
        print(f"{name}: {share:.0%} of the minutes")
print("missing:", ", ".join(report.missing[:5]), "...")

"""
## Mistakes are noticed

Values far outside what a body can do become missing, with a warning that
counts them. Where most of a channel is outside, it is in another unit, and
reading stops:
"""

celsius = np.full((1440, 26), np.nan)
celsius[:, 23] = 91.4  # skin temperature in Fahrenheit
try:
    keras_sensorlm.SensorDay(celsius)
except ValueError as error:
    print(error)

"""
## From raw streams

Devices that give beats and raw acceleration need the features computed first.
`sensors.heartbeats` and `sensors.movement` do that, by formulas that stand in
their docstrings.
"""

from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.sensors.heartbeats import rr_features
from keras_sensorlm.sensors.minutes import temperature_features
from keras_sensorlm.sensors.movement import acceleration_features

rr = rng.normal(850, 40, 20_000)  # ms
found = rr_features(np.cumsum(rr) / 1000, rr)

clock = np.arange(0, 3600, 1 / 32)  # an hour at 32 Hz
swing = 0.3 * np.sin(2 * np.pi * 1.8 * clock)
wrist = np.stack([swing, 0 * clock, 1 + 0 * clock], axis=1)  # g
found |= acceleration_features(clock, wrist)

warmth = np.arange(0, 3600, 0.25)
found |= temperature_features(warmth, 33.0 + 1e-4 * warmth)
for name, values in found.items():
    print(f"{name:24}{np.nanmean(values):10.3f}")

"""
They become a `SensorDay` with the events of a diary, if there is one. The
`source` names the device.
"""

values = np.full((1440, 26), np.nan)
for name, column in found.items():
    values[:, feature_index(name)] = column
mine = keras_sensorlm.SensorDay(
    values,
    participant="anna",
    date="2026-03-01",
    events=[keras_sensorlm.Event("activity", "walk", 0, 60)],
    source="my_watch",
)
keras_sensorlm.visualization.plot_day(mine)

"""
## Units of your device

Eight of the accelerometer features are firmware quantities of the device on
which SensorLM was published. What you compute from your own raw acceleration
is on another scale, so it is standardised by statistics of your own: measure
mean and standard deviation over as many of your days as you have
(`examples/device_profile.py`), and register them once.
"""

from keras_sensorlm.sensors.features import DeviceProfile
from keras_sensorlm.sensors.profiles import profile_for
from keras_sensorlm.sensors.profiles import register_profile

statistics = {
    name: (float(np.nanmean(column)), float(np.nanstd(column)) or 1.0)
    for name, column in found.items()
    if name in ("log_energy", "kurtosis", "axis_mean")
}
register_profile(DeviceProfile("my_watch", statistics))
print(profile_for(mine.source).name)

"""
## Many people

`read_days` takes a folder or a zip too and gives every person's days, sorted by
person and date. Keep people apart when you learn and measure:
`keras_sensorlm.datasets.load_splits` and `check_disjoint` help with that, and
`keras-sensorlm prepare` writes archives that do not fit into memory as
training records.
"""

from keras_sensorlm.datasets import check_disjoint

check_disjoint(days, keras_sensorlm.simulate_days(3, seed=0))
print("nobody is on both sides")
