"""Copies of few recordings: balanced, seeded, and of the same sessions."""

import numpy as np
import pytest

from keras_sensorlm import simulate_days
from keras_sensorlm.training.copies import balanced_copies

PLAIN = {"wearer_rate": 0.0, "channel_drop_rate": 0.0, "gap_rate": 0.0}


@pytest.fixture(scope="module")
def days():
    return list(simulate_days(4, seed=3))


def unchanged(copies, labels, days):
    """Share of the copies that are as their days."""
    return np.mean(
        [
            np.array_equal(copy.values, days[label].values, equal_nan=True)
            for copy, label in zip(copies, labels)
        ]
    )


def test_each_class_is_as_frequent(days):
    _, labels = balanced_copies(days, [2, 2, 2, 0], 2000, seed=1)
    assert set(labels) == {0, 2}
    assert np.mean(labels == 0) == pytest.approx(0.5, abs=0.05)


def test_a_copy_has_the_label_of_its_day(days):
    copies, labels = balanced_copies(days, [0, 1, 2, 3], 40, **PLAIN)
    for copy, label in zip(copies, labels):
        np.testing.assert_array_equal(copy.values, days[label].values)


def test_copies_lose_channels_and_minutes_and_gain_none(days):
    copies, labels = balanced_copies(days, [0, 1, 2, 3], 60, wearer_rate=0.0)
    assert 0.2 < unchanged(copies, labels, days) < 0.8
    for copy, label in zip(copies, labels):
        assert not (copy.observed & ~days[label].observed).any()


def test_half_are_of_other_wearers(days):
    settings = {**PLAIN, "wearer_rate": 0.5}
    copies, labels = balanced_copies(days, [0, 1, 2, 3], 200, **settings)
    assert unchanged(copies, labels, days) == pytest.approx(0.5, abs=0.12)


def test_a_seed_gives_the_same_bytes(days):
    one, other, third = (
        balanced_copies(days, [0, 1, 0, 1], 10, seed)[0] for seed in (4, 4, 5)
    )
    as_bytes = [
        [day.values.tobytes() for day in x] for x in (one, other, third)
    ]
    assert as_bytes[0] == as_bytes[1] != as_bytes[2]


@pytest.mark.parametrize("labels", [[0, 1], [[0, 1, 2, 3]], []])
def test_labels_that_do_not_fit_are_refused(days, labels):
    with pytest.raises(ValueError, match="4 days, labels of shape"):
        balanced_copies(days, labels, 3)


def test_a_rate_that_is_no_share_is_refused(days):
    with pytest.raises(ValueError, match="gap_rate"):
        balanced_copies(days, [0, 1, 0, 1], 3, gap_rate=2.0)
