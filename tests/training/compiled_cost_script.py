"""Our figures of a step over the compiler's; prints JSON. JAX alone."""

import json

from keras_sensorlm.training.build import abstract_backbone
from keras_sensorlm.training.compiled_cost import compiled_cost
from keras_sensorlm.training.cost import estimate_cost
from keras_sensorlm.training.recipe import Recipe

TOWER = {"width": 64, "num_layers": 2, "num_heads": 4, "mlp_dim": 256}
CASES = (
    {"devices": 1},
    {"devices": 1, "remat": True},
    {"devices": 4},
    {"devices": 4, "shard": True},
)


def recipe(remat):
    return Recipe(
        name="tiny",
        steps=10,
        batch_size=32,
        sequence_length=64,
        remat=remat,
        backbone={
            "sensor_encoder": {**TOWER, "patch_size": [60, 2]},
            "text_encoder": {**TOWER, "vocabulary_size": 2000},
            "decoder": {k: v for k, v in TOWER.items() if k != "width"},
            "num_caption_queries": 32,
        },
    )


def compare(devices, remat=False, shard=False):
    settings = recipe(remat)
    told = compiled_cost(settings, devices, shard)
    ours = estimate_cost(
        abstract_backbone(settings)[1],
        settings.batch_size,
        devices,
        settings.sequence_length,
        settings.precision,
        remat,
        shard,
        dense_attention=True,
    )
    batch = settings.batch_size * (1440 * 26 * 4 + 64 * 8) / devices
    gradients = ours.state_bytes / 4
    return {
        "case": [devices, remat, shard],
        "flops": ours.flops / told.flops,
        "state": (ours.state_bytes - gradients + batch) / told.state_bytes,
        "work": (ours.activation_bytes + gradients) / told.work_bytes,
    }


if __name__ == "__main__":
    print(json.dumps([compare(**case) for case in CASES]))
