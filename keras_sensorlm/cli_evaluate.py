"""`keras-sensorlm evaluate`: a preset and days -> what it can do."""

import pathlib
from typing import Annotated

import typer


def evaluate(
    preset: Annotated[
        str,
        typer.Argument(
            help="A built-in name, a folder that was saved, or a handle.",
            show_default=False,
        ),
    ],
    data: Annotated[
        list[str],
        typer.Argument(
            help="Recordings, folders of them, and simulated:N for N days "
            "of simulated people.",
            show_default=False,
        ),
    ],
    out: Annotated[
        pathlib.Path,
        typer.Option("--out", "-o", help="Where the results go."),
    ] = pathlib.Path("evaluation"),
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="A part alone: zero-shot, probes, numbers, retrieval, "
            "captions, robustness or learnt. Several with commas, or given "
            "several times.",
            show_default=False,
        ),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="Fewer shots, caption keys, captions and samples."
        ),
    ] = False,
    split: Annotated[
        str,
        typer.Option(
            help="Who is tested on: test, or validation to choose by."
        ),
    ] = "test",
    splits: Annotated[
        pathlib.Path | None,
        typer.Option(
            help="Lists of people as YAML, instead of those that ship.",
            show_default=False,
        ),
    ] = None,
    tasks: Annotated[
        list[pathlib.Path] | None,
        typer.Option(
            help="A task of your own, as YAML with classes and prompts. Can "
            "be given several times.",
            show_default=False,
        ),
    ] = None,
    caption_prompt: Annotated[
        str | None,
        typer.Option(
            help="What written captions begin with.", show_default=False
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same files.")] = 0,
):
    """Says what a model can do, with intervals and beside baselines.

    Asks it for classes in words, from a few examples and from embeddings;
    lets it find days and captions, and write captions; takes channels and
    minutes away; and shows it nonsense. Writes evaluation.json and
    evaluation.html into OUT. People are never trained on and tested on:
    those of the public data sets are shared out in the package, everybody
    else is tested on.

    Needs scikit-learn: pip install "keras-sensorlm[evaluation]".
    """
    from keras_sensorlm.datasets.splits import load_splits
    from keras_sensorlm.evaluation import console
    from keras_sensorlm.evaluation.collection import load_collection
    from keras_sensorlm.evaluation.learners import scikit_learn
    from keras_sensorlm.evaluation.suite import Evaluation
    from keras_sensorlm.evaluation.tasks import built_in_tasks
    from keras_sensorlm.evaluation.tasks import load_task

    # Known to be there before minutes of reading.
    scikit_learn("linear_model")
    asked = [*built_in_tasks(), *map(load_task, tasks or ())]
    lists = load_splits(splits) if splits else load_splits()
    with console.quietly():
        collection = load_collection(data, split, lists)
    typer.echo(console.collection_in_words(collection))
    from keras_sensorlm.evaluation.report import Report
    from keras_sensorlm.evaluation.report import fingerprint
    from keras_sensorlm.models.preset import SensorLMPreset

    model = SensorLMPreset.from_preset(preset)
    evaluation = Evaluation(
        model,
        collection,
        only=[part for parts in only or () for part in parts.split(",")],
        tasks=asked,
        quick=quick,
        seed=seed,
        caption_prompt=caption_prompt,
    )
    report = Report(
        evaluation.run(console.progress),
        pathlib.Path(preset).name,
        fingerprint(model.backbone),
        collection.summary(),
        split,
        seed,
        quick,
    )
    console.print_report(report)
    for path in report.save(out):
        typer.echo(path)
