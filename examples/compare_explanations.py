"""Which map of a model can be trusted: every method, tested on many days.

    python examples/compare_explanations.py PRESET --days 8

Simulated days with a known activity; the class explained is that activity
among all. For each method: by how much less area under the score is left when
its map's parts are hidden first than when random parts are (deletion), and by
how much more there is when they come first (insertion), means over days with
95 % intervals; on how many days the map beat 95 % of the random orders in
both; and the rank correlation of the map with that of the same model after
the weights of its sensor side were shuffled (near 0 is good).
"""

import argparse

from keras_sensorlm import SensorLMPreset
from keras_sensorlm import simulate_days
from keras_sensorlm import visualization
from keras_sensorlm.sensors.activities import ACTIVITIES
from keras_sensorlm.visualization.archive import longest_activity
from keras_sensorlm.visualization.explanation.methods import METHODS


def main():
    arguments = _arguments()
    preset = SensorLMPreset.from_preset(arguments.preset)
    labels = list(ACTIVITIES)
    days = [
        day
        for day in simulate_days(6 * arguments.days, seed=arguments.seed)
        if longest_activity(day) in labels
    ][: arguments.days]
    texts = [longest_activity(day) for day in days]
    print(
        f"| {len(days)} simulated days, log odds of the right class "
        "| deletion gain | insertion gain | days passed | shuffled |"
    )
    print("|---" * 5 + "|")
    for method in METHODS:
        found = visualization.faithfulness(
            preset, days, texts, labels, method,
            controls=arguments.controls, steps=8,
        )  # fmt: skip
        shuffled = visualization.sanity_check(
            preset, days[0], texts[0], labels, method
        )
        print(
            f"| `{method}` "
            f"| {_told(found.deletion_gain, found.deletion_interval)} "
            f"| {_told(found.insertion_gain, found.insertion_interval)} "
            f"| {found.faithful_days} of {found.days} "
            f"| {shuffled['patch_embedding']:+.2f} |",
            flush=True,
        )


def _told(gain, interval):
    return f"{gain:+.2f} ({interval[0]:+.2f} to {interval[1]:+.2f})"


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset", help="a preset's folder or name")
    parser.add_argument("--days", type=int, default=8)
    parser.add_argument("--controls", type=int, default=8)
    parser.add_argument("--seed", type=int, default=9)
    return parser.parse_args()


if __name__ == "__main__":
    main()
