"""What keeps a small model from learning people's sessions by heart.

    python examples/tiny_model/other_wearers.py WEARABLE_STRESS_EXERCISE

The folder is that of the stress and exercise sessions, as its publisher
distributes it. People who are kept for testing are not read. Half of the
others teach an encoder without any knowledge what stress, aerobic and
anaerobic sessions are, the other half is asked: with parts of sessions or
whole ones, as they were recorded or as other people might have had them
(`Live.cut_rate`, `Live.wearer_rate`). Then the encoder is adapted to five of
the other half, as `examples/fine_tune_stress.py` does, and what is left of
them is asked. Beside it stand logistic regression and a forest on hand-made
features of the same people. About half an hour of one core.
"""

import argparse
import warnings

import keras
import numpy as np
from sklearn.metrics import balanced_accuracy_score

from keras_sensorlm.evaluation import learners
from keras_sensorlm.evaluation.collection import load_collection
from keras_sensorlm.evaluation.examples import Examples
from keras_sensorlm.evaluation.examples import cut as cut_out
from keras_sensorlm.evaluation.examples import find_examples
from keras_sensorlm.evaluation.hand_made import day_features
from keras_sensorlm.evaluation.probe_section import draw_people
from keras_sensorlm.evaluation.probe_section import product
from keras_sensorlm.evaluation.tasks import TASKS
from keras_sensorlm.evaluation.tasks import load_task
from keras_sensorlm.models import SensorLMBackbone
from keras_sensorlm.models import SensorLMPreprocessor
from keras_sensorlm.models import SensorLMSensorClassifier
from keras_sensorlm.training import Recipe
from keras_sensorlm.training import WeightSpaceEnsemble
from keras_sensorlm.training import balanced_copies
from keras_sensorlm.training.copies import balanced_rows
from keras_sensorlm.training.live_days import Live
from keras_sensorlm.training.live_days import LiveDays

PRESET = "sensorlm_tiny_en"
# How examples are made of the sessions of those who are learned from; the
# last one is adapted.
WAYS = {
    "parts of sessions": {"cut_rate": 0.5},
    "whole sessions": {"cut_rate": 0.0},
    "whole sessions, all of other wearers": {
        "cut_rate": 0.0,
        "wearer_rate": 1.0,
    },
    "whole sessions, half of other wearers": {
        "cut_rate": 0.0,
        "wearer_rate": 0.5,
    },
}
BASELINES = {
    "logistic regression": learners.logistic_regression,
    "forest": learners.random_forest,
}
ASKED = "The other half of the people"
ADAPTED = "The rest of them, after five were learned from"
HALFWAY = "adapted, half of the way"
ENDS = {"adapted": 1.0, HALFWAY: 0.5}
ROUNDS, ROUND, BATCH = 10, 300, 24
RATE = 1e-3
DRAWS = 4


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
    for part in range(ROUNDS):
        rng = np.random.default_rng([seed, part])
        picks = balanced_rows(labels, ROUND, rng)
        days = anew(sessions, picks, way, seed * ROUNDS + part)
        classifier.fit(days, labels[picks], batch_size=BATCH, verbose=0)
    return classifier


def shares(classifier, days):
    """Probabilities of the kinds of session."""
    logits = classifier.predict(days, verbose=0)
    return keras.ops.convert_to_numpy(keras.ops.softmax(logits))


def adapted(classifier, days, labels, others, seed, share):
    """What it says of others after it was adapted to a few sessions."""
    before = classifier.get_weights()
    days, labels = balanced_copies(days, labels, 640, seed)
    classifier.compile(keras.optimizers.AdamW(3e-4, weight_decay=0.01))
    between = WeightSpaceEnsemble(share)
    classifier.fit(days, labels, batch_size=16, verbose=0, callbacks=[between])
    said = shares(classifier, others)
    classifier.set_weights(before)
    return said


def by_hand(features, labels, learn, ask, seed):
    """What hand-made features say of some rows, learned from others."""
    found = {}
    for name, make in BASELINES.items():
        learner = make(seed).fit(features[learn], labels[learn])
        said = learners.class_scores(learner, features[ask], labels.max() + 1)
        found[f"hand-made, {name}"] = said
    return found


def answers(whole, found, features, seed):
    """For each question the rows that are asked, and what is said of them."""
    labels = found.labels
    learn, ask = halves(found.people, seed)
    others = [found.days[row] for row in ask]
    sessions = [whole.days[row] for row in learn]
    for name, said in by_hand(features, labels, learn, ask, seed).items():
        yield ASKED, name, ask, said
    for name, way in WAYS.items():
        model = learned(sessions, labels[learn], way, seed)
        yield ASKED, name, ask, shares(model, others)
    unmet = Examples(others, labels[ask], [found.people[row] for row in ask])
    for few, rest in draw_people(unmet, DRAWS, seed, 5):
        for name, said in after_five(
            model, found, features, ask[few], ask[rest], seed
        ).items():
            yield ADAPTED, name, ask[rest], said


def after_five(model, found, features, few, rest, seed):
    """What is said of the rest, in each way to learn from a few."""
    asked = [found.days[row] for row in rest]
    days = [found.days[row] for row in few]
    labels = found.labels
    said = {"not adapted": shares(model, asked)}
    for name, share in ENDS.items():
        said[name] = adapted(model, days, labels[few], asked, seed, share)
    hand = by_hand(features, labels, few, rest, seed)
    for name, theirs in hand.items():
        said[f"{HALFWAY}, times {name}"] = product(said[HALFWAY], theirs)
    return {**said, **hand}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path")
    parser.add_argument("--splits", type=int, default=8)
    args = parser.parse_args()
    task = load_task(TASKS / "exercise_sessions.yaml")
    with warnings.catch_warnings():
        # Readers tell of single values that they dropped.
        warnings.simplefilter("ignore")
        collection = load_collection([args.path])
    found, whole = (
        find_examples(task, collection.train, collection.annotations, cut)
        for cut in (cut_out, lambda day, *_: day)
    )
    features = day_features(found.days)
    scores = {ASKED: {}, ADAPTED: {}}
    for seed in range(args.splits):
        for question, name, rows, said in answers(whole, found, features, seed):
            score = balanced_accuracy_score(
                found.labels[rows], said.argmax(axis=1)
            )
            scores[question].setdefault(name, []).append(score)
        print(f"split {seed + 1} of {args.splits}", flush=True)
    for question, methods in scores.items():
        print(f"\n{question}, balanced accuracy [lowest, highest]:")
        for name, each in methods.items():
            ends = f"[{min(each):.2f}, {max(each):.2f}]"
            print(f"{name:55} {np.mean(each):.3f} {ends}")


if __name__ == "__main__":
    main()
