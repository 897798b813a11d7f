"""Random numbers for decisions, dealt out one at a time."""

import bisect
import itertools

_BLOCK = 128


class Draws:
    """Decisions from one generator.

    Drawing a block at a time costs a twentieth of drawing single numbers.

    Args:
        rng: `np.random.Generator`.
    """

    def __init__(self, rng):
        blocks = iter(lambda: rng.random(_BLOCK).tolist(), None)
        self.number = itertools.chain.from_iterable(blocks).__next__

    def between(self, low, high):
        """A float in `[low, high)`."""
        return low + (high - low) * self.number()

    def chance(self, probability):
        """True with this probability."""
        return self.number() < probability

    def around(self, middle, deviation):
        """A float near `middle`, never further than 3 deviations."""
        # The sum of three uniform numbers has a variance of a quarter.
        three = self.number() + self.number() + self.number()
        return middle + 2 * deviation * (three - 1.5)

    def pick(self, cumulative):
        """An index, by the running sums of the weights."""
        target = self.number() * cumulative[-1]
        return bisect.bisect_right(cumulative, target)
