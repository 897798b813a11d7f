"""Ranks labels of your own for every logged part of a recording.

    python examples/zero_shot.py run "sitting at a desk" sleep \
        --preset sensorlm_tiny_en --data my_recording/

Without --data it asks about the real day that ships with the package.
"""

import argparse

import keras_sensorlm


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labels", nargs="+")
    parser.add_argument("--preset", default="sensorlm_tiny_en")
    parser.add_argument("--data", default=keras_sensorlm.example_day_path())
    parser.add_argument("--least", type=int, default=20, help="minutes")
    args = parser.parse_args()

    preset = keras_sensorlm.SensorLMPreset.from_preset(args.preset)
    asked = [
        (day, event)
        for day in keras_sensorlm.read_days(args.data)
        for event in day.events
        if event.duration >= args.least
    ]
    parts = [day.segment(e.start_minute, e.end_minute) for day, e in asked]
    for (day, event), chances in zip(
        asked, preset.classify(parts, args.labels)
    ):
        best = chances.argmax()
        print(
            f"{day.participant}  minute {event.start_minute:4} "
            f"{event.label:20} -> {args.labels[best]} {chances[best]:.0%}"
        )


if __name__ == "__main__":
    main()
