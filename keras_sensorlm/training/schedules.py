"""Learning-rate schedules of the SigLIP and CoCa recipes."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_sensorlm")
class ReciprocalSquareRoot(keras.optimizers.schedules.LearningRateSchedule):
    """Reciprocal square root decay with linear warm-up and cool-down.

    The rate rises linearly from 0 to `peak` during `warmup_steps`, then falls
    as `peak / sqrt(1 + (step - warmup_steps) / timescale)`, and in the last
    `cooldown_steps` is also multiplied by a line that reaches 0 at
    `total_steps`. The SensorLM release warms up during 20 % of the steps and
    cools down during the last 20 %.

    Args:
        peak: float. The rate at the end of the warm-up.
        total_steps: int. Steps of the run; the rate is 0 from there on.
        warmup_steps: int. Defaults to `0`.
        cooldown_steps: int. Defaults to `0`.
        timescale: int. Steps over which the rate falls to `1 / sqrt(2)`.
            Defaults to `10_000`.

    Raises:
        ValueError: if the steps are negative or warm-up and cool-down
            together are longer than the run.

    References:
        Zhai et al., "Scaling Vision Transformers" (arXiv 2106.04560),
        section 3.5.

    Example:

    >>> schedule = ReciprocalSquareRoot(1e-3, 100, warmup_steps=20)
    >>> round(float(schedule(10)), 6)
    0.0005
    """

    def __init__(
        self,
        peak,
        total_steps,
        warmup_steps=0,
        cooldown_steps=0,
        timescale=10_000,
    ):
        super().__init__()
        steps = (total_steps, warmup_steps, cooldown_steps, timescale)
        if min(steps) < 0 or total_steps == 0 or timescale == 0:
            raise ValueError(
                "`total_steps` and `timescale` should be positive, "
                "`warmup_steps` and `cooldown_steps` not negative. Received: "
                f"total_steps={total_steps}, warmup_steps={warmup_steps}, "
                f"cooldown_steps={cooldown_steps}, timescale={timescale}"
            )
        if warmup_steps + cooldown_steps > total_steps:
            raise ValueError(
                "Warm-up and cool-down do not fit into the run: "
                f"warmup_steps={warmup_steps} + "
                f"cooldown_steps={cooldown_steps} > total_steps={total_steps}"
            )
        self.peak = peak
        self.total_steps = total_steps
        self.warmup_steps = warmup_steps
        self.cooldown_steps = cooldown_steps
        self.timescale = timescale

    def __call__(self, step):
        step = ops.cast(step, "float32")
        after_warmup = ops.maximum(step - self.warmup_steps, 0.0)
        rate = self.peak / ops.sqrt(1.0 + after_warmup / self.timescale)
        if self.warmup_steps:
            rate = rate * ops.minimum(step / self.warmup_steps, 1.0)
        left = ops.maximum(self.total_steps - step, 0.0)
        return rate * ops.minimum(left / max(self.cooldown_steps, 1), 1.0)

    def get_config(self):
        return {
            "peak": self.peak,
            "total_steps": self.total_steps,
            "warmup_steps": self.warmup_steps,
            "cooldown_steps": self.cooldown_steps,
            "timescale": self.timescale,
        }


def cosine(peak, total_steps, warmup_steps=0, floor=0.0):
    """Cosine decay to `floor * peak` after a linear warm-up.

    Args:
        peak: float. The rate at the end of the warm-up.
        total_steps: int. Steps of the run, warm-up included.
        warmup_steps: int. Defaults to `0`.
        floor: float. Share of the peak that is left at the end. Defaults to
            `0.0`.

    Returns:
        `keras.optimizers.schedules.CosineDecay`.

    Example:

    >>> float(cosine(1.0, 100, warmup_steps=10)(10))
    1.0
    """
    if not 0 <= warmup_steps < total_steps:
        raise ValueError(
            "`warmup_steps` should be at least 0 and less than `total_steps`. "
            f"Received: warmup_steps={warmup_steps}, total_steps={total_steps}"
        )
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup_steps else peak,
        decay_steps=total_steps - warmup_steps,
        alpha=floor,
        warmup_target=peak if warmup_steps else None,
        warmup_steps=warmup_steps,
    )
