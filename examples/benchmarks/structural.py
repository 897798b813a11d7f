"""How fast trends, peaks and drops are found.

Compares `keras_sensorlm.captions.structural.detect` with a plain loop of
`scipy.stats.linregress` over the same windows and `scipy.signal.find_peaks`
(the reference that the tests use), in one run on the same series. Run from
a checkout, on one core:

    OMP_NUM_THREADS=1 python examples/benchmarks/structural.py
"""

import argparse
import pathlib
import runpy
import time

import numpy as np

from keras_sensorlm.captions.structural import bin_days
from keras_sensorlm.captions.structural import detect
from keras_sensorlm.captions.structural import detect_arrays

ROOT = pathlib.Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "captions" / "reference_structural.py"
CHANNELS = 26


def example_series(n, seed):
    """Wandering series, some with a burst, as 40-minute means are."""
    rng = np.random.default_rng(seed)
    series = 70 + rng.normal(size=(n, 36)).cumsum(axis=1)
    return series + 15 * (rng.random((n, 36)) < 0.02)


def microseconds(function, argument, repeats):
    """Median time a row, in microseconds, after one run to warm up."""
    function(argument)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function(argument)
        times.append(time.perf_counter() - start)
    return 1e6 * np.median(times) / len(argument)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=1000)
    parser.add_argument("--loop-rows", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()

    plain = runpy.run_path(REFERENCE)["detect"]
    series = example_series(CHANNELS * args.days, seed=0)
    few = series[: args.loop_rows]
    expected = [plain(row) for row in few]
    if detect(few) != expected:
        raise SystemExit("The detectors disagree: no speed is worth that.")

    loop = microseconds(lambda x: [plain(row) for row in x], few, 3)
    gaps = np.where(
        np.random.default_rng(1).random(series.shape) < 0.05, np.nan, series
    )
    print(f"plain loop          {loop:8.1f} us a series")
    for name, function, data in (
        ("detect", detect, series),
        ("detect_arrays", detect_arrays, series),
        ("detect_arrays, gaps", detect_arrays, gaps),
    ):
        took = microseconds(function, data, args.repeats)
        print(
            f"{name:19} {took:8.1f} us a series, {loop / took:5.0f} times "
            f"as fast, {took * CHANNELS / 1e3:.3f} ms a day of {CHANNELS}"
        )
    days = np.random.default_rng(2).normal(size=(100, 1440, CHANNELS))
    days[days > 1.5] = np.nan
    took = microseconds(bin_days, days.astype("float32"), args.repeats)
    print(f"{'bin_days':19} {took / 1e3:8.3f} ms a day of {CHANNELS}")


if __name__ == "__main__":
    main()
