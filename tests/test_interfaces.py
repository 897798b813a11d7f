"""What a user types: names, hints, help, and errors that teach."""

import ast
import inspect
import pathlib
import subprocess
import sys

import pytest

import keras_sensorlm

ROOT = pathlib.Path(__file__).resolve().parents[1]
FRONT = ROOT / "keras_sensorlm" / "__init__.py"
# Classes whose base is one of Keras's have Keras's signatures.
OURS = [
    name
    for name in keras_sensorlm._HOMES
    if keras_sensorlm._HOMES[name] != "models" or name == "SensorLMPreset"
]


def functions():
    """The public functions and methods that are ours, by name."""
    for name in OURS:
        value = getattr(keras_sensorlm, name)
        if inspect.isfunction(value):
            yield name, value
        elif inspect.isclass(value):
            for key, method in vars(value).items():
                method = getattr(method, "__func__", method)
                method = getattr(method, "fget", method)
                if inspect.isfunction(method) and not key.startswith("_"):
                    yield f"{name}.{key}", method


def test_everything_public_is_at_the_front():
    from keras_sensorlm import models

    names = set(keras_sensorlm.__all__)
    assert set(models.__all__) <= names
    assert {"read_days", "SensorDay", "train", "plot_day", "verify"} <= names
    for name in names:
        assert getattr(keras_sensorlm, name) is not None


def test_type_checkers_see_the_same_names():
    block = next(
        node
        for node in ast.parse(FRONT.read_text()).body
        if isinstance(node, ast.If)
    )
    seen = {
        alias.asname: node.module.removeprefix("keras_sensorlm.")
        for node in block.body
        for alias in node.names
    }
    assert seen == keras_sensorlm._HOMES
    assert (FRONT.parent / "py.typed").exists()


def test_public_functions_have_hints():
    lacking = [
        f"{name}({parameter.name})"
        for name, function in functions()
        for parameter in inspect.signature(function).parameters.values()
        if parameter.annotation is parameter.empty
        and parameter.name not in ("self", "cls")
    ]
    lacking += [
        f"{name} -> ?"
        for name, function in functions()
        if "return" not in function.__annotations__
    ]
    assert not lacking


def test_help_names_every_argument():
    lacking = []
    for name, function in functions():
        text = function.__doc__ or ""
        names = [n for n in inspect.signature(function).parameters]
        lacking += [
            f"{name}({n})"
            for n in names
            if n not in ("self", "cls") and f"{n}:" not in text
        ]
        if not text:
            lacking.append(name)
    assert not lacking


@pytest.mark.slow
def test_hints_pass_the_checker():
    pytest.importorskip("mypy")
    done = subprocess.run(
        [sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def mistakes():
    """What new users try, and what the error should say."""
    import numpy as np
    import pandas as pd

    nan = np.full((1440, 26), np.nan)
    day = keras_sensorlm.SensorDay(nan)
    event = keras_sensorlm.Event("activity", "run", 0, 30)
    captioner = keras_sensorlm.HierarchicalCaptioner()
    make, read = keras_sensorlm.SensorDay, keras_sensorlm.read_days
    stack = keras_sensorlm.stack_days
    return [
        (make, [nan.T], "transposed"),
        (make, ["a.csv"], "read_days"),
        (make, [np.full((1440, 26), "x", dtype=object)], "should be numbers"),
        (make, [nan, None, None, event], "a list of keras_sensorlm.Event"),
        (make, [nan, None, None, "run"], "a list of keras_sensorlm.Event"),
        (keras_sensorlm.Event, ["activity", "run", "07:30", 460], "is 450"),
        (keras_sensorlm.Event, ["activity", "run", np.nan, 9], "whole minute"),
        (day.segment, ["07:30", "08:00"], "07:30 is 450"),
        (read, [pd.DataFrame(nan)], "in memory"),
        (read, [None], "one file, folder or zip"),
        (read, [["a.csv", "b.csv"]], "one file, folder or zip"),
        (captioner.captions, ["a.csv"], "read_days"),
        (captioner.caption, [[day]], "a list with a list"),
        (captioner.captions, [None], "Received: NoneType"),
        (stack, [[[1.0, 2.0]]], "a list with a list"),
        (stack, [{"day": day}], "Received: dict"),
        (stack, [pd.DataFrame(nan)], "which column is which feature"),
        (stack, [np.zeros((2, 26, 1440))], "time comes first"),
        (stack, [np.zeros((2, 1440, 27))], "(2, 1440, 27)"),
        (stack, [[]], "at least one day"),
    ]


@pytest.mark.parametrize("index", range(20))
def test_mistakes_are_explained(index):
    function, arguments, said = mistakes()[index]
    with pytest.raises(ValueError) as error:
        function(*arguments)
    assert said in str(error.value)
