"""Training as a user starts it: a process of its own."""

import os
import signal
import subprocess
import sys
import time


def start(recipe, folder, *options):
    """A `keras-sensorlm train` process on ten simulated days."""
    command = "from keras_sensorlm.cli import main; main()"
    arguments = [str(recipe), "simulated:10:0", "--out", str(folder), *options]
    return subprocess.Popen(
        [sys.executable, "-c", command, "train", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        text=True,
    )


def kill_after(process, folder, step, seconds=300):
    """`kill -9` once the history has reached a step; whether it came to it.

    The history is written each step, a checkpoint only every few: so the
    process dies at any point of both.
    """
    path = folder / "history.csv"
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        if path.exists() and len(path.read_text().splitlines()) > step:
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            return True
        time.sleep(0.002)
    process.kill()
    process.communicate()
    return False
