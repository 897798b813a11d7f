"""Adapts a model to stress and exercise sessions of five people.

    python examples/fine_tune_stress.py PATH [--preset NAME] [--method probe]

PATH holds the folders STRESS, AEROBIC and ANAEROBIC of the "Wearable Device
Dataset from Induced Stress and Structured Exercise Sessions" (PhysioNet).
Five people whom the model may learn from are drawn, a classifier is adapted
to their sessions, and everybody who is kept for testing is asked for: which
kind of session is it? Beside it stand what the model says without any
training and what learns from the same five people without the model.
"""

import argparse
import time
import warnings

import keras
import numpy as np

from keras_sensorlm.evaluation import learners
from keras_sensorlm.evaluation.bootstrap import estimate
from keras_sensorlm.evaluation.class_metrics import class_metrics
from keras_sensorlm.evaluation.collection import load_collection
from keras_sensorlm.evaluation.embedder import Embedder
from keras_sensorlm.evaluation.examples import find_examples
from keras_sensorlm.evaluation.hand_made import day_features
from keras_sensorlm.evaluation.tasks import TASKS
from keras_sensorlm.evaluation.tasks import load_task
from keras_sensorlm.models import SensorLMPreset
from keras_sensorlm.models import SensorLMSensorClassifier

PEOPLE = 5
# Steps after the head was fitted, a tenth of the usual rate.
EPOCHS = 20
RATE = {"lora": 3e-4, "full": 3e-5}


def draw_people(examples, num_classes, rng):
    """Rows of five people who have a session of every kind."""
    people = np.array(examples.people)
    complete = [
        person
        for person in np.unique(people)
        if len(set(examples.labels[people == person])) == num_classes
    ]
    chosen = rng.choice(complete, PEOPLE, replace=False)
    return np.flatnonzero(np.isin(people, chosen)), sorted(chosen)


def adapt(name, method, days, labels, num_classes, seed):
    """A classifier that was fitted to a few sessions."""
    keras.utils.set_random_seed(seed)
    # Loaded anew, since LoRA and full fine-tuning change the backbone.
    preset = SensorLMPreset.from_preset(name)
    classifier = SensorLMSensorClassifier(
        preset.backbone,
        num_classes,
        preprocessor=preset.preprocessor,
        fine_tuning=method,
        activation="softmax",
    )
    classifier.fit_head(days, labels, verbose=0)
    if method != "probe":
        classifier.compile(keras.optimizers.AdamW(RATE[method]))
        classifier.fit(days, labels, epochs=EPOCHS, batch_size=8, verbose=0)
    return classifier


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path")
    parser.add_argument("--preset", default="sensorlm_tiny_en")
    parser.add_argument(
        "--method", choices=("probe", "lora", "full"), default="probe"
    )
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with warnings.catch_warnings():
        # Readers tell of single values that they dropped.
        warnings.simplefilter("ignore")
        collection = load_collection([args.path])
    task = load_task(TASKS / "exercise_sessions.yaml")
    train = find_examples(task, collection.train, collection.annotations)
    test = find_examples(task, collection.test, collection.annotations)
    count = len(task.labels)
    rng = np.random.default_rng(args.seed)
    rows, chosen = draw_people(train, count, rng)
    days = [train.days[row] for row in rows]
    labels = train.labels[rows]
    print(f"{len(days)} sessions of {', '.join(chosen)} to learn from")
    print(f"{len(test)} sessions of {len(set(test.people))} others to test on")

    start = time.perf_counter()
    classifier = adapt(args.preset, args.method, days, labels, count, args.seed)
    took = time.perf_counter() - start
    answers = {
        f"adapted ({args.method})": classifier.predict(test.days, verbose=0)
    }
    embedder = Embedder(SensorLMPreset.from_preset(args.preset))
    sentences = [task.sentences(label) for label in task.labels]
    answers["the model without training"], _ = embedder.class_probabilities(
        embedder.days(test.days), sentences
    )
    features, asked = day_features(days), day_features(test.days)
    for name, make in (
        ("hand-made features + logistic regression", "logistic_regression"),
        ("hand-made features + random forest", "random_forest"),
    ):
        learner = getattr(learners, make)().fit(features, labels)
        answers[name] = learners.class_scores(learner, asked, count)

    print(f"\nAdapted in {took:.0f} s. Balanced accuracy [95 %], macro AUROC:")
    for name, scores in answers.items():
        found = {
            metric: estimate(function, test.people)
            for metric, function in class_metrics(test.labels, scores).items()
        }
        print(
            f"{name:42} {found['balanced_accuracy']}   {found['macro_auroc']}"
        )
    print(f"{'chance':42} {1 / count:.3f}   0.500")


if __name__ == "__main__":
    main()
