"""What a reader filled, left missing, dropped and did not read."""

import dataclasses

import numpy as np

from keras_sensorlm.sensors.features import FEATURE_NAMES
from keras_sensorlm.sensors.features import feature


@dataclasses.dataclass
class ReadReport:
    """What became of the files that a reader was given.

    `print(report)` shows it all as text.

    Attributes:
        format: str. The reader.
        days: int. Days read.
        participants: int. People read.
        files_read: int. Files that gave data.
        coverage: dict of str to float. Share of the days' minutes that each
            feature fills, over all 26 features.
        dropped: dict of str to int. Samples or entries not used, by reason.
            Such losses are normal for a sensor.
        implausible: dict of str to (int, float). For each feature the number
            of values outside its plausible range, now missing, and one of
            them. `read_days` warns about these.
        skipped: dict of str to str. Files that were not read, and why.
        notes: list of str. What else a user should know.
    """

    format: str
    days: int = 0
    participants: int = 0
    files_read: int = 0
    coverage: dict = dataclasses.field(default_factory=dict)
    dropped: dict = dataclasses.field(default_factory=dict)
    implausible: dict = dataclasses.field(default_factory=dict)
    skipped: dict = dataclasses.field(default_factory=dict)
    notes: list = dataclasses.field(default_factory=list)

    @property
    def missing(self):
        """Names of the features that no day has, a tuple."""
        return tuple(n for n in FEATURE_NAMES if not self.coverage.get(n))

    def drop(self, reason, count):
        """Counts what was not used."""
        if count:
            self.dropped[reason] = self.dropped.get(reason, 0) + int(count)

    def drop_implausible(self, name, values):
        """Values with those outside a feature's plausible range as NaN."""
        limits = feature(name)
        values = np.array(values, dtype="float64")
        bad = (values < limits.low) | (values > limits.high)
        if bad.any():
            count, example = self.implausible.get(name, (0, values[bad][0]))
            count += int(bad.sum())
            self.implausible[name] = (count, float(example))
            values[bad] = np.nan
        return values

    def skip(self, file, reason):
        """Notes a file that was not read."""
        self.skipped[str(file)] = reason

    def note(self, text):
        """Notes something once."""
        if text not in self.notes:
            self.notes.append(text)

    def finish(self, days):
        """Fills in what can be told from the days."""
        self.days = len(days)
        self.participants = len({day.participant for day in days})
        observed = np.zeros(len(FEATURE_NAMES))
        for day in days:
            observed += day.observed.mean(axis=0)
        shares = observed / max(len(days), 1)
        self.coverage = dict(zip(FEATURE_NAMES, shares.tolist()))

    def implausible_text(self):
        """The implausible values in one line."""
        return "; ".join(
            f"{name}: {count} outside {feature(name).low:g} to "
            f"{feature(name).high:g} {feature(name).unit} "
            f"(such as {example:g})"
            for name, (count, example) in self.implausible.items()
        )

    def __str__(self):
        filled = {n: c for n, c in self.coverage.items() if c}
        lines = [
            f"{self.format}: {_count(self.days, 'day')} of "
            f"{_count(self.participants, 'person', 'people')} from "
            f"{_count(self.files_read, 'file')}",
            "",
            f"Filled ({len(filled)} of {len(FEATURE_NAMES)} features, share "
            "of the days' minutes):",
            *(f"  {name:<24}{share:7.1%}" for name, share in filled.items()),
        ]
        sections = {
            "Missing everywhere": [", ".join(self.missing)]
            if self.missing
            else [],
            "Dropped": [f"{why}: {n:,}" for why, n in self.dropped.items()],
            "Implausible, now missing": [self.implausible_text()]
            if self.implausible
            else [],
            "Not read": _by_reason(self.skipped),
            "Notes": self.notes,
        }
        for title, entries in sections.items():
            if entries:
                lines += ["", f"{title}:", *(f"  {e}" for e in entries)]
        return "\n".join(lines)


def _count(number, one, many=None):
    return f"{number} {one if number == 1 else many or one + 's'}"


def _by_reason(skipped):
    reasons = {}
    for file, reason in skipped.items():
        reasons.setdefault(reason, []).append(file)
    lines = []
    for reason, files in reasons.items():
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        lines.append(f"{files[0]}{more}: {reason}")
    return lines
