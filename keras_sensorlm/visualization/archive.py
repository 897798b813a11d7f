"""`plot_archive`: all days of an archive as points, near ones near."""

import importlib

import numpy as np

from keras_sensorlm.visualization import figures

METHODS = ("pca", "tsne")
_NO_EVENT, _OTHERS = "no activity noted", "another activity"
# Okabe and Ito's colours, each with a shape of its own.
_MARKS = (
    ("#0072b2", "o"), ("#e69f00", "s"), ("#009e73", "^"), ("#cc79a7", "D"),
    ("#56b4e9", "v"), ("#d55e00", "P"), ("#b8a900", "X"), ("#7a5195", "*"),
)  # fmt: skip
_RARE = ("#808a95", ".")


def project_embeddings(embeddings, method="pca", seed=0):
    """Embeddings as points of a plane.

    Args:
        embeddings: float array `(n, dim)`, at least three.
        method: str. `"pca"`: the two directions of most variance, by a
            singular value decomposition; `"tsne"`: neighbourhoods, by
            scikit-learn (the extra `explain`), in which distances between
            groups mean nothing. Defaults to `"pca"`.
        seed: int. Of t-SNE. Defaults to `0`.

    Returns:
        Float array `(n, 2)`.

    Raises:
        ImportError: if scikit-learn is needed and not installed.
        ValueError: if `method` is unknown or there are too few.

    Example:

    >>> points = project_embeddings(np.eye(4))
    >>> points.shape
    (4, 2)
    """
    embeddings = np.asarray(embeddings, dtype="float64")
    if method not in METHODS:
        raise ValueError(
            f"`method` should be one of {METHODS}. Received: {method!r}"
        )
    if embeddings.ndim != 2 or len(embeddings) < 3:
        raise ValueError(
            "A map needs at least three embeddings (n, dim). "
            f"Received shape: {embeddings.shape}"
        )
    centred = embeddings - embeddings.mean(axis=0)
    if method == "pca":
        left, strengths, _ = np.linalg.svd(centred, full_matrices=False)
        points = left[:, :2] * strengths[:2]
        # The sign of a direction is nobody's choice: make it always one.
        signs = np.sign(points[np.abs(points).argmax(axis=0), [0, 1]])
        return points * np.where(signs == 0, 1.0, signs)
    try:
        manifold = importlib.import_module("sklearn.manifold")
    except ImportError:
        raise ImportError(
            "t-SNE comes from scikit-learn. Install it with: "
            'pip install "keras-sensorlm[explain]"'
        ) from None
    nearest = min(30.0, (len(embeddings) - 1) / 3)
    return manifold.TSNE(
        perplexity=nearest, init="pca", random_state=seed
    ).fit_transform(centred)


def plot_archive(
    preset,
    days,
    path=None,
    method="pca",
    color_by=None,
    embeddings=None,
    seed=0,
    theme="light",
):
    """Draws an archive's days as points coloured by what happened in them.

    Args:
        preset: `SensorLMPreset`; not needed with `embeddings`.
        days: list of `SensorDay`.
        path: path, optional. Where to save the picture as well; ends in
            .png, .svg or .pdf.
        method: str. See `project_embeddings`. Defaults to `"pca"`.
        color_by: callable of a `SensorDay`, or list of str, optional. What
            each day is coloured by. Defaults to the label of its longest
            activity.
        embeddings: float array `(n, dim)`, optional. What `embed_days` made
            of the days, to draw them again without reading them again.
        seed: int. Of t-SNE. Defaults to `0`.
        theme: str. `"light"` (the default) or `"dark"`.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ImportError: if matplotlib or scikit-learn is needed and missing.
        ValueError: if there are fewer than three days, or as many labels or
            embeddings are not given.
    """
    theme = figures.theme_named(theme)
    days = list(days)
    labels = color_by if color_by is not None else longest_activity
    labels = list(map(labels, days)) if callable(labels) else list(labels)
    if embeddings is None:
        embeddings = preset.embed_days(days)
    if not len(days) == len(labels) == len(embeddings):
        raise ValueError(
            "Expected one label and one embedding for each day. Received: "
            f"{len(days)} days, {len(labels)} labels, {len(embeddings)} "
            "embeddings"
        )
    points = project_embeddings(embeddings, method, seed)
    with figures.styled():
        figure = _draw(points, _grouped(labels), method, theme)
    if path is not None:
        figures.save_figure(figure, path)
    return figure


def longest_activity(day):
    """The label of a day's longest activity."""
    activities = [e for e in day.events if e.kind == "activity"]
    if not activities:
        return _NO_EVENT
    return max(activities, key=lambda event: event.duration).label


def _grouped(labels):
    """Labels with those too many for a colour of their own made one."""
    names, counts = np.unique([x for x in labels if x != _NO_EVENT],
                              return_counts=True)  # fmt: skip
    common = names[np.argsort(-counts, kind="stable")][: len(_MARKS)]
    return [x if x == _NO_EVENT or x in common else _OTHERS for x in labels]


def _draw(points, labels, method, theme):
    figure = figures.new_figure(8.0, 5.2, theme)
    axes = figures.add_box(figure, 0.5, 0.35, 5.1, 4.4)
    axes.set_facecolor(theme.paper)
    labels = np.array(labels)
    special = (_OTHERS, _NO_EVENT)
    common = [x for x in np.unique(labels) if x not in special]
    marks = dict(zip(common, _MARKS)) | dict.fromkeys(special, _RARE)
    # The rare ones first, so that they lie below.
    for name in (*reversed(special), *common):
        chosen = labels == name
        color, marker = marks[name]
        axes.scatter(
            *points[chosen].T,
            s=70 if marker in ".*" else 34,
            c=color,
            marker=marker,
            linewidths=0.4,
            edgecolors=theme.paper,
            label=f"{name} ({chosen.sum()})",
        ) if chosen.any() else None
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(theme.rule)
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        frameon=False,
        fontsize=8.5,
        labelcolor=theme.ink,
    )
    said = {
        "pca": "first two principal components",
        "tsne": "t-SNE: only neighbourhoods mean something",
    }
    axes.set_title(
        f"{len(labels)} days; {said[method]}",
        loc="left",
        fontsize=9.5,
        color=theme.ink,
    )
    return figure
