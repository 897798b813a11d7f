"""Exporting from any backend: in a process of its own that has TensorFlow.

`keras_sensorlm.export` stands on a higher floor. It is not imported here: it
is started, by the same command that people type.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

_PROGRAM = "keras-sensorlm: "


def export_in_tensorflow(
    preset, directory, format="tf_saved_model", templates=(), int8=False
):
    """Saves a preset and has it exported.

    Args:
        preset: `SensorLMPreset`.
        directory: str or path. The model's folder.
        format: str. See `keras_sensorlm.export.export_preset`.
        templates: sequence of str. See there.
        int8: bool. See there.

    Returns:
        `pathlib.Path` of the version written.

    Raises:
        ValueError: if the export failed, with what it said.
    """
    with tempfile.TemporaryDirectory() as saved:
        preset.save_to_preset(saved)
        command = [sys.executable, "-m", "keras_sensorlm.cli", "export", saved]
        command += ["--out", os.fspath(directory), "--format", format]
        command += [f"--template={template}" for template in templates]
        command += ["--int8"] * int8
        done = subprocess.run(
            command, env=_environment(), capture_output=True, text=True
        )
    if done.returncode:
        raise ValueError(_what_it_said(done.stderr))
    return pathlib.Path(done.stdout.splitlines()[-1])


def _environment():
    return {
        **os.environ,
        "KERAS_BACKEND": "tensorflow",
        # The model here may hold all of an accelerator's memory.
        "CUDA_VISIBLE_DEVICES": "-1",
        # The same library, wherever this process found it.
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }


def _what_it_said(errors):
    """The program's own message, or all there is."""
    found = errors.rfind(_PROGRAM)
    said = errors[found + len(_PROGRAM) :] if found >= 0 else errors
    return f"The export failed: {said.strip()}"
