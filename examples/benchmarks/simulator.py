"""How many simulated days a second one core makes, for each kind of device.

    python examples/benchmarks/simulator.py --days 400

Each figure is the best of a few rounds, in seconds that the processor spent:
on an idle machine these are the clock's. 200 days a second are the least that
is wanted; `tests/sensors/test_simulator.py` asks for less, as tests run beside
each other.
"""

import argparse
import os
import time

# One core is one thread; BLAS reads this when NumPy is loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from keras_sensorlm.sensors.simulation.devices import DEVICES
from keras_sensorlm.sensors.simulator import simulate_days


def seconds_of(days, seed, devices):
    """Processor and clock seconds of one call."""
    processor, clock = time.process_time(), time.perf_counter()
    simulate_days(days, seed, devices=devices)
    return time.process_time() - processor, time.perf_counter() - clock


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    print("| devices | days a second of processor | of the clock |")
    print("| --- | ---: | ---: |")
    for devices in (*DEVICES, "mixed"):
        rounds = [
            seconds_of(args.days, seed, devices) for seed in range(args.rounds)
        ]
        processor, clock = (args.days / min(times) for times in zip(*rounds))
        print(f"| `{devices}` | {processor:.0f} | {clock:.0f} |")


if __name__ == "__main__":
    main()
