"""`keras-sensorlm vocabulary`: learns the tokenizer's vocabulary.

A Typer application of its own, which `keras_sensorlm.cli` adds.
"""

import pathlib
from typing import Annotated

import typer


def vocabulary(
    output: Annotated[
        pathlib.Path,
        typer.Argument(help="The file to write, one entry a line."),
    ],
    data: Annotated[
        list[pathlib.Path] | None,
        typer.Option(
            "--data",
            "-d",
            help="A file or folder of real days to caption as well. "
            "May be given several times.",
        ),
    ] = None,
    days: Annotated[
        int, typer.Option(help="How many simulated days to caption.", min=1)
    ] = 1000,
    size: Annotated[
        int, typer.Option(help="The most entries.", min=1)
    ] = 32_000,
    words: Annotated[
        int,
        typer.Option(
            help="How many everyday words to weigh in; 0 for none.", min=0
        ),
    ] = 60_000,
    seed: Annotated[int, typer.Option(help="Of the days and captions.")] = 0,
):
    """Learns the words that texts are made of.

    Captions at every level of simulated days, and of real ones where
    [b]--data[/b] points to them, weigh as much as everyday English does
    (by its word frequencies), so that labels no caption has do not fall
    to letters. Use the file with [b]SensorLMTokenizer(FILE)[/b].

    Takes some minutes, nearly all of it the search for the pieces.
    """
    from rich.console import Console

    from keras_sensorlm.models.vocabulary import everyday_counts
    from keras_sensorlm.models.vocabulary import learn_vocabulary

    console = Console(stderr=True)
    counts = count_captions(_all_days(data or [], days, seed), seed)
    console.print(f"{sum(counts.values()):,} words and marks of captions.")
    everyday = everyday_counts(words) if words else None
    with console.status("Searching for the pieces ..."):
        entries = learn_vocabulary(counts, everyday, size)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text("\n".join(entries) + "\n", encoding="utf-8")
    console.print(f"{len(entries):,} entries in {output}.")


def _all_days(paths, days, seed):
    """Simulated days, then the real ones."""
    from keras_sensorlm.sensors.readers import read_days
    from keras_sensorlm.sensors.simulator import simulate_days

    found = list(simulate_days(days, seed))
    for path in paths:
        found += read_days(path)
    return found


def count_captions(days, seed=0):
    """Segments of the captions of days, at every level.

    Args:
        days: list of `SensorDay`.
        seed: int. Of the captions' choice of words.

    Returns:
        `collections.Counter`; see `count_segments`.
    """
    import collections

    from keras_sensorlm.captions.hierarchy import CAPTION_KEYS
    from keras_sensorlm.captions.hierarchy import HierarchicalCaptioner
    from keras_sensorlm.models.vocabulary import count_segments

    counts = collections.Counter()
    for key in CAPTION_KEYS:
        captions = HierarchicalCaptioner(key, seed).captions(days)
        counts.update(count_segments(captions))
    return counts
