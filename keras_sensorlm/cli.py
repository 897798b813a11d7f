"""`keras-sensorlm`, the command line.

Nothing heavy is imported until a command runs, so that `--help` is quick.
"""

import pathlib
import sys
from typing import Annotated

import typer

from keras_sensorlm.cli_cost import cost
from keras_sensorlm.cli_evaluate import evaluate
from keras_sensorlm.cli_explain import explain
from keras_sensorlm.cli_export import export
from keras_sensorlm.cli_prepare import prepare
from keras_sensorlm.cli_train import train
from keras_sensorlm.cli_vocabulary import vocabulary
from keras_sensorlm.version import __version__

app = typer.Typer(
    name="keras-sensorlm",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=(
        "[b]First steps[/b]\n\n"
        "keras-sensorlm demo                  the whole tour, on a real day\n\n"
        "keras-sensorlm demo MY_DATA          the same on your own data\n\n"
        "keras-sensorlm read MY_DATA          what your data hold, and lack\n\n"
        "keras-sensorlm COMMAND --help        each command explains itself\n\n"
        "Research software, not a medical device."
    ),
)

DataPath = Annotated[
    pathlib.Path | None,
    typer.Argument(
        metavar="PATH",
        help="A file or folder of wearable data. Left out: the real day "
        "that ships with the package.",
        show_default=False,
    ),
]
DataFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        help="How PATH is laid out: mmash, fitabase, empatica_e4 or table. "
        "Left out, it is guessed.",
        show_default=False,
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit",
        "-n",
        min=1,
        help="Only the first so many days.",
        show_default=False,
    ),
]
Seed = Annotated[int, typer.Option(help="Same seed, same result.", min=0)]


def _print_version(wanted):
    if wanted:
        typer.echo(f"keras-sensorlm {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version and stop.",
        ),
    ] = False,
):
    """A day of wearable data into language and back, with SensorLM.

    Reads recordings of wearables, says in words what happened in them, and
    trains and asks models that know both.
    """


_LOOK, _LEARN, _USE = (
    "Commands for days",
    "Commands for training",
    "Commands for a trained model",
)


@app.command(rich_help_panel=_LOOK)
def demo(
    path: DataPath = None,
    format: DataFormat = None,
    out: Annotated[
        pathlib.Path,
        typer.Option("--out", "-o", help="Where the results go."),
    ] = pathlib.Path("keras-sensorlm-demo"),
    seed: Seed = 0,
    query: Annotated[
        str, typer.Option(help="The sentence to find days for.")
    ] = "The person went for a run.",
    day: Annotated[
        int | None,
        typer.Option(
            "--day",
            min=1,
            help="Which of the days read to tell. Left out: the one with "
            "the most kinds of events.",
            show_default=False,
        ),
    ] = None,
    preset: Annotated[
        str,
        typer.Option(
            "--preset",
            "-p",
            help="The model to ask: a name, or a folder with weights.",
        ),
    ] = "sensorlm_tiny_en",
):
    """The whole tour: read a day, caption it, rank activities, find days.

    Reads a real person's day (or yours), prints its captions at three
    levels, asks the pretrained model that ships with the package: it ranks
    activities without having been trained for that, writes a caption, finds
    the days nearest to a sentence. Saves report.html and day.png.

    Runs on the backend that KERAS_BACKEND names: tensorflow, jax or torch.
    """
    from keras_sensorlm.demo import run_demo

    run_demo(
        path,
        format=format,
        out=out,
        seed=seed,
        query=query,
        day=day,
        preset=preset,
    )


@app.command(rich_help_panel=_LOOK)
def read(
    path: DataPath = None,
    format: DataFormat = None,
    limit: Limit = None,
    channels: Annotated[
        bool,
        typer.Option("--channels", "-c", help="Coverage of each channel, too."),
    ] = False,
):
    """What PATH holds: its days, their channels and gaps.

    Says for each day who and when, how much of it was observed and in which
    channels, and what the reader filled in or left missing.
    """
    from keras_sensorlm import cli_tables

    days, report = _read(path, format)
    cli_tables.print_days(days[:limit], len(days), report, channels)


@app.command(rich_help_panel=_LOOK)
def captions(
    path: DataPath = None,
    format: DataFormat = None,
    key: Annotated[
        str,
        typer.Option(
            "--key",
            "-k",
            help="Which levels: low (statistics), middle (trends), high "
            "(events), or a mixture such as high_middle_low. The full names "
            "of CAPTION_KEYS work, too.",
        ),
    ] = "high_middle_low",
    time: Annotated[
        str, typer.Option(help="clock (07:40) or minute (of the day: 460).")
    ] = "clock",
    limit: Limit = None,
    seed: Seed = 0,
):
    """The days of PATH in words, one paragraph a day.

    Written by rules from the data, so every number in them is in the data.
    """
    from keras_sensorlm.captions.hierarchy import CAPTION_KEYS
    from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner

    full = _caption_key(key, CAPTION_KEYS)
    days = _days(path, format)
    captioner = HierarchicalCaptioner(full, seed=seed, time=time)
    for day in days[:limit]:
        typer.secho(_name(day), bold=True)
        typer.echo(captioner.caption(day) + "\n")


@app.command(rich_help_panel=_LOOK)
def plot(
    path: DataPath = None,
    format: DataFormat = None,
    out: Annotated[
        pathlib.Path,
        typer.Option("--out", "-o", help="Folder for the pictures."),
    ] = pathlib.Path("pictures"),
    matrix: Annotated[
        bool,
        typer.Option(
            "--matrix", help="The normalised matrix instead of the lanes."
        ),
    ] = False,
    image: Annotated[
        str, typer.Option(help="Kind of file: png, svg or pdf.")
    ] = "png",
    dark: Annotated[
        bool, typer.Option("--dark", help="On a dark ground.")
    ] = False,
    limit: Limit = None,
):
    """Draws the days of PATH: lanes, events, gaps; one picture a day."""
    from keras_sensorlm.visualization import plot_day
    from keras_sensorlm.visualization import plot_matrix

    draw = plot_matrix if matrix else plot_day
    days = _days(path, format)
    taken = set()
    for day in days[:limit]:
        target = out / f"{file_name(day, taken)}.{image}"
        draw(day, target, theme="dark" if dark else "light")
        typer.echo(target)


app.command(rich_help_panel=_LEARN)(prepare)
app.command(rich_help_panel=_LEARN)(vocabulary)
app.command(rich_help_panel=_LEARN)(cost)
app.command(rich_help_panel=_LEARN)(train)
app.command(rich_help_panel=_USE)(evaluate)
app.command(rich_help_panel=_USE)(explain)
app.command(rich_help_panel=_USE)(export)


def _caption_key(key, known):
    for name in (key, f"{key}_level_caption", f"{key}_caption"):
        if name in known:
            return name
    raise ValueError(
        f"--key should be low, middle, high_level_summary, or one of "
        f"{', '.join(known)}. Received: {key}"
    )


def _read(path, format):
    from keras_sensorlm.sensors import readers

    if path is None:
        path = readers.example_day_path()
    return readers.read_report(path, format=format)


def _days(path, format):
    """The days alone; what would else go unseen is said on stderr."""
    days, report = _read(path, format)
    if report.implausible:
        typer.secho(
            "Implausible values, now missing: " + report.implausible_text(),
            err=True,
            fg="yellow",
        )
    return days


def _name(day):
    parts = (day.participant, day.date and day.date.isoformat(), day.source)
    return ", ".join(part for part in parts if part) or "a day"


def file_name(day, taken):
    """A file name for a day that no other day of this run has."""
    who = f"{day.participant or 'day'}-{day.date or 'undated'}"
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in who)
    name, count = safe, 1
    while name in taken:
        count += 1
        name = f"{safe}-{count}"
    taken.add(name)
    return name


# A loss that is not finite is one of them: the message names the layer.
_SAID_IN_A_LINE = (
    ValueError,
    KeyError,
    OSError,
    ImportError,
    FloatingPointError,
)


def main():
    """Runs the command line; bad input ends in one clear line."""
    try:
        app()
    except _SAID_IN_A_LINE as error:
        text = error.args[0] if isinstance(error, KeyError) else error
        typer.secho(f"keras-sensorlm: {text}", err=True, fg="red")
        sys.exit(1)


if __name__ == "__main__":
    main()
