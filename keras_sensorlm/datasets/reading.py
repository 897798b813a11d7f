"""`PreparedDays`: prepared records as days, read by index."""

import mmap
import os
import pathlib
import struct

import numpy as np

from keras_sensorlm.datasets.records import parse_signal
from keras_sensorlm.sensors.day import Event
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.profiles import profile_for

# A TFRecord: length (8 bytes), its checksum (4), the data, its checksum (4).
_LENGTH = struct.Struct("<Q")
_BEFORE, _AFTER = 12, 4
# What a record holds beside captions.
_NOT_CAPTIONS = (
    "input_signal",
    "observed",
    "participant",
    "date",
    "source",
    "events",
)


class PreparedDays:
    """A split of a prepared data set, as a sequence.

    Reads TFRecord and ArrayRecord alike, in any order, and holds no record
    in memory. What was not observed is NaN again; values are in physical
    units. Can be sent to other processes.

    Args:
        folder: str or path. What `prepare` wrote: its `out` folder, or the
            data set's own folder in it.
        split: str. Defaults to `"train"`.
        keys: sequence of str, optional. The captions wanted. Defaults to all
            that there are.

    Raises:
        FileNotFoundError: if there is no prepared data set.
        ValueError: if the split or a key is not in it.

    Example:

    >>> import tempfile
    >>> from keras_sensorlm.datasets import prepare
    >>> with tempfile.TemporaryDirectory() as out:
    ...     _ = prepare("simulated:6:0", out, fractions=(1.0, 0.0, 0.0))
    ...     days = PreparedDays(out)
    ...     day, captions = days[5]
    >>> len(days), day.values.shape, len(captions)
    (6, (1440, 26), 8)
    """

    def __init__(self, folder, split="train", keys=None):
        self.folder = _dataset_folder(folder)
        self.split = split
        self._open()
        present = [k for k in self._features if k not in _NOT_CAPTIONS]
        self.keys = present if keys is None else list(keys)
        for key in self.keys:
            if key not in present:
                raise ValueError(
                    f"{self.folder} has no captions {key!r}. It has: "
                    f"{', '.join(present)}"
                )

    def _open(self):
        import tensorflow_datasets as tfds

        builder = tfds.builder_from_directory(self.folder)
        splits = builder.info.splits
        if self.split not in splits:
            raise ValueError(
                f"{self.folder} has no split {self.split!r}. It has: "
                f"{', '.join(splits)}"
            )
        self._features = builder.info.features
        self._num_shards = splits[self.split].num_shards
        if builder.info.file_format.value == "array_record":
            self._source = builder.as_data_source(self.split)
        else:
            files = splits[self.split].filenames
            paths = [self.folder / name for name in sorted(files)]
            self._source = _TFRecords(paths, self._features)

    def __getstate__(self):
        return self.folder, self.split, self.keys

    def __setstate__(self, state):
        self.folder, self.split, self.keys = state
        self._open()

    def __len__(self):
        return len(self._source)

    @property
    def num_shards(self):
        """Files of the split; more processes than that share files."""
        return self._num_shards

    def __getitem__(self, index):
        """A day and its captions.

        Args:
            index: int.

        Returns:
            `SensorDay`, and a dict from caption key to text.
        """
        if not -len(self) <= index < len(self):
            raise IndexError(f"{index} of {len(self)} days")
        record = self._source[int(index) % len(self)]
        captions = {key: _text(record[key]) for key in self.keys}
        return _day(record), captions


class _TFRecords:
    """Records of TFRecord files by index, without reading past them."""

    def __init__(self, paths, features):
        self._features = features
        self._maps, self._places = [], []
        for number, path in enumerate(paths):
            with open(path, "rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self._maps.append(data)
            place = 0
            while place < len(data):
                (length,) = _LENGTH.unpack_from(data, place)
                self._places.append((number, place + _BEFORE, length))
                place += _BEFORE + length + _AFTER

    def __len__(self):
        return len(self._places)

    def __getitem__(self, index):
        number, place, length = self._places[index]
        data = self._maps[number][place : place + length]
        return self._features.deserialize_example_np(data)


def _dataset_folder(folder):
    folder = pathlib.Path(folder).expanduser()
    for found in (folder, *sorted(folder.glob("sensorlm/*"), reverse=True)):
        if (found / "dataset_info.json").exists():
            return found
    raise FileNotFoundError(
        f"There is no prepared data set in {os.fspath(folder)!r}. "
        "keras_sensorlm.datasets.prepare makes one."
    )


def _day(record):
    source = _text(record["source"]) or None
    profile = profile_for(source)
    values = parse_signal(_bytes(record["input_signal"]))
    # Rounded, or what was 0 would come back a hair below it, which is no
    # plausible value of most features.
    values = np.round(values * profile.std() + profile.mean(), 12)
    values[~record["observed"]] = np.nan
    events = record["events"]
    fields = ("kind", "label", "start_minute", "end_minute")
    rows = zip(*(events[field] for field in fields))
    return SensorDay(
        values,
        participant=_text(record["participant"]) or None,
        date=_text(record["date"]) or None,
        events=[
            Event(_text(kind), _text(label), int(start), int(end))
            for kind, label, start, end in rows
        ],
        source=source,
    )


def _bytes(value):
    return value if isinstance(value, bytes) else np.asarray(value).item()


def _text(value):
    value = _bytes(value)
    return value.decode() if isinstance(value, bytes) else value
