"""Prints how much of the 26 features each data set fills.

For every feature two shares: of all minutes of the days read, and of the
minutes in which the device recorded anything at all.

    python examples/coverage.py mmash fitabase stress_predict
"""

import argparse
import pathlib
import time

import numpy as np

from keras_sensorlm.sensors.day import stack_days
from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.readers import read_report


def measure(path, format=None):
    """One data set: its name, a line about it, and shares `(26, 2)`."""
    start = time.perf_counter()
    days, report = read_report(path, format)
    seconds = time.perf_counter() - start
    observed = ~np.isnan(stack_days(days).reshape(-1, len(FEATURE_NAMES)))
    recorded = observed.any(axis=1)
    shares = np.stack(
        [observed.mean(axis=0), observed[recorded].mean(axis=0)], axis=1
    )
    events = sum(len(day.events) for day in days)
    line = (
        f"{report.format}, {report.participants} people, {report.days} days, "
        f"{recorded.sum() / 60:.0f} h recorded, {events} events, read in "
        f"{seconds:.1f} s"
    )
    return pathlib.Path(path).resolve().name, line, shares


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("paths", nargs="+", help="folders of data sets")
    parser.add_argument("--format", help="their format; guessed by default")
    arguments = parser.parse_args()
    sets = [measure(path, arguments.format) for path in arguments.paths]
    for name, line, _ in sets:
        print(f"- {name}: {line}")
    print("\nShare of the days' minutes / of the recorded minutes\n")
    width = max(len(name) for name, _, _ in sets)
    width = max(width, 15)
    head = [f"{'feature':<22}", *(f"{name:>{width}}" for name, _, _ in sets)]
    print(f"| {' | '.join(head)} |")
    rules = ["-" * 22, *("-" * (width - 1) + ":" for _ in sets)]
    print(f"| {' | '.join(rules)} |")
    for i, feature in enumerate(FEATURE_NAMES):
        cells = [
            f"{shares[i, 0]:.1%} / {shares[i, 1]:.0%}"
            if shares[i, 0]
            else "missing"
            for _, _, shares in sets
        ]
        row = [f"{feature:<22}", *(f"{cell:>{width}}" for cell in cells)]
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
