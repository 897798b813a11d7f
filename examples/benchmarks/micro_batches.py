"""Peak memory and time of a step, by batch and micro-batch.

Trains a few steps in a fresh process each time, so that the memory of one
does not count for the next:

    KERAS_BACKEND=torch python examples/benchmarks/micro_batches.py

The memory of a plain step grows with the batch, that of a step in
micro-batches with the micro-batch; the batch itself (150 kB a day) and its
embeddings are always held.
"""

import argparse
import resource
import time

import keras
import numpy as np
from own_process import run_apart
from own_process import tell


def run(args, batch_size, micro_batch_size):
    """Trains in this process; tells MB before and at most, and seconds."""
    from keras_sensorlm.models import SensorLMPretrainer
    from keras_sensorlm.training import Recipe
    from keras_sensorlm.training.build import build_backbone

    recipe = Recipe(
        name="memory",
        steps=1,
        backbone={"sensor_encoder": {"patch_size": [20, 26]}},
    )
    pretrainer = SensorLMPretrainer(build_backbone(recipe))
    pretrainer.compile(micro_batch_size=micro_batch_size or None)
    rng = np.random.default_rng(0)
    shape = (batch_size, args.tokens)
    x = {
        "sensors": rng.normal(size=(batch_size, 1440, 26)).astype("float32"),
        "token_ids": rng.integers(4, 32_000, shape).astype("int32"),
        "padding_mask": np.ones(shape, "int32"),
    }
    # The first step also compiles.
    before = _peak()
    seconds = []
    for _ in range(1 + args.steps):
        begun = time.perf_counter()
        pretrainer.fit(x, batch_size=batch_size, verbose=0)
        seconds.append(time.perf_counter() - begun)
    step = min(seconds[1:]) if args.steps else seconds[0]
    tell(before, _peak(), step)


def _peak():
    """Largest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, nargs="+", default=[16, 64])
    parser.add_argument("--micro", type=int, nargs="+", default=[0, 8])
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--run", type=int, nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.run:
        run(args, *args.run)
        return
    print(f"{keras.config.backend()}, small preset, {args.tokens} tokens")
    print("batch  micro  before MB  peak MB  added MB  step s")
    for batch_size in args.batches:
        for micro in args.micro:
            before, peak, step = run_apart(batch_size, micro)
            print(
                f"{batch_size:5d}  {micro or '-':>5}  {before:9.0f}  "
                f"{peak:7.0f}  {peak - before:8.0f}  {step:6.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
