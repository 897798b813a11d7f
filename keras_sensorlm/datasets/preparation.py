"""`prepare`: recordings -> training records on disk."""

import dataclasses
import json
import re
import tempfile
import time

from keras_sensorlm.datasets.card import JSON_NAME
from keras_sensorlm.datasets.plan import Plan
from keras_sensorlm.datasets.shards import BadInputError


@dataclasses.dataclass(frozen=True)
class Prepared:
    """What became of a preparation.

    Attributes:
        folder: str. The data set's folder, for
            `tfds.builder_from_directory`.
        card: dict. The data card (also `data_card.json` in the folder).
        seconds: float. How long it took.
    """

    folder: str
    card: dict
    seconds: float

    def __str__(self):
        counts = self.card["counts"]
        records = self.card["records"]
        people = self.card["participants"]
        days = counts["days"]
        speed = days["read"] / max(self.seconds, 1e-9)
        lines = [
            f"{days['read']:,} days read, {days['captioned']:,} written to "
            f"{self.folder} in {self.seconds:.1f} s ({speed:,.0f} days/s)",
            *(
                f"  {split}: {records[split]:,} days of {people[split]:,} "
                f"{'person' if people[split] == 1 else 'people'}"
                for split in records
            ),
        ]
        for why, number in counts.get("days dropped", {}).items():
            lines.append(f"  dropped, {why}: {number:,} days")
        unread = self.card["unread"]
        if unread:
            lines.append(f"  could not be read: {len(unread):,} recordings")
            lines += [f"    {unit}: {error}" for unit, error in unread[:10]]
        if len(unread) > 10:
            lines.append(f"    and {len(unread) - 10:,} more, see {JSON_NAME}")
        return "\n".join(lines)


def prepare(
    source,
    out,
    format=None,
    keys=None,
    seed=0,
    fractions=(0.8, 0.1, 0.1),
    min_hours=0.25,
    file_format="tfrecord",
    strict=False,
    workers=1,
    beam_options=None,
    overwrite=False,
    **options,
):
    """Turns recordings into a TensorFlow Datasets folder of records.

    Reads each recording, captions its days, and writes them as
    `OUT/sensorlm/1.0.0`, in the features that
    `keras_sensorlm.datasets.records` lists, with a data card. Participants
    are in one split each. The same inputs and settings give the same bytes,
    however many workers there are; work that was interrupted is taken up
    where it stopped, when started again.

    Args:
        source: str or path. A recording, a folder of recordings of any
            depth, or `"simulated:N:SEED"`.
        out: str or path. Folder of data sets, as TensorFlow Datasets'
            `data_dir`.
        format: str, optional. Format of the recordings; guessed by default.
        keys: sequence of str, optional. Caption keys. Defaults to all of
            `CAPTION_KEYS`.
        seed: int. Of the captions' phrasing and of the splits. Defaults to
            `0`.
        fractions: tuple of 3 floats. Shares of participants in train,
            validation and test. Defaults to `(0.8, 0.1, 0.1)`.
        min_hours: float. A day with fewer observed hours is dropped.
            Defaults to `0.25`.
        file_format: str. `"tfrecord"` (for `tf.data`) or `"array_record"`
            (for Grain). Defaults to `"tfrecord"`.
        strict: bool. Whether a recording that cannot be read stops the run;
            otherwise it is named in the report. Defaults to `False`.
        workers: int. Processes on this machine. Defaults to `1`.
        beam_options: list of str, optional. Options of Apache Beam, such as
            `["--runner=DataflowRunner", ...]`; without them this machine
            does the work.
        overwrite: bool. Whether a data set in `out` is replaced. Defaults to
            `False`.
        **options: what the format's reader takes, such as `timezone`; for
            simulated days what `simulate_days` takes, such as `devices`.

    Returns:
        `Prepared`.

    Raises:
        FileNotFoundError: if there is nothing at `source`.
        FileExistsError: if `out` holds a data set already.
        BadInputError: if a recording cannot be read and `strict`.
        ImportError: if Apache Beam or TensorFlow Datasets is not installed.
        ValueError: if a setting is not valid, or no day is left to write.

    Example:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as out:
    ...     done = prepare("simulated:6:0", out, fractions=(1.0, 0.0, 0.0))
    >>> done.card["records"]["train"]
    6
    """
    start = time.perf_counter()
    plan = Plan(
        seed=seed,
        fractions=tuple(map(float, fractions)),
        min_hours=float(min_hours),
        file_format=file_format,
        strict=strict,
        options=tuple(sorted(options.items())),
        **({} if keys is None else {"keys": tuple(keys)}),
    )
    builder_class = _builder_class()
    path = _path(out) / builder_class.name / str(builder_class.VERSION)
    config = _download_config(workers, beam_options)
    replaced = _make_room(path, overwrite)
    try:
        builder = builder_class(
            source=source, format=format, plan=plan, data_dir=out
        )
        with tempfile.TemporaryDirectory() as nothing_to_download:
            builder.download_and_prepare(
                download_dir=nothing_to_download, download_config=config
            )
    except Exception as error:
        # A runner wraps what a worker raised in pages of its own.
        found = re.search(rf"{BadInputError.__name__}: (.*)", str(error))
        if isinstance(error, BadInputError) or not found:
            raise
        raise BadInputError(found.group(1)) from None
    finally:
        _settle(path, replaced)
    card = json.loads((path / JSON_NAME).read_text())
    return Prepared(str(path), card, time.perf_counter() - start)


def _builder_class():
    try:
        from keras_sensorlm.datasets.builder import SensorLM
    except ImportError as error:
        raise ImportError(
            "Preparing training records needs TensorFlow Datasets and Apache "
            f'Beam: pip install "keras-sensorlm[data]". {error}'
        ) from error
    return SensorLM


def _path(out):
    """A path that may lie in a bucket."""
    from etils import epath

    return epath.Path(out).expanduser().resolve()


def _make_room(path, overwrite):
    """Moves a data set out of the way, and clears what a killed run left.

    Returns where it went.
    """
    replaced = path.with_name(f".replaced-{path.name}")
    if path.exists():
        if not overwrite:
            raise FileExistsError(
                f"{path} holds a data set already. Give another folder, or "
                "overwrite it."
            )
        replaced.rmtree(missing_ok=True)
        path.rename(replaced)
    for folder in path.parent.glob(f"{path.name}.incomplete*"):
        folder.rmtree()
    return replaced


def _settle(path, replaced):
    """Drops what was replaced; or brings it back, if nothing replaced it."""
    if path.exists():
        replaced.rmtree(missing_ok=True)
    elif replaced.exists():
        replaced.rename(path)


def _download_config(workers, beam_options):
    import tensorflow_datasets as tfds
    from apache_beam.options.pipeline_options import PipelineOptions

    if beam_options is None:
        if workers < 1:
            raise ValueError(
                f"`workers` should be at least 1. Received: {workers}"
            )
        mode = "in_memory" if workers == 1 else "multi_processing"
        beam_options = [
            "--runner=DirectRunner",
            f"--direct_num_workers={workers}",
            f"--direct_running_mode={mode}",
            "--default_sdk_harness_log_level=ERROR",
        ]
    # Everything is written here, so there is nothing to look for elsewhere.
    return tfds.download.DownloadConfig(
        beam_options=PipelineOptions(beam_options), try_download_gcs=False
    )
