"""Samplers by name, with a temperature and a seed."""

import keras
from keras import ops

NAMES = ("greedy", "top_k", "top_p", "random", "beam")


def get_sampler(sampler, temperature=None, seed=None):
    """Builds a KerasHub sampler from a name, or takes one as it is.

    Args:
        sampler: str or `keras_hub.samplers.Sampler`. One of `"greedy"`,
            `"top_k"`, `"top_p"`, `"random"`, `"beam"`, with KerasHub's
            defaults; give an object for other settings.
        temperature: float, optional. Above 0; below 1 the likely tokens
            become likelier. Only with a name. Defaults to 1.
        seed: int, optional. Seed of the draws. Only with a name.

    Returns:
        `keras_hub.samplers.Sampler`.

    Raises:
        ValueError: if the name is unknown, the temperature not above 0, the
            sampler one that cannot be used here, or `temperature` or `seed`
            come with an object that has its own.
    """
    import keras_hub

    if temperature is not None and not temperature > 0:
        raise ValueError(
            "`temperature` should be above 0; use sampler='greedy' for the "
            f"limit at 0. Received: temperature={temperature}"
        )
    if isinstance(sampler, str):
        return _by_name(sampler, temperature, seed)
    if not isinstance(sampler, keras_hub.samplers.Sampler):
        raise ValueError(
            f"`sampler` should be one of {NAMES} or a "
            f"keras_hub.samplers.Sampler. Received: sampler={sampler!r}"
        )
    if temperature is not None or seed is not None:
        raise ValueError(
            "A sampler object has its own temperature and seed. Give them to "
            f"it: {type(sampler).__name__}(temperature=..., seed=...). "
            f"Received: temperature={temperature}, seed={seed}"
        )
    unusable = (
        keras_hub.samplers.ContrastiveSampler,
        keras_hub.samplers.SpeculativeSampler,
    )
    all_beams = getattr(sampler, "return_all_beams", False)
    if isinstance(sampler, unusable) or all_beams:
        raise ValueError(
            "Captions are written by samplers that pick a token from its "
            "probabilities, or by a beam search that gives one text. "
            f"Received: {type(sampler).__name__}"
            f"{'(return_all_beams=True)' if all_beams else ''}"
        )
    return sampler


def _by_name(name, temperature, seed):
    import keras_hub

    if name not in NAMES:
        raise ValueError(
            f"`sampler` should be one of {NAMES}. Received: sampler={name!r}"
        )
    config = {}
    if temperature is not None:
        config["temperature"] = temperature
    if name in ("top_k", "top_p", "random"):
        config["seed"] = seed
    sampler = keras_hub.samplers.get(name)
    return type(sampler)(**config)


def next_tokens(sampler, logits):
    """What a sampler draws.

    The likeliest token needs no probabilities; and the greatest of 32,000
    with its place takes XLA on a CPU longer than all products of a token,
    because it does so one by one, while either alone goes by vectors.

    Args:
        sampler: `keras_hub.samplers.Sampler`.
        logits: float tensor `(batch, vocabulary)`.

    Returns:
        Int tensor `(batch,)`.
    """
    import keras_hub

    if type(sampler) is not keras_hub.samplers.GreedySampler:
        probabilities = sampler.compute_probabilities(logits)
        return sampler.get_next_token(probabilities)
    if keras.config.backend() == "torch":
        return ops.argmax(logits, axis=-1)
    vocabulary = ops.shape(logits)[1]
    places = ops.arange(vocabulary, dtype="int32")
    greatest = ops.max(logits, axis=-1, keepdims=True)
    # The first of equals, as of old.
    first = ops.min(ops.where(logits == greatest, places, vocabulary), axis=-1)
    # Where all is NaN, none is greatest: any token will do.
    return ops.minimum(first, vocabulary - 1)


def same_but_seed(sampler):
    """What tells compiled programs apart: the settings without the seed."""
    if not type(sampler).__module__.startswith("keras_hub."):
        # Somebody's own class may have settings that its config lacks.
        return type(sampler), id(sampler)
    settings = {k: v for k, v in sampler.get_config().items() if k != "seed"}
    return type(sampler), tuple(sorted(settings.items()))


def take_seed(sampler, other):
    """Makes `sampler` draw what `other` would draw next."""
    for mine, theirs in zip(sampler.variables, other.variables):
        mine.assign(keras.ops.copy(theirs.value))
