"""Empatica E4 sessions: folders or zips with ACC, EDA, HR, IBI and TEMP.

Both layouts are read: the device's own (first line the Unix start time,
second the rate) and that of PhysioNet's "Wearable Device Dataset from
Induced Stress and Structured Exercise Sessions", whose start is an ISO time.
"""

import datetime

import numpy as np

from keras_sensorlm.sensors.grouping import check_increasing
from keras_sensorlm.sensors.minutes import acceleration_features
from keras_sensorlm.sensors.minutes import eda_features
from keras_sensorlm.sensors.minutes import heart_rate
from keras_sensorlm.sensors.minutes import movement_intensity
from keras_sensorlm.sensors.minutes import resting_heart_rate
from keras_sensorlm.sensors.minutes import rr_features
from keras_sensorlm.sensors.minutes import temperature_features
from keras_sensorlm.sensors.readers.clocks import zone
from keras_sensorlm.sensors.readers.empatica_studies import identify
from keras_sensorlm.sensors.readers.files import EmptyFileError
from keras_sensorlm.sensors.readers.files import by_folder
from keras_sensorlm.sensors.readers.files import numbers
from keras_sensorlm.sensors.readers.files import read_csv
from keras_sensorlm.sensors.readers.timeline import Timeline
from keras_sensorlm.sensors.readers.timeline import sensor_day

SOURCE = "empatica_e4"
LOOKS_LIKE = "a folder or zip a session with ACC.csv, EDA.csv, HR.csv, ..."

_STREAMS = {"ACC.csv": 3, "EDA.csv": 1, "HR.csv": 1, "TEMP.csv": 1}
_BEATS = "IBI.csv"
_NOT_READ = {
    "BVP.csv": "the raw pulse wave; heart rate and intervals come from it",
    "info.txt": "the maker's description of the files",
}
_COUNTS_PER_G = 64
_MIN_HEART_SAMPLES = 10  # of the 60 a minute
_IBI_RESOLUTION = 0.05  # s; times are multiples of 1/64 s
_MAX_CLOCK_DIFFERENCE = 60  # s


def recognises(files):
    """Whether these files are this format."""
    names = {file.name for file in files}
    marks = names & {*_STREAMS, _BEATS}
    return bool(marks) and (len(marks) > 1 or len(files) == 1)


def read(files, report, timezone="UTC"):
    """All sessions, those of one person and date in one day.

    Args:
        files: list of `SourceFile`.
        report: `ReadReport`.
        timezone: str. IANA name of the zone in which the person lived, such
            as `"Europe/Dublin"`: the device's clock runs in UTC. Defaults
            to `"UTC"`.
    """
    local = zone(timezone)
    merged = {}
    for folder, named in by_folder(files).items():
        streams = [n for n in named if n in _STREAMS or n == _BEATS]
        if not streams:
            for file in named.values():
                report.skip(file.short, "not of an E4 session")
            continue
        session = _Session(folder, named, report)
        if session.start is not None:
            for key, values, events in session.days(local):
                _merge(merged, key, values, events)
    report.note(
        "The clock of an E4 session is not reliable: starts are UTC or were "
        f"shifted, and are taken as they stand, in {timezone}. The time of "
        "day may be wrong."
    )
    report.note(
        "The accelerometer's features come from raw acceleration; "
        "standardise them by this source's profile "
        "(sensors.profiles.profile_for), not by the original device's."
    )
    return [
        sensor_day(values, events, report, participant, date, source)
        for (participant, date, source), (values, events) in sorted(
            merged.items()
        )
    ]


def _merge(merged, key, values, events):
    if key in merged:
        earlier, before = merged[key]
        values = np.where(np.isnan(values), earlier, values)
        events = [*before, *events]
    merged[key] = (values, events)


class _Session:
    """The streams of one folder, from its start on."""

    def __init__(self, folder, named, report):
        self.report = report
        self.named = named
        self.samples = {}
        self.start = None
        self.copies = {}
        starts = {}
        self.study = identify(folder, list(named), report)
        for name, file in named.items():
            if name in self.study.faulty:
                report.skip(file.short, self.study.fault)
            elif name in _STREAMS:
                self._read_stream(name, file, starts)
            elif name != _BEATS and not name.startswith("tags"):
                report.skip(
                    file.short, _NOT_READ.get(name, "not of an E4 session")
                )
        beats = named.get(_BEATS)
        if beats is not None and _BEATS not in self.study.faulty:
            self._read_beats(beats, starts)
        if starts:
            self.start = min(starts.values())
            self._cut_copies()
            report.files_read += len(self.samples)

    def _read_stream(self, name, file, starts):
        try:
            header, values = _read_samples(file, _STREAMS[name])
        except EmptyFileError:
            self.report.skip(file.short, "empty file")
            return
        start, rate = header
        starts[name] = start
        seconds = start + np.arange(len(values)) / rate
        self.samples[name] = (seconds, values)
        half = len(values) // 2
        if (
            half >= 60
            and np.array_equal(values[:half], values[half:])
            and np.ptp(values, axis=0).max() > 0
        ):
            self.copies[name] = start + half / rate

    def _cut_copies(self):
        """Drops the second copy of a session that a download appended."""
        if not self.copies:
            return
        last = max(self.copies.values())
        for name, (seconds, values) in self.samples.items():
            keep = seconds < self.copies.get(name, last)
            self.report.drop(f"repeated samples of {name}", (~keep).sum())
            self.samples[name] = (seconds[keep], values[keep])

    def _read_beats(self, file, starts):
        try:
            (start, _), values = _read_samples(file, 2)
        except EmptyFileError:
            self.report.skip(file.short, "empty file")
            return
        others = list(starts.values())
        if others and abs(start - min(others)) > _MAX_CLOCK_DIFFERENCE:
            self.report.skip(file.short, "its start is not that of the session")
            return
        starts[_BEATS] = start
        check_increasing(values[:, 0], f"{file}: times")
        self.samples[_BEATS] = (start + values[:, 0], values[:, 1] * 1000)

    def days(self, local):
        """`((participant, date, source), values, events)` a day."""
        moment = datetime.datetime.fromtimestamp(self.start, local)
        date = moment.date()
        # Local midnight in Unix time, by the offset at the session's start.
        offset = moment.utcoffset().total_seconds()
        midnight = (self.start + offset) // 86_400 * 86_400 - offset
        last = max(s[-1] for s, _ in self.samples.values() if len(s))
        timeline = Timeline(int((last - midnight) // 86_400) + 1)
        self._fill(timeline, midnight)
        tags = self._tags(midnight)
        for event in self.study.events(tags, timeline.recorded()):
            timeline.add_event(*event)
        for i, values, events in timeline.days():
            day = date + datetime.timedelta(days=i)
            key = (self.study.participant, day, self.study.source)
            yield key, values, events

    def _fill(self, timeline, midnight):
        report, minutes = self.report, timeline.minutes
        streams = {n: (s - midnight, v) for n, (s, v) in self.samples.items()}
        movement = rate = None
        if "ACC.csv" in streams:
            seconds, counts = streams["ACC.csv"]
            features = acceleration_features(
                seconds, counts / _COUNTS_PER_G, minutes
            )
            movement = movement_intensity(features)
            timeline.put(features)
        if "HR.csv" in streams:
            seconds, bpm = streams["HR.csv"]
            bpm = report.drop_implausible("heart_rate", bpm)
            rate = heart_rate(seconds, bpm, minutes, _MIN_HEART_SAMPLES)
            timeline.put({"heart_rate": rate})
            # A wrist on a handlebar is still while the heart is not at rest.
            if movement is not None and not self.study.exercise:
                timeline.put(
                    {
                        "resting_heart_rate": resting_heart_rate(
                            rate, movement=movement
                        )
                    }
                )
        if _BEATS in streams:
            recorded = None if rate is None else ~np.isnan(rate)
            timeline.put(
                rr_features(
                    *streams[_BEATS], minutes, recorded, _IBI_RESOLUTION
                )
            )
        if "EDA.csv" in streams:
            seconds, eda = streams["EDA.csv"]
            report.drop("skin conductance of 0 (no contact)", (eda == 0).sum())
            eda = np.where(eda == 0, np.nan, eda)
            timeline.put(eda_features(seconds, eda, minutes))
        if "TEMP.csv" in streams:
            seconds, celsius = streams["TEMP.csv"]
            celsius = report.drop_implausible("skin_temperature", celsius)
            timeline.put(temperature_features(seconds, celsius, minutes))

    def _tags(self, midnight):
        """Button presses within the session, minutes since midnight."""
        name = next((n for n in self.named if n.startswith("tags")), None)
        if name is None:
            return []
        file = self.named[name]
        try:
            lines = read_csv(file, header=None, dtype=str)[0]
        except EmptyFileError:
            return []
        times = np.array([_unix(text, file) for text in lines.dropna()])
        first = self.start
        last = max(s[-1] for s, _ in self.samples.values() if len(s))
        inside = (times >= first) & (times <= last)
        self.report.drop("event marks outside their session", (~inside).sum())
        self.report.files_read += 1
        return sorted((times[inside] - midnight) / 60)


def _read_samples(file, columns):
    """`((start, rate), values)`; IBI.csv has no rate."""
    content = file.read()
    lines = content.read().decode("utf-8", "replace").split("\n", 2)
    if not lines[0].strip():
        raise EmptyFileError(f"{file} is empty.")
    start = _unix(lines[0].split(",")[0], file)
    rate, rows = None, 1
    if file.name != _BEATS:
        rows = 2
        try:
            rate = float(lines[1].split(",")[0])
        except (IndexError, ValueError):
            rate = 0.0
        if not rate > 0:
            raise ValueError(
                f"{file}: the second line should be the sampling rate in "
                f"Hz. Received: {lines[1][:40] if lines[1:] else ''!r}"
            )
    frame = read_csv(file, header=None, skiprows=rows)
    if frame.shape[1] != columns:
        raise ValueError(
            f"{file} should have {columns} column(s). Received: "
            f"{frame.shape[1]}"
        )
    frame.columns = [f"number {i + 1}" for i in range(columns)]
    values = [numbers(frame[c], file, rows + 1) for c in frame.columns]
    values = values[0] if columns == 1 else np.stack(values, axis=1)
    return (start, rate), values


def _unix(text, file):
    """Unix seconds of a start or a mark: a Unix time or an ISO one (UTC)."""
    text = str(text).strip()
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{file}: a time should be Unix seconds or look like 2013-02-20 "
            f"17:55:19. Received: {text[:40]!r}"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return moment.timestamp()
