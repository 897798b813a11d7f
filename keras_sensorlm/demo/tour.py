"""`run_demo`: the whole tour, told on the screen as it goes."""

import contextlib
import dataclasses
import pathlib
import time

import rich.console
import rich.markup

from keras_sensorlm.demo import findings as found
from keras_sensorlm.sensors.readers import example_day_path
from keras_sensorlm.sensors.readers import read_report
from keras_sensorlm.visualization import DayFindings
from keras_sensorlm.visualization import Neighbour
from keras_sensorlm.visualization import figures
from keras_sensorlm.visualization import plot_day
from keras_sensorlm.visualization import save_report
from keras_sensorlm.visualization.day import name_of

# Besides the simulator's activities: what people's diaries hold.
OTHER_LABELS = ("sleep", "sitting", "lying down", "eating")
_SHOWN = 5
# Each digit of a written caption was likelier than not.
_CERTAINTY = 0.5
_LEFT_OUT = "sentences with a number of which it was not sure are left out"
_NEIGHBOURS = 6
# Days to search beside the user's own.
_ARCHIVE = 200
_ARCHIVE_SEED = 20260301
PRESET = "sensorlm_tiny_en"
QUERY = "The person went for a run."


@dataclasses.dataclass(frozen=True)
class DemoResult:
    """What the tour found and wrote.

    Attributes:
        days: list of `SensorDay`. All that was read.
        day: `SensorDay`. The one on the page.
        findings: `DayFindings` of that day.
        report: `pathlib.Path` of report.html.
        picture: `pathlib.Path` of day.png.
        seconds: float. The whole tour; of `tell_day` without the reading.
    """

    days: list
    day: object
    findings: DayFindings
    report: pathlib.Path
    picture: pathlib.Path
    seconds: float


def run_demo(
    path=None,
    format=None,
    out="keras-sensorlm-demo",
    seed=0,
    query=QUERY,
    day=None,
    preset=PRESET,
    console=None,
):
    """Reads days, captions them, asks a model about them, tells it.

    Args:
        path: path, optional. A file or folder that `read_days` takes.
            Defaults to the real day that ships with the package.
        format: str, optional. See `read_days`.
        out: path. Folder for report.html and day.png. Defaults to
            `"keras-sensorlm-demo"`.
        seed: int. Chooses the wording of captions; the model has its own.
            Defaults to `0`.
        query: str. The sentence to find days for.
        day: int, optional. Which day the page shows, from 1. Defaults to
            the one with the most kinds of events.
        preset: str or path. The model to ask; a name or a folder with
            weights. Defaults to `"sensorlm_tiny_en"`.
        console: `rich.console.Console`, optional. Where to tell it.

    Returns:
        `DemoResult`.

    Raises:
        ImportError: if matplotlib, the extra `demo`, is not installed.
        ValueError: if nothing can be read at `path`, or there is no such
            day.
        OSError: if `out` cannot be written.
    """
    start = time.perf_counter()
    figures.matplotlib()  # known to be there before anything is told
    console = console or rich.console.Console(highlight=False)
    pathlib.Path(out).mkdir(parents=True, exist_ok=True)
    days, report, index = _read(console, path, format, day)
    result = tell_day(days, report, index, out, seed, query, preset, console)
    seconds = time.perf_counter() - start
    console.print(f"[dim]{seconds:.0f} s in all.[/dim]")
    return dataclasses.replace(result, seconds=seconds)


def tell_day(
    days,
    report,
    index,
    out,
    seed=0,
    query=QUERY,
    preset=PRESET,
    console=None,
    model=None,
):
    """The tour from the captions on, of a day that was read before.

    Args:
        days: list of `SensorDay`. Searched for the sentence, too.
        report: `ReadReport` of them.
        index: int. Which of `days` to tell, from 0.
        out: path. See `run_demo`.
        seed: int. See `run_demo`.
        query: str. See `run_demo`.
        preset: str or path. See `run_demo`.
        console: `rich.console.Console`, optional. See `run_demo`.
        model: `SensorLMPreset`, optional. What `preset` names, if it was
            loaded before, as for many people in a row.

    Returns:
        `DemoResult`.

    Raises:
        ImportError: as for `run_demo`.
        OSError: as for `run_demo`.
    """
    start = time.perf_counter()
    console = console or rich.console.Console(highlight=False)
    out = pathlib.Path(out)
    shown = days[index]
    captions = _captions(console, shown, seed)
    note = model_note(preset)
    model = _model(console, preset, note, model)
    findings = DayFindings(
        captions=captions,
        model_note=note,
        filled=tuple(_reader_words(report)),
        **_ask(console, model, days, shown, query),
    )
    return DemoResult(
        days,
        shown,
        findings,
        *_save(console, shown, findings, out),
        time.perf_counter() - start,
    )


def model_note(preset):
    """What the model's scores are worth, in plain words."""
    if str(preset) != PRESET:
        return f"These scores come from the model in {preset}."
    return (
        f"These scores come from {PRESET}, a very small model that was "
        "trained for about seven hours on one core, on simulated days and a "
        "few dozen people's recordings. Its model card, guides/model_card.md, "
        "says what it can do on people whom it never saw, and what not."
    )


def _heading(console, number, text):
    console.print(f"\n[bold]{number}  {text}[/bold]")


def _read(console, path, format, wanted):
    _heading(console, 1, "Reading")
    if path is None:
        path = example_day_path()
        console.print("A real person's recording that ships with the package.")
    days, report = read_report(path, format=format)
    if wanted is not None and not 1 <= wanted <= len(days):
        raise ValueError(
            f"There are {len(days)} days: `day` should be 1 to {len(days)}. "
            f"Received: {wanted}"
        )
    index = found.most_telling(days) if wanted is None else wanted - 1
    people = len({day.participant for day in days})
    console.print(
        f"{len(days)} days of {people} "
        f"{'person' if people == 1 else 'people'} ({report.format})."
    )
    day = days[index]
    observed = day.observed
    console.print(
        f"Day {index + 1}: {rich.markup.escape(name_of(day))}; "
        f"{int(observed.any(axis=0).sum())} of 26 channels, observed in "
        f"{observed.any(axis=1).mean():.0%} of its minutes, "
        f"{len(day.events)} events. "
        + ("[dim]--day picks another.[/dim]" if len(days) > 1 else "")
    )
    if report.implausible:
        console.print(
            "[yellow]Implausible values, now missing: "
            f"{rich.markup.escape(report.implausible_text())}.[/yellow]"
        )
    return days, report, index


def _captions(console, day, seed):
    _heading(console, 2, "The day in words, by rules, each sentence checked")
    captions = found.captions_of(day, seed)
    for level, statements in captions.items():
        true, count = found.count_true(statements)
        text = rich.markup.escape(found.tell(statements))
        console.print(
            f"[bold]{level}[/bold] [dim]({true} of {count} agree with the "
            f"data)[/dim]  {text}"
        )
    return captions


def _model(console, preset, note, model):
    _heading(console, 3, "A small model of days and language")
    if model is None:
        with _quiet_until(console, "Loading Keras and the model"):
            from keras_sensorlm.models.preset import SensorLMPreset

            model = SensorLMPreset.from_preset(preset)
    console.print(f"[yellow]{rich.markup.escape(note)}[/yellow]")
    return model


def _quiet_until(console, text):
    if console.is_terminal:
        return console.status(text)
    return contextlib.nullcontext()


def _ask(console, preset, days, day, query):
    """The model's answers, as arguments of `DayFindings`."""
    from keras_sensorlm.sensors.activities import ACTIVITIES
    from keras_sensorlm.sensors.simulator import simulate_days

    _heading(console, 4, "Which activity it looks like, without training on it")
    labels = [*ACTIVITIES, *OTHER_LABELS]
    chances = preset.classify([day], labels)[0]
    ranking = sorted(
        zip(labels, map(float, chances)), key=lambda item: -item[1]
    )
    for label, chance in ranking[:_SHOWN]:
        bar = "█" * round(30 * chance)
        console.print(f"{label:<20}{chance:6.1%}  [blue]{bar}[/blue]")

    _heading(console, 5, "The caption that the model writes")
    generated = found.checked(
        preset.caption([day], certainty=_CERTAINTY)[0],
        day,
        found.MINUTE_TOLERANCE,
        found.RELATIVE_TOLERANCE,
    )
    true, count = found.count_true(generated)
    console.print(
        rich.markup.escape(found.tell(generated))
        if generated
        else "It was sure of no sentence."
    )
    console.print(
        f"{true} of {count} statements agree with the data "
        f"({found.TOLERANCE}; {_LEFT_OUT})."
    )

    _heading(console, 6, "The days nearest to a sentence")
    console.print(f"[italic]{rich.markup.escape(query)}[/italic]")
    archive = [*days, *simulate_days(_ARCHIVE, _ARCHIVE_SEED)]
    near = [
        Neighbour(archive[index], score)
        for index, score in preset.retrieve(query, archive, _NEIGHBOURS)
    ]
    for neighbour in near:
        labels = ", ".join(
            event.label
            for event in neighbour.day.events
            if event.kind == "activity"
        )
        console.print(
            f"{neighbour.score:+.3f}  "
            f"{rich.markup.escape(name_of(neighbour.day))}  "
            f"[dim]{rich.markup.escape(labels)}[/dim]"
        )
    return {
        "ranking": tuple(ranking),
        "generated": tuple(generated),
        "factuality": (true, count),
        "tolerance": f"{found.TOLERANCE}; {_LEFT_OUT}",
        "query": query,
        "neighbours": tuple(near),
    }


def _reader_words(report):
    """What the reader noted and left out; of all days that were read."""
    counted = [f"{count:,} {why}" for why, count in report.dropped.items()]
    if report.implausible:
        counted.append(f"implausible values of {report.implausible_text()}")
    if not counted:
        return report.notes
    days = f"all {report.days} days" if report.days > 1 else "the day"
    left_out = f"Left out of {days} read: {'; '.join(counted)}."
    return [*report.notes, left_out]


def _save(console, day, findings, out):
    _heading(console, 7, "Saved")
    picture = (out / "day.png").resolve()
    plot_day(day, picture)
    page = save_report(day, (out / "report.html").resolve(), findings)
    console.print(f"{page}", soft_wrap=True)
    console.print(f"{picture}", soft_wrap=True)
    console.print(
        "[dim]Open report.html in a browser; it needs no network.[/dim]"
    )
    return page, picture
