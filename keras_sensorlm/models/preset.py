"""`SensorLMPreset`: the front door to a trained model."""

import os
import pathlib
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from keras_sensorlm.losses import contrastive_logits
from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.models.batching import as_batch
from keras_sensorlm.models.batching import as_texts
from keras_sensorlm.models.batching import check_at_least_one
from keras_sensorlm.models.batching import filled_up
from keras_sensorlm.models.batching import rounded_up
from keras_sensorlm.models.batching import text_length
from keras_sensorlm.models.batching import with_progress
from keras_sensorlm.models.captioner import SensorLMCaptioner
from keras_sensorlm.models.fresh_export import export_in_tensorflow
from keras_sensorlm.models.frozen_features import check_features
from keras_sensorlm.models.generation.compiled import compile_function
from keras_sensorlm.models.generation.programs import Programs
from keras_sensorlm.models.preprocessor import SensorLMPreprocessor
from keras_sensorlm.models.zero_shot_classifier import TEMPLATES
from keras_sensorlm.models.zero_shot_classifier import (
    SensorLMZeroShotClassifier,
)
from keras_sensorlm.sensors.day import Array
from keras_sensorlm.sensors.day import Days
from keras_sensorlm.sensors.day import SensorDay


class SensorLMPreset:
    """A model with all it needs, from raw days and plain words.

    ```python
    preset = SensorLMPreset.from_preset("path/or/name")
    preset.classify(days, ["walk", "swim"])     # (n, 2) probabilities
    preset.caption(days)                        # n sentences
    preset.retrieve("a long run in the evening", days)
    ```

    Wherever `days` are asked for, one `SensorDay` will do, a list of them, or
    a float array `(n, 1440, 26)` in physical units with NaN for missing.

    Args:
        backbone: `SensorLMBackbone`.
        preprocessor: `SensorLMPreprocessor`.

    Example:

    >>> from keras_sensorlm import SensorLMPreset
    >>> preset = SensorLMPreset.from_preset(
    ...     "sensorlm_small_en", load_weights=False
    ... )
    >>> embeddings = preset.embed_texts(["run", "swim", "sleep"])
    >>> embeddings.shape
    (3, 128)
    >>> [(index, score)] = preset.retrieve("swim", embeddings, top_k=1)
    >>> index, round(score, 3)
    (1, 1.0)
    """

    def __init__(
        self, backbone: SensorLMBackbone, preprocessor: SensorLMPreprocessor
    ) -> None:
        self.backbone = backbone
        self.preprocessor = preprocessor
        self._programs = Programs()
        # Tasks around the same weights, made when they are first needed.
        self._captioner: SensorLMCaptioner | None = None
        self._classifiers: dict[tuple, SensorLMZeroShotClassifier] = {}

    @classmethod
    def from_preset(
        cls,
        preset: str | os.PathLike,
        load_weights: bool = True,
        features: Sequence[str] | None = None,
        statistics: dict[str, tuple[float, float]] | None = None,
        **kwargs: Any,
    ) -> "SensorLMPreset":
        """Loads a model, for another device if asked.

        Args:
            preset: str or path. A built-in name, a folder that
                `save_to_preset` wrote, or a handle: `hf://...`,
                `kaggle://...`.
            load_weights: bool. `False` gives random weights, to train from.
                Defaults to `True`.
            features: sequence of str, optional. The device's channels, in
                the order in which they come; see `SensorLMBackbone.to_grid`.
                Defaults to the preset's.
            statistics: dict of str to (float, float), optional. See
                `SensorConverter.with_features`.
            **kwargs: `num_minutes` and `modalities` of
                `SensorLMBackbone.from_preset`, and settings of the backbone
                that replace the preset's, such as `dtype`.

        Returns:
            `SensorLMPreset`.

        Raises:
            ValueError: if there is no such preset, or it has no weights.
        """
        preset = os.fspath(preset)
        backbone = SensorLMBackbone.from_preset(
            preset, load_weights=load_weights, features=features, **kwargs
        )
        preprocessor = SensorLMPreprocessor.from_preset(preset)
        if features is not None:
            preprocessor.sensor_converter = (
                preprocessor.sensor_converter.with_features(
                    features, statistics
                )
            )
        return cls(backbone, preprocessor)

    def save_to_preset(self, directory: str | os.PathLike) -> None:
        """Saves everything into a folder that `from_preset` takes.

        Args:
            directory: str or path. Made if it does not exist.
        """
        directory = os.fspath(directory)
        self.backbone.save_to_preset(directory)
        self.preprocessor.save_to_preset(directory)

    def export(
        self,
        directory: str | os.PathLike,
        format: str = "tf_saved_model",
        **options: Any,
    ) -> pathlib.Path:
        """Writes the model as files that run without Keras.

        From any backend: the preset is saved, and a fresh process with
        TensorFlow exports it. Raw days go in, in physical units with NaN for
        missing; see `keras_sensorlm.export.export_preset` for what comes out
        of each format, and the serving guide for how to run it.

        Args:
            directory: str or path. The model's folder; the next free version
                is made in it, `1/`, `2/` and so on, whole or not at all.
            format: str. `"tf_saved_model"` for TensorFlow Serving, `"onnx"`
                or `"litert"`. Defaults to `"tf_saved_model"`.
            **options: `templates` and `int8`, of `export_preset`.

        Returns:
            `pathlib.Path` of the version written.

        Raises:
            ValueError: if the format is unknown or the export failed, with
                what it said.
        """
        return export_in_tensorflow(self, directory, format, **options)

    @property
    def tokenizer(self) -> Any:
        """The preprocessor's tokenizer."""
        return self.preprocessor.tokenizer

    def embed_days(
        self,
        days: Days,
        batch_size: int = 16,
        verbose: bool | str = "auto",
        features: str = "embedding",
    ) -> npt.NDArray[np.float32]:
        """Embeddings of days.

        Args:
            days: see the class.
            batch_size: int. Days at once. Defaults to `16`.
            verbose: bool or `"auto"`. Whether to show progress; by default
                for large work on a terminal.
            features: str. `"embedding"`, or `"channels"`, from which a head
                learns better; see `SensorLMBackbone.sensor_features`.
                Defaults to `"embedding"`.

        Returns:
            Float32 array `(n, dim)`; embeddings are of unit length.

        Raises:
            ValueError: if there are no days, not such days, or no such
                features.
        """
        check_features(features)
        days = as_batch(days)
        convert = self.preprocessor.sensor_converter.to_numpy

        def encode(inputs):
            return self.backbone.sensor_features(inputs["sensors"])[features]

        return self._embed(
            "days",
            encode,
            lambda chunk: {"sensors": convert(days[chunk])},
            len(days),
            batch_size,
            verbose,
            features,
        )

    def embed_texts(
        self,
        texts: str | Iterable[str],
        batch_size: int = 64,
        verbose: bool | str = "auto",
    ) -> npt.NDArray[np.float32]:
        """Embeddings of texts.

        Args:
            texts: str or list of str.
            batch_size: int. Texts at once. Defaults to `64`.
            verbose: bool or `"auto"`. As in `embed_days`.

        Returns:
            Float32 array `(m, dim)`, rows of unit length.

        Raises:
            ValueError: if there are no texts.
        """
        texts = as_texts(texts)
        length = text_length(self.backbone, self.preprocessor, texts)

        def prepare(chunk):
            x = self.preprocessor(
                {"text": texts[chunk]}, sequence_length=length
            )
            return {key: x[key] for key in ("token_ids", "padding_mask")}

        def encode(inputs):
            return self.backbone.encode_text(
                inputs["token_ids"], inputs["padding_mask"]
            )

        return self._embed(
            "texts", encode, prepare, len(texts), batch_size, verbose
        )

    def classify(
        self,
        days: Days,
        labels: Iterable[str],
        templates: Sequence[str] = TEMPLATES,
        activation: str = "softmax",
        batch_size: int = 16,
        verbose: bool | str = "auto",
    ) -> npt.NDArray[np.float32]:
        """Compares each day with labels that are nothing but words.

        Args:
            days: see the class.
            labels: list of str, such as `["walk", "swim"]`.
            templates: sequence of str. Sentences with a `{}` for the label,
                over which a label's embedding is averaged. Defaults to
                `keras_sensorlm.models.zero_shot_classifier.TEMPLATES`.
            activation: str. `"softmax"` asks which label fits best,
                `"sigmoid"` asks of each label on its own whether it fits.
                Defaults to `"softmax"`.
            batch_size: int. As in `embed_days`.
            verbose: bool or `"auto"`. As in `embed_days`.

        Returns:
            Float32 array `(n, m)`. With softmax, rows sum to 1.

        Raises:
            ValueError: if there are no labels, a template has no place for
                one, or the model was trained for captioning alone.
        """
        if isinstance(labels, (str, bytes)):
            raise ValueError(
                "`labels` should be a list of str, such as ['walk', 'swim']. "
                f"Received: {labels!r}"
            )
        labels = as_texts(labels, "labels")
        if isinstance(templates, str):
            templates = [templates]
        settings = (tuple(templates), activation)
        if settings not in self._classifiers:
            self._classifiers[settings] = SensorLMZeroShotClassifier(
                self.backbone,
                self.preprocessor,
                templates=templates,
                activation=activation,
            )
        texts = self._classifiers[settings].embed_labels(labels)
        days = self.embed_days(days, batch_size, verbose)
        scale, bias = self.backbone.contrastive_scale(ops.zeros((1,)))
        logits = contrastive_logits(days, texts, scale, bias)
        probabilities = keras.activations.get(activation)(logits)
        return ops.convert_to_numpy(probabilities)

    def caption(
        self,
        days: Days,
        max_length: int | None = None,
        sampler: Any = "greedy",
        **kwargs: Any,
    ) -> list[str]:
        """Writes a caption of each day.

        Args:
            days: see the class.
            max_length: int, optional. Most tokens of a caption. Defaults to
                the preprocessor's `sequence_length`.
            sampler: str or `keras_hub.samplers.Sampler`. `"greedy"`,
                `"top_k"`, `"top_p"`, `"random"` or `"beam"`. Defaults to
                `"greedy"`.
            **kwargs: see `SensorLMCaptioner.generate`: `prompts`,
                `temperature`, `seed`, `min_length`, `batch_size`, ...

        Returns:
            List of n str.

        Raises:
            ValueError: if the model has no decoder.
        """
        if self._captioner is None:
            self._captioner = SensorLMCaptioner(
                self.backbone, self.preprocessor
            )
        return self._captioner.generate(
            as_batch(days), max_length, sampler=sampler, **kwargs
        )

    def retrieve(
        self,
        query: str | SensorDay | Array,
        days: Days,
        top_k: int = 10,
    ) -> list[tuple[int, float]]:
        """Days that are nearest to a sentence or to another day.

        Args:
            query: str or `SensorDay`, or a float array `(1440, 26)`.
            days: see the class; or what `embed_days` made of them, so that
                many queries cost one reading.
            top_k: int. At most so many. Defaults to `10`.

        Returns:
            List of `(index, score)`, best first; the score is the cosine of
            the two embeddings, -1 to 1.

        Raises:
            ValueError: if `top_k` is not positive.
        """
        check_at_least_one("top_k", top_k)
        if isinstance(query, str):
            query = self.embed_texts([query])[0]
        elif isinstance(query, (list, tuple)):
            raise ValueError(
                "`query` should be one sentence or one day; ask for each of "
                f"several. Received: a {type(query).__name__}"
            )
        else:
            query = self.embed_days(query)[0]
        if isinstance(days, Array) and days.shape[1:] == query.shape:
            embeddings = ops.convert_to_numpy(days)
        else:
            embeddings = self.embed_days(days)
        scores = embeddings @ query
        # Stable, so that equal days keep their order.
        best = np.argsort(-scores, kind="stable")[:top_k]
        return [(int(i), float(scores[i])) for i in best]

    def _embed(
        self, kind, encode, prepare, count, batch_size, verbose, way=None
    ):
        """Runs a compiled encoder over batches of one size."""
        if not count:
            raise ValueError(f"Expected some {kind}, received none.")
        check_at_least_one("batch_size", batch_size)
        program = self._programs.get(
            self.backbone,
            (kind, way),
            lambda: compile_function(encode, self.backbone),
        )
        starts = range(0, count, batch_size)
        embeddings = []
        for start in with_progress(starts, f"Reading {kind}", verbose):
            chunk = slice(start, min(start + batch_size, count))
            rows = chunk.stop - start
            inputs = {
                name: filled_up(value, rounded_up(rows, batch_size))
                for name, value in prepare(chunk).items()
            }
            outputs = ops.convert_to_numpy(program(inputs))
            embeddings.append(outputs[:rows])
        return np.concatenate(embeddings).astype("float32", copy=False)
