"""What decides the records of a data set, beside the recordings."""

import dataclasses
import hashlib

from keras_sensorlm.captions.hierarchy import CAPTION_KEYS

FILE_FORMATS = ("tfrecord", "array_record")
SPLITS = ("train", "validation", "test")


@dataclasses.dataclass(frozen=True)
class Plan:
    """Settings of a preparation; small enough to be sent to every worker.

    Args:
        keys: tuple of str. Caption keys. Defaults to all of `CAPTION_KEYS`.
        seed: int. Of the captions' phrasing and of the splits. Defaults to
            `0`.
        fractions: tuple of 3 floats. Shares of participants in train,
            validation and test. Defaults to `(0.8, 0.1, 0.1)`.
        min_hours: float. A day with fewer hours in which anything was
            observed is dropped. Defaults to `0.25`.
        file_format: str. One of `FILE_FORMATS`: TFRecord for `tf.data`,
            ArrayRecord for Grain. Defaults to `"tfrecord"`.
        strict: bool. Whether a recording that cannot be read stops the run.
            Defaults to `False`.
        options: tuple of (str, value). Options of the reader.

    Raises:
        ValueError: if a key or the file format is unknown, the shares do
            not add up to 1, or the hours are not 0 to 24.

    Example:

    >>> Plan(file_format="array_record").fractions
    (0.8, 0.1, 0.1)
    """

    keys: tuple = tuple(CAPTION_KEYS)
    seed: int = 0
    fractions: tuple = (0.8, 0.1, 0.1)
    min_hours: float = 0.25
    file_format: str = "tfrecord"
    strict: bool = False
    options: tuple = ()

    def __post_init__(self):
        unknown = [key for key in self.keys if key not in CAPTION_KEYS]
        if unknown or not self.keys:
            raise ValueError(
                f"`keys` should be some of {', '.join(CAPTION_KEYS)}. "
                f"Received: {', '.join(map(str, unknown)) or 'none'}"
            )
        if self.file_format not in FILE_FORMATS:
            raise ValueError(
                f"`file_format` should be one of {FILE_FORMATS}. "
                f"Received: {self.file_format!r}"
            )
        shares = self.fractions
        if len(shares) != 3 or min(shares) < 0 or abs(sum(shares) - 1) > 1e-6:
            raise ValueError(
                "`fractions` should be the shares of train, validation and "
                f"test, which add up to 1. Received: {shares}"
            )
        if not 0 <= self.min_hours <= 24:
            raise ValueError(
                "`min_hours` should be 0 to 24 hours of a day. "
                f"Received: {self.min_hours}"
            )

    def split_of(self, participant):
        """The split that all days of a participant go to.

        Args:
            participant: str.

        Returns:
            str: `"train"`, `"validation"` or `"test"`, by a hash of the
            participant and the seed.

        Example:

        >>> Plan(fractions=(0.0, 0.0, 1.0)).split_of("p1")
        'test'
        """
        text = f"{self.seed}:{participant}"
        digest = hashlib.sha256(text.encode()).digest()
        place = int.from_bytes(digest[:8], "big") / 2**64
        bound = 0.0
        for split, share in zip(SPLITS, self.fractions):
            bound += share
            if place < bound:
                return split
        # The shares' sum may be rounded to just below 1.
        return next(s for s, f in zip(SPLITS[::-1], self.fractions[::-1]) if f)
