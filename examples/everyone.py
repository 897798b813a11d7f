"""The demo's tour for every person of whole data sets, in one process.

    python examples/everyone.py mmash fitabase --out everyone

For each person of each data set (a path that `read_days` takes) it tells one
day as `keras-sensorlm demo` does: captions by rules, activities ranked
zero-shot, a caption by the model, the nearest days, report.html and day.png in
OUT/SET/PERSON. The table at the end says how many people and days there were,
how many statements agree with the data, and what went wrong; the exit status
is 1 if anything did. About 10 s a person on one core.
"""

import argparse
import dataclasses
import io
import pathlib
import sys
import time
import traceback

import rich.console
from rich.progress import track

from keras_sensorlm import SensorLMPreset
from keras_sensorlm.demo import tell_day
from keras_sensorlm.demo.findings import count_true
from keras_sensorlm.demo.findings import most_telling
from keras_sensorlm.demo.tour import PRESET
from keras_sensorlm.sensors.readers import read_report


@dataclasses.dataclass
class Row:
    """What became of one data set."""

    name: str
    people: int
    days: int
    told: int = 0
    rules: tuple = (0, 0)
    model: tuple = (0, 0)
    seconds: float = 0.0
    errors: list = dataclasses.field(default_factory=list)


def by_person(days):
    people = {}
    for day in days:
        people.setdefault(day.participant, []).append(day)
    return people


def tell(days, report, out, model, preset):
    """One person's tour: statements by rules and by the model, `(true, n)`."""
    out.mkdir(parents=True, exist_ok=True)
    screen = rich.console.Console(file=io.StringIO(), width=100)
    result = tell_day(
        days, report, most_telling(days), out, preset=preset, model=model,
        console=screen,
    )  # fmt: skip
    (out / "screen.txt").write_text(screen.file.getvalue(), encoding="utf-8")
    for file in (result.report, result.picture):
        if not file.stat().st_size:
            raise ValueError(f"{file} is empty")
    captions = result.findings.captions.values()
    rules = count_true([said for level in captions for said in level])
    return rules, result.findings.factuality


def added(counts, more):
    return tuple(a + b for a, b in zip(counts, more))


def tell_set(path, out, model, args):
    """The tours of one data set, a `Row`."""
    start = time.perf_counter()
    days, report = read_report(path)
    people = by_person(days)
    row = Row(pathlib.Path(path).resolve().name, len(people), len(days))
    chosen = list(people.items())[: args.people]
    for person, own in track(chosen, row.name, disable=args.quiet):
        try:
            rules, said = tell(
                own, report, out / row.name / str(person), model, args.preset
            )
        except Exception as error:  # told in the table, with its trace below
            row.errors.append(f"{person}: {error!r}")
            traceback.print_exc()
            continue
        row.told += 1
        row.rules = added(row.rules, rules)
        row.model = added(row.model, said)
    row.seconds = time.perf_counter() - start
    return row


def print_table(rows):
    print("\n| data set | people | days read | told | by rules, true |", end="")
    print(" by the model, true | seconds | errors |")
    print("| --- |" + " ---: |" * 7)
    for row in rows:
        print(
            f"| {row.name} | {row.people} | {row.days} | {row.told} "
            f"| {row.rules[0]} of {row.rules[1]} "
            f"| {row.model[0]} of {row.model[1]} | {row.seconds:.0f} "
            f"| {len(row.errors)} |"
        )
    for row in rows:
        for error in row.errors:
            print(f"- {row.name}, {error}")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+", help="folders of data sets")
    parser.add_argument("--out", type=pathlib.Path, default="everyone")
    parser.add_argument("--people", type=int, help="so many of each set")
    parser.add_argument("--preset", default=PRESET)
    parser.add_argument("--quiet", action="store_true", help="no bar")
    args = parser.parse_args(arguments)
    model = SensorLMPreset.from_preset(args.preset)
    rows = [tell_set(path, args.out, model, args) for path in args.paths]
    print_table(rows)
    return int(any(row.errors for row in rows))


if __name__ == "__main__":
    sys.exit(main())
