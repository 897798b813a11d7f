"""What `keras-sensorlm evaluate` shows on a terminal."""

import contextlib
import time
import warnings

import rich.console
import rich.markup
import rich.progress
import rich.table

from keras_sensorlm.evaluation.glance import at_a_glance


def progress(steps):
    """Gives the steps one by one, with a bar or, without a terminal, a line.

    Args:
        steps: list of `(words, function)`.

    Yields:
        The same.
    """
    console = rich.console.Console(stderr=True)
    columns = (
        rich.progress.TextColumn("{task.description}"),
        rich.progress.BarColumn(),
        rich.progress.MofNCompleteColumn(),
        rich.progress.TimeElapsedColumn(),
    )
    with rich.progress.Progress(
        *columns, console=console, transient=True
    ) as bar:
        task = bar.add_task("", total=len(steps))
        for words, step in steps:
            bar.update(task, description=words)
            start = time.perf_counter()
            yield words, step
            bar.advance(task)
            if not console.is_terminal:
                took = time.perf_counter() - start
                console.print(f"{words}: {took:.0f} s")


@contextlib.contextmanager
def quietly():
    """Without the readers' warnings about single values."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def collection_in_words(collection):
    """Who is tested on, in one sentence for each source."""
    lines = [
        f"{row['source']}: {row['test_days']} days of {row['test_people']} "
        f"people to test on, {row['train_days']} days of "
        f"{row['train_people']} people to learn from"
        for row in collection.summary()
    ]
    return "\n".join(lines)


def print_report(report):
    """The main numbers as a table, and what was left out.

    Args:
        report: `Report`.
    """
    console = rich.console.Console(highlight=False)
    table = rich.table.Table(box=None, pad_edge=False)
    table.add_column("question")
    for name in ("model", "best baseline", "chance"):
        table.add_column(name, justify="right", no_wrap=True)
    kind = None
    for line in at_a_glance(report.results):
        if line.kind != kind:
            kind = line.kind
            table.add_row(f"[bold]{rich.markup.escape(kind)}[/bold]")
        simulated = " (simulated people)" if line.model.simulated else ""
        table.add_row(
            f"  {rich.markup.escape(line.title + simulated)}",
            rich.markup.escape(str(line.model.estimate)),
            f"{line.best.estimate.value:.3f} {_short(line.best.method)}",
            f"{line.chance.estimate.value:.3f}" if line.chance else "-",
        )
    console.print(table)
    for note in report.results.notes:
        console.print(f"[dim]{rich.markup.escape(note)}[/dim]")


def _short(method):
    for long, short in (
        ("hand-made + ", ""),
        ("nearest day's caption (", "nearest ("),
        ("supervised ", ""),
        (" features)", ")"),
    ):
        method = method.replace(long, short)
    return f"[dim]{rich.markup.escape(method)}[/dim]"
