"""Which settings of the backbone fit together."""

CAPTION_MEMORIES = ("pooled", "tokens")


def check_settings(sensor_encoder, text_encoder, decoder, settings):
    """Errors for settings that contradict each other."""
    contrastive = settings["contrastive"]
    if contrastive not in ("sigmoid", "softmax", None):
        raise ValueError(
            '`contrastive` must be "sigmoid", "softmax" or None. Received: '
            f"{contrastive!r}"
        )
    if decoder is None and contrastive is None:
        raise ValueError(
            "A model needs a contrastive loss, a decoder, or both. Received: "
            "contrastive=None, decoder=None"
        )
    if decoder is not None and not text_encoder.causal:
        raise ValueError(
            "Captioning requires a causal text encoder: a bidirectional one "
            "would see the words that it has to write. Build it with "
            "`TextEncoder(..., causal=True)`."
        )
    if settings["caption_memory"] not in CAPTION_MEMORIES:
        raise ValueError(
            f"`caption_memory` must be one of {CAPTION_MEMORIES}. Received: "
            f"{settings['caption_memory']!r}"
        )
    if (settings["sensor_pooling"] == "cls") != sensor_encoder.class_token:
        raise ValueError(
            '`sensor_pooling="cls"` and `class_token=True` of the sensor '
            "encoder belong together. Received: "
            f"sensor_pooling={settings['sensor_pooling']!r}, "
            f"class_token={sensor_encoder.class_token}"
        )
    if settings["sensor_pooling"] not in ("map", "mean", "cls"):
        raise ValueError(
            '`sensor_pooling` must be "map", "mean" or "cls". Received: '
            f"{settings['sensor_pooling']!r}"
        )
    if settings["number_pointer"]:
        if decoder is None or not text_encoder.number_symbols:
            raise ValueError(
                "`number_pointer=True` needs a decoder, and a text encoder "
                "that knows its digits: `number_symbols(vocabulary)`."
            )
    widths = {
        "sensor": sensor_encoder.width,
        "text": text_encoder.width,
    }
    for name, width in widths.items():
        if contrastive and not settings[f"{name}_projection"]:
            if width != settings["embedding_dim"]:
                raise ValueError(
                    f"Without `{name}_projection` the {name} encoder's width "
                    "must be `embedding_dim`. Received: "
                    f"width={width}, "
                    f"embedding_dim={settings['embedding_dim']}"
                )
