"""What a training step costs, from the settings of a model alone.

Nothing is built or allocated: the formulas count what the layers of
`keras_sensorlm.models` hold and multiply. FLOPs are those of matrix products,
a multiplication and an addition each, the rest being a few per cent;
`compiled_cost` asks JAX's compiler for its own figures.
"""

import dataclasses

from keras_sensorlm.models.layers.day_numbers import NUM_KINDS
from keras_sensorlm.models.layers.number_features import NUM_FEATURES

# float32 weights, their gradients, and Adam's two moments.
_WEIGHT_BYTES, _GRADIENT_BYTES, _MOMENT_BYTES = 4, 4, 8
_COMPUTE_BYTES = {"float32": 4, "mixed_bfloat16": 2}
# The backward pass multiplies twice as often as the forward pass.
_STEP = 3


@dataclasses.dataclass(frozen=True)
class Part:
    """What one part of a model costs for one day and its caption.

    Attributes:
        name: str.
        parameters: int.
        flops: float. Of the forward pass.
        block_flops: float. The share of it inside transformer blocks, done
            again with remat.
        kept: float. Numbers that the backward pass needs, in the compute
            dtype.
        kept_with_remat: float. The same with remat: what goes into each
            block, and one block's inside.
        kept_float32: float. Numbers that it needs in float32 whatever the
            compute dtype.
    """

    name: str
    parameters: int
    flops: float
    block_flops: float
    kept: float
    kept_with_remat: float
    kept_float32: float = 0.0


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a model costs; see `estimate_cost`.

    Attributes:
        parts: tuple of `Part`.
        batch_size: int. Global.
        devices: int.
        precision: str.
        remat: bool.
        shard_weights: bool.
        embedding_dim: int.
        micro_batch: int or None. Days in memory at once, over all devices.
    """

    parts: tuple
    batch_size: int
    devices: int
    precision: str
    remat: bool
    shard_weights: bool
    embedding_dim: int
    micro_batch: int | None = None

    @property
    def parameters(self):
        """Number of weights."""
        return sum(part.parameters for part in self.parts)

    @property
    def days(self):
        """Days of a step on one device."""
        return self.batch_size / self.devices

    @property
    def flops_per_day(self):
        """FLOPs of a step for each of its days."""
        forward = sum(part.flops for part in self.parts)
        again = sum(part.block_flops for part in self.parts)
        # Every day is compared with every caption of the global batch.
        compared = 2 * self.batch_size * self.embedding_dim
        total = _STEP * (forward + compared) + (again if self.remat else 0)
        if self.micro_batch is None:
            return total
        # All embeddings come first, then each part again with gradients.
        return total + sum(p.flops for p in self.parts if p.name != "decoder")

    @property
    def flops(self):
        """FLOPs of a step on one device."""
        return self.days * self.flops_per_day

    @property
    def state_bytes(self):
        """Weights, gradients and moments on one device."""
        size = _WEIGHT_BYTES + _GRADIENT_BYTES + _MOMENT_BYTES
        held = self.parameters * size
        return held / (self.devices if self.shard_weights else 1)

    @property
    def activation_bytes(self):
        """What one device keeps for the backward pass."""
        name = "kept_with_remat" if self.remat else "kept"
        narrow = sum(getattr(part, name) for part in self.parts)
        wide = sum(part.kept_float32 for part in self.parts)
        a_day = narrow * _COMPUTE_BYTES[self.precision] + wide * 4
        compared = 2 * self.days * self.batch_size * 4
        at_once = (self.micro_batch or self.batch_size) / self.devices
        return at_once * a_day + compared

    @property
    def memory_bytes(self):
        """State and activations on one device, without work space."""
        return self.state_bytes + self.activation_bytes

    def days_per_second(self, flops_per_second, utilisation):
        """Days a second of all devices together.

        Args:
            flops_per_second: float. A device's peak.
            utilisation: float. The share of it that is reached.
        """
        reached = flops_per_second * utilisation * self.devices
        return reached / self.flops_per_day


def estimate_cost(
    arguments,
    batch_size,
    devices=1,
    sequence_length=256,
    precision="mixed_bfloat16",
    remat=False,
    shard_weights=False,
    dense_attention=False,
    micro_batch=None,
):
    """Parameters, FLOPs and memory of a training step.

    Args:
        arguments: dict. What `SensorLMBackbone` takes, its encoders built or
            not, such as from `preset_backbone_arguments`.
        batch_size: int. Global, over all devices.
        devices: int. Defaults to `1`.
        sequence_length: int. Tokens of a caption. Defaults to `256`.
        precision: str. `"float32"` or `"mixed_bfloat16"`.
        remat: bool. Whether blocks are computed again. Defaults to `False`.
        shard_weights: bool. Whether weights, gradients and moments are
            spread over the devices. Defaults to `False`.
        dense_attention: bool. Whether attention weights are kept for the
            backward pass, as without a fused kernel. Defaults to `False`.
        micro_batch: int, optional. Days in memory at once, over all devices,
            as in a recipe. Defaults to the whole batch.

    Returns:
        `Cost`.

    Raises:
        ValueError: if a number is not positive, or the batch does not
            divide by the devices.

    Example:

    >>> from keras_sensorlm.models.presets import preset_backbone_arguments
    >>> cost = estimate_cost(
    ...     preset_backbone_arguments("sensorlm_small_en"), batch_size=8
    ... )
    >>> cost.parameters
    15377922
    """
    if min(batch_size, devices, sequence_length) < 1 or batch_size % devices:
        raise ValueError(
            "The batch should divide by the devices, and all be positive. "
            f"Received: batch_size={batch_size}, devices={devices}, "
            f"sequence_length={sequence_length}"
        )
    if precision not in _COMPUTE_BYTES:
        raise ValueError(
            f"`precision` should be one of {tuple(_COMPUTE_BYTES)}. "
            f"Received: {precision!r}"
        )
    sensor, text = arguments["sensor_encoder"], arguments["text_encoder"]
    dense = dense_attention
    parts = [
        _sensor_part(sensor, dense),
        _text_part(text, sequence_length, dense),
        _heads_part(arguments, sequence_length, dense),
    ]
    if arguments.get("decoder") is not None:
        parts.append(_decoder_part(arguments, sequence_length, dense))
    return Cost(
        tuple(parts),
        batch_size,
        devices,
        precision,
        remat,
        shard_weights,
        arguments.get("embedding_dim") or sensor.width,
        micro_batch,
    )


def _dense(inputs, outputs):
    return inputs * outputs + outputs


def _attention(width):
    return 4 * _dense(width, width)


def _mlp(width, hidden, gated):
    return (1 + gated) * _dense(width, hidden) + _dense(hidden, width)


def _norm(width):
    return 2 * width


def _attention_flops(queries, keys, width):
    projections = 4 * width**2 * (queries + keys)
    return projections + 4 * queries * keys * width


def _mlp_flops(tokens, width, hidden, gated):
    return 2 * tokens * width * hidden * (2 + gated)


def _attention_kept(queries, keys, width, heads, dense):
    """Normed input, queries, result; keys and values; weights and logits."""
    weights = 2 * heads * queries * keys if dense else 0
    return 3 * queries * width + 2 * keys * width + weights


def _mlp_kept(tokens, width, hidden, gated):
    """Input, its norm; what goes into the activation and comes out."""
    return tokens * (2 * width + hidden * (4 if gated else 2))


def _blocks(layer, tokens, width, heads, dense, memory=0):
    """Parameters, FLOPs and what is kept of a stack of blocks.

    With `memory` keys and values of that many tokens are read, too.
    """
    hidden = layer.mlp_dim
    parameters = _attention(width) + 2 * _norm(width)
    parameters += _mlp(width, hidden, layer.gated)
    flops = _attention_flops(tokens, tokens, width)
    flops += _mlp_flops(tokens, width, hidden, layer.gated)
    kept = _attention_kept(tokens, tokens, width, heads, dense) + tokens * width
    kept += _mlp_kept(tokens, width, hidden, layer.gated)
    if memory:
        parameters += _attention(width) + _norm(width)
        flops += _attention_flops(tokens, memory, width)
        kept += _attention_kept(tokens, memory, width, heads, dense)
        kept += tokens * width
    depth = layer.num_layers
    with_remat = depth * tokens * width + kept
    return depth * parameters, depth * flops, depth * kept, with_remat


def _pooler(encoder, tokens, queries, dense):
    width, hidden = encoder.width, encoder.mlp_dim
    parameters = queries * width + _attention(width) + _norm(width)
    parameters += _mlp(width, hidden, encoder.gated)
    flops = _attention_flops(queries, tokens, width)
    flops += _mlp_flops(queries, width, hidden, encoder.gated)
    kept = _attention_kept(queries, tokens, width, encoder.num_heads, dense)
    kept += _mlp_kept(queries, width, hidden, encoder.gated)
    return parameters, flops, kept


def _tokens(sensor):
    rows, columns = sensor.grid
    summaries = len(sensor.layout) if sensor.channel_summaries else 0
    return rows * columns + sensor.class_token + summaries


def _sensor_part(sensor, dense):
    width, tokens = sensor.width, _tokens(sensor)
    inside = sensor.patch_size[0] * sensor.patch_size[1]
    masked = sensor.missing == "mask"
    parameters, flops, kept, with_remat = _blocks(
        sensor, tokens, width, sensor.num_heads, dense
    )
    outside = _dense(inside, width) + (inside * width if masked else 0)
    rows, columns = sensor.grid
    outside += (rows * columns + sensor.class_token) * width + _norm(width)
    if sensor.channel_summaries:
        kernel = sensor.channel_summary.numbers_per_channel * width
        outside += len(sensor.layout) * (kernel + width)
    if sensor.channel_events:
        events = sensor.event_embedding
        outside += _dense(events.num_features, events.hidden_dim)
        outside += _dense(events.hidden_dim, width)
    patches = 2 * tokens * inside * width * (1 + masked)
    ends = tokens * (2 * width + inside * (1 + masked))
    return Part(
        "sensor encoder",
        parameters + outside,
        flops + patches,
        flops,
        kept + ends,
        with_remat + ends,
    )


def _text_part(text, length, dense):
    width = text.width
    parameters, flops, kept, with_remat = _blocks(
        text, length, width, text.num_heads, dense
    )
    outside = (text.vocabulary_size + text.max_length) * width + _norm(width)
    if text.number_symbols:
        # Of numbers that are being said and that were said.
        outside += 2 * width * (1 + NUM_FEATURES)
    ends = 2 * length * width
    return Part(
        "text encoder",
        parameters + outside,
        flops,
        flops,
        kept + ends,
        with_remat + ends,
    )


def _heads_part(arguments, length, dense):
    """Pooling, projections, temperature and bias."""
    if arguments.get("contrastive", "sigmoid") is None:
        return Part("heads", 0, 0.0, 0.0, 0.0, 0.0)
    parameters = 2 if arguments.get("contrastive") != "softmax" else 1
    flops = kept = 0.0
    sensor, text = arguments["sensor_encoder"], arguments["text_encoder"]
    towers = (
        ("sensor", sensor, _tokens(sensor), "map"),
        ("text", text, length, "eos"),
    )
    dim = arguments.get("embedding_dim") or sensor.width
    for name, encoder, tokens, pooling in towers:
        pooled = encoder.width
        if arguments.get(f"{name}_pooling", pooling) == "map":
            queries = arguments.get("pooling_queries", 1)
            pooler = _pooler(encoder, tokens, queries, dense)
            parameters += pooler[0]
            flops += pooler[1]
            kept += pooler[2]
            pooled *= queries
        if arguments.get(f"{name}_projection", True):
            parameters += _dense(pooled, dim)
            flops += 2 * pooled * dim
    return Part("heads", parameters, flops, 0.0, kept, kept)


def _decoder_part(arguments, length, dense):
    sensor, text = arguments["sensor_encoder"], arguments["text_encoder"]
    width, decoder = text.width, arguments["decoder"]
    pooled, memory = (0, 0.0, 0.0), _tokens(sensor)
    if arguments.get("caption_memory", "pooled") == "pooled":
        queries = arguments.get("num_caption_queries", 256)
        pooled = _pooler(sensor, memory, queries, dense)
        memory = queries
    parameters, flops, kept, with_remat = _blocks(
        decoder, length, width, decoder.num_heads, dense, memory
    )
    words = length * text.vocabulary_size
    pointer = 0
    if arguments.get("number_pointer"):
        pointer = width * (len(sensor.layout) + NUM_KINDS + 1) + 2
    ends = 2 * length * width + pooled[2] + words
    return Part(
        "decoder",
        parameters + _norm(width) + pooled[0] + pointer,
        flops + pooled[1] + 2 * words * width,
        flops,
        kept + ends,
        with_remat + ends,
        # The cross-entropy is in float32: logits and their gradient.
        2 * words,
    )
