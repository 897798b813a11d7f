"""Which tensor of a big_vision checkpoint is which of our weights.

Every difference is one of shape: flax keeps heads, patch sides and leading
ones as axes of their own. The order of the numbers is the same, so that
reshaping there and back loses nothing.
"""

import math


def tensor_table(backbone, scan):
    """Names, shapes and weights of the released code's checkpoint.

    Args:
        backbone: a `SensorLMBackbone` with the released recipe's settings.
        scan: bool. Whether the blocks' weights are stacked under one name.

    Returns:
        Dict of str to `(shape, weights)`: the tensor's shape, and the Keras
        weights it holds, more than one only for stacked blocks.
    """
    sensors, texts = backbone.sensor_encoder, backbone.text_encoder
    embedding = sensors.patch_embedding
    text_head = backbone.text_head.projection
    rows = [
        ("b", (1,), backbone.contrastive_scale.bias),
        ("t", (1,), backbone.contrastive_scale.log_scale),
        (
            "img/embedding/kernel",
            (*embedding.patch_size, 1, -1),
            embedding.values.kernel,
        ),
        ("img/embedding/bias", (-1,), embedding.values.bias),
        _positions("img", embedding.position_embedding),
        *_pooling("img/MAPHead_0", backbone.sensor_head.pooler),
        *_norm("img/Transformer/encoder_norm", sensors.norm),
        (
            "txt/Embed_0/embedding",
            (texts.vocabulary_size, -1),
            texts.token_embedding.embeddings,
        ),
        _positions("txt", texts.position_embedding),
        *_norm("txt/Encoder_0/encoder_norm", texts.norm),
        ("txt/head/kernel", (texts.width, -1), text_head.kernel),
        ("txt/head/bias", (-1,), text_head.bias),
    ]
    table = {name: (_full(shape, [w]), [w]) for name, shape, w in rows}
    table.update(_tower("img/Transformer", sensors.blocks, scan))
    table.update(_tower("txt/Encoder_0", texts.blocks, scan))
    return {f"params/{name}": row for name, row in sorted(table.items())}


def _tower(prefix, blocks, scan):
    """The rows of all blocks, each alone or all stacked."""
    if not scan:
        return {
            f"{prefix}/encoderblock_{i}/{name}": (_full(shape, [w]), [w])
            for i, block in enumerate(blocks)
            for name, shape, w in _block(block)
        }
    table = {}
    for rows in zip(*map(_block, blocks)):
        name, shape, _ = rows[0]
        weights = [row[2] for row in rows]
        table[f"{prefix}/encoderblock/{name}"] = (
            _full((len(blocks), *shape), weights),
            weights,
        )
    return table


def _full(shape, weights):
    """`shape` with -1 worked out from the weights that must fill it."""
    if -1 not in shape:
        return shape
    size = sum(math.prod(weight.shape) for weight in weights)
    rest = size // -math.prod(shape)
    return tuple(rest if side == -1 else side for side in shape)


def _block(block):
    return [
        *_norm("LayerNorm_0", block.attention_norm),
        *_attention("MultiHeadDotProductAttention_0", block.attention),
        *_norm("LayerNorm_1", block.mlp_norm),
        *_mlp("MlpBlock_0", block.mlp),
    ]


def _pooling(prefix, pooler):
    return [
        (f"{prefix}/probe", (1, 1, -1), pooler.queries),
        *_attention(
            f"{prefix}/MultiHeadDotProductAttention_0", pooler.attention
        ),
        *_norm(f"{prefix}/LayerNorm_0", pooler.mlp_norm),
        *_mlp(f"{prefix}/MlpBlock_0", pooler.mlp),
    ]


def _attention(prefix, attention):
    heads, head_dim = attention.num_heads, attention.head_dim
    rows = []
    for name in ("query", "key", "value"):
        dense = getattr(attention, name)
        width = dense.kernel.shape[0]
        rows += [
            (
                f"{prefix}/{name}/kernel",
                (width, heads, head_dim),
                dense.kernel,
            ),
            (f"{prefix}/{name}/bias", (heads, head_dim), dense.bias),
        ]
    out = attention.output_dense
    return [
        *rows,
        (f"{prefix}/out/kernel", (heads, head_dim, -1), out.kernel),
        (f"{prefix}/out/bias", (-1,), out.bias),
    ]


def _mlp(prefix, mlp):
    return [
        row
        for i, dense in enumerate((mlp.up, mlp.down))
        for row in (
            (
                f"{prefix}/Dense_{i}/kernel",
                tuple(dense.kernel.shape),
                dense.kernel,
            ),
            (f"{prefix}/Dense_{i}/bias", (-1,), dense.bias),
        )
    ]


def _norm(prefix, norm):
    return [
        (f"{prefix}/scale", (-1,), norm.gamma),
        (f"{prefix}/bias", (-1,), norm.beta),
    ]


def _positions(prefix, weight):
    return (f"{prefix}/pos_embedding", (1, *weight.shape), weight)
