"""Captions that the model writes, and captions that were only looked up."""

import numpy as np

from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
from keras_sensorlm.evaluation import learners
from keras_sensorlm.evaluation.captioning import score_captions
from keras_sensorlm.evaluation.hand_made import day_features
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.day import stack_days
from keras_sensorlm.sensors.simulator import is_simulated

CAPTIONING = "captioning"
KEY = "middle_low_level_caption"
# The model's captions without the sentences that it was not sure of.
SURE = "model, sure sentences alone"
_CERTAINTY = 0.5
_WORDINGS = 3
_SHOWN = 5


def captioning(
    results,
    collection,
    embedder,
    key=KEY,
    count=100,
    prompt=None,
    seed=0,
    **options,
):
    """Writes captions of days of tested people, and checks them.

    Args:
        results: `Results`.
        collection: `Collection`. Recorded and simulated days are reported
            apart.
        embedder: `Embedder`. Its preset writes.
        key: str. The caption key whose wordings are references, and whose
            captions the baselines look up. Defaults to
            `"middle_low_level_caption"`, numbers and trends.
        count: int. At most so many days of each kind. Defaults to `100`.
        prompt: str, optional. What captions begin with.
        seed: int. Of the days and the wording. Defaults to `0`.
        **options: of `SensorLMPreset.caption`.
    """
    for simulated in (False, True):
        side = collection.simulated if simulated else collection.real
        test, train = side("test"), side("train")
        if not test:
            continue
        test = spread_out(test, count, seed)
        captioner = HierarchicalCaptioner(key, seed)
        references = [
            HierarchicalCaptioner(key, seed + i).captions(test)
            for i in range(_WORDINGS)
        ]
        references = [list(texts) for texts in zip(*references)]
        options = {"prompts": prompt, **options}
        write = embedder.preset.caption
        written = {
            "model": write(test, **options),
            SURE: write(test, certainty=_CERTAINTY, **options),
        }
        if train:
            written.update(looked_up(train, test, embedder, captioner, seed))
        else:
            results.notes.append(
                "Captions of simulated days have no baseline."
                if simulated
                else "There are no people to look captions up from."
            )
            continue
        _score(results, key, simulated, test, references, written)


def _score(results, key, simulated, test, references, written):
    people = [day.participant or "unknown" for day in test]
    task = f"{'simulated' if simulated else 'recorded'} days, {key}"
    for method, texts in written.items():
        results.add(
            CAPTIONING,
            task,
            score_captions(texts, test, references).metrics(),
            people,
            method=method,
            simulated=simulated,
        )
    shown = range(0, len(test), max(1, len(test) // _SHOWN))
    results.details[task] = {
        "samples": [
            {
                "day": f"{test[i].participant}, {test[i].date or 'no date'}",
                "written": written["model"][i],
                "reference": references[i][0],
            }
            for i in list(shown)[:_SHOWN]
        ]
    }


def spread_out(days, count, seed):
    """At most `count` days, as many of each source as can be.

    Args:
        days: list of `SensorDay`.
        count: int.
        seed: int.

    Returns:
        List of `SensorDay`, in their order.

    Example:

    >>> from keras_sensorlm import simulate_days
    >>> len(spread_out(simulate_days(5, seed=0), 3, seed=0))
    3
    """
    rng = np.random.default_rng(seed)
    waiting = {}
    for i in rng.permutation(len(days)):
        waiting.setdefault(days[i].source or "", []).append(int(i))
    chosen = []
    while len(chosen) < min(count, len(days)):
        for source in sorted(waiting):
            if waiting[source] and len(chosen) < count:
                chosen.append(waiting[source].pop())
    return [days[i] for i in sorted(chosen)]


def looked_up(train, test, embedder, captioner, seed):
    """Captions that somebody without a decoder could give.

    Args:
        train: list of `SensorDay`. Whose captions can be looked up.
        test: list of `SensorDay`. Whose captions are needed.
        embedder: `Embedder`.
        captioner: `HierarchicalCaptioner`.
        seed: int.

    Returns:
        dict of str to list of str.
    """
    captions = captioner.captions(train)
    rng = np.random.default_rng(seed)
    by_numbers = _nearest_by_numbers(train, test)
    by_model = (embedder.days(test) @ embedder.days(train).T).argmax(axis=1)
    return {
        "nearest day's caption (hand-made features)": [
            captions[i] for i in by_numbers
        ],
        "nearest day's caption (model's embedding)": [
            captions[i] for i in by_model
        ],
        "caption of the mean day": _mean_captions(train, test, captioner),
        "any day's caption": [
            captions[i] for i in rng.integers(0, len(train), len(test))
        ],
    }


def _nearest_by_numbers(train, test):
    x, asked = day_features(train), day_features(test)
    impute = learners.scikit_learn("impute").SimpleImputer(
        strategy="constant", fill_value=0.0, keep_empty_features=True
    )
    scale = learners.scikit_learn("preprocessing").StandardScaler()
    x = scale.fit_transform(impute.fit_transform(x))
    asked = scale.transform(impute.transform(asked))
    neighbours = learners.scikit_learn("neighbors").NearestNeighbors(
        n_neighbors=1
    )
    return neighbours.fit(x).kneighbors(asked)[1][:, 0]


def _mean_captions(train, test, captioner):
    """The caption of the average day of the same source, else of all."""
    means = {}
    captions = []
    for day in test:
        if day.source not in means:
            same = [d for d in train if d.source == day.source] or train
            means[day.source] = captioner.caption(_mean_day(same))
        captions.append(means[day.source])
    return captions


def _mean_day(days):
    values = stack_days(days).astype("float64")
    seen = ~np.isnan(values)
    counts = seen.sum(axis=0)
    sums = np.where(seen, values, 0.0).sum(axis=0)
    mean = np.full(counts.shape, np.nan)
    np.divide(sums, counts, out=mean, where=counts > 0)
    simulated = is_simulated(days[0])
    return SensorDay(mean, participant="mean" + ("-sim" if simulated else ""))
