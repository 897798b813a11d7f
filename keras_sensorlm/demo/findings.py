"""Which of the days read the demo tells."""


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
