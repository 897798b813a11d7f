"""Captions a real day, and shows how statements are checked against it.

    python examples/caption_factuality.py [PATH] [--key KEY]

Every sentence is read back and checked. Then numbers, minutes, names and
directions are altered one at a time, to see whether the check notices.
"""

import argparse
import re
import warnings

from keras_sensorlm.captions import CAPTION_KEYS
from keras_sensorlm.captions import HierarchicalCaptioner
from keras_sensorlm.captions import caption_factuality
from keras_sensorlm.captions import parse
from keras_sensorlm.captions import verify
from keras_sensorlm.sensors.readers import example_day_path
from keras_sensorlm.sensors.readers import read_days

# What to look for, and what to write instead.
ALTERATIONS = {
    "a number": (r"\d+\.\d", lambda text: f"{float(text) + 0.1:.1f}"),
    "a minute": (r"(?<=minute )\d+", lambda text: str(int(text) + 5)),
    "a channel": (r"[Hh]eart rate", lambda text: "RMSSD"),
    "a direction": (r"rose|rise|rising|up\b", lambda text: "fell"),
    "an event": (r"(?<= a )walk|run|nap|period of \w+", lambda text: "swim"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", nargs="?", default=None)
    parser.add_argument(
        "--key", choices=CAPTION_KEYS, default="high_middle_low_level_caption"
    )
    args = parser.parse_args()
    with warnings.catch_warnings():
        # Readers tell of single values that they dropped.
        warnings.simplefilter("ignore")
        days = read_days(args.path or example_day_path())
    day = max(days, key=lambda day: day.observed.mean())
    caption = HierarchicalCaptioner(args.key).caption(day)

    print(day, end="\n\n")
    for verdict in verify(parse(caption), day):
        claim = verdict.claim
        mark = "true " if verdict.holds else "FALSE"
        number = "" if claim.value is None else f" {claim.value:g}"
        what = claim.channel or claim.label
        name = claim.statistic or claim.direction or ""
        print(f"{mark} {claim.kind}: {what} {name}{number}")
    share = caption_factuality(caption, day).share
    print(f"\n{share:.0%} of the caption's statements are true. Altered:")
    for name, (pattern, change) in ALTERATIONS.items():
        altered = re.sub(pattern, lambda m, f=change: f(m[0]), caption, count=1)
        if altered != caption:
            share = caption_factuality(altered, day).share
            print(f"{name:12} {share:.1%} true")


if __name__ == "__main__":
    main()
