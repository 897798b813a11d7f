"""Whether a map is faithful: `deletion_insertion` and `faithfulness`."""

import dataclasses

import numpy as np

from keras_sensorlm.sensors.features import MINUTES_PER_DAY
from keras_sensorlm.visualization.explanation.methods import function_of
from keras_sensorlm.visualization.explanation.occlusion import without
from keras_sensorlm.visualization.explanation.reading import checked_day
from keras_sensorlm.visualization.explanation.scores import DayScore

CONTROLS = ("random", "rolled")
_LEVELS = (2.5, 97.5)  # percentiles of the intervals
_RESAMPLES = 2000


@dataclasses.dataclass(frozen=True, eq=False)
class DeletionInsertion:
    """How a score falls and rises as parts of a day go and come.

    Attributes:
        shares: float array `(steps + 1,)`. Share of the day's observed
            values that is gone (deletion) or there (insertion).
        deletion: float array `(steps + 1,)`. Scores while the parts that
            matter most by the map go first.
        insertion: float array `(steps + 1,)`. Scores while they come first
            into a day with nothing.
        control_deletion: float array `(controls, steps + 1)`. The same for
            the maps compared with.
        control_insertion: float array `(controls, steps + 1)`.
    """

    shares: np.ndarray
    deletion: np.ndarray
    insertion: np.ndarray
    control_deletion: np.ndarray
    control_insertion: np.ndarray

    def area(self, curves):
        """Area under curves `(..., steps + 1)`: the mean score on the way."""
        return np.trapezoid(curves, self.shares, axis=-1)

    @property
    def deletion_gain(self):
        """By how much less area deletion leaves than the controls do."""
        return float(
            self.area(self.control_deletion).mean() - self.area(self.deletion)
        )

    @property
    def insertion_gain(self):
        """By how much more area insertion has than the controls have."""
        return float(
            self.area(self.insertion) - self.area(self.control_insertion).mean()
        )

    @property
    def deletion_interval(self):
        """95 % of the controls' deletion areas lie in it, (float, float)."""
        return _interval(self.area(self.control_deletion))

    @property
    def insertion_interval(self):
        """95 % of the controls' insertion areas lie in it."""
        return _interval(self.area(self.control_insertion))

    @property
    def faithful(self):
        """Whether both areas lie beyond the controls', on the right side."""
        return bool(
            self.area(self.deletion) < self.deletion_interval[0]
            and self.area(self.insertion) > self.insertion_interval[1]
        )


def deletion_insertion(
    preset,
    day,
    text,
    values,
    labels=None,
    minutes=10,
    steps=10,
    controls=20,
    control="random",
    seed=0,
    batch_size=16,
):
    """Tests a map by what the model does without what it points at.

    Deletion and insertion (Petsiuk et al. 2018, arXiv 1806.07421): parts of
    the day, some minutes of one channel, become missing in the map's order,
    and come back in that order into a day with nothing. A faithful map makes
    the score fall and rise earlier than maps that know nothing do.

    Args:
        preset: `SensorLMPreset`.
        day: `SensorDay`.
        text: str. What the map explains.
        values: float array `(1440, 26)`. The map, high where it matters.
        labels: list of str, optional. As for the map.
        minutes: int. Length of a part. Defaults to `10`.
        steps: int. Equal steps from all to nothing. Defaults to `10`.
        controls: int. Maps to compare with. Defaults to `20`.
        control: str. `"random"`: random numbers for each part; `"rolled"`:
            the map itself, moved along the clock by at least an hour, which
            is as smooth and prefers the same channels, so that it tests the
            time alone. Defaults to `"random"`.
        seed: int. Of the controls. Defaults to `0`.
        batch_size: int. Days read at once. Defaults to `16`.

    Returns:
        `DeletionInsertion`.

    Raises:
        ValueError: if the map has another shape, or an argument is none of
            the choices above.
    """
    checked_day(day)
    _check(values, minutes, steps, controls, control)
    score = DayScore(preset, text, labels)
    test = _Test(score, day, minutes, steps, batch_size)
    rng = np.random.default_rng(seed)
    deletion, insertion = test.curves(test.ranks(values))
    others = []
    for _ in range(controls):
        if control == "random":
            ranks = rng.random(test.shape)
        else:
            shift = int(rng.integers(60, MINUTES_PER_DAY - 60))
            ranks = test.ranks(np.roll(np.nan_to_num(values), shift, axis=0))
        others.append(test.curves(ranks))
    others = np.array(others)
    return DeletionInsertion(
        test.shares, deletion, insertion, others[:, 0], others[:, 1]
    )


class _Test:
    """The parts of one day, and scores as they go and come."""

    def __init__(self, score, day, minutes, steps, batch_size):
        self.score, self.day = score, day
        self.minutes, self.batch_size = minutes, batch_size
        self.shape = (MINUTES_PER_DAY // minutes, day.values.shape[1])
        self.sizes = self._summed(day.observed)
        if not self.sizes.any():
            raise ValueError("The day has no value that could be deleted.")
        self.targets = np.linspace(0.0, 1.0, steps + 1)
        self.shares = self.targets

    def _summed(self, values):
        rows = self.shape[0]
        return values.reshape(rows, self.minutes, -1).sum(axis=1)

    def ranks(self, values):
        """The mean of a map over the observed values of each part."""
        values = np.where(self.day.observed, np.nan_to_num(values), 0.0)
        return self._summed(values) / np.maximum(self.sizes, 1)

    def curves(self, ranks):
        """Deletion and insertion, two float arrays `(steps + 1,)`."""
        # Parts without any value come last and change nothing.
        order = np.argsort(
            -np.where(self.sizes > 0, ranks, -np.inf), axis=None, kind="stable"
        )
        gone = np.cumsum(self.sizes.ravel()[order]) / self.sizes.sum()
        counts = np.searchsorted(gone, self.targets - 1e-9) + 1
        counts[0] = 0
        days = []
        for kept in (False, True):
            for count in counts:
                first = np.zeros(order.size, dtype=bool)
                first[order[:count]] = True
                first = first.reshape(self.shape).repeat(self.minutes, axis=0)
                days.append(without(self.day, ~first if kept else first))
        scores = self.score.of_days(days, self.batch_size)
        return scores.reshape(2, -1)


@dataclasses.dataclass(frozen=True)
class Faithfulness:
    """How a method's maps did over many days.

    Attributes:
        method: str.
        days: int. How many.
        deletion_gain: float. Mean over days; see `DeletionInsertion`.
        deletion_interval: (float, float). Of that mean, 95 %, by
            resampling days.
        insertion_gain: float. Likewise.
        insertion_interval: (float, float).
        faithful_days: int. Days of which each the map beat 95 % of its
            controls in both.
    """

    method: str
    days: int
    deletion_gain: float
    deletion_interval: tuple
    insertion_gain: float
    insertion_interval: tuple
    faithful_days: int

    @property
    def faithful(self):
        """Whether both intervals lie above 0."""
        return self.deletion_interval[0] > 0 and self.insertion_interval[0] > 0


def faithfulness(
    preset,
    days,
    texts,
    labels=None,
    method="occlusion",
    method_arguments=None,
    seed=0,
    **kwargs,
):
    """Tests a method by `deletion_insertion` over many days.

    Args:
        preset: `SensorLMPreset`.
        days: list of `SensorDay`.
        texts: str for all days, or list of str, one for each.
        labels: list of str, optional. As for `explain`.
        method: str. As for `explain`. Defaults to `"occlusion"`.
        method_arguments: dict, optional. Passed to the method.
        seed: int. Of controls and intervals. Defaults to `0`.
        **kwargs: see `deletion_insertion`.

    Returns:
        `Faithfulness`.

    Raises:
        ValueError: if the numbers of days and texts differ, or there are
            none.
    """
    days = list(days)
    texts = [texts] * len(days) if isinstance(texts, str) else list(texts)
    if len(days) != len(texts) or not days:
        raise ValueError(
            "Expected one text for all days or one for each, and a day. "
            f"Received: {len(days)} days, {len(texts)} texts"
        )
    function = function_of(method)
    gains, faithful = [], 0
    for index, (day, text) in enumerate(zip(days, texts)):
        values = function(preset, day, text, labels, **(method_arguments or {}))
        found = deletion_insertion(
            preset, day, text, values, labels, seed=seed + index, **kwargs
        )
        gains.append((found.deletion_gain, found.insertion_gain))
        faithful += found.faithful
    gains = np.array(gains)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(days), (_RESAMPLES, len(days)))
    means = gains[drawn].mean(axis=1)
    return Faithfulness(
        method,
        len(days),
        float(gains[:, 0].mean()),
        _interval(means[:, 0]),
        float(gains[:, 1].mean()),
        _interval(means[:, 1]),
        faithful,
    )


def _interval(numbers):
    return tuple(float(x) for x in np.percentile(numbers, _LEVELS))


def _check(values, minutes, steps, controls, control):
    if np.shape(values)[:1] != (MINUTES_PER_DAY,) or np.ndim(values) != 2:
        raise ValueError(
            "`values` should be a map (1440, 26). "
            f"Received shape: {np.shape(values)}"
        )
    if minutes < 1 or MINUTES_PER_DAY % minutes:
        raise ValueError(
            f"`minutes` should divide {MINUTES_PER_DAY}. "
            f"Received: minutes={minutes}"
        )
    if steps < 1 or controls < 1 or control not in CONTROLS:
        raise ValueError(
            "`steps` and `controls` should be at least 1 and `control` one "
            f"of {CONTROLS}. Received: steps={steps}, controls={controls}, "
            f"control={control!r}"
        )
