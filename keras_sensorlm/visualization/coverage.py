"""What was measured in a day and what was not, in words and numbers."""

import numpy as np

from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.visualization import html
from keras_sensorlm.visualization import lanes
from keras_sensorlm.visualization import sketches

# Shorter pauses are lost beats and glitches, not a watch that was off.
_GAP_MINUTES = 10


def summary(day):
    observed = day.observed
    channels = int(observed.any(axis=0).sum())
    worn = observed.any(axis=1)
    source = day.source or "an unnamed source"
    text = (
        f"{channels} of {len(FEATURES)} channels from {source}; something "
        f"was measured in {worn.mean():.0%} of the day's minutes"
    )
    if worn.any():
        first, last = np.flatnonzero(worn)[[0, -1]]
        text += f", first at {lanes.clock(first)}, last at {lanes.clock(last)}"
    return html.escape(text + ".")


def day_in_words(day):
    """The picture in words: what is drawn, its range, events and gaps."""
    said = []
    for panels in lanes.choose_panels(day).values():
        for panel in panels:
            for name in panel.channels:
                low, _, high = _spread(day, name)
                said.append(f"{lanes.words(name)} {low} to {high} {panel.unit}")
    gaps = _gaps_in_words(~day.observed.any(axis=1))
    return (
        "The day over the clock. "
        + ("; ".join(said) or "Nothing was measured")
        + f". Events: {sketches.describe_events(day)}. "
        + f"Nothing measured: {gaps}."
    )


def _spread(day, name):
    """Lowest, mean and highest value of a channel, as text."""
    series = day.values[:, feature_index(name)]
    seen = series[~np.isnan(series)].astype("float64")
    return [
        f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
        for value in (seen.min(), seen.mean(), seen.max())
    ]


def _gaps_in_words(unseen):
    gaps = [
        (start, end)
        for start, end in lanes.runs(unseen)
        if end - start >= _GAP_MINUTES
    ]
    if not gaps:
        return f"no gap of {_GAP_MINUTES} minutes or more"
    said = [
        f"{lanes.clock(start)} to {lanes.clock(end)}" for start, end in gaps[:8]
    ]
    if len(gaps) > 8:
        said.append(f"and {len(gaps) - 8} more")
    return ", ".join(said)


def measured_section(day, findings):
    return "\n".join(
        part
        for part in (
            _identity(day),
            _coverage_table(day),
            _not_measured(day),
            _reader_words(findings.filled),
        )
        if part
    )


def _identity(day):
    facts = {
        "Participant": day.participant or "not named",
        "Date": day.date.isoformat() if day.date else "not known",
        "Source": day.source or "not named",
        "Events": sketches.describe_events(day),
        "Gaps (no channel, 10 min or more)": _gaps_in_words(
            ~day.observed.any(axis=1)
        ),
    }
    items = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>"
        for name, value in facts.items()
    )
    return f"<dl>{items}</dl>"


def _coverage_table(day):
    rows = []
    observed = day.observed
    for i, feature in enumerate(FEATURES):
        seen = observed[:, i]
        if not seen.any():
            continue
        low, mean, high = _spread(day, feature.name)
        share = f"{seen.mean():.1%}"
        longest = max(
            (end - start for start, end in lanes.runs(~seen)), default=0
        )
        name = lanes.words(feature.name)
        unit = lanes.UNITS.get(feature.unit, feature.unit)
        rows.append(
            [
                f"{html.escape(name)} <small>{html.escape(unit)}</small>",
                f'<span class="number">{share}</span>',
                sketches.gap_strip(seen, f"{name} observed {share}"),
                f'<span class="number">{longest} min</span>',
                *(
                    f'<span class="number">{html.escape(value)}</span>'
                    for value in (low, mean, high)
                ),
            ]
        )
    if not rows:
        return "<p>Nothing was measured on this day.</p>"
    head = (
        "Channel", "Observed", "00:00 to 24:00", "Longest gap",
        "Least", "Mean", "Most",
    )  # fmt: skip
    caption = (
        f"Channels and the share of the day's {MINUTES_PER_DAY} minutes in "
        "which each was observed"
    )
    return html.table(caption, head, rows, "coverage")


def _not_measured(day):
    missing = [
        lanes.words(feature.name)
        for feature, seen in zip(FEATURES, day.observed.any(axis=0))
        if not seen
    ]
    if not missing:
        return ""
    return (
        '<p class="quiet">Not measured, and never taken for zero: '
        f"{html.escape(', '.join(missing))}.</p>"
    )


def _reader_words(filled):
    if not filled:
        return ""
    items = "".join(f"<li>{html.escape(line)}</li>" for line in filled)
    return f"<h3>What the reader did</h3>\n<ul>{items}</ul>"
