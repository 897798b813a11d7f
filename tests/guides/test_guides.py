"""Guides and their notebooks are in step, and the guides run."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import pytest

GUIDES = pathlib.Path(__file__).resolve().parents[2] / "guides"


def load_script():
    path = GUIDES / "make_notebooks.py"
    spec = importlib.util.spec_from_file_location("make_notebooks", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


script = load_script()
FILES = script.guide_files()
GUIDE = '''"""
Title: A guide
Description: What it is about.
Extras: demo
"""

import math

"""
## A heading

Text.
"""

print(math.pi)
{more}
'''


def test_there_are_ten_guides():
    numbers = [path.name[:2] for path in FILES]
    assert numbers == [f"{i:02}" for i in range(1, 11)]


@pytest.mark.parametrize("guide", FILES, ids=lambda path: path.stem)
def test_notebooks_hold_what_the_guides_do(guide):
    assert script.in_step(guide), "run guides/make_notebooks.py"


@pytest.mark.parametrize("guide", FILES, ids=lambda path: path.stem)
def test_notebooks_were_run_to_the_end(guide):
    text = script.notebook_of(guide).read_text(encoding="utf-8")
    notebook = json.loads(text)
    cells = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    counts = [cell["execution_count"] for cell in cells]
    assert counts == list(range(1, len(cells) + 1)), "run it with --run"
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert outputs
    assert not [o for o in outputs if o["output_type"] == "error"]
    assert notebook["metadata"]["seconds"] < 300
    assert script.largest_picture(notebook) < 100_000
    assert len(text) < 1_000_000


@pytest.mark.slow
@pytest.mark.parametrize("guide", FILES, ids=lambda path: path.stem)
def test_guides_run_from_top_to_bottom(guide, tmp_path):
    root = str(GUIDES.parent)
    subprocess.run(
        [sys.executable, guide],
        check=True,
        cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": "agg", "PYTHONPATH": root},
        timeout=600,
    )


@pytest.fixture
def guide(tmp_path, monkeypatch):
    monkeypatch.setattr(script, "NOTEBOOKS", tmp_path / "notebooks")
    path = tmp_path / "01_guide.py"
    path.write_text(GUIDE.format(more=""))
    return path


def test_strings_are_text_and_the_rest_is_code(guide):
    header, cells = script.read_cells(guide.read_text())
    assert header["Extras"] == "demo"
    kinds = [kind for kind, _ in cells]
    assert kinds == ["markdown", "code", "code", "markdown", "code"]
    assert cells[0][1] == "# A guide\n\nWhat it is about."
    assert '%pip install -q "../..[demo]"' in cells[1][1]
    assert cells[3][1] == "## A heading\n\nText."
    assert cells[4][1] == "print(math.pi)"


def test_a_change_of_text_keeps_outputs_and_one_of_code_does_not(guide):
    script.update(guide)
    path = script.notebook_of(guide)
    notebook = json.loads(path.read_text())
    output = {"output_type": "stream", "name": "stdout", "text": ["3.14\n"]}
    notebook["cells"][-1]["outputs"] = [output]
    script.write(notebook, path)
    assert script.in_step(guide)

    guide.write_text(guide.read_text().replace("Text.", "Other text."))
    assert not script.in_step(guide)
    script.update(guide)
    assert script.in_step(guide)
    kept = json.loads(path.read_text())
    assert kept["cells"][-1]["outputs"] == [output]

    guide.write_text(GUIDE.format(more="print(math.e)"))
    script.update(guide)
    assert not json.loads(path.read_text())["cells"][-1]["outputs"]
