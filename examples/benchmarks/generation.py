"""How fast captions are written, on one backend.

Builds a preset with random weights and forbids captions to end, so that each
has exactly as many tokens as asked for. All texts lie in a buffer of 512
tokens, as they do when a caption may become that long. Three figures:

- the time a token takes at position 500 over that at position 20;
- the time of a caption of 512 tokens without cache over that with it;
- tokens a second in a batch of 16 over those in a batch of 1.

Run once a backend:

    KERAS_BACKEND=jax python examples/benchmarks/generation.py

`--stage 128` writes in caches of 128 positions first and then in longer ones,
`--stage-of-many 128` does so in a batch.
On a machine that others use too, `--clock cpu` counts the processor's time
instead of the wall's.
"""

import argparse
import statistics
import time

import keras
import numpy as np
from keras import ops

from keras_sensorlm.models import SensorLMBackbone
from keras_sensorlm.models import SensorLMCaptioner
from keras_sensorlm.models.generation import stages
from keras_sensorlm.models.generation.compiled import compile_function
from keras_sensorlm.models.generation.limits import GenerationLimits
from keras_sensorlm.models.generation.samplers import get_sampler
from keras_sensorlm.models.generation.side_by_side import side_by_side
from keras_sensorlm.models.generation.side_by_side import split_batch
from keras_sensorlm.models.generation.stages import Unfinished
from keras_sensorlm.models.generation.stages import stage_lengths
from keras_sensorlm.models.generation.stages import write_in_stages

START, END = 3, 1
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
# Tokens on each side of a position that its time is averaged over.
SPAN = 12
PAIRS = 7


class Writer:
    """Writes captions of exactly so many tokens, on a clock."""

    def __init__(self, captioner, args, batch, use_cache=True):
        self.backbone = captioner.backbone
        memory, _ = self.backbone.caption_memory_of(np.zeros((1, 1440, 26)))
        sampler = get_sampler("greedy")
        # As `SensorLMCaptioner.generate` does.
        self.rows, self.threads = split_batch(batch, batch, sampler)
        self.memory = ops.repeat(memory, self.rows, axis=0)
        self.length = args.length
        self.repeats = args.repeats
        self.clock = CLOCKS[args.clock]
        self.use_cache = use_cache
        limits = GenerationLimits(END, END)

        def write(inputs):
            return captioner.generate_step(inputs, sampler, limits, use_cache)

        self.program = compile_function(write, captioner, sampler)
        # Compiles the programs of all stages.
        self.once(args.length if use_cache else 2)

    def seconds(self, tokens):
        """Shortest time of some captions of so many tokens."""
        return min(self.once(tokens) for _ in range(self.repeats))

    def once(self, tokens):
        """Time of a caption of so many tokens."""
        inputs = {**self._inputs(), "max_length": np.int32(tokens)}
        lengths = stage_lengths(
            self.length, self.length, self.rows, self.use_cache
        )
        # Those that a caption of so many tokens comes to.
        needed = sum(length < tokens for length in lengths) + 1

        def write(_):
            write_in_stages(self.program, inputs, lengths[:needed])

        start = self.clock()
        side_by_side(write, range(self.threads), self.threads)
        return self.clock() - start

    def _inputs(self):
        """A batch, or a part of it; but for the most tokens."""
        return {
            "memory": self.memory,
            "token_ids": np.full((self.rows, self.length), START, "int32"),
            "lengths": np.ones(self.rows, "int32"),
            # More tokens than there will be: the end is never allowed.
            "min_length": np.int32(self.length + 1),
        }

    def seconds_at(self, position):
        """Time of one token at a position, in caches of the whole length.

        Texts go on from a little before it, as a stage of writing does, and
        end either at once or a little after it. The median over pairs one
        after the other: a machine that is slower for a while is so for both
        of a pair.
        """
        first, last = position - SPAN, min(position + SPAN, self.length)
        until = self._goes_on_from(first)
        until(last)
        pairs = [until(last) - until(first + 1) for _ in range(PAIRS)]
        return statistics.median(pairs) / (last - first - 1)

    def _goes_on_from(self, first):
        """What measures the time from a position until a text is so long."""
        inputs = self._inputs()
        # The position stays a Python number where the loop is Python's.
        torch = keras.config.backend() == "torch"
        unfinished = Unfinished(
            tokens=ops.convert_to_tensor(inputs["token_ids"]),
            index=first if torch else ops.convert_to_tensor(np.int32(first)),
            done=ops.zeros(self.rows, "bool"),
            cache=self.backbone.init_cache(self.rows, self.length),
        )
        inputs = keras.tree.map_structure(ops.convert_to_tensor, inputs)
        inputs["unfinished"] = unfinished

        def until(tokens):
            most = ops.convert_to_tensor(np.int32(tokens))
            start = self.clock()
            written = self.program({**inputs, "max_length": most})
            ops.convert_to_numpy(written.tokens)
            return self.clock() - start

        return until


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="sensorlm_small_en")
    parser.add_argument("--length", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--plain-tokens", type=int, default=10)
    parser.add_argument("--stage", type=int, default=stages.STAGE)
    parser.add_argument(
        "--stage-of-many", type=int, default=stages.STAGE_OF_MANY
    )
    args = parser.parse_args()
    stages.STAGE = args.stage
    stages.STAGE_OF_MANY = args.stage_of_many

    backbone = SensorLMBackbone.from_preset(args.preset, load_weights=False)
    captioner = SensorLMCaptioner(backbone)
    one = Writer(captioner, args, batch=1)
    early, late = one.seconds_at(20), one.seconds_at(args.length - SPAN)
    whole = one.seconds(args.length)
    # Without cache every token costs the same, so a few tell the time of all.
    plain = Writer(captioner, args, batch=1, use_cache=False)
    few = args.plain_tokens
    each = (plain.seconds(1 + few) - plain.seconds(1)) / few
    sixteen = Writer(captioner, args, batch=16).seconds(args.length)

    print(f"{keras.config.backend()}, {args.preset}, {args.clock} clock")
    print(f"token at position 20: {1e3 * early:.2f} ms")
    print(
        f"token at position {args.length - SPAN}: {1e3 * late:.2f} ms, "
        f"{late / early:.2f} times"
    )
    print(
        f"caption of {args.length} tokens: {whole:.2f} s with cache, "
        f"{each * args.length:.1f} s without, "
        f"{each * args.length / whole:.1f} times"
    )
    print(
        f"tokens a second: {args.length / whole:.0f} alone, "
        f"{16 * args.length / sixteen:.0f} in a batch of 16, "
        f"{16 * whole / sixteen:.1f} times"
    )


if __name__ == "__main__":
    main()
