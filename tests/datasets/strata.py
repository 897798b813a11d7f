"""By what the people of the real data sets were shared out."""

SEED = 6
# The person whose day ships as the example is nobody to train on.
EXAMPLE = ("mmash-12",)


def stratum(days):
    """What a person's recordings hold that others' do not."""
    source = days[0].source
    if source == "fitabase":
        worn = any(day.observed[:, 0].any() for day in days)
        return "heart rate" if worn else "steps alone"
    if source == "mmash":
        sat = any(
            event.label == "sitting" and event.duration >= 20
            for day in days
            for event in day.events
        )
        return "sat" if sat else "did not"
    if source == "empatica_e4/stress_exercise":
        # Two protocols: S01 to S18 (men) and f01 to f18 (women).
        return days[0].participant.split("-")[1][0]
    return "all"
