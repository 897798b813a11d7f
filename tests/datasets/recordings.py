"""Small tables of a few people's days, as a user might have them."""

import datetime

import numpy as np

MINUTES = 600


def write_table(path, participant, seed, minutes=MINUTES, date="2026-03-02"):
    """A CSV of one person's heart rate and steps, from midnight on."""
    rng = np.random.default_rng(seed)
    start = datetime.datetime.fromisoformat(date)
    rate = 60 + 20 * rng.random(minutes)
    steps = rng.integers(0, 90, minutes)
    lines = ["timestamp,participant,heart_rate,steps"]
    for i in range(minutes):
        time = (start + datetime.timedelta(minutes=i)).isoformat(" ")
        # Every seventh minute has no heart rate.
        bpm = "" if i % 7 == 0 else f"{rate[i]:.1f}"
        lines.append(f"{time},{participant},{bpm},{steps[i]}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def write_people(folder, people):
    """One table a person, in folders of ten."""
    for i in range(people):
        name = f"p{i:02d}"
        write_table(folder / f"group{i // 10}" / f"{name}.csv", name, i)
    return folder


def bytes_of(folder):
    """Every file's bytes, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
