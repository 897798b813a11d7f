"""What is known of the public E4 data sets beside their signals.

Who a folder belongs to, what its button presses mark and which sessions
went wrong. An E4 folder of no known study is read all the same.
"""

import dataclasses
import itertools
import re

# The tasks of Stress-Predict (Iqbal et al. 2022) with the gaps between the
# seven presses that mark their starts and ends, in minutes. Sessions with
# other gaps have a press too many or too few: their marks say nothing.
_TASKS = ("stroop test", "interview", "hyperventilation")
_TASK_GAPS = ((3, 8), (3, 8), (7, 13), (3, 8), (1, 4), (3, 8))

_EXERCISE = ("AEROBIC", "ANAEROBIC")
_COVERED = "the dock covered the PPG and temperature sensors"

# From data_constraints.txt of "Wearable Device Dataset from Induced Stress
# and Structured Exercise Sessions" v1.0.1: streams not to be used, and why.
_FAULTY = {
    ("STRESS", "S02"): (("IBI.csv",), "out of order, repeated on download"),
    ("STRESS", "f07"): (("HR.csv", "IBI.csv", "TEMP.csv"), _COVERED),
}
_CONSTRAINTS = {
    ("STRESS", "S02"): "the download repeated its signals; the second copy "
    "is left out",
    ("STRESS", "f07"): f"{_COVERED}; only EDA and acceleration are used",
    ("STRESS", "f14"): "recorded in two parts",
    ("AEROBIC", "S03"): "ended early, at 90 rpm",
    ("AEROBIC", "S07"): "ended early, at 95 rpm",
    ("AEROBIC", "S11"): "recorded in two parts",
    ("ANAEROBIC", "S01"): "no RR intervals",
    ("ANAEROBIC", "S06"): "ended early, without the last sprint",
    ("ANAEROBIC", "S16"): "recorded in two parts",
}


@dataclasses.dataclass(frozen=True)
class Study:
    """What is known of one session.

    Attributes:
        participant: str. Who, unique over the data sets.
        source: str. The day's source.
        kind: str. `"stress test"`, `"indoor bike"`, `"tasks"` or `""`.
        faulty: tuple of str. Files not to be used.
        fault: str. Why.
    """

    participant: str
    source: str = "empatica_e4"
    kind: str = ""
    faulty: tuple = ()
    fault: str = ""

    @property
    def exercise(self):
        """Whether the session is exercise."""
        return self.kind == "indoor bike"

    def events(self, tags, recorded):
        """`(kind, label, start, end)` in minutes, from the button presses.

        Args:
            tags: list of float. Presses in minutes, sorted.
            recorded: (int, int) or None. First and last recorded minute.
        """
        if recorded is None or len(tags) < 2:
            return []
        if self.kind == "tasks":
            return _tasks(tags)
        if self.kind:
            # What each press marks is not in the data; the protocol lies
            # between the first and the last.
            return [("activity", self.kind, tags[0], tags[-1])]
        return []


def identify(folder, names, report):
    """The `Study` of a session's folder."""
    part = folder.name
    group = folder.parent.name
    if group in ("STRESS", *_EXERCISE) and re.match(r"[Sf]\d\d", part):
        person = part[:3]
        problem = _CONSTRAINTS.get((group, person))
        if problem:
            report.note(f"{group}/{person}: {problem}.")
        faulty, fault = _FAULTY.get((group, person), ((), ""))
        return Study(
            f"stress_exercise-{person}",
            "empatica_e4/stress_exercise",
            "indoor bike" if group in _EXERCISE else "stress test",
            faulty,
            fault,
        )
    if re.fullmatch(r"S\d\d", part) and f"tags_{part}.csv" in names:
        return Study(
            f"stress_predict-{part}", "empatica_e4/stress_predict", "tasks"
        )
    return Study(f"empatica_e4-{part}")


def _tasks(tags):
    gaps = [b - a for a, b in itertools.pairwise(tags[:7])]
    if len(gaps) < len(_TASK_GAPS) or not all(
        low <= gap <= high for gap, (low, high) in zip(gaps, _TASK_GAPS)
    ):
        return []
    return [
        ("activity", task, tags[2 * i], tags[2 * i + 1])
        for i, task in enumerate(_TASKS)
    ]
