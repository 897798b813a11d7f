"""How long one SigLIP training step takes, and how near it is to the machine.

Both towers with width 192 and depth 12, 1,872 sensor and 256 text tokens, two
days a step, float32, AdamW with gradient clipping: the configuration that
`guides/performance.md` compares with flax. One run measures one backend:

    KERAS_BACKEND=jax python examples/benchmarks/train_step.py
    KERAS_BACKEND=torch python examples/benchmarks/train_step.py --steps 5

`--matmul-precision medium` is PyTorch's `torch.set_float32_matmul_precision`:
its products then go through oneDNN instead of MKL.

Memory is the whole process's, at its peak and before the first step: KerasHub
imports TensorFlow, whatever the backend.
"""

import argparse
import json
import resource
import time

import keras
import numpy as np
from keras import ops

from keras_sensorlm.models import SensorEncoder
from keras_sensorlm.models import SensorLMBackbone
from keras_sensorlm.models import SensorLMPretrainer
from keras_sensorlm.models import TextEncoder

VOCABULARY = 32_000
TEXT_LENGTH = 256
SENSOR_TOKENS = 1872


def build(width=192, depth=12, heads=3, remat=False):
    """The released recipe at a small width, ready to train."""
    shared = {
        "width": width,
        "num_layers": depth,
        "num_heads": heads,
        "remat": remat,
    }
    backbone = SensorLMBackbone(
        SensorEncoder(missing="impute", **shared),
        TextEncoder(
            VOCABULARY, max_length=TEXT_LENGTH, mask_padding=False, **shared
        ),
        text_pooling="last",
        sensor_projection=False,
    )
    pretrainer = SensorLMPretrainer(backbone)
    pretrainer.compile()
    return pretrainer


def batch(size, seed=0):
    """Random days and token ids."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, VOCABULARY, (size, TEXT_LENGTH))
    return {
        "sensors": rng.normal(size=(size, 1440, 26)).astype("float32"),
        "token_ids": ids.astype("int32"),
        "padding_mask": np.ones((size, TEXT_LENGTH), "int32"),
    }


def step_flops(width, depth, size):
    """Floating-point operations of the matrix products of one step."""

    def tower(tokens):
        dense = 12 * width**2
        attention = 2 * tokens * width
        return 2 * depth * tokens * (dense + attention)

    forward = tower(SENSOR_TOKENS) + tower(TEXT_LENGTH)
    # The backward pass is two products for each of the forward pass.
    return 3 * size * forward


def matmul_rate(size=2048, repeats=5):
    """FLOP/s that this backend reaches in a plain matrix product."""
    x = ops.ones((size, size), "float32")
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        float(ops.convert_to_numpy(ops.matmul(x, x)[0, 0]))
        times.append(time.perf_counter() - start)
    return 2 * size**3 / min(times)


def matmul_error(size=512):
    """The relative error of a matrix product, in the Frobenius norm.

    About 2e-7 in float32 and 2e-3 where factors are rounded to bfloat16.
    """
    a, b = np.random.default_rng(0).normal(size=(2, size, size))
    a, b = a.astype("float32"), b.astype("float32")
    exact = a.astype("float64") @ b.astype("float64")
    found = ops.convert_to_numpy(ops.matmul(a, b))
    return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))


def peak_memory_gb():
    """The most memory that the process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def timed(function):
    """Seconds that a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--depth", type=int, default=12)
    parser.add_argument("--heads", type=int, default=3)
    parser.add_argument("--remat", action="store_true")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument(
        "--matmul-precision", choices=("highest", "high", "medium")
    )
    args = parser.parse_args()
    if args.matmul_precision:
        import torch

        torch.set_float32_matmul_precision(args.matmul_precision)
    keras.config.set_dtype_policy(args.dtype)
    keras.utils.set_random_seed(0)

    pretrainer = build(args.width, args.depth, args.heads, args.remat)
    data = batch(args.batch)
    losses = []

    def step():
        losses.append(float(pretrainer.train_on_batch(data)[0]))

    before = peak_memory_gb()
    first = timed(step)
    times = [timed(step) for _ in range(args.steps)]
    peak = peak_memory_gb()
    rate = matmul_rate()
    reached = step_flops(args.width, args.depth, args.batch) / min(times)
    result = {
        "backend": keras.backend.backend(),
        "dtype": args.dtype,
        "remat": args.remat,
        "matmul_precision": args.matmul_precision,
        "matmul_error": matmul_error(),
        "first_step_s": round(first, 2),
        "step_s": [round(t, 2) for t in times],
        "best_step_s": round(min(times), 2),
        "memory_before_gb": round(before, 2),
        "peak_memory_gb": round(peak, 2),
        "gflops_reached": round(reached / 1e9, 1),
        "gflops_matmul": round(rate / 1e9, 1),
        "share_of_matmul_rate": round(reached / rate, 3),
        "loss": [round(loss, 4) for loss in losses],
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
