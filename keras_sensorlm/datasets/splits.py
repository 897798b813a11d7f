"""Who is trained on and who is tested on: people, never days.

The lists lie in `assets/splits.yaml`, drawn once by `draw_split`; training
and evaluation both read them here. A person is in exactly one list.
"""

import dataclasses
import functools
import pathlib

import numpy as np
import yaml

from keras_sensorlm.sensors.simulator import is_simulated
from keras_sensorlm.sensors.simulator import simulation_seed

SPLITS = ("train", "validation", "test")
SPLITS_FILE = pathlib.Path(__file__).parent / "assets" / "splits.yaml"


@dataclasses.dataclass(frozen=True)
class PeopleSplits:
    """Which list each person is in.

    Args:
        people: dict of str to dict. Source -> split -> participants.
        simulated: dict of str to int. Split -> the seed of
            `simulate_days` whose people are in it, for `"validation"` and
            `"test"`; every other seed is for training.

    Raises:
        ValueError: if somebody is in two lists, or a split is unknown.

    Example:

    >>> splits = load_splits()
    >>> splits.people["mmash"]["test"][0]
    'mmash-12'
    """

    people: dict
    simulated: dict

    def __post_init__(self):
        seen = {}
        for source, lists in self.people.items():
            if set(lists) != set(SPLITS):
                raise ValueError(
                    f"{source} should have the splits {', '.join(SPLITS)}. "
                    f"Received: {', '.join(lists)}"
                )
            for split, people in lists.items():
                for person in people:
                    if person in seen:
                        raise ValueError(
                            f"{person} is in two lists: {seen[person]} and "
                            f"{source}/{split}."
                        )
                    seen[person] = f"{source}/{split}"

    def of(self, day):
        """The split of a day's person.

        Args:
            day: `SensorDay`.

        Returns:
            str, one of `SPLITS`. People who are not listed were never
            trained on and are `"test"`, simulated ones but for reserved
            seeds `"train"`.

        Example:

        >>> from keras_sensorlm import simulate_days
        >>> load_splits().of(simulate_days(1, seed=0)[0])
        'train'
        """
        if is_simulated(day):
            seed = simulation_seed(day)
            for split, reserved in self.simulated.items():
                if seed == reserved:
                    return split
            return "train"
        for split, people in self.people.get(day.source, {}).items():
            if day.participant in people:
                return split
        return "test"

    def select(self, days, *splits):
        """The days of some splits' people, in their order.

        Args:
            days: iterable of `SensorDay`.
            *splits: str. Names out of `SPLITS`.

        Returns:
            List of `SensorDay`.

        Raises:
            ValueError: if there is no such split.

        Example:

        >>> from keras_sensorlm import read_days
        >>> from keras_sensorlm.sensors.readers import example_day_path
        >>> days = read_days(example_day_path())
        >>> len(load_splits().select(days, "train", "validation"))
        0
        """
        unknown = [split for split in splits if split not in SPLITS]
        if unknown or not splits:
            raise ValueError(
                f"A split should be one of {', '.join(SPLITS)}. "
                f"Received: {splits}"
            )
        return [day for day in days if self.of(day) in splits]


@functools.cache
def load_splits(path=SPLITS_FILE):
    """The lists of people that ship with the library, or a file like it.

    Args:
        path: path. YAML with `people` and `simulated`, as in
            `PeopleSplits`. Defaults to the shipped one.

    Returns:
        `PeopleSplits`.

    Raises:
        ValueError: as for `PeopleSplits`.
    """
    found = yaml.safe_load(pathlib.Path(path).read_text())
    return PeopleSplits(found["people"], found["simulated"])


def check_disjoint(train, test):
    """Raises where a person is on both sides.

    Args:
        train: iterable of `SensorDay`.
        test: iterable of `SensorDay`.

    Raises:
        ValueError: if a participant is on both sides, or unknown on either
            (two days of an unknown person could be the same person's).

    Example:

    >>> from keras_sensorlm import simulate_days
    >>> days = simulate_days(2, seed=0)
    >>> check_disjoint(days[:1], days[1:])
    """
    train = {day.participant for day in train}
    test = {day.participant for day in test}
    if train and test and None in train | test:
        raise ValueError(
            "People can only be kept apart if every day says whose it is. "
            "Received: a day without participant."
        )
    both = sorted(train & test)
    if both:
        raise ValueError(
            f"{len(both)} of the people are trained on and tested on: "
            f"{', '.join(both[:10])}{', ...' if len(both) > 10 else ''}"
        )


def draw_split(strata, seed, test=0.3, validation=0.15, first=()):
    """Draws the people of one data set into lists.

    Args:
        strata: dict of str to str. Participant -> stratum; each stratum is
            shared out on its own, so that both sides hold some of each.
        seed: int.
        test: float. Share of each stratum that is tested on. Defaults to
            `0.3`.
        validation: float. Share that choices are made by, and that may be
            trained on once they are made. Defaults to `0.15`.
        first: collection of str. People who are tested on in any case.

    Returns:
        dict of str to list of str, as in `PeopleSplits.people`.

    Example:

    >>> draw_split(dict.fromkeys("abcd", "all"), seed=0, validation=0.25)
    {'train': ['b', 'd'], 'validation': ['a'], 'test': ['c']}
    """
    rng = np.random.default_rng(seed)
    lists = {split: [] for split in SPLITS}
    for stratum in sorted(set(strata.values())):
        people = sorted(p for p, s in strata.items() if s == stratum)
        people = [people[i] for i in rng.permutation(len(people))]
        # Stable: those in `first` come before the others.
        people.sort(key=lambda person: person not in first)
        tested = round(test * len(people))
        held_out = tested + round(validation * len(people))
        lists["test"] += people[:tested]
        lists["validation"] += people[tested:held_out]
        lists["train"] += people[held_out:]
    return {split: sorted(people) for split, people in lists.items()}
