"""A training run as one readable, checked record that lives in YAML."""

import dataclasses
import difflib
import os
import pathlib
import typing

import yaml

from keras_sensorlm.captions.hierarchy import CAPTION_KEYS
from keras_sensorlm.training.augmentation import Augmentation
from keras_sensorlm.training.distribution.settings import Distribution
from keras_sensorlm.training.live_days import Live
from keras_sensorlm.whole_file import write_whole

RECIPES = pathlib.Path(__file__).parent / "recipes"
SCHEDULES = ("reciprocal_square_root", "cosine", "constant")
PRECISIONS = ("float32", "mixed_bfloat16")
LAST_BATCHES = ("drop", "pad")
_AT_LEAST_ONE = (
    "batch_size",
    "sequence_length",
    "total_steps",
    "checkpoint_every",
)


@dataclasses.dataclass(frozen=True)
class Optimizer:
    """Adam with decoupled weight decay.

    Args:
        learning_rate: float. Peak rate. Defaults to `5e-4`.
        beta_1: float. Defaults to `0.9`.
        beta_2: float. Defaults to `0.999`.
        epsilon: float. Defaults to `1e-8`.
        weight_decay: float. Share of every kernel that a step at the peak
            rate takes away, not multiplied by the rate (the authors'
            convention: Keras's own argument is this over `learning_rate`).
            Defaults to `1e-4`.
        clip_norm: float. Largest global gradient norm; 0 for none. Defaults
            to `1.0`.
        ema: float. Momentum of an average of the weights; 0 for none.
            Defaults to `0.0`.
        accumulate: int. Steps whose gradients are averaged into one update.
            Defaults to `1`.
    """

    learning_rate: float = 5e-4
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 1e-4
    clip_norm: float = 1.0
    ema: float = 0.0
    accumulate: int = 1


@dataclasses.dataclass(frozen=True)
class Schedule:
    """How the learning rate moves.

    Args:
        name: str. `"reciprocal_square_root"`, `"cosine"` or `"constant"`.
        warmup: float. Share of the steps that rise. Defaults to `0.2`.
        cooldown: float. Share of the steps that fall to 0 at the end
            (reciprocal square root alone). Defaults to `0.2`.
        timescale: int. Steps over which the reciprocal square root falls to
            `1 / sqrt(2)`. Defaults to `10_000`.
    """

    name: str = "reciprocal_square_root"
    warmup: float = 0.2
    cooldown: float = 0.2
    timescale: int = 10_000


@dataclasses.dataclass(frozen=True)
class Validation:
    """How a run is watched on days that it does not learn from.

    Args:
        every: int. Steps between validations. Defaults to `1000`.
        days: int. How many of the days, the first ones; their loss,
            retrieval and zero-shot figures. Defaults to `256`.
        captions: int. For how many of them a caption is written and checked
            against the day; 0 for none. Defaults to `8`.
        best: str. The figure by which the best checkpoint is kept: a loss,
            rank or perplexity the lower, anything else the higher the
            better. Defaults to `"loss"`.
    """

    every: int = 1000
    days: int = 256
    captions: int = 8
    best: str = "loss"


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything that decides a run.

    Args:
        name: str. The run's name.
        preset: str. Built-in preset or folder that gives architecture and
            tokenizer (and weights, with `load_weights`).
        load_weights: bool. Whether to start from the preset's weights.
            Defaults to `False`.
        backbone: dict. Backbone settings that differ from the preset's.
        caption_keys: dict of str to float. Share of each caption key; one is
            drawn for each example and step. Defaults to
            `{"high_level_summary_caption": 1.0}`, as in the paper.
        sequence_length: int. Tokens of a caption. Defaults to `256`.
        batch_size: int. Global batch, over all devices. Defaults to `1024`.
        micro_batch: int, optional. Examples, over all devices, that are in
            memory at once; the gradients are those of the whole batch.
            Defaults to the batch.
        loss_chunk: int, optional. Days that the sigmoid loss compares at
            once with all texts. Defaults to all.
        steps: int, optional. Length of the run; or give `examples`.
        examples: int, optional. Length of the run in examples.
        contrastive_weight: float. Defaults to `1.0`.
        statistics_weight: float. Of reading each channel's statistics off
            both embeddings; see `SensorLMPretrainer`. Defaults to `0.0`.
        start_from: str, dict or list, optional. Folder of a preset whose
            weights are taken over wherever a part of the same name and
            shapes is there; of several, what the first lacks comes from the
            next. A mapping such as `{"folder": "towers", "part":
            "sensor_encoder"}` takes one layer's weights alone.
        caption_weight: float. Defaults to `2.0`, as in CoCa (arXiv
            2205.01917); without effect for a backbone without decoder.
        optimizer: `Optimizer`.
        schedule: `Schedule`.
        augmentation: `Augmentation`. Of days whose captions are stored.
        live: `Live`, optional. Makes and tells every example anew instead.
        last_batch: str. What becomes of the days that do not fill the last
            batch of a pass over the data: `"drop"` leaves them out of that
            pass, `"pad"` fills the batch with rows of weight 0. Defaults to
            `"drop"`.
        distribution: `Distribution`. Defaults to every device there is.
        precision: str. `"float32"` or `"mixed_bfloat16"`.
        remat: bool. Whether transformer blocks are computed again in the
            backward pass instead of kept: a third more work, a fraction of
            the memory. Defaults to `False`.
        seed: int. Of the weights, the order, the draws. Defaults to `0`.
        log_every: int. Steps of one line of the history; 0 for a hundredth
            of the run, at most `checkpoint_every`. Defaults to `0`.
        checkpoint_every: int. Steps between checkpoints. Defaults to `1000`.
        validation: `Validation`.

    Raises:
        ValueError: if a setting is unknown or out of its range.

    Example:

    >>> recipe = Recipe(name="mine", steps=100, batch_size=8)
    >>> recipe.total_steps
    100
    """

    name: str
    preset: str = "sensorlm_small_en"
    load_weights: bool = False
    backbone: dict = dataclasses.field(default_factory=dict)
    caption_keys: dict = dataclasses.field(
        default_factory=lambda: {"high_level_summary_caption": 1.0}
    )
    sequence_length: int = 256
    batch_size: int = 1024
    micro_batch: int | None = None
    loss_chunk: int | None = None
    steps: int | None = None
    examples: int | None = None
    contrastive_weight: float = 1.0
    caption_weight: float = 2.0
    statistics_weight: float = 0.0
    start_from: str | dict | list | None = None
    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Schedule()
    augmentation: Augmentation = dataclasses.field(default_factory=Augmentation)
    live: Live | None = None
    last_batch: str = "drop"
    distribution: Distribution = dataclasses.field(default_factory=Distribution)
    precision: str = "float32"
    remat: bool = False
    seed: int = 0
    log_every: int = 0
    checkpoint_every: int = 1000
    validation: Validation = Validation()

    def __post_init__(self):
        unknown = set(self.caption_keys) - set(CAPTION_KEYS)
        weights = self.caption_keys.values()
        if unknown or not weights or min(weights) <= 0:
            raise ValueError(
                "`caption_keys` should give a positive share to some of "
                f"{', '.join(CAPTION_KEYS)}. Received: {self.caption_keys}"
            )
        if (self.steps is None) == (self.examples is None):
            raise ValueError(
                "Give the length of the run as either `steps` or `examples`. "
                f"Received: steps={self.steps}, examples={self.examples}"
            )
        _check_choice("schedule.name", self.schedule.name, SCHEDULES)
        _check_choice("precision", self.precision, PRECISIONS)
        _check_choice("last_batch", self.last_batch, LAST_BATCHES)
        for start in self.starts:
            if set(start) != {"folder", "part"} or start["folder"] is None:
                raise ValueError(
                    "`start_from` should be a folder, a mapping with `folder` "
                    f"and `part`, or a list of them. Received: {start}"
                )
        for name in _AT_LEAST_ONE:
            if getattr(self, name) < 1:
                raise ValueError(
                    f"`{name}` should be at least 1. "
                    f"Received: {getattr(self, name)}"
                )

        if self.micro_batch is not None and not (
            1 <= self.micro_batch and self.batch_size % self.micro_batch == 0
        ):
            raise ValueError(
                "`micro_batch` should divide `batch_size`. Received: "
                f"micro_batch={self.micro_batch}, batch_size={self.batch_size}"
            )
        if self.loss_chunk is not None and self.loss_chunk < 1:
            raise ValueError(
                "`loss_chunk` should be at least 1. "
                f"Received: {self.loss_chunk}"
            )

    @property
    def starts(self) -> list[dict[str, typing.Any]]:
        """`start_from` as a list of mappings with `folder` and `part`."""
        starts = self.start_from or []
        if isinstance(starts, str | dict):
            starts = [starts]
        whole = {"folder": None, "part": None}
        return [
            whole | (x if isinstance(x, dict) else {"folder": x})
            for x in starts
        ]

    @property
    def total_steps(self) -> int:
        """Optimizer steps of the run."""
        if self.steps is not None:
            return self.steps
        return (self.examples or 0) // self.batch_size

    @property
    def log_interval(self) -> int:
        """Steps of one line of the history."""
        hundredth = min(self.total_steps // 100, self.checkpoint_every)
        return self.log_every or max(1, hundredth)

    def to_dict(self) -> dict[str, typing.Any]:
        """The recipe as plain data."""
        return _plain(dataclasses.asdict(self))

    def save(self, path: str | os.PathLike) -> None:
        """Writes the recipe as YAML.

        Args:
            path: str or path. The file.
        """
        text = yaml.safe_dump(self.to_dict(), sort_keys=False)
        write_whole(path, text)

    @classmethod
    def from_dict(cls, settings: dict[str, typing.Any]) -> "Recipe":
        """The recipe of `to_dict`; an unknown key is an error that names it.

        Args:
            settings: dict. As `to_dict` gives them, or some of them.

        Example:

        >>> Recipe.from_dict({"name": "a", "steps": 2}).steps
        2
        """
        return _from_dict(cls, settings, "recipe")

    @classmethod
    def load(cls, name_or_path: str | os.PathLike) -> "Recipe":
        """Reads a recipe from a YAML file or by a built-in name.

        Args:
            name_or_path: str or path. A file, or one of `built_in_recipes()`.

        Raises:
            ValueError: if there is no such recipe, or it is not valid.
        """
        path = pathlib.Path(name_or_path)
        if not path.exists():
            path = RECIPES / f"{name_or_path}.yaml"
        if not path.exists():
            raise ValueError(
                f"No recipe {str(name_or_path)!r}: neither a file nor one of "
                f"{', '.join(built_in_recipes())}."
            )
        return cls.from_dict(yaml.safe_load(path.read_text()))


def built_in_recipes():
    """Names of the recipes that ship with the library."""
    return sorted(path.stem for path in RECIPES.glob("*.yaml"))


def _check_choice(name, value, choices):
    if value not in choices:
        raise ValueError(
            f"`{name}` should be one of {', '.join(choices)}. "
            f"Received: {value!r}"
        )


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _dataclass_of(annotation):
    """The dataclass that a field holds, perhaps optionally; else None."""
    for kind in (annotation, *typing.get_args(annotation)):
        if dataclasses.is_dataclass(kind):
            return kind
    return None


def _from_dict(cls, settings, where):
    if not isinstance(settings, dict):
        raise ValueError(
            f"{where} should be a mapping of settings. Received: {settings!r}"
        )
    types = typing.get_type_hints(cls)
    values = {}
    for key, value in settings.items():
        if key not in types:
            near = difflib.get_close_matches(key, types, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ValueError(
                f"Unknown key {key!r} in {where}.{hint} "
                f"It takes: {', '.join(types)}."
            )
        nested = _dataclass_of(types[key])
        if nested is not None and value is not None:
            value = _from_dict(nested, value, f"{where}.{key}")
        elif types[key] is float:
            # YAML 1.1 reads 5e-4, which has no dot, as a string.
            value = float(value)
        values[key] = value
    try:
        return cls(**values)
    except TypeError as error:
        raise ValueError(f"{where}: {error}") from None
