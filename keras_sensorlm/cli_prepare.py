"""`keras-sensorlm prepare`: recordings -> training records."""

import logging
import pathlib
from typing import Annotated

import typer


def prepare(
    input: Annotated[
        str,
        typer.Argument(
            help="A recording, a folder of recordings of any depth, or "
            "simulated:N:SEED for N simulated days.",
            show_default=False,
        ),
    ],
    out: Annotated[
        pathlib.Path,
        typer.Option(
            "--out",
            "-o",
            help="Folder of data sets; the records go to OUT/sensorlm/1.0.0.",
            show_default=False,
        ),
    ],
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            help="How INPUT is laid out: mmash, fitabase, empatica_e4 or "
            "table; guessed where left out. The records' own format, "
            "tfrecord or array_record, may stand here as well.",
            show_default=False,
        ),
    ] = None,
    keys: Annotated[
        list[str] | None,
        typer.Option(
            "--keys",
            "-k",
            help="Captions to write: low, middle, high_level_summary, ..., "
            "with commas between them or one --keys each. All eight where "
            "left out.",
            show_default=False,
        ),
    ] = None,
    records: Annotated[
        str,
        typer.Option(
            help="tfrecord (for tf.data) or array_record (for Grain)."
        ),
    ] = "tfrecord",
    workers: Annotated[
        int, typer.Option("--workers", "-w", min=1, help="Processes.")
    ] = 1,
    seed: Annotated[
        int, typer.Option(help="Same seed, same captions and splits.", min=0)
    ] = 0,
    splits: Annotated[
        str,
        typer.Option(help="Shares of people in train, validation and test."),
    ] = "0.8,0.1,0.1",
    min_hours: Annotated[
        float, typer.Option(help="Days with fewer observed hours are dropped.")
    ] = 0.25,
    timezone: Annotated[
        str | None,
        typer.Option(
            help="Zone of the recordings, such as Europe/Dublin, where the "
            "format has none.",
            show_default=False,
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Stop at a recording that cannot be read, rather than name "
            "it in the report and do the rest.",
        ),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what is in OUT.")
    ] = False,
    beam: Annotated[
        list[str] | None,
        typer.Option(
            help="An option of Apache Beam, such as --beam "
            "--runner=DataflowRunner; several are given one by one. Then "
            "--workers plays no part.",
            show_default=False,
        ),
    ] = None,
):
    """Turns recordings into training records with captions.

    Writes a TensorFlow Datasets folder: each day's signal, which minutes
    were observed, captions, events, who and when; nobody is in two splits. A
    data card says what is in it and what was left out, and why. Started
    again after an interruption, it goes on where it stopped.
    """
    from keras_sensorlm import datasets
    from keras_sensorlm.datasets.plan import FILE_FORMATS

    # A runner's workers report each step; the card says what matters.
    logging.getLogger("apache_beam").setLevel(logging.ERROR)
    if format in FILE_FORMATS:
        format, records = None, format
    done = datasets.prepare(
        input,
        out,
        format=format,
        keys=_caption_keys(keys),
        seed=seed,
        fractions=_shares(splits),
        min_hours=min_hours,
        file_format=records,
        strict=strict,
        workers=workers,
        beam_options=beam,
        overwrite=overwrite,
        **({"timezone": timezone} if timezone else {}),
    )
    typer.echo(done)


def _caption_keys(given):
    """Full names of caption keys; `None` for all."""
    from keras_sensorlm.captions.hierarchy import CAPTION_KEYS

    names = [n.strip() for text in given or () for n in text.split(",")]
    if not names:
        return None
    known = {}
    for key in CAPTION_KEYS:
        short = key.removesuffix("_caption")
        known.update({key: key, short: key, short.removesuffix("_level"): key})
    for name in names:
        if name not in known:
            raise ValueError(
                f"--keys should be some of {', '.join(CAPTION_KEYS)}. "
                f"Received: {name}"
            )
    return list(dict.fromkeys(known[name] for name in names))


def _shares(text):
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(
            f"--splits should be numbers such as 0.8,0.1,0.1. Received: {text}"
        ) from None
