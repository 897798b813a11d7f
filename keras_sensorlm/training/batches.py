"""Training batches that depend on nothing but the recipe's seed and the step.

Batch `k` is computed from `(seed, k)` alone: which days, which caption of
each, how each is changed. So a run resumes at any step without replaying the
ones before it, and neither the number of workers nor the number of processes
changes what is learned from.
"""

import collections
import concurrent.futures

import keras
import numpy as np

from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.training.live_days import RawBatch

# What a stream of random numbers is for; keeps the streams apart.
_ORDER, _EXAMPLE, _BATCH = 1, 2, 3


def generator(*key):
    """A random generator for a key of up to four whole numbers.

    Counter-based, so that it costs microseconds and any example can be made
    without those before it.
    """
    key = np.array([*key, 0, 0, 0][:4], dtype="uint32").view("uint64")
    return np.random.Generator(np.random.Philox(key=key))


class DaySource:
    """Days in memory with their captions, read by index.

    Args:
        days: list of `SensorDay`.
        caption_keys: iterable of str. The captions that will be asked for.
        seed: int. Of the captions. Defaults to `0`.
        captions: dict of str to list of str, optional. Captions of one's
            own, a list for each key. Defaults to those of
            `HierarchicalCaptioner`.

    Raises:
        ValueError: if there are no days, or captions are missing.

    Example:

    >>> from keras_sensorlm import simulate_days
    >>> source = DaySource(simulate_days(2, seed=0), ["low_level_caption"])
    >>> day, captions = source[1]
    >>> sorted(captions)
    ['low_level_caption']
    """

    def __init__(self, days, caption_keys, seed=0, captions=None):
        self.days = list(days)
        if not self.days:
            raise ValueError("There are no days to train on.")
        captions = captions or {}
        self.captions = {}
        for key in caption_keys:
            texts = captions.get(key)
            if texts is None:
                texts = HierarchicalCaptioner(key, seed).captions(self.days)
            if len(texts) != len(self.days):
                raise ValueError(
                    f"Expected a {key} for each of {len(self.days)} days. "
                    f"Received {len(texts)}."
                )
            self.captions[key] = texts

    def __len__(self):
        return len(self.days)

    def __getitem__(self, index):
        captions = {key: texts[index] for key, texts in self.captions.items()}
        return self.days[index], captions


class TrainingBatches:
    """The batches of a run, by step.

    Args:
        source: a `DaySource`, or anything with `len()` whose items are pairs
            of a `SensorDay` and a dict from caption key to text.
        preprocessor: `SensorLMPreprocessor`.
        recipe: `Recipe`.
        process_index: int. Which share of every batch is this process's.
            Defaults to `0`.
        process_count: int. Into how many shares. Defaults to `1`.

    Raises:
        ValueError: if the source holds fewer days than a batch, or a batch
            does not divide by the processes.
    """

    def __init__(
        self, source, preprocessor, recipe, process_index=0, process_count=1
    ):
        size = recipe.batch_size
        if len(source) < size:
            raise ValueError(
                f"A batch of {size} needs as many days, so that no day is its "
                f"own negative. Received {len(source)}. Lower `batch_size` or "
                "give more days."
            )
        if size % process_count:
            raise ValueError(
                f"`batch_size` should divide by the number of processes. "
                f"Received: batch_size={size}, process_count={process_count}"
            )
        self.source = source
        self.preprocessor = preprocessor
        self.recipe = recipe
        share = size // process_count
        self._rows = range(process_index * share, (process_index + 1) * share)
        whole, left = divmod(len(source), size)
        self._pads = recipe.last_batch == "pad"
        self._steps_per_pass = whole + bool(left and self._pads)
        self._orders = collections.OrderedDict()
        keys = recipe.caption_keys
        self._keys = sorted(keys)
        shares = np.array([keys[key] for key in self._keys], dtype="float64")
        self._thresholds = np.cumsum(shares / shares.sum())[:-1]

    def __len__(self):
        """Steps of the run: Grain reads batches by index, as we do."""
        return self.recipe.total_steps

    def examples(self, step):
        """Days and texts of this process's share of a batch.

        Args:
            step: int. From 0.

        Returns:
            `RawBatch`.
        """
        seed = self.recipe.seed
        order = self._order(step // self._steps_per_pass)
        # What fills up the last batch of a pass are its first days.
        indices = [order[i % len(order)] for i in self._places(step)]
        rngs = [generator(_EXAMPLE, seed, step, row) for row in self._rows]
        if hasattr(self.source, "examples"):
            batch_rng = generator(_BATCH, seed, step)
            return self.source.examples(indices, rngs, batch_rng)
        return self._stored_examples(indices, rngs)

    def _stored_examples(self, indices, rngs):
        """Days with a caption that was written before."""
        augmentation = self.recipe.augmentation
        days, texts = [], []
        for index, rng in zip(indices, rngs):
            day, captions = self.source[index]
            key = self._keys[np.searchsorted(self._thresholds, rng.random())]
            if augmentation.changes_values:
                day = _changed(day, augmentation, rng)
            days.append(day)
            texts.append(augmentation.apply_text(captions[key], rng))
        length, ends = self.recipe.sequence_length, [True] * len(days)
        return RawBatch(days, texts, length, 0, ends)

    def __getitem__(self, step):
        """Inputs of the backbone, and which captions were cut.

        With `last_batch="pad"` also each row's weight, 0 for those that only
        fill up the batch.
        """
        found = self.examples(step)
        x = dict(
            self.preprocessor(
                {"sensors": found.days, "text": found.texts},
                sequence_length=found.length,
            )
        )
        truncated = x.pop("truncated", None)
        if found.read != 0 or not all(found.ends):
            x["padding_mask"] = _to_write(x["padding_mask"], found)
        if not self._pads:
            return x, truncated
        real = np.array(self._places(step)) < len(self.source)
        return x, truncated, real.astype("float32")

    def _places(self, step):
        """Where this process's rows stand in the pass's order."""
        first = step % self._steps_per_pass * self.recipe.batch_size
        return [first + row for row in self._rows]

    def stream(self, first_step=0, workers=1, ahead=4):
        """Batches from a step to the end of the run, prepared ahead.

        Args:
            first_step: int. Defaults to `0`.
            workers: int. Threads that prepare batches; the order does not
                depend on them. Defaults to `1`.
            ahead: int. How many batches wait at most. Defaults to `4`.

        Yields:
            What `batches[step]` is, of each step in order.
        """
        steps = iter(range(first_step, len(self)))
        # Else some of the workers would have nothing to do.
        ahead = max(ahead, workers + 1)
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            waiting = collections.deque()
            for step in steps:
                waiting.append(pool.submit(self.__getitem__, step))
                if len(waiting) >= ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _order(self, number):
        """The order of the source's days in one pass over them."""
        if number not in self._orders:
            rng = generator(_ORDER, self.recipe.seed, number)
            self._orders[number] = rng.permutation(len(self.source))
            while len(self._orders) > 2:
                self._orders.popitem(last=False)
        return self._orders[number]


def _to_write(padding_mask, found):
    """The mask with 2 where a token is read alone: `tokens_to_write`."""
    mask = keras.ops.convert_to_numpy(padding_mask).copy()
    mask[:, : found.read] *= 2
    for row in np.flatnonzero(~np.array(found.ends)):
        mask[row, mask[row].astype(bool).sum() - 1] = 2
    return mask


def _changed(day, augmentation, rng):
    """The day with augmented values and its other fields."""
    return SensorDay(augmentation.apply(day.values, rng), source=day.source)
