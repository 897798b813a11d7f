"""Simulated days beside real ones: distributions drawn, distances printed.

    python examples/compare_simulator.py --mmash PATH --fitabase PATH \
        --e4 PATH PATH --picture guides/images/simulator.png

The paths are the unpacked data sets MMASH (PhysioNet), Fitabase (Zenodo
53894) and, for the Empatica E4, Stress-Predict and "Wearable Device Dataset
from Induced Stress and Structured Exercise Sessions". Any may be left out.

For each quantity two distances are printed: the Kolmogorov-Smirnov statistic
(KS) and the Wasserstein distance in standard deviations of the real sample
(W/sd). Beside them stand the same distances between two random halves of the
real people: no simulator can be nearer to people than they are to each other.
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


# Features whose minutes are compared as they are: name, feature, and what is
# done to the values first.
_FEATURES = (
    ("RMSSD, ms", "rmssd", None),
    ("SDNN, ms", "sdnn", None),
    ("RR median, ms", "rr_median", None),
    ("RR entropy, nat", "rr_entropy", None),
    ("RR difference entropy, nat", "rr_difference_entropy", None),
    ("RR valid fraction", "rr_valid_fraction", None),
    ("wrist log energy, ln(g s)", "log_energy", None),
    ("jerk autocorrelation", "jerk_autocorrelation", None),
    ("covariance condition, log10", "covariance_condition", np.log10),
    ("log energy ratio", "log_energy_ratio", None),
    ("time between crossings, log10 s", "zero_crossing_mean", np.log10),
    ("kurtosis, log10", "kurtosis", np.log10),
    ("sleep coefficient", "sleep_coefficient", None),
    ("skin conductance, log10 uS", "eda_level", np.log10),
    ("skin temperature, degC", "skin_temperature", None),
    ("skin temperature slope, degC/h", "skin_temperature_slope", None),
)


def samples(days):
    """Named samples of a set of days, each one-dimensional."""
    rate, steps = column(days, "heart_rate"), column(days, "steps")
    found = {"heart rate, bpm": rate, "heart rate change, bpm": np.diff(rate)}
    asleep = sleeping(days)
    if asleep.any():
        found["heart rate asleep, bpm"] = rate[asleep]
        found["heart rate awake, bpm"] = rate[~asleep]
    if not np.isnan(steps).all():
        found |= step_samples(steps)
        found["hole in heart rate, log10 min"] = np.log10(
            inner_gaps(days, "heart_rate")
        )
        seen = np.mean(~np.isnan(rate), axis=1)
        found["day with heart rate, share"] = seen[seen > 0]
    for name, feature, change in _FEATURES:
        values = column(days, feature)
        found[name] = change(np.maximum(values, 1e-3)) if change else values
    width = column(days, "rr_p80") - column(days, "rr_p20")
    found["RR p80 - p20, ms"] = np.minimum(width, 600)
    found = {name: x[~np.isnan(x)].ravel() for name, x in found.items()}
    return {name: x for name, x in found.items() if len(x)}


def step_samples(steps):
    """How people walk: minutes, bouts, days."""
    still = steps == 0
    whole = np.mean(~np.isnan(steps), axis=1) > 0.3
    part = np.mean(~np.isnan(steps[whole]), axis=1)
    return {
        "cadence where above 0, steps/min": steps[steps > 0],
        "walking bout, log10 min": np.log10(runs(steps > 0)),
        "stillness between, log10 min": np.log10(runs(still)),
        "steps a day": np.nansum(steps[whole], axis=1) / part,
        "minutes without a step, share": np.mean(still[whole], axis=1) / part,
    }


def curves(days):
    """Named curves of a set of days: x, y."""
    rate, steps = column(days, "heart_rate"), column(days, "steps")
    hours = np.arange(24) + 0.5
    beat = within_days(rate)
    walked = np.where(np.isnan(rate), np.nan, within_days(steps))
    return {
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
        "RMSSD by hour, ms": (hours, by_hour(column(days, "rmssd"))),
    }


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


def between_people(days):
    """Distances between random halves of the people, mean over splits."""
    rng = np.random.default_rng(0)
    found = {}
    for _ in range(SPLITS):
        first, second = (samples(half) for half in halves(days, rng))
        for name in first.keys() & second.keys():
            pair = distances(first[name], second[name])
            found.setdefault(name, []).append(pair)
    return {name: np.mean(pairs, axis=0) for name, pairs in found.items()}


class Comparison:
    """A real data set and simulated days on the same device."""

    def __init__(self, title, simulated, real, has_curves=True):
        self.title = title
        self.samples = {"simulated": samples(simulated), "real": samples(real)}
        self.curves = {}
        if has_curves:
            self.curves = {
                "simulated": curves(simulated),
                "real": curves(real),
            }
        self.people = between_people(real)

    def print(self):
        """Distances of every sample and curve as a Markdown table."""
        ours, theirs = self.samples["simulated"], self.samples["real"]
        print(f"\n### {self.title}\n")
        print(
            "| quantity | simulated | real | KS | W/sd "
            "| KS of people | W/sd of people |"
        )
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
        for name in theirs:
            if name in ours:
                print(self._row(name, ours[name], theirs[name]))
        for name, (_, real) in self.curves.get("real", {}).items():
            gap = np.abs(self.curves["simulated"][name][1] - real)
            if not np.isnan(gap).all():
                print(f"| {name}: mean gap {np.nanmean(gap):.3f} | | | | | | |")

    def _row(self, name, ours, theirs):
        far = (*distances(ours, theirs), *self.people.get(name, [np.nan] * 2))
        means = [f"{np.mean(x):.2f} ± {np.std(x):.2f}" for x in (ours, theirs)]
        cells = [name, *means, *(f"{x:.3f}" for x in far)]
        return f"| {' | '.join(cells)} |"


# The picture.

_PANELS = (
    ("MMASH", "heart rate by hour, bpm"),
    ("MMASH", "heart rate asleep, bpm"),
    ("MMASH", "heart rate awake, bpm"),
    ("MMASH", "heart rate change, bpm"),
    ("MMASH", "RMSSD by hour, ms"),
    ("MMASH", "RMSSD, ms"),
    ("MMASH", "RR entropy, nat"),
    ("MMASH", "heart rate autocorrelation, lag min"),
    ("MMASH", "steps, then heart rate, lag min"),
    ("MMASH", "cadence where above 0, steps/min"),
    ("MMASH", "hole in heart rate, log10 min"),
    ("Fitabase", "heart rate by hour, bpm"),
    ("Fitabase", "steps by hour, steps/min"),
    ("Fitabase", "steps a day"),
    ("Fitabase", "cadence where above 0, steps/min"),
    ("Fitabase", "walking bout, log10 min"),
    ("Fitabase", "stillness between, log10 min"),
    ("Fitabase", "hole in heart rate, log10 min"),
    ("E4", "RR valid fraction"),
    ("E4", "RMSSD, ms"),
    ("E4", "wrist log energy, ln(g s)"),
    ("E4", "sleep coefficient"),
    ("E4", "skin conductance, log10 uS"),
    ("E4", "skin temperature slope, degC/h"),
)
_COLOURS = {"simulated": "#c8553d", "real": "#2f6690"}


def draw(comparisons, path):
    """Panels of simulated beside real distributions, saved as a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    named = {comparison.title: comparison for comparison in comparisons}
    panels = [panel for panel in _PANELS if panel[0] in named]
    rows = -(-len(panels) // 4)
    figure, axes = plt.subplots(
        rows, 4, figsize=(13, 2.5 * rows), squeeze=False
    )
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    for axis, (title, quantity) in zip(axes.flat, panels):
        draw_panel(axis, named[title], quantity)
    axes.flat[0].legend(frameon=False, fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=72)
    plt.close(figure)


def draw_panel(axis, comparison, quantity):
    """One quantity: two curves, or the outlines of two histograms."""
    if quantity in comparison.samples["real"]:
        pair = {k: v[quantity] for k, v in comparison.samples.items()}
        ends = np.percentile(np.concatenate(list(pair.values())), [0.3, 99.7])
        for which, sample in pair.items():
            axis.hist(
                sample,
                bins=np.linspace(*ends, 40),
                density=True,
                histtype="step",
                color=_COLOURS[which],
                label=which,
            )
        axis.set_yticks([])
    else:
        for which, found in comparison.curves.items():
            x, y = found[quantity]
            axis.plot(x, y, color=_COLOURS[which], label=which)
    axis.set_title(f"{comparison.title}: {quantity}", fontsize=9)
    axis.tick_params(labelsize=7)
    axis.spines[["top", "right"]].set_visible(False)


def real_days(paths, format):
    """Days of one or more data sets."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImplausibleValueWarning)
        return [day for path in paths for day in read_days(path, format)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mmash", nargs="+", default=())
    parser.add_argument("--fitabase", nargs="+", default=())
    parser.add_argument("--e4", nargs="+", default=())
    parser.add_argument("--days", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", help="where to save a PNG")
    arguments = parser.parse_args()
    # Real sets, and what their people wear.
    sets = (
        ("MMASH", arguments.mmash, "mmash", "strap"),
        (
            "Fitabase",
            arguments.fitabase,
            "fitabase",
            {"watch": 0.5, "pedometer": 0.5},
        ),
        ("E4", arguments.e4, "empatica_e4", "e4"),
    )
    comparisons = []
    for title, paths, format, devices in sets:
        if paths:
            simulated = simulate_days(
                arguments.days, arguments.seed, devices, days_per_person=2
            )
            comparisons.append(
                Comparison(
                    title,
                    simulated,
                    real_days(paths, format),
                    has_curves=title != "E4",  # its clocks are not reliable
                )
            )
            comparisons[-1].print()
    if arguments.picture:
        draw(comparisons, arguments.picture)


if __name__ == "__main__":
    main()
