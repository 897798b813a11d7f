"""What rules and the model have to say about a day."""

from keras_sensorlm.visualization.checking import MINUTE_TOLERANCE
from keras_sensorlm.visualization.checking import RELATIVE_TOLERANCE
from keras_sensorlm.visualization.checking import TOLERANCE
from keras_sensorlm.visualization.checking import captions_of
from keras_sensorlm.visualization.checking import checked
from keras_sensorlm.visualization.checking import count_true
from keras_sensorlm.visualization.checking import tell

__all__ = [
    "MINUTE_TOLERANCE",
    "RELATIVE_TOLERANCE",
    "TOLERANCE",
    "captions_of",
    "checked",
    "count_true",
    "most_telling",
    "tell",
]


def most_telling(days):
    """The day to show: with the most kinds of events, then the fullest.

    Args:
        days: non-empty list of `SensorDay`.

    Returns:
        int. Its index.
    """

    def worth(index):
        day = days[index]
        kinds = len({event.kind for event in day.events})
        return kinds, int(day.observed.sum()), -index

    return max(range(len(days)), key=worth)
