"""What an evaluation leaves behind: a file to compute with and one to read."""

import dataclasses
import hashlib
import json
import pathlib

import keras

from keras_sensorlm.evaluation.page import render_page
from keras_sensorlm.evaluation.results import Results
from keras_sensorlm.version import __version__
from keras_sensorlm.whole_file import write_whole

FORMAT = 1


@dataclasses.dataclass(frozen=True)
class Report:
    """Results and what they are of.

    Nothing in it depends on when or where it was made: the same model, days
    and seed give the same bytes.

    Args:
        results: `Results`.
        preset: str. The model's name.
        weights: str. Fingerprint of its weights.
        data: list of dict. Days and people of each source.
        split: str. Who was tested on.
        seed: int.
        quick: bool. Whether less was computed than for a report.
        version: str. Of the library.
    """

    results: Results
    preset: str
    weights: str
    data: list
    split: str = "test"
    seed: int = 0
    quick: bool = False
    version: str = __version__

    def to_json(self):
        """The file to compute with, as a string."""
        found = {
            "format": FORMAT,
            "keras_sensorlm": self.version,
            "preset": self.preset,
            "weights_sha256": self.weights,
            "split": self.split,
            "seed": self.seed,
            "quick": self.quick,
            "data": self.data,
            **self.results.to_dict(),
        }
        return json.dumps(found, indent=1, ensure_ascii=False) + "\n"

    def save(self, folder):
        """Writes evaluation.json and evaluation.html.

        Args:
            folder: path. Made if it does not exist.

        Returns:
            List of the two `pathlib.Path`.

        Raises:
            OSError: if the folder cannot be written.
        """
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        contents = {
            "evaluation.json": self.to_json(),
            "evaluation.html": render_page(self),
        }
        return [
            write_whole(folder / name, text) for name, text in contents.items()
        ]


def fingerprint(model):
    """SHA-256 of a model's weights, in the order of their names' paths.

    Args:
        model: `keras.Model` or layer.

    Returns:
        str, 64 hexadecimal digits.
    """
    found = hashlib.sha256()
    for weight in sorted(model.weights, key=lambda w: w.path):
        found.update(keras.ops.convert_to_numpy(weight).tobytes())
    return found.hexdigest()
