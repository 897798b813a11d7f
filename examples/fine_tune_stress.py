"""Adapts a model to stress and exercise sessions of five people.

    python examples/fine_tune_stress.py PATH [--method full] [--people met]

PATH holds the folders STRESS, AEROBIC and ANAEROBIC of the "Wearable Device
Dataset from Induced Stress and Structured Exercise Sessions" (PhysioNet).
As for anybody who has the weights and a few recordings, the model has met
none of the people: five of those who are kept for testing are drawn, a
classifier is adapted to their sessions, and the others are asked for: which
kind of session is it? That is done 20 times, and averaged. Beside it stand
what the model says without any training and what learns from the same five
people without the model.

The classifier begins with what the classes are called, and so with what the
model says without training. `--method full` trains all of it, and `lora` small
matrices beside its weights, on copies of the sessions as other wearers might
have had them, and goes half of the way (`WeightSpaceEnsemble`); `probe` fits a
linear head alone. At last what it says is multiplied by what a random forest
on hand-made features says, which has learned from the same sessions: it knows
how long they are and when, of which the model makes little.

`--people met` draws the five among the people with whom the model was
trained, and asks everybody who is kept for testing. The model knows what
these sessions are called, so that they teach it little.
"""

import argparse
import time
import warnings

import keras
import numpy as np

from keras_sensorlm.evaluation import learners
from keras_sensorlm.evaluation.bootstrap import estimate
from keras_sensorlm.evaluation.class_metrics import metrics_over_draws
from keras_sensorlm.evaluation.collection import load_collection
from keras_sensorlm.evaluation.examples import find_examples
from keras_sensorlm.evaluation.hand_made import day_features
from keras_sensorlm.evaluation.probe_section import draw_people
from keras_sensorlm.evaluation.probe_section import product
from keras_sensorlm.evaluation.tasks import TASKS
from keras_sensorlm.evaluation.tasks import load_task
from keras_sensorlm.models import SensorLMPreset
from keras_sensorlm.models import SensorLMSensorClassifier
from keras_sensorlm.training import WeightSpaceEnsemble
from keras_sensorlm.training import balanced_copies

PEOPLE = 5
STEPS, BATCH = 40, 16
RATE = {"lora": 1e-3, "full": 3e-4}
FOREST = "random forest on hand-made features"
BASELINES = {
    "logistic regression on hand-made features": learners.logistic_regression,
    FOREST: learners.random_forest,
}


def make_classifier(name, method, task):
    """A classifier that knows what the kinds of session are called."""
    preset = SensorLMPreset.from_preset(name)
    return SensorLMSensorClassifier(
        preset.backbone,
        len(task.labels),
        preprocessor=preset.preprocessor,
        fine_tuning=method,
        activation="softmax",
        features="channels",
        class_texts=[task.sentences(label) for label in task.labels],
    )


def adapt(classifier, method, days, labels, seed):
    """Fits a classifier to a few sessions."""
    if method == "probe":
        classifier.fit_probe(days, labels)
        return
    days, labels = balanced_copies(days, labels, STEPS * BATCH, seed)
    optimizer = keras.optimizers.AdamW(RATE[method], weight_decay=0.01)
    classifier.compile(optimizer)
    between = WeightSpaceEnsemble(0.5)
    classifier.fit(
        days, labels, batch_size=BATCH, verbose=0, callbacks=[between]
    )


def share_out(collection, task, met, draws, seed):
    """The sessions to learn from, those to ask, and which in each draw."""
    train, test = (
        find_examples(task, days, collection.annotations)
        for days in (collection.train, collection.test)
    )
    drawn = draw_people(train if met else test, draws, seed, PEOPLE)
    if met:
        everybody = np.arange(len(test))
        drawn = [(learn, everybody) for learn, _ in drawn]
    return train if met else test, test, drawn


def by_hand(features, labels, asked, num_classes, seed):
    """Baseline -> what it says, learned from the same few sessions."""
    return {
        name: learners.class_scores(
            make(seed).fit(features, labels), asked, num_classes
        )
        for name, make in BASELINES.items()
    }


def all_answers(args, task, learned, test, drawn):
    """Method -> what it says in each draw; and seconds to adapt."""
    answers, took = {}, []
    features, asked = day_features(learned.days), day_features(test.days)
    classifier = make_classifier(args.preset, args.method, task)
    untrained = classifier.predict(test.days, verbose=0)
    for learn, ask in drawn:
        days = [learned.days[row] for row in learn]
        labels = learned.labels[learn]
        keras.utils.set_random_seed(args.seed)
        start = time.perf_counter()
        if args.method != "probe":
            # The encoder was changed: anew.
            classifier = make_classifier(args.preset, args.method, task)
        adapt(classifier, args.method, days, labels, args.seed)
        hand = by_hand(
            features[learn], labels, asked[ask], len(task.labels), args.seed
        )
        took.append(time.perf_counter() - start)
        others = [test.days[row] for row in ask]
        said = classifier.predict(others, verbose=0)
        found = {
            f"adapted ({args.method})": said,
            "adapted, times the forest": product(said, hand[FOREST]),
            "the model without training": untrained[ask],
            **hand,
        }
        for name, scores in found.items():
            answers.setdefault(name, []).append((ask, scores))
    return answers, took


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path")
    parser.add_argument("--preset", default="sensorlm_tiny_en")
    parser.add_argument(
        "--method", choices=("probe", "lora", "full"), default="full"
    )
    parser.add_argument("--people", choices=("new", "met"), default="new")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with warnings.catch_warnings():
        # Readers tell of single values that they dropped.
        warnings.simplefilter("ignore")
        collection = load_collection([args.path])
    task = load_task(TASKS / "exercise_sessions.yaml")
    learned, test, drawn = share_out(
        collection, task, args.people == "met", args.draws, args.seed
    )
    print(
        f"{len(drawn)} draws of {PEOPLE} people to learn from; {len(test)} "
        f"sessions of {len(set(test.people))} people to ask, less these five"
    )
    answers, took = all_answers(args, task, learned, test, drawn)
    print(
        f"Adapted in {max(took):.0f} s at most, {np.median(took):.1f} s in the "
        "middle. Balanced accuracy [95 %], macro AUROC:"
    )
    for name, draws in answers.items():
        found = {
            metric: estimate(function, test.people)
            for metric, function in metrics_over_draws(
                test.labels, draws
            ).items()
        }
        print(
            f"{name:42} {found['balanced_accuracy']}   {found['macro_auroc']}"
        )
    print(f"{'chance':42} {1 / len(task.labels):.3f}   0.500")


if __name__ == "__main__":
    main()
