"""How fast training records are prepared, and in how much memory.

Prepares simulated days, in a fresh process each time so that the memory of
one run does not count for the next, and says what a larger archive would
take on a cluster:

    python examples/benchmarks/prepare.py --days 2000 20000
"""

import argparse
import pathlib
import tempfile

from own_process import run_apart
from own_process import tell

from keras_sensorlm.datasets import prepare

ARCHIVE_DAYS, ARCHIVE_WORKERS = 2_500_000, 100


def run(args, days):
    """Prepares in this process; tells wall and processor seconds, peak memory
    in MB, bytes and files."""
    import resource

    with tempfile.TemporaryDirectory(dir=args.scratch) as out:
        done = prepare(
            f"simulated:{days}:0",
            out,
            keys=args.keys,
            workers=args.workers,
            file_format=args.records,
        )
        files = [p for p in pathlib.Path(out).rglob("*") if p.is_file()]
        size = sum(path.stat().st_size for path in files)
    used = [
        resource.getrusage(who)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    processor = sum(u.ru_utime + u.ru_stime for u in used)
    memory = max(u.ru_maxrss for u in used) / 1024
    tell(done.seconds, processor, memory, size, len(files))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, nargs="+", default=[200, 2000])
    parser.add_argument("--keys", nargs="+", default=None)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--records", default="tfrecord")
    parser.add_argument("--scratch", default=None, help="where to write")
    parser.add_argument("--run", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.run:
        run(args, args.run)
        return
    processors, sizes = [], []
    for days in args.days:
        wall, processor, memory, size, files = run_apart(days)
        processors.append(processor)
        sizes.append(size / days)
        print(
            f"{days:,} days, {args.workers} worker(s): {wall:.1f} s "
            f"({days / wall:.0f} days/s), {1e3 * processor / days:.1f} ms of "
            f"processor a day, peak {memory:.0f} MB in one process, "
            f"{files:.0f} files of {size / 1e9:.2f} GB"
        )
    if len(args.days) > 1:
        # What starting costs is in every run, so the difference is without.
        more = args.days[-1] - args.days[0]
        day = (processors[-1] - processors[0]) / more
        hours = ARCHIVE_DAYS * day / 3600
        print(
            f"{ARCHIVE_DAYS:,} days at {1e3 * day:.1f} ms of processor each: "
            f"{hours:.1f} processor hours, {60 * hours / ARCHIVE_WORKERS:.0f} "
            f"min on {ARCHIVE_WORKERS} workers, "
            f"{ARCHIVE_DAYS * sizes[-1] / 1e12:.2f} TB"
        )


if __name__ == "__main__":
    main()
