"""From a recipe to what trains: model, optimizer, schedule."""

import copy
import inspect
import random

import keras

from keras_sensorlm.models.backbone import SensorLMBackbone
from keras_sensorlm.models.layers.number_embedding import number_symbols
from keras_sensorlm.models.preprocessor import SensorLMPreprocessor
from keras_sensorlm.models.preset import SensorLMPreset
from keras_sensorlm.models.presets import PRESETS
from keras_sensorlm.models.presets import preset_backbone_arguments
from keras_sensorlm.models.pretrainer import SensorLMPretrainer
from keras_sensorlm.training.finite import guard_gradients
from keras_sensorlm.training.schedules import ReciprocalSquareRoot
from keras_sensorlm.training.schedules import cosine

_TOWERS = ("sensor_encoder", "text_encoder", "decoder")


def build_backbone(recipe):
    """The recipe's backbone, its settings put over the preset's.

    Args:
        recipe: `Recipe`. `backbone` holds settings of `SensorLMBackbone`;
            under `sensor_encoder`, `text_encoder` and `decoder` those of
            these layers (`decoder: null` for none).

    Returns:
        `SensorLMBackbone`.

    Raises:
        ValueError: if a setting is unknown, or `load_weights` is asked for
            together with another architecture.
    """
    backbone = _backbone(recipe)
    if recipe.remat:
        for tower in filter(None, (getattr(backbone, t) for t in _TOWERS)):
            # Read at each call, so that weights of any origin can have it.
            tower.remat = True
            for block in tower.blocks:
                block.remat = True
    return backbone


def abstract_backbone(recipe):
    """The recipe's backbone without values in its weights.

    Args:
        recipe: `Recipe`.

    Returns:
        `SensorLMBackbone`, whose weights have shapes alone, and what it was
        made with, as a dict of `SensorLMBackbone`'s arguments.

    Example:

    >>> from keras_sensorlm.training import Recipe
    >>> recipe = Recipe(name="mine", steps=1)
    >>> backbone, arguments = abstract_backbone(recipe)
    >>> arguments["num_caption_queries"]
    256
    """
    with keras.StatelessScope(initialize_variables=False):
        backbone = build_backbone(recipe)
    # Keras would make up for the values at the end of the next scope.
    keras.utils.clear_session()
    names = inspect.signature(SensorLMBackbone).parameters
    known = {n: getattr(backbone, n) for n in names if hasattr(backbone, n)}
    return backbone, known


def _backbone(recipe):
    if not recipe.backbone:
        return SensorLMBackbone.from_preset(
            recipe.preset,
            load_weights=recipe.load_weights,
            dtype=recipe.precision,
        )
    if recipe.load_weights:
        raise ValueError(
            "The preset's weights do not fit another architecture. Drop "
            "either `load_weights` or `backbone`. Received: backbone="
            f"{recipe.backbone}"
        )
    if recipe.preset not in PRESETS:
        raise ValueError(
            "`backbone` settings go over a built-in preset, one of "
            f"{', '.join(PRESETS)}. Received: preset={recipe.preset!r}"
        )
    arguments = preset_backbone_arguments(recipe.preset)
    settings = copy.deepcopy(recipe.backbone)
    if settings.get("text_encoder", {}).get("number_symbols") is True:
        settings["text_encoder"]["number_symbols"] = _symbols(recipe)
    dtype = keras.dtype_policies.get(recipe.precision)
    for name, value in settings.items():
        part = arguments.get(name)
        if isinstance(part, keras.layers.Layer) and isinstance(value, dict):
            value = _with_settings(part, value, f"backbone.{name}", dtype)
        elif isinstance(value, dict):
            raise ValueError(
                f"{recipe.preset} has no {name} to change. Received: {value}"
            )
        arguments[name] = value
    for name, part in arguments.items():
        if isinstance(part, keras.layers.Layer) and name not in recipe.backbone:
            arguments[name] = _with_settings(part, {}, name, dtype)
    return SensorLMBackbone(dtype=dtype, **arguments)


def _symbols(recipe):
    """Ids of digits and signs among the recipe's tokens."""
    tokenizer = SensorLMPreprocessor.from_preset(recipe.preset).tokenizer
    size = recipe.backbone["text_encoder"].get("vocabulary_size")
    return number_symbols(tokenizer.get_vocabulary()[:size])


def build_preset(recipe):
    """Backbone and preprocessor of a recipe, as `SensorLMPreset`.

    A text encoder with a smaller vocabulary than the preset's takes the
    first entries of the preset's tokenizer.
    """
    backbone = build_backbone(recipe)
    # The first of several comes last: what it has, it decides.
    for start in reversed(recipe.starts):
        take_over(backbone, start["folder"], start["part"])
    preprocessor = SensorLMPreprocessor.from_preset(recipe.preset)
    size = backbone.text_encoder.vocabulary_size
    tokenizer = preprocessor.tokenizer
    if tokenizer.vocabulary_size() > size:
        config = tokenizer.get_config()
        config["vocabulary"] = tokenizer.get_vocabulary()[:size]
        preprocessor.tokenizer = type(tokenizer).from_config(config)
    preprocessor.sequence_length = recipe.sequence_length
    preprocessor.return_truncated = True
    return SensorLMPreset(backbone, preprocessor)


def take_over(backbone, folder, part=None):
    """Copies the weights that a saved preset and a backbone share.

    Args:
        backbone: `SensorLMBackbone`. Changed in place.
        folder: str. A folder that `save_to_preset` wrote.
        part: str, optional. The layer whose weights are copied, such as
            `"sensor_encoder"`. Defaults to all.

    Returns:
        List of str: paths of the weights that stay as they were.

    Raises:
        ValueError: if they share no weight.
    """
    other = SensorLMBackbone.from_preset(folder)
    known = {
        weight.path: weight
        for weight in other.weights
        if part is None or weight.path.split("/")[0] == part
    }
    left = []
    for weight in backbone.weights:
        source = known.get(weight.path)
        if source is None or source.shape != weight.shape:
            left.append(weight.path)
        else:
            weight.assign(source)
    if len(left) == len(backbone.weights):
        raise ValueError(
            f"No weight of {folder} has the name and shape of one of the "
            f"recipe's backbone, such as {left[0]}. Received: part={part!r}"
        )
    return left


def build_schedule(recipe):
    """The recipe's learning rate: a Keras schedule, or a number."""
    settings, steps = recipe.schedule, recipe.total_steps
    peak = recipe.optimizer.learning_rate
    warmup = int(settings.warmup * steps)
    if settings.name == "constant":
        return peak
    if settings.name == "cosine":
        return cosine(peak, steps, warmup)
    cooldown = int(settings.cooldown * steps)
    return ReciprocalSquareRoot(
        peak, steps, warmup, cooldown, settings.timescale
    )


def build_optimizer(recipe, backbone):
    """AdamW as the recipe says; biases, norms and embeddings do not decay.

    Args:
        recipe: `Recipe`.
        backbone: `SensorLMBackbone`, whose weights it is for.

    Returns:
        `keras.optimizers.AdamW`, guarded as in `finite.py`.
    """
    settings = recipe.optimizer
    optimizer = keras.optimizers.AdamW(
        learning_rate=build_schedule(recipe),
        # Keras multiplies the decay by the rate, the authors do not.
        weight_decay=settings.weight_decay / settings.learning_rate,
        beta_1=settings.beta_1,
        beta_2=settings.beta_2,
        epsilon=settings.epsilon,
        global_clipnorm=settings.clip_norm or None,
        use_ema=settings.ema > 0,
        ema_momentum=settings.ema or 0.99,
        gradient_accumulation_steps=(
            settings.accumulate if settings.accumulate > 1 else None
        ),
        # A checkpoint finds variables by name.
        name="adamw",
    )
    optimizer.exclude_from_weight_decay(
        var_list=[v for v in backbone.weights if "kernel" not in v.name]
    )
    return guard_gradients(optimizer)


def build_pretrainer(recipe, preset, jit_compile="auto"):
    """A compiled pretrainer that takes preprocessed batches."""
    backbone = preset.backbone
    # Keras draws the seeds of initializers from there, and how much was drawn
    # before depends on what this process did.
    random.seed(recipe.seed)
    pretrainer = SensorLMPretrainer(
        backbone, statistics=recipe.statistics_weight > 0
    )
    pretrainer.compile(
        build_optimizer(recipe, preset.backbone),
        loss_weights={
            "contrastive": recipe.contrastive_weight,
            "captioning": recipe.caption_weight,
            "statistics": recipe.statistics_weight,
        },
        micro_batch_size=recipe.micro_batch,
        loss_chunk_size=recipe.loss_chunk,
        jit_compile=jit_compile,
    )
    return pretrainer


def _with_settings(layer, settings, where, dtype):
    """A new layer of the same class with some settings replaced."""
    config = layer.get_config()
    unknown = set(settings) - set(config)
    if unknown:
        raise ValueError(
            f"Unknown settings in {where}: {', '.join(sorted(unknown))}. "
            f"{type(layer).__name__} takes: {', '.join(sorted(config))}."
        )
    try:
        return type(layer).from_config({**config, **settings, "dtype": dtype})
    except TypeError as error:
        # Keras wraps what the layer says of its settings in all of them.
        reason = error.__context__ or error
        raise ValueError(f"Unusable settings in {where}: {reason}") from error
