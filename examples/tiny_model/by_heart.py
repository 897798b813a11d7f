"""How much a model knows the people it was trained on by heart.

    python examples/tiny_model/by_heart.py WEARABLE_STRESS_EXERCISE

The folder is that of the stress and exercise sessions, as its publisher
distributes it. Five of the people for training teach a probe of the frozen
encoder what stress, aerobic and anaerobic sessions are, the others are asked,
20 times. Where the encoder met all of them and their sessions' names the probe
is better than it will be for anybody else: what it says more than the probe of
an encoder that met no names it knows by heart. About a minute of one core.
"""

import argparse
import warnings

import numpy as np
from checkpoints import HERE
from checkpoints import load
from sklearn.metrics import balanced_accuracy_score

from keras_sensorlm import SensorLMPreset
from keras_sensorlm.evaluation.collection import load_collection
from keras_sensorlm.evaluation.examples import find_examples
from keras_sensorlm.evaluation.hand_made import day_features
from keras_sensorlm.evaluation.learners import logistic_regression
from keras_sensorlm.evaluation.probe_section import draw_people
from keras_sensorlm.evaluation.tasks import TASKS
from keras_sensorlm.evaluation.tasks import load_task


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path")
    parser.add_argument("--preset", default="sensorlm_tiny_en")
    args = parser.parse_args()
    with warnings.catch_warnings():
        # Readers tell of single values that they dropped.
        warnings.simplefilter("ignore")
        collection = load_collection([args.path])
    task = load_task(TASKS / "exercise_sessions.yaml")
    found = find_examples(task, collection.train, collection.annotations)
    draws = draw_people(found, 20, 0, 5)
    models = {
        "towers halfway": load(HERE / "towers_halfway.npz"),
        "towers": load(HERE / "towers.npz"),
        args.preset: SensorLMPreset.from_preset(args.preset),
    }
    views = {"hand-made features": day_features(found.days)}
    for name, preset in models.items():
        views[name] = preset.embed_days(
            found.days, features="channels", verbose=False
        )
    print("Balanced accuracy from five people, of all others:")
    for name, features in views.items():
        scores = []
        for learn, ask in draws:
            probe = logistic_regression(0)
            probe.fit(features[learn], found.labels[learn])
            said = probe.predict(features[ask])
            scores.append(balanced_accuracy_score(found.labels[ask], said))
        print(f"{name:20} {np.mean(scores):.2f}")


if __name__ == "__main__":
    main()
