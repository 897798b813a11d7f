"""The data card: what a prepared data set holds, for people and programs."""

import collections
import json

from keras_sensorlm.datasets.plan import SPLITS
from keras_sensorlm.sensors.features import FEATURES
from keras_sensorlm.sensors.features import MINUTES_PER_DAY

JSON_NAME = "data_card.json"
MARKDOWN_NAME = "DATA_CARD.md"
_UNREAD_SHOWN = 50


def merge(summaries):
    """The groups' summaries as one.

    Args:
        summaries: iterable of dicts, from `shards.write_group`.

    Returns:
        dict: `"records"` and `"participants"` of each split; `"unread"`, a
        list of [recording, error]; `"counts"`, dicts of what was counted.
    """
    counts = collections.defaultdict(collections.Counter)
    unread = []
    for summary in summaries:
        unread += summary["unread"]
        for name, numbers in summary["counts"].items():
            counts[name].update(numbers)
    people = collections.Counter(
        key.split("/")[0] for key in counts.pop("days of participants", ())
    )
    records = counts.pop("days of splits", {})
    return {
        "records": {split: records.get(split, 0) for split in SPLITS},
        "participants": {split: people[split] for split in SPLITS},
        "unread": sorted(unread),
        "counts": {
            name: dict(counts[name].most_common()) for name in sorted(counts)
        },
    }


def write(report, plan, folder):
    """Writes the card as JSON and as Markdown.

    It holds no time of day, machine or number of workers, so that the same
    inputs give the same bytes.

    Args:
        report: dict, from `merge`.
        plan: `keras_sensorlm.datasets.plan.Plan`.
        folder: `etils.epath.Path`.
    """
    settings = {
        "caption_keys": list(plan.keys),
        "seed": plan.seed,
        "fractions": dict(zip(SPLITS, plan.fractions)),
        "min_hours": plan.min_hours,
        "file_format": plan.file_format,
        "reader_options": dict(plan.options),
    }
    content = {"settings": settings, **report, "channels": _channels(report)}
    text = json.dumps(content, indent=2, ensure_ascii=False, default=str)
    (folder / JSON_NAME).write_text(text + "\n")
    (folder / MARKDOWN_NAME).write_text(_markdown(content))


def _channels(report):
    days = sum(report["records"].values())
    minutes = report["counts"].get("observed minutes", {})
    present = report["counts"].get("days with channel", {})
    return {
        f.name: {
            "coverage": round(
                minutes.get(f.name, 0) / max(days * MINUTES_PER_DAY, 1), 4
            ),
            "days": present.get(f.name, 0),
        }
        for f in FEATURES
    }


def _markdown(content):
    counts = content["counts"]
    days = sum(content["records"].values())
    people = sum(content["participants"].values())
    return "\n".join(
        [
            "# SensorLM training records",
            "",
            f"{days:,} days of {people:,} people. Each record holds the day "
            "(1440 minutes x 26 features, normalised, gaps filled), which "
            "minutes were observed, captions, events, participant and date.",
            "",
            "## Splits",
            "",
            "By a hash of the participant: nobody is in two of them.",
            "",
            *_table(
                ("split", "days", "people"),
                [
                    (s, f"{n:,}", f"{content['participants'][s]:,}")
                    for s, n in content["records"].items()
                ],
            ),
            "## Channels",
            "",
            "Coverage is the share of all minutes of all days.",
            "",
            *_table(
                ("channel", "coverage", "days that have it"),
                [
                    (name, f"{c['coverage']:.1%}", f"{c['days']:,}")
                    for name, c in content["channels"].items()
                ],
            ),
            *_counted("Sources", counts.get("days of sources"), "days"),
            *_counted("Activities", counts.get("activity events"), "events"),
            *_counted("Sleep", counts.get("sleep events"), "events"),
            *_counted("Moods", counts.get("mood events"), "events"),
            *_captions(counts, days),
            *_left_out(content),
            "## Settings",
            "",
            *_table(
                ("setting", "value"),
                [(k, _plain(v)) for k, v in content["settings"].items()],
            ),
        ]
    )


def _captions(counts, days):
    characters = counts.get("caption characters", {})
    empty = counts.get("empty captions", {})
    rows = [
        (key, f"{total / max(days, 1):.0f}", f"{empty.get(key, 0):,}")
        for key, total in sorted(characters.items())
    ]
    columns = ("key", "mean characters", "empty")
    return ["## Captions", "", *_table(columns, rows)]


def _left_out(content):
    counts = content["counts"]
    lines = ["## Left out", "", f"Days read: {counts['days']['read']:,}.", ""]
    for title in (
        "days dropped",
        "samples dropped",
        "implausible values",
        "files not used",
    ):
        rows = [(why, f"{n:,}") for why, n in counts.get(title, {}).items()]
        if rows:
            lines += _table((title, "number"), rows)
    unread = content["unread"]
    if not unread:
        return [*lines, "Every recording could be read.", ""]
    lines += [f"{len(unread):,} recordings could not be read.", ""]
    lines += [f"- {unit}: {error}" for unit, error in unread[:_UNREAD_SHOWN]]
    if len(unread) > _UNREAD_SHOWN:
        lines += [f"- and more, all of them in {JSON_NAME}"]
    return [*lines, ""]


def _counted(title, numbers, unit):
    if not numbers:
        return []
    rows = [(name, f"{number:,}") for name, number in numbers.items()]
    return [f"## {title}", "", *_table((title.lower(), unit), rows)]


def _table(columns, rows):
    return [
        f"| {' | '.join(columns)} |",
        f"|{'---|' * len(columns)}",
        *(f"| {' | '.join(map(str, row))} |" for row in rows),
        "",
    ]


def _plain(value):
    if isinstance(value, dict):
        return ", ".join(f"{k} {v}" for k, v in value.items()) or "none"
    return ", ".join(value) if isinstance(value, list) else value
