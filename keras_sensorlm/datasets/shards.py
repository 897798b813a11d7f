"""A group of recordings -> files of records and a summary.

What one worker does. It is a function of the group and the plan alone, so
any number of workers gives the same bytes, and a group that was cut off is
simply done again: a file gets its name when it is whole, and the summary,
which says that the group is done, comes last.
"""

import collections
import hashlib
import json
import os
import uuid

from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
from keras_sensorlm.datasets.plan import SPLITS
from keras_sensorlm.datasets.records import record_features
from keras_sensorlm.datasets.records import to_record
from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.whole_file import write_whole

# Some 150 MB, about the size of file that TensorFlow Datasets recommends.
RECORDS_PER_FILE = 512
# Days captioned at once: enough to be fast, few enough to be small.
_BATCH = 64


class BadInputError(ValueError):
    """A recording that could not be read, where that is to stop the run."""


def write_group(index, units, plan, folder):
    """Writes the records of a group, or finds that this is done.

    Args:
        index: int. Number of the group.
        units: list of units (see `keras_sensorlm.datasets.inputs`).
        plan: `keras_sensorlm.datasets.plan.Plan`.
        folder: `etils.epath.Path`. Where the parts go.

    Returns:
        dict: the group's summary. `"files"`: for each split a list of
        [name, records, bytes]; `"unread"`: a list of [unit, error];
        `"counts"`: dicts of what was counted (see `_count_day`).

    Raises:
        BadInputError: if a unit cannot be read and the plan is strict.
    """
    done = read_summary(folder, index)
    if done is not None:
        return done
    counts = collections.defaultdict(collections.Counter)
    unread = []
    captioners = {
        key: HierarchicalCaptioner(key, seed=plan.seed) for key in plan.keys
    }
    writer = _Writer(folder, index, plan)
    try:
        for unit in units:
            days = _read(unit, plan, counts, unread)
            for i in range(0, len(days), _BATCH):
                batch = days[i : i + _BATCH]
                _write_days(batch, unit, captioners, plan, writer, counts)
        files = writer.finish()
    finally:
        writer.clean_up()
    summary = {
        "index": index,
        "files": files,
        "unread": unread,
        "counts": {name: dict(counts[name]) for name in sorted(counts)},
    }
    text = json.dumps(summary, sort_keys=True)
    write_whole(_summary_path(folder, index), text)
    return json.loads(text)


def read_summary(folder, index):
    """The summary of a group that is done, with all its files; else None."""
    path = _summary_path(folder, index)
    if not path.exists():
        return None
    summary = json.loads(path.read_text())
    for files in summary["files"].values():
        if not all((folder / name).exists() for name, _, _ in files):
            return None
    return summary


def _summary_path(folder, index):
    return folder / f"{index:05d}.json"


def _read(unit, plan, counts, unread):
    """The days of a unit that are worth a record; none if it is unreadable."""
    try:
        days, report = unit.read(dict(plan.options))
    except Exception as error:
        # Whatever a broken file raises, the thousands beside it are whole.
        text = f"{type(error).__name__}: {error}"
        if plan.strict:
            raise BadInputError(f"{unit} could not be read. {text}") from error
        unread.append([str(unit), text])
        return []
    counts["days"]["read"] += len(days)
    counts["samples dropped"].update(report.dropped)
    counts["files not used"].update(report.skipped.values())
    for name, (count, _) in report.implausible.items():
        counts["implausible values"][name] += count
    kept = []
    for day in days:
        minutes = int(day.observed.any(axis=1).sum())
        if minutes < 60 * plan.min_hours:
            counts["days dropped"][f"under {plan.min_hours:g} h observed"] += 1
        else:
            kept.append(day)
    return _mixed(kept)


def _mixed(days):
    """In the order of a hash: else one person's days follow each other."""

    def place(i):
        text = f"{days[i].participant} {days[i].date} {i}"
        return hashlib.sha256(text.encode()).digest()

    return [days[i] for i in sorted(range(len(days)), key=place)]


def _write_days(days, unit, captioners, plan, writer, counts):
    captions = {key: c.captions(days) for key, c in captioners.items()}
    for i, day in enumerate(days):
        texts = {key: captions[key][i] for key in captions}
        # Whoever is not named is one person a unit, so that the days of one
        # recording stay together.
        person = day.participant or str(unit)
        split = plan.split_of(person)
        writer.write(split, to_record(day, texts))
        _count_day(day, texts, split, person, counts)


def _count_day(day, texts, split, person, counts):
    counts["days"]["captioned"] += 1
    counts["days of splits"][split] += 1
    # A hash, so that a summary of thousands names nobody.
    who = hashlib.sha256(person.encode()).hexdigest()[:16]
    counts["days of participants"][f"{split}/{who}"] += 1
    counts["days of sources"][day.source or "unknown"] += 1
    for event in day.events:
        counts[f"{event.kind} events"][event.label] += 1
    for name, share in day.coverage().items():
        counts["observed minutes"][name] += round(share * MINUTES_PER_DAY)
        counts["days with channel"][name] += share > 0
    for key, text in texts.items():
        counts["caption characters"][key] += len(text)
        counts["empty captions"][key] += not text.strip()


class _Writer:
    """Record files of one group, a new one where one is full."""

    def __init__(self, folder, index, plan):
        from tensorflow_datasets.core import example_serializer

        self.folder, self.index = folder, index
        self.file_format = plan.file_format
        self.features = record_features(plan.keys)
        self.serializer = example_serializer.ExampleSerializer(
            self.features.get_serialized_info()
        )
        self.open = {}
        self.files = {split: [] for split in SPLITS}
        self.unfinished = []

    def write(self, split, record):
        encoded = self.features.encode_example(record)
        example = self.serializer.get_tf_example(encoded)
        # Protocol buffers keep maps in any order, unless told otherwise.
        data = example.SerializeToString(deterministic=True)
        if split not in self.open:
            self._start(split)
        self.open[split].write(data)
        entry = self.files[split][-1]
        entry[1] += 1
        entry[2] += len(data)
        if entry[1] == RECORDS_PER_FILE:
            self.open.pop(split).close()

    def _start(self, split):
        name = f"{self.index:05d}-{split}-{len(self.files[split]):03d}"
        path = self.folder / f"{name}.{uuid.uuid4().hex}.unfinished"
        self.open[split] = _record_writer(self.file_format, os.fspath(path))
        self.files[split].append([name, 0, 0])
        self.unfinished.append((path, self.folder / name))

    def finish(self):
        """Gives the files their names; what they are called and hold."""
        while self.open:
            self.open.popitem()[1].close()
        while self.unfinished:
            path, final = self.unfinished.pop()
            path.replace(final)
        return self.files

    def clean_up(self):
        """Removes what an error left behind."""
        for writer in self.open.values():
            writer.close()
        for path, _ in self.unfinished:
            path.unlink(missing_ok=True)


def _record_writer(file_format, path):
    if file_format == "array_record":
        from array_record.python import array_record_module

        # As TensorFlow Datasets writes them: each record found alone.
        return array_record_module.ArrayRecordWriter(path, "group_size:1")
    import tensorflow as tf

    return tf.io.TFRecordWriter(path)
