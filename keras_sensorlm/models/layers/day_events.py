"""Trends, peaks and drops of days, as tensors.

The detector of `captions.structural`, so that a model can know what captions
will tell of a day. Series are scaled to their own range and rounded to steps
of 1/65,536 of it: where the detector is decided by the last bits of float64,
this one can differ.
"""

from typing import Any
from typing import NamedTuple

import numpy as np
from keras import ops

from keras_sensorlm.captions import extrema
from keras_sensorlm.captions import trends
from keras_sensorlm.captions.structural import MIN_BIN_MINUTES
from keras_sensorlm.captions.structural import MIN_BINS
from keras_sensorlm.captions.trends import BINS
from keras_sensorlm.models.layers.bin_means import bin_means

# Nearly all days have no more of them in a channel.
MAX_PEAKS, MAX_DROPS = 2, 3
MAX_EXTREMES = MAX_PEAKS + MAX_DROPS

_STEPS = 65536.0
_FAR = 1e9
# A gap is an edge: higher than anything on the scale from 0 to 1.
_WALL = 2.0
_BIN = np.arange(BINS, dtype="int32")
_BEFORE = _BIN[None, :] < _BIN[:, None]
_AFTER = _BEFORE.T
# At most so many maxima lie `DISTANCE` bins apart.
_ROOM = BINS // extrema.DISTANCE + 1


class DayEvents(NamedTuple):
    """What the detector finds in each channel of each day.

    Attributes:
        kinds: int32 `(batch, channels, 3)`. Of each trend the index into
            `captions.trends.KINDS`, in time order; -1 where there are fewer.
        spans: int32 `(batch, channels, 3, 2)`. First bin of each trend and
            the bin after its last one.
        ends: float32 of that shape. Means of the first and of the last bin;
            of a stable stretch twice the mean of all its minutes.
        extremes: int32 `(batch, channels, 5)`. Bins of the first two peaks
            and of the first three drops, -1 where there are fewer.
        levels: float32 of that shape. Means of these bins.
    """

    kinds: Any
    spans: Any
    ends: Any
    extremes: Any
    levels: Any


def day_events(values, there):
    """Finds trends, peaks and drops.

    Args:
        values: float32 tensor `(batch, minutes, channels)`, in any unit.
        there: bool tensor of that shape: what was observed.

    Returns:
        `DayEvents`, its levels in the unit of `values`. What stands where
        there is no trend or extreme means nothing.

    Example:

    >>> day = np.repeat(np.arange(36.0, dtype="float32"), 40)[None, :, None]
    >>> events = day_events(day, day >= 0)
    >>> ops.convert_to_numpy(events.spans)[0, 0].tolist()
    [[0, 12], [12, 24], [24, 36]]
    """
    means, minutes = bin_means(values, there)
    seen = minutes >= MIN_BIN_MINUTES
    low = ops.min(ops.where(seen, means, _FAR), axis=-1, keepdims=True)
    high = ops.max(ops.where(seen, means, -_FAR), axis=-1, keepdims=True)
    spread = high - low
    # A constant channel's means differ in their last bits.
    moves = spread > 1e-5 * (1.0 + ops.maximum(ops.abs(low), ops.abs(high)))
    count = ops.sum(ops.cast(seen, "int32"), axis=-1, keepdims=True)
    usable = ops.logical_and(moves, count >= MIN_BINS)
    seen = ops.logical_and(seen, usable)
    scaled = (means - low) / ops.where(usable, spread, 1.0)
    scaled = ops.round(ops.clip(scaled, 0.0, 1.0) * _STEPS) / _STEPS
    kinds, spans = _trends(scaled, seen)
    extremes = _extremes(scaled, seen, count)
    return DayEvents(
        kinds,
        spans,
        _ends(means, minutes, kinds, spans),
        extremes,
        _at(means, ops.maximum(extremes, 0)),
    )


def _at(series, bins):
    """`series` at some bins, both with the same leading axes."""
    return ops.take_along_axis(series, bins, axis=-1)


def _trends(x, seen):
    """Kinds and spans of the three trends that count most."""
    slopes, usable = _fits(x, seen)
    change = _column(x, trends.LAST) - _column(x, trends.FIRST)
    steep, size = ops.abs(slopes), ops.abs(change)
    limit = ops.convert_to_tensor(trends.THRESHOLD[:, 0] / 40, "float32")
    moving = ops.logical_and(steep > limit, size > 0.2)
    moving = ops.logical_and(moving, slopes * change > 0)
    moving = ops.logical_and(moving, usable)
    stable = ops.logical_and(steep < 0.01, _window_ranges(x, seen) < 0.1)
    stable = ops.logical_and(stable, usable)
    score = ops.where(moving, size, ops.where(stable, 0.2, -1.0))
    steepness = ops.where(moving, steep, 0.0)
    tops, lives = [], []
    for _ in range(trends.MAX_TRENDS):
        best = ops.max(score, axis=-1, keepdims=True)
        top = _first_largest(ops.where(score == best, steepness, -1.0))
        clash = ops.take(ops.convert_to_tensor(trends.CLASH), top, axis=0)
        score = ops.where(ops.logical_and(clash, best > 0), -1.0, score)
        tops.append(top)
        lives.append(best[..., 0] > 0)
    top, live = ops.stack(tops, axis=-1), ops.stack(lives, axis=-1)
    first = ops.take(_int32(trends.FIRST), top, axis=0)
    order = ops.argsort(ops.where(live, first, BINS), axis=-1)
    top, live = _at(top, order), _at(live, order)
    rises = _at(ops.cast(slopes > 0, "int32"), top)
    kinds = ops.where(_at(moving, top), 1 - rises, 2)
    spans = ops.stack(
        [
            ops.take(_int32(trends.FIRST), top, axis=0),
            ops.take(_int32(trends.LAST + 1), top, axis=0),
        ],
        axis=-1,
    )
    return ops.where(live, kinds, -1), spans


def _first_largest(x):
    """`argmax` in operations that LiteRT has."""
    places = ops.arange(x.shape[-1], dtype="int32")
    largest = x == ops.max(x, axis=-1, keepdims=True)
    return ops.min(ops.where(largest, places, x.shape[-1]), axis=-1)


def _fits(x, seen):
    """Least-squares slopes of the windows, and which are observed enough."""
    inside, offset = (
        ops.convert_to_tensor(table.T, "float32")
        for table in (trends.INSIDE, trends.OFFSET)
    )
    there = ops.cast(seen, "float32")
    y = (x - 0.5) * there
    count, sum_y = ops.matmul(there, inside), ops.matmul(y, inside)
    sum_t, sum_ty = ops.matmul(there, offset), ops.matmul(y, offset)
    sum_tt = ops.matmul(there, ops.square(offset))
    variance = ops.maximum(count * sum_tt - ops.square(sum_t), 1e-6)
    usable = ops.logical_and(
        _column(seen, trends.FIRST), _column(seen, trends.LAST)
    )
    least = ops.convert_to_tensor(trends.MIN_OBSERVED[:, 0], "float32")
    usable = ops.logical_and(usable, count >= least)
    return (count * sum_ty - sum_t * sum_y) / variance, usable


def _window_ranges(x, seen):
    """Maximum - minimum of the observed bins of each window."""
    inside = ops.convert_to_tensor(trends.INSIDE > 0)
    inside = ops.logical_and(inside, ops.expand_dims(seen, -2))
    x = ops.expand_dims(x, -2)
    high = ops.max(ops.where(inside, x, -_WALL), axis=-1)
    return high - ops.min(ops.where(inside, x, _WALL), axis=-1)


def _column(x, columns):
    return ops.take(x, _int32(columns), axis=-1)


def _int32(table):
    return ops.convert_to_tensor(np.asarray(table, "int32"))


def _ends(means, minutes, kinds, spans):
    """Levels at both ends of trends; of stable ones, over all of them."""
    first, last = spans[..., 0], spans[..., 1] - 1
    bins = ops.convert_to_tensor(_BIN)
    inside = ops.logical_and(
        bins >= ops.expand_dims(first, -1), bins <= ops.expand_dims(last, -1)
    )
    weight = ops.cast(inside, "float32") * ops.expand_dims(minutes, -2)
    total = ops.sum(weight * ops.expand_dims(means, -2), axis=-1)
    level = total / ops.maximum(ops.sum(weight, axis=-1), 1.0)
    ends = ops.stack([_at(means, first), _at(means, last)], axis=-1)
    stable = ops.expand_dims(kinds == trends.KINDS.index("stable"), -1)
    return ops.where(stable, ops.expand_dims(level, -1), ends)


def _extremes(x, seen, count):
    """Bins of the first peaks and of the first drops."""
    there = ops.cast(seen, "float32")
    mean = ops.sum(x * there, axis=-1, keepdims=True)
    mean = mean / ops.maximum(ops.cast(count, "float32"), 1.0)
    # Peaks, and drops as peaks of what is turned round.
    series = ops.stack([x, 1.0 - x])
    least = ops.stack([mean + 0.6, 1.0 - mean - 0.4])
    found = _prominent(series, ops.stack([seen, seen]), least)
    return ops.concatenate(
        [_first_of(found[0], MAX_PEAKS), _first_of(found[1], MAX_DROPS)],
        axis=-1,
    )


def _first_of(found, count):
    """The first `count` bins of each mask, -1 where there are fewer."""
    place = ops.cumsum(ops.cast(found, "int32"), axis=-1)
    bins = ops.convert_to_tensor(_BIN)
    return ops.stack(
        [
            ops.max(
                ops.where(ops.logical_and(found, place == k), bins, -1),
                axis=-1,
            )
            for k in range(1, count + 1)
        ],
        axis=-1,
    )


def _prominent(x, seen, least):
    """Bool mask of the peaks; see `captions.extrema.find_prominent`."""
    x = ops.where(seen, x, _WALL)
    high = ops.logical_and(_local_maxima(x, seen), x >= least)
    depth = x - ops.maximum(_base(x, _BEFORE), _base(x, _AFTER))
    narrow = _widths(x, seen, x - 0.5 * depth) <= extrema.MAX_WIDTH
    peaks = ops.logical_and(_thinned_out(x, high), depth >= 0.5)
    return ops.logical_and(peaks, narrow)


def _nearest(where, side):
    """The nearest True bin on a side; -1 or 36 where there is none."""
    bins = ops.convert_to_tensor(_BIN)
    where = ops.logical_and(where, ops.convert_to_tensor(side))
    if side is _BEFORE:
        return ops.max(ops.where(where, bins, -1), axis=-1)
    return ops.min(ops.where(where, bins, BINS), axis=-1)


def _local_maxima(x, seen):
    """Bins above both neighbours; of a plateau, its middle bin."""
    bins = ops.convert_to_tensor(_BIN)
    changed = x != _beside(x, -1, -1.0)
    first = _running_maximum(ops.where(changed, bins, 0))
    changed = x != _beside(x, 1, -1.0)
    last = ops.where(changed, bins, BINS - 1)
    last = -ops.flip(_running_maximum(-ops.flip(last, axis=-1)), axis=-1)
    found = ops.logical_and(seen, bins == (first + last) // 2)
    for place in (first - 1, last + 1):
        on_the_day = ops.logical_and(place >= 0, place < BINS)
        beside = _at(x, ops.clip(place, 0, BINS - 1))
        found = ops.logical_and(found, on_the_day)
        found = ops.logical_and(found, beside < x)
    return found


def _running_maximum(x):
    """Largest value of each bin and those before it."""
    step = 1
    while step < BINS:
        x = ops.maximum(x, _beside(x, -step, -BINS))
        step *= 2
    return x


def _beside(x, step, fill):
    """The value `step` bins later, `fill` where the day is over."""
    leading = [[0, 0]] * (len(x.shape) - 1)
    pads = [*leading, [max(0, -step), max(0, step)]]
    x = ops.pad(x, pads, constant_values=fill)
    return x[..., :BINS] if step < 0 else x[..., step:]


def _base(x, side):
    """Lowest value on a side before anything higher stands there."""
    mine, others = ops.expand_dims(x, -1), ops.expand_dims(x, -2)
    wall = ops.expand_dims(_nearest(others > mine, side), -1)
    bins = ops.convert_to_tensor(_BIN)
    near = bins > wall if side is _BEFORE else bins < wall
    near = ops.logical_and(near, ops.convert_to_tensor(side))
    return ops.min(ops.where(near, others, _WALL), axis=-1)


def _widths(x, seen, height):
    """Widths at `height`, with the crossings interpolated.

    Of what is wider than `MAX_WIDTH` only that it is wider.
    """
    gaps = 1.0 - ops.cast(seen, "float32")
    return _reach(x, gaps, height, -1) + _reach(x, gaps, height, 1)


def _reach(x, gaps, height, side):
    """How far from each bin the series falls to `height` on a side."""
    # Where it does not, to the end of the day.
    room = _BIN if side < 0 else BINS - 1 - _BIN
    reach = ops.convert_to_tensor(room, "float32")
    for step in range(extrema.MAX_WIDTH + 1, 0, -1):
        low = _beside(x, side * step, _WALL)
        high = _beside(x, side * (step - 1), _WALL) if step > 1 else x
        crossed = low <= height
        slope = ops.where(crossed, high - low, 1.0)
        part = ops.where(low < height, (height - low) / slope, 0.0)
        stops = ops.logical_or(crossed, _beside(gaps, side * step, 0.0) > 0)
        reach = ops.where(stops, step - part, reach)
    return reach


def _thinned_out(x, high):
    """Of the `high` maxima those that no higher one stands too close to."""
    bins = ops.convert_to_tensor(_BIN)
    left = ops.where(high, x, -1.0)
    kept = ops.zeros_like(high)
    for _ in range(_ROOM):
        best = ops.max(left, axis=-1, keepdims=True)
        # Of equal ones the last, as SciPy's order has it.
        top = ops.where(ops.logical_and(left == best, best >= 0), bins, -1)
        top = ops.max(top, axis=-1, keepdims=True)
        kept = ops.logical_or(kept, bins == top)
        near = ops.logical_and(ops.abs(bins - top) < extrema.DISTANCE, top >= 0)
        left = ops.where(near, -1.0, left)
    return kept
