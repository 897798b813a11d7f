"""The whole evaluation: `evaluate`."""

import functools

from keras_sensorlm.captions.hierarchy import CAPTION_KEYS
from keras_sensorlm.evaluation import caption_section
from keras_sensorlm.evaluation import class_section
from keras_sensorlm.evaluation import number_section
from keras_sensorlm.evaluation import probe_section
from keras_sensorlm.evaluation import retrieval_section
from keras_sensorlm.evaluation import robustness
from keras_sensorlm.evaluation.class_section import TaskData
from keras_sensorlm.evaluation.embedder import Embedder
from keras_sensorlm.evaluation.embedder import random_twin
from keras_sensorlm.evaluation.examples import cut
from keras_sensorlm.evaluation.examples import find_examples
from keras_sensorlm.evaluation.results import Results
from keras_sensorlm.evaluation.tasks import built_in_tasks
from keras_sensorlm.sensors.simulator import is_simulated

PARTS = (
    "zero-shot",
    "probes",
    "numbers",
    "retrieval",
    "captions",
    "robustness",
    "learnt",
)
RANDOM = "random weights"
# Those that are asked again with less recorded, and with nonsense.
_ASKED_AGAIN = ("mmash_movement", "exercise_sessions", "simulated_activity")
_QUICK = {
    "shots": (1, 5, 20),
    "draws": 5,
    "keys": ("low_level_caption", "high_middle_low_level_caption"),
    "captions": 24,
    "samples": 200,
}
_FULL = {
    "shots": probe_section.SHOTS,
    "draws": probe_section.DRAWS,
    "keys": tuple(CAPTION_KEYS),
    "captions": 100,
    "samples": 1000,
}


class Evaluation:
    """What there is to do, as steps that can be counted.

    Args:
        preset: `SensorLMPreset`.
        collection: `Collection`.
        only: sequence of str, optional. Some of `PARTS`. Defaults to all.
        tasks: list of `Task`, optional. Defaults to `built_in_tasks()`.
        quick: bool. Whether to do with fewer shots, caption keys, captions
            and samples: for a look, not for a report. Defaults to `False`.
        seed: int. Defaults to `0`.
        caption_prompt: str, optional. What written captions begin with.

    Raises:
        ValueError: if a part is unknown.

    Attributes:
        results: `Results`, filled by `run`.
    """

    def __init__(
        self,
        preset,
        collection,
        only=None,
        tasks=None,
        quick=False,
        seed=0,
        caption_prompt=None,
    ):
        only = tuple(only or PARTS)
        unknown = [part for part in only if part not in PARTS]
        if unknown:
            raise ValueError(
                f"A part should be one of {', '.join(PARTS)}. "
                f"Received: {', '.join(unknown)}"
            )
        self.collection = collection
        self.seed = seed
        self.caption_prompt = caption_prompt
        self._settings = _QUICK if quick else _FULL
        self.results = Results(seed, self._settings["samples"])
        self.results.notes += collection.notes
        self._model = Embedder(preset)
        self._both = {"model": self._model}
        self._fitted = {}
        self.only = self._possible(preset, only)
        # Tasks that share pieces of days share their embeddings.
        self._cut = functools.cache(cut)
        tasks = built_in_tasks() if tasks is None else tasks
        self._tasks = [self._task_data(task) for task in tasks]
        self._tasks = [data for data in self._tasks if data is not None]
        # Real people first.
        self._tasks.sort(key=lambda data: data.simulated)

    def steps(self):
        """What is done, in order: list of `(words, function)`."""
        steps = [("A twin with random weights", self._add_twin)]
        for data in self._tasks:
            steps += self._task_steps(data)
        collection, results = self.collection, self.results
        more = {
            "numbers": lambda: number_section.numbers(
                results, collection, self._both
            ),
            "retrieval": lambda: retrieval_section.retrieval(
                results, collection, self._both, self._settings["keys"]
            ),
            "captions": lambda: caption_section.captioning(
                results,
                collection,
                self._model,
                count=self._settings["captions"],
                prompt=self.caption_prompt,
                seed=self.seed,
            ),
            "robustness": lambda: robustness.robust_retrieval(
                results, collection, self._model
            ),
            "learnt": lambda: robustness.learnt_retrieval(
                results, collection, self._model
            ),
        }
        words = {
            "numbers": "Numbers from embeddings",
            "retrieval": "Retrieval",
            "captions": "Captions",
            "robustness": "Retrieval with less recorded",
            "learnt": "Retrieval of nonsense",
        }
        steps += [
            (words[part], more[part]) for part in more if part in self.only
        ]
        return steps

    def run(self, each=lambda steps: steps):
        """Does all steps.

        Args:
            each: callable. Gets the list of steps and gives them back one by
                one, for instance with a progress bar. Defaults to none.

        Returns:
            `Results`.

        Raises:
            ImportError: if scikit-learn, the extra `evaluation`, is not
                installed.
        """
        for _, step in each(self.steps()):
            step()
        self.results.check_baselines()
        return self.results

    def _task_steps(self, data):
        name, results = data.task.title, self.results
        both, settings = self._both, self._settings
        asked = self.only

        def answer():
            class_section.zero_shot(results, data, both)
            self._fitted[data.task.name] = class_section.supervised(
                results, data
            )
            for group in data.task.groups:
                members = data.within(group)
                if members.can_be_asked:
                    class_section.zero_shot(results, members, both)

        def probe():
            probe_section.probes(
                results, data, both, settings["shots"], settings["draws"]
            )

        def less():
            fitted = self._fitted.get(data.task.name)
            if fitted is None:
                fitted = class_section.fit_hand_made(results, data)
            robustness.robust_classes(results, data, self._model, fitted)

        def nonsense():
            robustness.learnt_classes(results, data, self._model)

        again = data.task.name in _ASKED_AGAIN
        steps = [
            ("zero-shot", name, answer),
            ("probes", f"{name}: probes", probe),
            ("robustness", f"{name}: less recorded", less if again else None),
            ("learnt", f"{name}: nonsense", nonsense if again else None),
        ]
        return [(w, step) for part, w, step in steps if part in asked and step]

    def _add_twin(self):
        self._both[RANDOM] = Embedder(
            random_twin(self._model.preset, self.seed)
        )

    def _possible(self, preset, only):
        """The parts that this model can be asked."""
        notes = self.results.notes
        if preset.backbone.contrastive is None:
            notes.append(
                "The model compares no days with texts: it has no contrastive "
                "side. Zero-shot, retrieval, robustness and what it has "
                "learnt are left out."
            )
            only = [p for p in only if p in ("probes", "numbers", "captions")]
        if preset.backbone.decoder is None and "captions" in only:
            notes.append("The model writes no captions: it has no decoder.")
            only = [part for part in only if part != "captions"]
        return tuple(only)

    def _task_data(self, task):
        sides = [
            find_examples(task, days, self.collection.annotations, self._cut)
            for days in (self.collection.train, self.collection.test)
        ]
        data = TaskData(task, *sides, all(map(is_simulated, sides[1].days)))
        if data.can_be_asked:
            return data
        self.results.notes.append(
            f"{task.title} ({task.name}) is not asked: tested people have "
            "examples of fewer than two classes."
        )
        return None


def evaluate(preset, collection, each=lambda steps: steps, **options):
    """Asks a model everything that the days can answer.

    Args:
        preset: `SensorLMPreset`.
        collection: `Collection`, as `load_collection` reads it.
        each: as for `Evaluation.run`.
        **options: as for `Evaluation`.

    Returns:
        `Results`.
    """
    return Evaluation(preset, collection, **options).run(each)
