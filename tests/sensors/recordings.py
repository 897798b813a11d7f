"""Tiny recordings in the layouts of the real data sets."""

import datetime

import numpy as np


def clock(seconds):
    """Seconds -> "HH:MM:SS" of the day."""
    return str(datetime.timedelta(seconds=int(seconds) % 86_400)).zfill(8)


def write_mmash(
    folder,
    start=23 * 3600 + 50 * 60,
    seconds=1200,
    codes=(1, 2),
    bpm=70,
    steps=0,
    rr=0.8,
    diary=(),
    sleep=(),
):
    """One person of MMASH, second by second, from `start` on."""
    folder.mkdir(parents=True, exist_ok=True)
    moments = start + np.arange(seconds)
    bpm, steps = np.broadcast_to(bpm, seconds), np.broadcast_to(steps, seconds)
    rows = [",Axis1,Axis2,Axis3,Steps,HR,Vector Magnitude,day,time"]
    for i, t in enumerate(moments):
        day = codes[int(t) // 86_400]
        rows.append(f"{i},9,9,9,{steps[i]},{bpm[i]},9.9,{day},{clock(t)}")
    (folder / "Actigraph.csv").write_text("\n".join(rows))
    beats = start + np.arange(1, int(seconds / 0.8)) * 0.8
    intervals = np.broadcast_to(rr, len(beats))
    rows = [",ibi_s,day,time"]
    for i, t in enumerate(beats):
        day = codes[int(t) // 86_400]
        rows.append(f"{i},{intervals[i]},{day},{clock(t)}")
    (folder / "RR.csv").write_text("\n".join(rows))
    rows = [",Activity,Start,End,Day"]
    rows += [f"{i},{','.join(map(str, e))}" for i, e in enumerate(diary)]
    (folder / "Activity.csv").write_text("\n".join(rows))
    rows = [
        ",In Bed Date,In Bed Time,Out Bed Date,Out Bed Time,Onset Date,"
        "Onset Time"
    ]
    rows += [f"{i},{','.join(map(str, e))}" for i, e in enumerate(sleep)]
    (folder / "sleep.csv").write_text("\n".join(rows))
    (folder / "questionnaire.csv").write_text(",MEQ,panas_pos_10\n0,47,21")
    return folder


def write_fitabase(folder, steps, heart=(), intensity=None, person=11):
    """Steps `(hours, 60)` from 2016-04-13 0:00, heart `(time, bpm)` rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, value, table in (
        ("minuteStepsWide_merged.csv", "Steps", steps),
        ("minuteIntensitiesWide_merged.csv", "Intensity", intensity),
    ):
        if table is not None:
            rows = [
                "Id,ActivityHour,"
                + ",".join(f"{value}{i:02d}" for i in range(60))
            ]
            for hour, row in enumerate(table):
                day, hour = 13 + hour // 24, hour % 24
                rows.append(
                    f"{person},4/{day}/2016 {hour}:00,"
                    + ",".join(str(int(v)) for v in row)
                )
            (folder / name).write_text("\n".join(rows))
    if heart:
        rows = ["Id,Time,Value"]
        rows += [f"{person},{time},{bpm}" for time, bpm in heart]
        (folder / "heartrate_seconds_merged.csv").write_text("\n".join(rows))
    return folder


E4_START = 1644227400  # 2022-02-07 09:50:00 UTC


def write_e4(folder, minutes=8, start=E4_START, iso=False, bpm=70, **streams):
    """One E4 session; `streams` replace the samples of a file."""
    folder.mkdir(parents=True, exist_ok=True)

    def stamp(at):
        if not iso:
            return f"{at:.6f}"
        moment = datetime.datetime.fromtimestamp(at, datetime.UTC)
        return moment.strftime("%Y-%m-%d %H:%M:%S")

    seconds = minutes * 60
    wave = np.rint(10 * np.sin(np.arange(seconds * 32) / 5))
    samples = {
        "ACC": (32, np.stack([wave, 0 * wave, 64 + 0 * wave], axis=1)),
        "EDA": (4, 2 + np.arange(seconds * 4) / 4 / 3600),
        "TEMP": (4, 33 - np.arange(seconds * 4) / 4 / 3600),
        "HR": (1, np.full(seconds - 10, float(bpm))),
    }
    for name, (rate, values) in samples.items():
        values = np.asarray(streams.get(name, values))
        begin = stamp(start + 10 if name == "HR" else start)
        columns = values.reshape(len(values), -1)
        lines = [", ".join([begin] * columns.shape[1])]
        lines.append(", ".join([f"{rate:.6f}"] * columns.shape[1]))
        lines += [",".join(map(str, row)) for row in columns.tolist()]
        (folder / f"{name}.csv").write_text("\n".join(lines))
    beats = np.arange(1, int(seconds / 0.875)) * 0.875
    lines = [f"{stamp(start)}, IBI", *(f"{t},0.875" for t in beats)]
    (folder / "IBI.csv").write_text("\n".join(lines))
    tags = streams.get("tags")
    if tags is not None:
        name = "tags.csv" if iso else f"tags_{folder.name}.csv"
        marks = [stamp(start + t) for t in tags]
        (folder / name).write_text("\n".join(marks))
    return folder
