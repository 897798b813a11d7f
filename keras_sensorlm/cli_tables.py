"""What `keras-sensorlm read` prints."""

import rich.console
import rich.markup
import rich.table

from keras_sensorlm.sensors.features import FEATURE_NAMES


def print_days(days, total, report, channels=False):
    """Prints a line a day, then what the reader did.

    Args:
        days: list of `SensorDay`. Those to list.
        total: int. How many were read.
        report: `ReadReport` of the whole reading.
        channels: bool. Whether to list each day's channels, too.
    """
    console = rich.console.Console(highlight=False, soft_wrap=False)
    console.print(_days_table(days, channels))
    if len(days) < total:
        more = total - len(days)
        console.print(f"and {more} more {'day' if more == 1 else 'days'}")
    console.print()
    console.print(str(report), markup=False)


def _days_table(days, channels):
    table = rich.table.Table(box=None, pad_edge=False)
    for name in ("participant", "date"):
        table.add_column(name, no_wrap=True)
    for name in ("channels", "observed", "events"):
        table.add_column(name, justify="right")
    if channels:
        table.add_column("minutes observed of each channel")
    for day in days:
        seen = day.observed
        cells = [
            rich.markup.escape(day.participant or "-"),
            day.date.isoformat() if day.date else "-",
            f"{int(seen.any(axis=0).sum())} of {len(FEATURE_NAMES)}",
            f"{seen.any(axis=1).mean():.0%}",
            str(len(day.events)),
        ]
        if channels:
            counts = zip(FEATURE_NAMES, seen.sum(axis=0))
            cells.append(", ".join(f"{name} {n}" for name, n in counts if n))
        table.add_row(*cells)
    return table
