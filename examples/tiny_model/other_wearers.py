"""What keeps a small model from learning people's sessions by heart.

    python examples/tiny_model/other_wearers.py WEARABLE_STRESS_EXERCISE

The folder is that of the stress and exercise sessions, as its publisher
distributes it. People who are kept for testing are not read. Half of the
others teach an encoder without any knowledge what stress, aerobic and
anaerobic sessions are, the other half is asked: with parts of sessions or
whole ones, as they were recorded or as other people might have had them
(`Live.cut_rate`, `Live.wearer_rate`). Beside it stand logistic regression
and a forest on hand-made features of the same people. About 20 minutes of
one core.
"""

import argparse
import warnings

import keras
import numpy as np
from sklearn.metrics import balanced_accuracy_score

from keras_sensorlm.evaluation import learners
from keras_sensorlm.evaluation.collection import load_collection
from keras_sensorlm.evaluation.examples import find_examples
from keras_sensorlm.evaluation.hand_made import day_features
from keras_sensorlm.evaluation.tasks import TASKS
from keras_sensorlm.evaluation.tasks import load_task
from keras_sensorlm.models import SensorLMBackbone
from keras_sensorlm.models import SensorLMPreprocessor
from keras_sensorlm.models import SensorLMSensorClassifier
from keras_sensorlm.training import Recipe
from keras_sensorlm.training.live_days import Live
from keras_sensorlm.training.live_days import LiveDays

PRESET = "sensorlm_tiny_en"
# How examples are made of the sessions of those who are learned from.
WAYS = {
    "parts of sessions": {"cut_rate": 0.5},
    "whole sessions": {"cut_rate": 0.0},
    "whole sessions, half of other wearers": {
        "cut_rate": 0.0,
        "wearer_rate": 0.5,
    },
    "whole sessions, all of other wearers": {
        "cut_rate": 0.0,
        "wearer_rate": 1.0,
    },
}
ROUNDS, ROUND, BATCH = 16, 300, 24
RATE = 1e-3


def halves(people, seed):
    """Rows of one half of the people, and of the other."""
    people = np.asarray(people)
    order = np.random.default_rng(seed).permutation(np.unique(people))
    learning = np.isin(people, order[: len(order) // 2])
    return np.flatnonzero(learning), np.flatnonzero(~learning)


def anew(days, picks, way, seed):
    """Examples of sessions, each made anew, as in training."""
    live = Live(label_rate=1.0, whole_rate=0.0, **way)
    source = LiveDays(days, Recipe(name="sessions", steps=1, live=live))
    rngs = [np.random.default_rng([seed, i]) for i in range(len(picks))]
    made, *_ = source.examples(picks, rngs, np.random.default_rng(seed))
    return made


def learned(sessions, labels, way, seed):
    """A classifier from nothing but these sessions."""
    keras.utils.set_random_seed(seed)
    classifier = SensorLMSensorClassifier(
        SensorLMBackbone.from_preset(PRESET, load_weights=False),
        labels.max() + 1,
        preprocessor=SensorLMPreprocessor.from_preset(PRESET),
        fine_tuning="full",
        features="channels",
    )
    steps = ROUNDS * ROUND // BATCH
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps, warmup_target=RATE, warmup_steps=steps // 10
    )
    classifier.compile(keras.optimizers.AdamW(rate, weight_decay=0.01))
    weight = len(labels) / np.bincount(labels)
    chances = weight[labels] / weight[labels].sum()
    for part in range(ROUNDS):
        rng = np.random.default_rng([seed, part])
        picks = rng.choice(len(labels), ROUND, p=chances)
        days = anew(sessions, picks, way, seed * ROUNDS + part)
        classifier.fit(days, labels[picks], batch_size=BATCH, verbose=0)
    return classifier


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path")
    parser.add_argument("--splits", type=int, default=4)
    args = parser.parse_args()
    task = load_task(TASKS / "exercise_sessions.yaml")
    with warnings.catch_warnings():
        # Readers tell of single values that they dropped.
        warnings.simplefilter("ignore")
        collection = load_collection([args.path])
    found = find_examples(task, collection.train, collection.annotations)
    whole = find_examples(
        task, collection.train, collection.annotations, cut=lambda day, *_: day
    )
    features, labels = day_features(found.days), found.labels
    scores = {}
    for seed in range(args.splits):
        learn, ask = halves(found.people, seed)
        said = {}
        for name, make in (
            ("hand-made, logistic regression", learners.logistic_regression),
            ("hand-made, forest", learners.random_forest),
        ):
            learner = make(seed).fit(features[learn], labels[learn])
            said[name] = learner.predict(features[ask])
        for name, way in WAYS.items():
            sessions = [whole.days[row] for row in learn]
            model = learned(sessions, labels[learn], way, seed)
            others = [found.days[row] for row in ask]
            said[name] = model.predict(others, verbose=0).argmax(axis=1)
        for name, answers in said.items():
            score = balanced_accuracy_score(labels[ask], answers)
            scores.setdefault(name, []).append(score)
        print(f"split {seed + 1} of {args.splits}", flush=True)
    print("\nBalanced accuracy on people who were not learned from:")
    for name, found in scores.items():
        each = " ".join(f"{score:.2f}" for score in found)
        print(f"{name:40} {np.mean(found):.3f}   ({each})")


if __name__ == "__main__":
    main()
