import subprocess
import sys

import numpy as np
import pytest

from keras_sensorlm.sensors.day import Event
from keras_sensorlm.visualization import figures
from keras_sensorlm.visualization import plot_day
from keras_sensorlm.visualization import plot_matrix
from tests.visualization.days import empty_day
from tests.visualization.days import heart_day
from tests.visualization.days import whole_day


def words_of(figure):
    found = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        found += [text.get_text() for text in axes.texts]
        found += [axes.get_title(loc="left"), axes.get_ylabel()]
        found += [text.get_text() for text in axes.get_yticklabels()]
    return found


def test_lanes_events_units_and_clock_are_there():
    figure = plot_day(heart_day())
    words = words_of(figure)
    assert "p1, Sunday 1 March 2026" in words
    assert {"Heart rate", "bpm", "Steps", "steps/min"} <= set(words)
    assert {"Activity", "Sleep", "Mood", "run", "sleep", "calm"} <= set(words)
    assert "Skin temperature: not measured" in words
    clock = [t.get_text() for t in figure.axes[-1].get_xticklabels()]
    assert clock[0] == "00:00" and clock[-1] == "24:00"


def test_gaps_are_hatched_where_they_are():
    figure = plot_day(heart_day(events=()))
    heart = figure.axes[0]
    hatched = sorted(
        (patch.get_x(), patch.get_x() + patch.get_width())
        for patch in heart.patches
        if patch.get_hatch()
    )
    assert hatched == [(600, 660), (1000, 1020)]


def test_the_drawn_line_is_the_data():
    day = heart_day()
    line = plot_day(day).axes[1].lines[0]
    np.testing.assert_array_equal(line.get_ydata(), day.values[:, 0])


def test_a_single_minute_between_gaps_is_drawn():
    values = np.full((1440, 26), np.nan)
    values[700, 0] = 70.0
    figure = plot_day(type(heart_day())(values))
    dots = figure.axes[0].lines[1]
    assert dots.get_marker() == "."
    assert dots.get_xydata().tolist() == [[700.5, 70.0]]


@pytest.mark.parametrize("plot", [plot_day, plot_matrix])
@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_same_day_same_bytes(plot, ending, tmp_path):
    day = heart_day()
    for name in ("a", "b"):
        plot(day, tmp_path / f"{name}.{ending}", layout="narrow")
    first = (tmp_path / f"a.{ending}").read_bytes()
    assert first and first == (tmp_path / f"b.{ending}").read_bytes()


def test_a_users_style_changes_nothing(tmp_path):
    import matplotlib

    plain = figures.figure_bytes(plot_day(heart_day()))
    with matplotlib.rc_context({"font.size": 30, "axes.grid": True}):
        assert figures.figure_bytes(plot_day(heart_day())) == plain


@pytest.mark.parametrize("layout", ["wide", "narrow"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("make", [whole_day, empty_day])
def test_every_shape_of_every_extreme_draws(make, layout, theme):
    for plot in (plot_day, plot_matrix):
        contents = figures.figure_bytes(
            plot(make(), layout=layout, theme=theme)
        )
        assert contents.startswith(b"\x89PNG")


def test_a_full_diary_keeps_every_bar():
    events = [
        Event("activity", f"number {i} with $odd^ words", i, i + 300)
        for i in range(30)
    ]
    figure = plot_day(heart_day(events=events))
    assert len(figure.axes[0].collections) == 30
    figures.figure_bytes(figure)


@pytest.mark.parametrize("minute", [0, 700, 1439])
def test_an_event_of_a_minute_is_seen(minute):
    event = Event("activity", "a pill", minute, minute + 1)
    lane = plot_day(heart_day(events=[event])).axes[0]
    (bar,) = lane.collections[0].get_paths()
    box = bar.get_extents()
    assert box.width == pytest.approx(3.0)
    assert box.x0 <= minute and minute + 1 <= box.x1 <= 1440
    assert lane.collections[0].get_linewidth()[0] == 0


@pytest.mark.parametrize("repeated", [1, 2, 9])
def test_a_long_title_stays_in_the_picture(repeated):
    day = heart_day(participant="-".join(["participant"] * repeated))
    figure = plot_day(day, layout="narrow")
    figure.canvas.draw()
    title = figure.texts[0]
    assert title.get_window_extent().x1 < figure.bbox.x1
    assert title.get_text().endswith("…") == (repeated == 9)


def test_matrix_is_normalised_and_gaps_are_masked():
    day = heart_day()
    figure = plot_matrix(day)
    image = figure.axes[0].images[0].get_array()
    assert image.shape == (26, 720)
    expected = (day.values[0:2, 0].mean() - 75.9586) / 16.1887
    assert image[0, 0] == pytest.approx(expected, abs=1e-3)
    assert image.mask[0, 300:330].all() and image.mask[5].all()


@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"layout": "poster"}, "'wide', 'narrow'"),
        ({"theme": "sepia"}, "'light', 'dark'"),
        ({"window": (60, 10)}, "start < end"),
        ({"path": "day.bmp"}, r"\.png, \.svg, \.pdf"),
    ],
)
def test_bad_arguments_teach(kwargs, match):
    with pytest.raises(ValueError, match=match):
        plot_day(heart_day(), **kwargs)


def test_a_list_is_not_a_day():
    with pytest.raises(ValueError, match="draw each"):
        plot_day([heart_day()])


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"keras-sensorlm\[plot\]"):
        plot_day(heart_day())


def test_importing_the_module_loads_no_matplotlib():
    script = (
        "import sys; from keras_sensorlm.visualization import plot_day, "
        "plot_matrix, render_report; "
        "bad = {'matplotlib', 'keras', 'tensorflow'} & set(sys.modules); "
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
