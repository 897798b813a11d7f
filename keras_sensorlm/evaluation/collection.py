"""The days that an evaluation is about, and which side each person is on."""

import dataclasses

from keras_sensorlm.datasets.inputs import SIMULATED
from keras_sensorlm.datasets.splits import check_disjoint
from keras_sensorlm.datasets.splits import load_splits
from keras_sensorlm.evaluation.annotations import Annotations
from keras_sensorlm.evaluation.annotations import read_annotations
from keras_sensorlm.sensors.readers import read_report
from keras_sensorlm.sensors.simulator import is_simulated
from keras_sensorlm.sensors.simulator import simulate_days


@dataclasses.dataclass
class Collection:
    """Days with what is known of them, on two sides.

    Args:
        train: list of `SensorDay`. What probes and baselines may learn from.
        test: list of `SensorDay`. What every number is computed on.
        annotations: `Annotations`.
        notes: list of str. What was left out.

    Raises:
        ValueError: if a person is on both sides.
    """

    train: list
    test: list
    annotations: Annotations = dataclasses.field(default_factory=Annotations)
    notes: list = dataclasses.field(default_factory=list)

    def __post_init__(self):
        check_disjoint(self.train, self.test)

    def real(self, side):
        """The days of a side, `"train"` or `"test"`, that were recorded."""
        return [day for day in getattr(self, side) if not is_simulated(day)]

    def simulated(self, side):
        """The days of a side that were simulated."""
        return [day for day in getattr(self, side) if is_simulated(day)]

    def summary(self):
        """Days and people of each source, a list of dicts."""
        rows = []
        for source in sorted({d.source or "" for d in self.train + self.test}):
            row = {"source": source or "unnamed"}
            for side in ("train", "test"):
                days = [
                    day
                    for day in getattr(self, side)
                    if (day.source or "") == source
                ]
                row[f"{side}_days"] = len(days)
                row[f"{side}_people"] = len({d.participant for d in days})
            rows.append(row)
        return rows


def load_collection(paths, split="test", splits=None, seed=1):
    """Reads days and shares them out.

    Args:
        paths: sequence of str or path. Recordings that `read_days` takes, or
            `"simulated:N"` for N days of simulated people who are reserved
            for testing, and as many others to learn from.
        split: str. Who is tested on: `"test"` people, with all others to
            learn from; or `"validation"` people, with `"train"` people to
            learn from. Defaults to `"test"`.
        splits: `PeopleSplits`, optional. Defaults to those that ship.
        seed: int. Of the simulated people to learn from. Defaults to `1`.

    Returns:
        `Collection`. Days without any measurement are left out.

    Raises:
        FileNotFoundError: if there is nothing at a path.
        ValueError: if a path cannot be read, there are no days to test on,
            or the split is another.

    Example:

    >>> found = load_collection(["simulated:4"])
    >>> len(found.train), len(found.test)
    (4, 4)
    """
    if split not in ("test", "validation"):
        raise ValueError(
            "`split` should be 'test' or 'validation': who is trained on is "
            f"nobody to test on. Received: {split!r}"
        )
    splits = splits or load_splits()
    others = ("train", "validation") if split == "test" else ("train",)
    collection = Collection([], [])
    for path in map(str, paths):
        days = _read(path, splits, split, seed, collection)
        collection.train += splits.select(days, *others)
        collection.test += splits.select(days, split)
    if not collection.test:
        names = ", ".join(map(str, paths))
        raise ValueError(f"There are no days of {split} people in {names}.")
    check_disjoint(collection.train, collection.test)
    return collection


def _read(path, splits, split, seed, collection):
    if path.startswith(SIMULATED):
        return _simulate(path, splits.simulated[split], seed)
    days, report = read_report(path)
    collection.annotations.add(read_annotations(path))
    kept = [day for day in days if day.observed.any()]
    if len(kept) < len(days):
        collection.notes.append(
            f"{len(days) - len(kept)} days of {report.format} hold no "
            "measurement and are left out."
        )
    return kept


def _simulate(path, reserved, seed):
    try:
        count = int(path.removeprefix(SIMULATED))
    except ValueError:
        raise ValueError(
            "Simulated days should be given as simulated:N, such as "
            f"simulated:600. Received: {path}"
        ) from None
    return simulate_days(count, reserved) + simulate_days(count, seed)
