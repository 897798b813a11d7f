"""Makes a notebook of each guide, and runs it.

    python guides/make_notebooks.py               write what is out of step
    python guides/make_notebooks.py --check       only say what is out of step
    python guides/make_notebooks.py --run 01 04   run these from top to bottom

A guide is a Python file as Keras's are written: a string that stands alone is
a text cell, the code up to the next one is a code cell, and the first string
says the title, a description and which of the library's extras it needs.
`--run` keeps what the cells printed and drew, but not what went to the error
stream (logs and progress), and notes the seconds; it needs the extra `guides`.
A notebook whose code has changed loses its outputs until it is run again.
"""

import argparse
import ast
import base64
import io
import json
import os
import pathlib
import re
import sys
import tempfile
import time

GUIDES = pathlib.Path(__file__).resolve().parent
NOTEBOOKS = GUIDES / "notebooks"
# Longer than any guide may take.
_TIMEOUT = 600
_COLORS = 96
# A temporary folder has another name in each run.
_TEMPORARY = re.compile(re.escape(tempfile.gettempdir()) + r"/\w+/")
_SETUP = """\
# From a checkout of the repository: installs it with what this guide needs.
%pip install -q "../..[{extras}]"
%matplotlib inline"""
_PLAIN_SETUP = "%matplotlib inline"


def guide_files():
    """The guides that become notebooks, in order."""
    return sorted(GUIDES.glob("[0-9][0-9]_*.py"))


def notebook_of(guide):
    """Where the notebook of a guide lies."""
    return NOTEBOOKS / f"{guide.stem}.ipynb"


def read_cells(source):
    """The cells of a guide.

    Args:
        source: str. A Python file.

    Returns:
        `(header, cells)`: a dict from the lines `Name: value` of the first
        string (an indented line goes on with the value above it), and a
        list of `(kind, text)` with kind "markdown" or "code".
    """
    lines = source.splitlines()
    cells, done = [], 0
    for node in ast.parse(source).body:
        if _is_text(node):
            cells.append(("code", "\n".join(lines[done : node.lineno - 1])))
            cells.append(("markdown", node.value.value))
            done = node.end_lineno
    cells.append(("code", "\n".join(lines[done:])))
    cells = [(kind, text.strip()) for kind, text in cells]
    (_, head), *cells = [cell for cell in cells if cell[1]]
    head = head.replace("\n    ", " ")
    header = dict(line.split(": ", 1) for line in head.splitlines())
    title = f"# {header['Title']}\n\n{header['Description']}"
    setup = _SETUP.format(extras=header["Extras"])
    return header, [("markdown", title), ("code", setup), *cells]


def _is_text(node):
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def make_notebook(guide):
    """A guide as a notebook without outputs, a dict."""
    _, cells = read_cells(guide.read_text(encoding="utf-8"))
    return {
        "cells": [_cell(i, *cell) for i, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {
                "display_name": "Python 3",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _cell(index, kind, text):
    cell = {
        "cell_type": kind,
        "id": f"cell-{index}",
        "metadata": {},
        "source": text.splitlines(keepends=True),
    }
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell


def sources(notebook, kind=None):
    """What stands in the cells, a list of `(kind, text)`."""
    return [
        (cell["cell_type"], "".join(cell["source"]))
        for cell in notebook["cells"]
        if kind in (None, cell["cell_type"])
    ]


def in_step(guide):
    """Whether the notebook holds what the guide does."""
    path = notebook_of(guide)
    if not path.exists():
        return False
    kept = json.loads(path.read_text(encoding="utf-8"))
    return sources(kept) == sources(make_notebook(guide))


def update(guide):
    """Writes the notebook, with the outputs it has if its code is the same."""
    made, path = make_notebook(guide), notebook_of(guide)
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if sources(kept, "code") == sources(made, "code"):
            outputs = iter(_code_cells(kept))
            for cell in _code_cells(made):
                old = next(outputs)
                cell["outputs"] = old["outputs"]
                cell["execution_count"] = old["execution_count"]
            made["metadata"] = kept["metadata"]
    write(made, path)


def _code_cells(notebook):
    return [c for c in notebook["cells"] if c["cell_type"] == "code"]


def write(notebook, path):
    """Writes a notebook as the editors do."""
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(notebook, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def run(guide):
    """Runs a guide's cells in a fresh kernel and writes them with outputs."""
    import nbclient
    import nbformat

    plain = make_notebook(guide)
    setup = _code_cells(plain)[0]
    kept, setup["source"] = setup["source"], [_PLAIN_SETUP]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        client = nbclient.NotebookClient(
            nbformat.reads(json.dumps(plain), as_version=4),
            timeout=_TIMEOUT,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
        )
        notebook = client.execute()
    seconds = round(time.perf_counter() - began)
    _code_cells(notebook)[0]["source"] = kept
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        if cell["cell_type"] == "code":
            cell["outputs"] = [_tidy(o) for o in cell["outputs"] if _wanted(o)]
        if isinstance(cell["source"], str):
            cell["source"] = cell["source"].splitlines(keepends=True)
    notebook["metadata"] = make_notebook(guide)["metadata"]
    notebook["metadata"]["seconds"] = seconds
    write(notebook, notebook_of(guide))
    return seconds, largest_picture(notebook)


def _wanted(output):
    """Not the error stream, nor what TensorFlow's logger says beside it."""
    text = "".join(output.get("text", ""))
    noise = text.startswith("WARNING:tensorflow")
    return output.get("name") != "stderr" and not noise


def _tidy(output):
    """An output in the lines that editors save, its picture made small."""
    if "text" in output:
        text = _TEMPORARY.sub("", "".join(output["text"]))
        output["text"] = text.splitlines(keepends=True)
    picture = output.get("data", {}).get("image/png")
    if picture is not None:
        output["data"]["image/png"] = _smaller(picture)
    return output


def _smaller(picture):
    """A PNG in base64 with a palette: a third of the bytes, the same lines."""
    from PIL import Image

    image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    file = io.BytesIO()
    image.quantize(_COLORS).save(file, "png", optimize=True)
    return base64.b64encode(file.getvalue()).decode("ascii")


def largest_picture(notebook):
    """Bytes of the largest picture among the outputs."""
    pictures = [
        len(base64.b64decode(output["data"]["image/png"]))
        for cell in _code_cells(notebook)
        for output in cell["outputs"]
        if "image/png" in output.get("data", {})
    ]
    return max(pictures, default=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="beginnings of guides' names")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--run", action="store_true")
    args = parser.parse_args()
    guides = [
        guide
        for guide in guide_files()
        if not args.names or guide.name.startswith(tuple(args.names))
    ]
    if args.check:
        stale = [guide.name for guide in guides if not in_step(guide)]
        sys.exit(f"Out of step: {', '.join(stale)}" if stale else 0)
    for guide in guides:
        if args.run:
            seconds, picture = run(guide)
            size = notebook_of(guide).stat().st_size
            print(
                f"{guide.name}: {seconds} s, {size // 1000} kB, largest "
                f"picture {picture // 1000} kB",
                flush=True,
            )
        elif not in_step(guide):
            update(guide)
            print(f"{guide.name}: written")


if __name__ == "__main__":
    main()
