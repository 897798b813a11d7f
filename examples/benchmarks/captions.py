"""How many days a second each kind of caption takes, on one core.

    python examples/benchmarks/captions.py --days 1000 --profile

Days come from the simulator. Each figure is the best of a few rounds over
all days in one call, after a call that fills the caches, in seconds that the
processor spent: on an idle machine these are the clock's, on a busy one
other programs count only by what they take of the caches.
"""

import argparse
import cProfile
import os
import pstats
import time

# One core is one thread; BLAS reads this when NumPy is loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from keras_sensorlm.captions import CAPTION_KEYS
from keras_sensorlm.captions import HierarchicalCaptioner
from keras_sensorlm.captions.budget import count_tokens
from keras_sensorlm.captions.claims import caption_factuality
from keras_sensorlm.sensors.simulator import simulate_days


def best_of(rounds, function):
    """Fewest processor seconds of a few calls."""
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        function()
        seconds.append(time.process_time() - start)
    return min(seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--profile",
        action="store_true",
        help="also show where the time of the longest captions goes",
    )
    args = parser.parse_args()
    days = simulate_days(args.days, args.seed)
    print(f"{'key':32}{'levels':18}{'ms a day':>9}{'days/s':>9}", end="")
    print(f"{'tokens':>8}{'true':>7}")
    for key, (levels, _) in CAPTION_KEYS.items():
        captioner = HierarchicalCaptioner(key, args.seed)
        captions = captioner.captions(days)
        seconds = best_of(args.rounds, lambda c=captioner: c.captions(days))
        tokens = sum(map(count_tokens, captions)) / len(days)
        sample = slice(0, len(days), max(1, len(days) // 100))
        true = caption_factuality(captions[sample], days[sample]).share
        print(f"{key:32}{'+'.join(levels):18}", end="")
        print(
            f"{1e3 * seconds / len(days):9.3f}{len(days) / seconds:9.0f}",
            end="",
        )
        print(f"{tokens:8.0f}{true:7.1%}")
    if args.profile:
        captioner = HierarchicalCaptioner("high_middle_low_level_caption")
        captioner.captions(days)
        with cProfile.Profile() as profile:
            captioner.captions(days)
        pstats.Stats(profile).sort_stats("tottime").print_stats(15)


if __name__ == "__main__":
    main()
