"""Pictures of maps, similarities and archives."""

import json

import numpy as np
import pytest

from keras_sensorlm.sensors.day import Event
from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.visualization import figures
from keras_sensorlm.visualization import plot_archive
from keras_sensorlm.visualization import plot_curves
from keras_sensorlm.visualization import plot_explanation
from keras_sensorlm.visualization import plot_similarity
from keras_sensorlm.visualization import project_embeddings
from keras_sensorlm.visualization import similarity_matrix
from keras_sensorlm.visualization.archive import longest_activity
from tests.visualization.days import empty_day
from tests.visualization.days import heart_day


def a_map(sign=1.0):
    values = np.where(heart_day().observed, 0.0, np.nan)
    values[1080:1120, feature_index("heart_rate")] = 1.0
    values[100:200, feature_index("steps")] = 0.5 * sign
    return values


def bands(figure, color):
    """First and last minute of the bands of a colour, a panel each."""
    found = []
    for axes in figure.axes[:-1]:
        spans = [
            patch.get_extents().transformed(axes.transData.inverted())
            for patch in axes.patches
            if patch.get_facecolor()[:3] == pytest.approx(color, abs=1e-3)
        ]
        if spans:
            found.append((min(s.x0 for s in spans), max(s.x1 for s in spans)))
    return found


def rgb(color):
    return tuple(int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))


def test_a_map_lies_over_its_lanes(tmp_path):
    theme = figures.THEMES["light"]
    figure = plot_explanation(
        heart_day(), a_map(-1.0), tmp_path / "new" / "map.png", title="a $run"
    )
    assert bands(figure, rgb(theme.towards)) == [
        (pytest.approx(1080), pytest.approx(1120))
    ]
    assert bands(figure, rgb(theme.against)) == [
        (pytest.approx(100), pytest.approx(200))
    ]
    labels = [t.get_text() for t in figure.axes[-1].get_xticklabels()]
    assert labels == ["against", "nothing", "for"]
    contents = (tmp_path / "new" / "map.png").read_bytes()
    assert contents == figures.figure_bytes(figure)
    assert any(text.get_text() == "a $run" for text in figure.texts)


@pytest.mark.parametrize("layout", ["wide", "narrow"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_map_without_sign_has_no_against(layout, theme):
    figure = plot_explanation(heart_day(), a_map(), layout=layout, theme=theme)
    labels = [t.get_text() for t in figure.axes[-1].get_xticklabels()]
    assert labels == ["nothing", "most"]


def test_nothing_to_show_is_no_error():
    nothing = np.full((1440, 26), np.nan)
    plot_explanation(empty_day(), nothing)
    plot_explanation(heart_day(), nothing)
    with pytest.raises(ValueError, match="shape"):
        plot_explanation(heart_day(), np.zeros((1440, 2)))


class Directions:
    """Embeds by what it is told, one direction for each name."""

    def embed_days(self, days, **kwargs):
        return np.eye(4, dtype="float32")[: len(days)]

    def embed_texts(self, texts, **kwargs):
        texts = [texts] if isinstance(texts, str) else texts
        return np.eye(4, dtype="float32")[::-1][: len(texts)]


def test_similarities_are_cosines_and_the_nearest_is_marked():
    days, texts = [heart_day()] * 3, ["a", "b $x^2", "c", "d" * 90]
    cosines = similarity_matrix(Directions(), days, texts)
    np.testing.assert_array_equal(cosines, np.eye(4)[:3, ::-1])
    figure = plot_similarity(Directions(), days, texts, names=["1", "2", "3"])
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), cosines)
    (dots,) = figure.axes[0].lines
    assert [round(x - 0.32) for x in dots.get_xdata()] == [3, 2, 1]
    figures.figure_bytes(figure)
    with pytest.raises(ValueError, match="one for each day"):
        plot_similarity(Directions(), days, texts, names=["1"])


def test_curves_come_from_a_file_or_from_what_is_in_it(tmp_path):
    lines = [{"step": 10, "loss": 3.0}, {"step": 20, "loss": 2.0}]
    (tmp_path / "history.json").write_text(json.dumps(lines))
    plot_curves(lines, tmp_path / "a.png")
    plot_curves(tmp_path / "history.json", tmp_path / "b.png")
    written = [(tmp_path / name).read_bytes() for name in ("a.png", "b.png")]
    assert written[0] == written[1]


def test_principal_components_keep_distances_of_a_plane():
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(20, 2)) * (3.0, 1.0)
    turned, _ = np.linalg.qr(rng.normal(size=(8, 8)))
    points = project_embeddings(flat @ turned[:2] + 5.0)
    expected = np.linalg.norm(flat[:, None] - flat[None], axis=-1)
    found = np.linalg.norm(points[:, None] - points[None], axis=-1)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert points[:, 0].std() > points[:, 1].std()


def test_tsne_keeps_groups_together():
    pytest.importorskip("sklearn")
    rng = np.random.default_rng(0)
    groups = np.repeat(np.eye(3) * 9, 12, axis=0)
    points = project_embeddings(
        groups + rng.normal(size=groups.shape), method="tsne"
    )
    middles = points.reshape(3, 12, 2).mean(axis=1)
    nearest = np.linalg.norm(points[:, None] - middles, axis=-1).argmin(axis=1)
    assert (nearest == np.repeat(range(3), 12)).all()


def test_an_archive_is_coloured_by_what_happened():
    labels = ["run"] * 5 + [f"sport {i}" for i in range(9)]
    days = [
        empty_day(events=[Event("activity", name, 10, 60)]) for name in labels
    ] + [empty_day()]
    assert longest_activity(days[0]) == "run"
    rng = np.random.default_rng(0)
    figure = plot_archive(None, days, embeddings=rng.normal(size=(15, 8)))
    told = [t.get_text() for t in figure.axes[0].get_legend().get_texts()]
    assert "run (5)" in told and "no activity noted (1)" in told
    assert "another activity (2)" in told and len(told) == 10
    shapes = [c.get_offsets().shape[0] for c in figure.axes[0].collections]
    assert sum(shapes) == 15


def test_bad_archives_teach():
    with pytest.raises(ValueError, match="'pca', 'tsne'"):
        project_embeddings(np.eye(4), method="umap")
    with pytest.raises(ValueError, match="at least three"):
        project_embeddings(np.eye(2))
    with pytest.raises(ValueError, match="1 labels"):
        plot_archive(None, [empty_day()] * 3, color_by=["a"], embeddings=[])
