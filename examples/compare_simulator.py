"""Simulated days beside real ones: distributions drawn, distances printed.

    python examples/compare_simulator.py --mmash PATH --fitabase PATH \
        --picture guides/images/simulator.png

The paths are the unpacked data sets MMASH (PhysioNet) and Fitabase (Zenodo
53894). For each quantity two distances are printed, the Kolmogorov-Smirnov
statistic and the Wasserstein distance in standard deviations of the real
sample, and beside them the same between two random halves of the real
people: no simulator can be nearer than people are to each other.
"""

import argparse
import warnings

import numpy as np
from scipy.stats import ks_2samp
from scipy.stats import wasserstein_distance

from keras_sensorlm.sensors.day import ImplausibleValueWarning
from keras_sensorlm.sensors.day import stack_days
from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.readers import read_days
from keras_sensorlm.sensors.simulator import simulate_days

LAGS = (1, 2, 5, 10, 20, 30, 45, 60)
CROSS_LAGS = tuple(range(-10, 11))
SPLITS = 8


def column(days, name):
    """One feature, `(days, 1440)`."""
    return stack_days(days)[:, :, FEATURE_NAMES.index(name)].astype(float)


def runs(flags):
    """Lengths of the runs of True in each row, joined."""
    flags = np.pad(np.asarray(flags, dtype=int), ((0, 0), (1, 1)))
    edges = np.diff(flags, axis=1)
    starts = np.argwhere(edges == 1)
    ends = np.argwhere(edges == -1)
    return ends[:, 1] - starts[:, 1]


def sleeping(days):
    """Where a sleep event is, `(days, 1440)`."""
    asleep = np.zeros((len(days), 1440), dtype=bool)
    for row, day in zip(asleep, days):
        for event in day.events:
            if event.kind == "sleep":
                row[event.start_minute : event.end_minute] = True
    return asleep


def inner_gaps(days, name):
    """Lengths of the holes between a day's first and last value."""
    lengths = []
    for line in column(days, name):
        seen = np.flatnonzero(~np.isnan(line))
        if len(seen):
            inside = np.isnan(line[seen[0] : seen[-1] + 1])
            lengths.append(runs(inside[None]))
    return np.concatenate(lengths) if lengths else np.zeros(0)


def by_hour(values):
    """Mean of each hour of the day, `(24,)`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanmean(values.reshape(-1, 24, 60), axis=(0, 2))


def correlation(first, second):
    known = ~np.isnan(first + second)
    return np.corrcoef(first[known], second[known])[0, 1]


def within_days(values):
    """Values less the mean of their day, so that people do not count."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return values - np.nanmean(values, axis=1, keepdims=True)


def lagged(first, second, lags):
    """Correlation of `first` now with `second` some minutes later."""
    found = []
    for lag in lags:
        early = first[:, max(-lag, 0) : 1440 - max(lag, 0)]
        late = second[:, max(lag, 0) : 1440 - max(-lag, 0)]
        found.append(correlation(early, late))
    return np.array(found)


def samples(days, has_beats):
    """Named samples of a set of days, each one-dimensional."""
    rate, steps = column(days, "heart_rate"), column(days, "steps")
    asleep, walked = sleeping(days), steps > 0
    found = {"heart rate, bpm": rate, "heart rate change, bpm": np.diff(rate)}
    if asleep.any():
        found["heart rate asleep, bpm"] = rate[asleep]
        found["heart rate awake, bpm"] = rate[~asleep]
    still = steps == 0
    found |= {
        "cadence where above 0, steps/min": steps[walked],
        "walking bout, log10 min": np.log10(runs(walked)),
        "stillness between, log10 min": np.log10(runs(still)),
        "hole in heart rate, log10 min": np.log10(
            inner_gaps(days, "heart_rate")
        ),
    }
    whole = np.mean(~np.isnan(steps), axis=1) > 0.3
    if whole.any():
        part = np.mean(~np.isnan(steps[whole]), axis=1)
        found["steps a day"] = np.nansum(steps[whole], axis=1) / part
        found["minutes without a step, share"] = (
            np.mean(still[whole], axis=1) / part
        )
    seen = np.mean(~np.isnan(rate), axis=1)
    found["day with heart rate, share"] = seen[seen > 0]
    if has_beats:
        width = column(days, "rr_p80") - column(days, "rr_p20")
        found |= {
            "RMSSD, ms": column(days, "rmssd"),
            "SDNN, ms": column(days, "sdnn"),
            "RR median, ms": column(days, "rr_median"),
            "RR p80 - p20, ms": np.minimum(width, 600),
            "RR entropy, nat": column(days, "rr_entropy"),
            "RR difference entropy, nat": column(days, "rr_difference_entropy"),
            "RR valid fraction": column(days, "rr_valid_fraction"),
        }
    return {name: x[~np.isnan(x)].ravel() for name, x in found.items()}


def curves(days, has_beats):
    """Named curves of a set of days: x, y."""
    rate, steps = column(days, "heart_rate"), column(days, "steps")
    hours = np.arange(24) + 0.5
    beat = within_days(rate)
    walked = np.where(np.isnan(rate), np.nan, within_days(steps))
    found = {
        "heart rate by hour, bpm": (hours, by_hour(rate)),
        "steps by hour, steps/min": (hours, by_hour(steps)),
        "heart rate autocorrelation, lag min": (
            np.array(LAGS),
            lagged(beat, beat, LAGS),
        ),
        "steps, then heart rate, lag min": (
            np.array(CROSS_LAGS),
            lagged(walked, beat, CROSS_LAGS),
        ),
    }
    if has_beats:
        found["RMSSD by hour, ms"] = hours, by_hour(column(days, "rmssd"))
    return found


def distances(first, second):
    """KS and Wasserstein distance, in standard deviations of `second`."""
    scale = np.std(second) or 1.0
    ks = ks_2samp(first, second).statistic
    return ks, wasserstein_distance(first, second) / scale


def halves(days, rng):
    """Two halves of the people."""
    people = sorted({day.participant for day in days})
    some = set(rng.permutation(people)[: len(people) // 2])
    return (
        [day for day in days if day.participant in some],
        [day for day in days if day.participant not in some],
    )


def between_people(days, has_beats):
    """Distances between random halves of the people, mean over splits."""
    rng = np.random.default_rng(0)
    found = {}
    for _ in range(SPLITS):
        first, second = (samples(h, has_beats) for h in halves(days, rng))
        for name in first.keys() & second.keys():
            if len(first[name]) and len(second[name]):
                pair = distances(first[name], second[name])
                found.setdefault(name, []).append(pair)
    return {name: np.mean(pairs, axis=0) for name, pairs in found.items()}


def print_table(title, simulated, real, has_beats):
    """Distances of every sample and curve as a Markdown table."""
    people = between_people(real, has_beats)
    ours, theirs = samples(simulated, has_beats), samples(real, has_beats)
    print(f"\n### {title}\n")
    print("| quantity | simulated | real | KS | W/sd | KS p | W/sd p |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, sample in theirs.items():
        ks, far = distances(ours[name], sample)
        mean = [f"{np.mean(x):.2f} ± {np.std(x):.2f}"
                for x in (ours[name], sample)]  # fmt: skip
        least = people.get(name, (np.nan, np.nan))
        print(
            f"| {name} | {mean[0]} | {mean[1]} | {ks:.3f} | {far:.3f} | "
            f"{least[0]:.3f} | {least[1]:.3f} |"
        )
    both = curves(simulated, has_beats), curves(real, has_beats)
    for name in both[1]:
        gap = np.nanmean(np.abs(both[0][name][1] - both[1][name][1]))
        print(f"| {name}, mean difference | | | | {gap:.3f} | | |")


# The picture.

_PANELS = (
    ("strap", "heart rate by hour, bpm"),
    ("strap", "heart rate asleep, bpm"),
    ("strap", "heart rate awake, bpm"),
    ("strap", "heart rate change, bpm"),
    ("strap", "RMSSD by hour, ms"),
    ("strap", "RMSSD, ms"),
    ("strap", "SDNN, ms"),
    ("strap", "RR valid fraction"),
    ("strap", "heart rate autocorrelation, lag min"),
    ("strap", "steps, then heart rate, lag min"),
    ("strap", "cadence where above 0, steps/min"),
    ("strap", "hole in heart rate, log10 min"),
    ("watch", "heart rate by hour, bpm"),
    ("watch", "heart rate, bpm"),
    ("watch", "steps a day"),
    ("watch", "steps by hour, steps/min"),
    ("watch", "cadence where above 0, steps/min"),
    ("watch", "walking bout, log10 min"),
    ("watch", "stillness between, log10 min"),
    ("watch", "hole in heart rate, log10 min"),
)
_COLOURS = {"simulated": "#c8553d", "real": "#2f6690"}


def draw(sets, path):
    """Panels of simulated beside real distributions, saved as a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(5, 4, figsize=(13, 12.5))
    for axis, (name, quantity) in zip(axes.flat, _PANELS):
        has_beats = name == "strap"
        for which, days in zip(_COLOURS, sets[name]):
            sample = samples(days, has_beats).get(quantity)
            if sample is None:
                x, y = curves(days, has_beats)[quantity]
                axis.plot(x, y, color=_COLOURS[which], label=which)
            else:
                _outline(axis, sets[name], quantity, sample, which)
        data = "MMASH" if name == "strap" else "Fitabase"
        axis.set_title(f"{data}: {quantity}", fontsize=9)
        axis.tick_params(labelsize=7)
        axis.spines[["top", "right"]].set_visible(False)
    axes.flat[0].legend(frameon=False, fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=75)
    plt.close(figure)


def _outline(axis, pair, quantity, sample, which):
    """A histogram's outline over the range that both sets share."""
    has_beats = "RMSSD, ms" in samples(pair[1][:2], True) and quantity[0] == "R"
    both = np.concatenate(
        [samples(days, has_beats or quantity[:2] == "SD")[quantity]
         for days in pair]
    )  # fmt: skip
    low, high = np.percentile(both, [0.3, 99.7])
    axis.hist(
        sample,
        bins=np.linspace(low, high, 40),
        density=True,
        histtype="step",
        color=_COLOURS[which],
        label=which,
    )
    axis.set_yticks([])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mmash", required=True)
    parser.add_argument("--fitabase", required=True)
    parser.add_argument("--days", type=int, default=480)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture")
    arguments = parser.parse_args()
    n, seed = arguments.days, arguments.seed
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImplausibleValueWarning)
        mmash = read_days(arguments.mmash, "mmash")
        fitabase = read_days(arguments.fitabase, "fitabase")
    # Fitabase has a quarter of its people with heart rate.
    wearers = {"watch": 0.25, "pedometer": 0.75}
    sets = {
        "strap": (simulate_days(n, seed, "strap", 2), mmash),
        "watch": (simulate_days(n, seed, wearers, 5), fitabase),
    }
    print_table("MMASH", *sets["strap"], has_beats=True)
    print_table("Fitabase", *sets["watch"], has_beats=False)
    if arguments.picture:
        draw(sets, arguments.picture)


if __name__ == "__main__":
    main()
