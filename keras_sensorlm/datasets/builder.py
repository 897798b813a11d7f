"""`SensorLM`, the TensorFlow Datasets builder `sensorlm` on Apache Beam.

TensorFlow Datasets would send every record (300 kB a day) through the
runner's shuffle to mix and count them; on one machine that is held in memory,
2.5 million days would be 775 GB of it. Here a worker writes the records of a
group of recordings straight to files, and the launching process gives these
their final names. Nothing larger than the number of a group goes through the
runner, on a laptop and on Dataflow, Flink or Spark alike.
"""

import apache_beam as beam
import tensorflow_datasets as tfds
from etils import epath

from keras_sensorlm.datasets import card
from keras_sensorlm.datasets.inputs import find_units
from keras_sensorlm.datasets.inputs import fingerprint
from keras_sensorlm.datasets.inputs import group_units
from keras_sensorlm.datasets.plan import SPLITS
from keras_sensorlm.datasets.plan import Plan
from keras_sensorlm.datasets.records import record_features
from keras_sensorlm.datasets.shards import read_summary
from keras_sensorlm.datasets.shards import write_group

_FEATURES = "features.json"
_COUNTERS = ("days", "days dropped", "days of splits")


class WriteGroup(beam.DoFn):
    """Turns `(index, units)` into files, and counts.

    Args:
        plan: `keras_sensorlm.datasets.plan.Plan`.
        folder: str. Where the parts go; every worker must reach it.
    """

    def __init__(self, plan, folder):
        self.plan = plan
        self.folder = folder

    def process(self, element):
        """Writes one group and yields its number."""
        index, units = element
        summary = write_group(index, units, self.plan, epath.Path(self.folder))
        self._count("recordings unread", len(summary["unread"]))
        for name in _COUNTERS:
            for kind, number in summary["counts"].get(name, {}).items():
                self._count(f"{name}: {kind}", number)
        yield index

    def _count(self, name, number):
        beam.metrics.Metrics.counter("sensorlm", name).inc(number)


class SensorLM(tfds.core.BeamBasedBuilder):
    """Days and their captions as training records.

    `keras_sensorlm.datasets.prepare` is the easier way to run it. What was
    prepared is read by `tfds.builder("sensorlm", data_dir=...)`, with or
    without this package installed.

    Args:
        source: str or path, optional. What to prepare: recordings, or
            `"simulated:N:SEED"`. Not needed to read what was prepared.
        format: str, optional. Format of the recordings; guessed by default.
        plan: `keras_sensorlm.datasets.plan.Plan`, optional. Defaults to
            `Plan()`.
        **kwargs: `data_dir` and so on, as `tfds.core.DatasetBuilder` takes.
    """

    name = "sensorlm"
    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}

    def __init__(self, source=None, format=None, plan=None, **kwargs):
        self.source, self.format = source, format
        self.plan = plan or Plan()
        if source is not None:
            kwargs.setdefault("file_format", self.plan.file_format)
        super().__init__(**kwargs)

    def _info(self):
        features = record_features(self.plan.keys)
        if self.source is None and (self.data_path / _FEATURES).exists():
            # What is there may hold other caption keys.
            features = type(features).from_config(self.data_dir)
        return tfds.core.DatasetInfo(
            builder=self,
            description="Days of wearable data and what happened in them.",
            features=features,
            homepage="https://arxiv.org/abs/2506.09108",
            supervised_keys=None,
        )

    def _split_generators(self, dl_manager):
        raise NotImplementedError("Groups are written whole; see above.")

    def _build_pcollection(self, pipeline):
        raise NotImplementedError("Groups are written whole; see above.")

    def _log_download_bytes(self):
        """Says nothing: nothing is downloaded."""

    _log_download_done = _log_download_bytes

    def _download_and_prepare(self, dl_manager, download_config):
        del dl_manager
        if self.source is None:
            raise ValueError(
                "There is nothing to prepare: give recordings or "
                "simulated:N:SEED as `source`."
            )
        groups = group_units(find_units(self.source, self.format))
        parts = self._parts_folder(groups)
        with beam.Pipeline(
            runner=download_config.beam_runner,
            options=download_config.beam_options,
        ) as pipeline:
            _ = (
                pipeline
                | beam.Create(list(enumerate(groups)))
                | beam.Reshuffle()
                | beam.ParDo(WriteGroup(self.plan, str(parts)))
            )
        self._collect(parts, len(groups))
        # Also what was begun with other settings and never finished.
        for folder in parts.parent.glob(".parts-*"):
            folder.rmtree()

    def _parts_folder(self, groups):
        """Where unfinished work lies, to be taken up after an interruption.

        Beside the final folder, so that files move there by their names. In
        its name are the inputs and settings: other work is other files.
        """
        name = fingerprint(groups, self.plan, str(self.version))
        folder = epath.Path(self.data_dir_root) / self.name
        parts = folder / f".parts-{name}"
        parts.mkdir(parents=True, exist_ok=True)
        return parts

    def _collect(self, parts, groups):
        """Names the files for good, and writes the data card."""
        summaries = [read_summary(parts, i) for i in range(groups)]
        report = card.merge(summaries)
        if not any(report["records"].values()):
            raise ValueError(_nothing_written(report))
        splits = []
        for split in SPLITS:
            files = [f for s in summaries for f in s["files"][split]]
            if not files:
                continue
            template = self._get_filename_template(split_name=split)
            for i, (name, _, _) in enumerate(files):
                final = template.sharded_filepath(
                    shard_index=i, num_shards=len(files)
                )
                (parts / name).replace(final)
            splits.append(
                tfds.core.SplitInfo(
                    name=split,
                    shard_lengths=[records for _, records, _ in files],
                    num_bytes=sum(size for _, _, size in files),
                    filename_template=template,
                )
            )
        self.info.set_splits(tfds.core.splits.SplitDict(splits))
        card.write(report, self.plan, epath.Path(self.data_dir))


def _nothing_written(report):
    reasons = [f"{unit}: {error}" for unit, error in report["unread"][:5]]
    dropped = report["counts"].get("days dropped", {})
    reasons += [f"{number} days {why}" for why, number in dropped.items()]
    return f"No day was worth a record. {'; '.join(reasons)}"
