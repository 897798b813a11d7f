"""Numbers of people and nights, by ridge regression on embeddings."""

import dataclasses

import numpy as np

from keras_sensorlm.evaluation import learners
from keras_sensorlm.evaluation.hand_made import day_features
from keras_sensorlm.evaluation.regression import number_metrics
from keras_sensorlm.sensors.features import feature_index

NUMBERS = "numbers"
_RESTING = "resting_heart_rate"
_LEAST_MINUTES = 30
_LEAST_PEOPLE = 3


@dataclasses.dataclass(frozen=True)
class Target:
    """A number to predict.

    Args:
        name: str.
        title: str. In words, with the unit.
        of: callable. From a day and its numbers (a dict) to `(day, value)`,
            or None where the number is not known. The day that is returned
            is the one to predict from.
    """

    name: str
    title: str
    of: object


def _known(name):
    def of(day, numbers):
        return (day, numbers[name]) if name in numbers else None

    return of


def _resting(day, numbers):
    """The mean of the channel, which is then hidden."""
    column = feature_index(_RESTING)
    channel = day.values[:, column]
    if (~np.isnan(channel)).sum() < _LEAST_MINUTES:
        return None
    values = day.values.copy()
    values[:, column] = np.nan
    if np.isnan(values).all():
        return None
    hidden = dataclasses.replace(day, values=values)
    return hidden, float(np.nanmean(channel))


TARGETS = (
    Target("age", "Age, years", _known("age")),
    Target("bmi", "Body mass index, kg/m2", _known("bmi")),
    Target(
        "minutes_asleep",
        "Minutes asleep in the night that ends on the day",
        _known("minutes_asleep"),
    ),
    Target(
        "resting_heart_rate",
        "Mean resting heart rate, bpm, with its channel hidden",
        _resting,
    ),
)


def numbers(results, collection, embedders):
    """Predicts every number that is known of enough people.

    Args:
        results: `Results`.
        collection: `Collection`. Its recorded days alone are used.
        embedders: dict of str to `Embedder`.
    """
    for target in TARGETS:
        train = _examples(target, collection.real("train"), collection)
        test = _examples(target, collection.real("test"), collection)
        people = [len(set(side[2])) for side in (train, test)]
        if min(people) < _LEAST_PEOPLE:
            results.notes.append(
                f"{target.title}: known of {people[0]} people to learn from "
                f"and {people[1]} to test on; at least {_LEAST_PEOPLE} of each "
                "are needed."
            )
            continue
        results.details[target.name] = {"title": target.title}
        _predict(results, target, train, test, embedders)


def _examples(target, days, collection):
    found = []
    for day in days:
        pair = target.of(day, collection.annotations.numbers(day))
        if pair is not None:
            found.append((*pair, day.participant))
    days, values, people = zip(*found) if found else ((), (), ())
    return list(days), np.array(values, dtype="float64"), list(people)


def _predict(results, target, train, test, embedders):
    predictions = {
        "mean of the others": np.full(len(test[1]), train[1].mean()),
    }
    for method, embedder in embedders.items():
        predictions[method] = _fitted(
            learners.ridge(train[2]),
            (embedder.days(train[0]), train[1], embedder.days(test[0])),
        )
    features = (day_features(train[0]), train[1], day_features(test[0]))
    predictions["hand-made + ridge"] = _fitted(
        learners.ridge(train[2]), features
    )
    predictions["hand-made + random forest"] = _fitted(
        learners.forest_of_numbers(results.seed), features
    )
    for method, predicted in predictions.items():
        results.add(
            NUMBERS,
            target.name,
            number_metrics(test[1], predicted),
            test[2],
            method=method,
        )


def _fitted(learner, features):
    x, y, asked = features
    return learner.fit(x, y).predict(asked)
