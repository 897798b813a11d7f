"""`keras-sensorlm explain`: a model and a day -> why it says what it says."""

import pathlib
from typing import Annotated

import typer


def explain(
    preset: Annotated[
        str,
        typer.Argument(
            help="A preset's folder, or its name.", show_default=False
        ),
    ],
    path: Annotated[
        pathlib.Path | None,
        typer.Argument(
            help="A file or folder of wearable data. Left out: the real day "
            "that ships with the package.",
            show_default=False,
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(
            "--text",
            "-t",
            help="The sentence to explain. Left out: the most likely label.",
            show_default=False,
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            "--labels",
            "-l",
            help="Classes to tell apart, with commas between. Left out: the "
            "library's activities.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        pathlib.Path,
        typer.Option("--out", "-o", help="Where the results go."),
    ] = pathlib.Path("explanation"),
    method: Annotated[
        str,
        typer.Option(
            help="occlusion, integrated_gradients, saliency, smooth_grad, "
            "grad_cam_plus_plus or score_cam."
        ),
    ] = "occlusion",
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            help="How PATH is laid out; guessed where left out.",
            show_default=False,
        ),
    ] = None,
    day: Annotated[
        int, typer.Option("--day", min=1, help="Which of the days read.")
    ] = 1,
    test: Annotated[
        bool,
        typer.Option(
            help="Test the map by deletion and insertion; this asks the "
            "model about some hundreds of altered days."
        ),
    ] = True,
):
    """Why a model says this of a day: a map, a picture, a page.

    OUT then holds explanation.png (the map over the day's lanes),
    explanation.npz (the map itself, 1440 minutes x 26 channels, NaN where
    the day has no value) and report.html (the day, its captions with each
    statement checked, the classes, and where the model looked).
    """
    import numpy as np

    from keras_sensorlm import visualization
    from keras_sensorlm.models.preset import SensorLMPreset
    from keras_sensorlm.visualization.explanation.methods import function_of
    from keras_sensorlm.visualization.stretches import told

    function_of(method)  # a wrong name is told before a model is loaded
    shown = _day(path, format, day)
    found = visualization.zero_shot_findings(
        SensorLMPreset.from_preset(preset),
        shown,
        labels=_split(labels),
        texts=[text] if text else (),
        method=method,
        test_maps=test,
    )
    if not found.explained:
        raise ValueError(
            f"{preset} was trained for captioning alone: it has no score of "
            "a text that could be explained."
        )
    (why,) = found.explained
    out.mkdir(parents=True, exist_ok=True)
    visualization.plot_explanation(
        shown, why.values, out / "explanation.png", title=f"for: {why.text}"
    )
    np.savez_compressed(out / "explanation.npz", values=why.values)
    visualization.save_report(shown, out / "report.html", found)
    typer.echo(f"For “{why.text}”. {told(why.values)}")
    if why.faithful is not None:
        verdict = "passed" if why.faithful else "did not pass"
        typer.echo(f"The map {verdict} its test: {why.tested}")
    typer.echo(f"Saved in {out}")


def _day(path, format, number):
    from keras_sensorlm.sensors import readers

    path = readers.example_day_path() if path is None else path
    days = readers.read_days(path, format)
    if number > len(days):
        raise ValueError(
            f"There are {len(days)} days: --day should be at most "
            f"{len(days)}. Received: {number}"
        )
    return days[number - 1]


def _split(labels):
    if labels is None:
        return None
    return [label.strip() for label in labels.split(",") if label.strip()]
