"""The diary and the sleep table of MMASH -> events.

Times are minutes since the first midnight. A diary is written by hand; what
cannot be right is left out and counted in the report.
"""

import math
import re

from keras_sensorlm.sensors.features import MINUTES_PER_DAY

# Codes as in the notebook of the data set's authors; 0 is sleeping.
ACTIVITIES = {
    1: "laying down",
    2: "sitting",
    3: "light movement",
    4: "medium movement",
    5: "heavy movement",
    6: "eating",
    7: "small screen",
    8: "large screen",
    9: "caffeinated drink",
    10: "smoking",
    11: "alcohol",
    12: "saliva sample",
}
SLEEPING = 0
LONGEST_ACTIVITY = 12 * 60
LONGEST_SLEEP = 16 * 60
LONGEST_NAP = 3 * 60


def add_sleep(timeline, table, day_of, report):
    """Adds the sleeps of `sleep.csv`, from onset to getting up."""
    for row in table.to_dict("records"):
        start = _moment(row, "Onset Date", "Onset Time", day_of)
        end = _moment(row, "Out Bed Date", "Out Bed Time", day_of)
        if start is None or end is None:
            report.drop("sleeps of sleep.csv without a time", 1)
            continue
        if end <= start:
            end += MINUTES_PER_DAY
        _add(timeline, report, "sleep", SLEEPING, start, end)


def add_diary(timeline, table, day_of, report):
    """Adds the entries of `Activity.csv`; call after `add_sleep`."""
    first, last = timeline.recorded()
    measured = [e for e in timeline.events if e[0] == "sleep"]
    entries = []
    for row in table.to_dict("records"):
        start = _moment(row, "Day", "Start", day_of)
        code = row.get("Activity")
        if start is None or code not in (SLEEPING, *ACTIVITIES):
            report.drop("diary entries without a start or a known code", 1)
            continue
        end = _moment(row, "Day", "End", day_of)
        if end is not None:
            if end < start:
                end += MINUTES_PER_DAY
            if end <= first and start + MINUTES_PER_DAY < last:
                # Written under the first day, but of the next morning.
                report.drop("diary entries moved to the second day", 1)
                start, end = start + MINUTES_PER_DAY, end + MINUTES_PER_DAY
        if (start, end, int(code)) in entries:
            report.drop("diary entries written twice", 1)
            continue
        entries.append((start, end, int(code)))
    starts = sorted(start for start, _, _ in entries)
    for start, end, code in entries:
        if end is None:
            end = next((s for s in starts if s > start), last)
            report.drop("diary entries without an end, ended at the next", 1)
        kind = "sleep" if code == SLEEPING else "activity"
        if kind == "sleep" and any(
            start < sleep_end and end > sleep_start
            for _, _, sleep_start, sleep_end in measured
        ):
            report.drop("diary sleeps that sleep.csv holds already", 1)
        else:
            _add(timeline, report, kind, code, start, end)


def _add(timeline, report, kind, code, start, end):
    longest = LONGEST_SLEEP if kind == "sleep" else LONGEST_ACTIVITY
    if end - start > longest:
        report.drop(f"{kind} entries over {longest // 60} hours", 1)
        return
    label = ACTIVITIES.get(code, "sleep")
    by_day = 9 * 60 <= start % MINUTES_PER_DAY < 21 * 60
    if kind == "sleep" and by_day and end - start <= LONGEST_NAP:
        label = "nap"
    if not timeline.add_event(kind, label, start, end, timeline.recorded()):
        report.drop(f"{kind} entries outside the recording", 1)


def _moment(row, day, clock, day_of):
    """Minutes since the first midnight, or None where a cell says nothing."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(:\d{2})?", str(row.get(clock)))
    code = row.get(day)
    if match is None or not isinstance(code, int | float) or math.isnan(code):
        return None
    hour, minute = int(match[1]), int(match[2])
    if hour > 24 or minute > 59:
        return None
    # Diaries count days from 1 even where the sensors' codes do not.
    index = int(code) - 1 if code in (1, 2) else day_of.get(code)
    if index is None:
        return None
    return index * MINUTES_PER_DAY + hour * 60 + minute
