import dataclasses
import html.parser
import itertools
import re

import numpy as np
import pytest

from keras_sensorlm.visualization import Calibration
from keras_sensorlm.visualization import CaptionAttention
from keras_sensorlm.visualization import DayFindings
from keras_sensorlm.visualization import Explained
from keras_sensorlm.visualization import Neighbour
from keras_sensorlm.visualization import Statement
from keras_sensorlm.visualization import render_report
from keras_sensorlm.visualization import save_report
from tests.visualization.days import empty_day
from tests.visualization.days import heart_day

pytestmark = pytest.mark.usefixtures("coarse_pictures")
NASTY = "<script>alert('x')</script>&\""


def a_map(start):
    values = np.where(heart_day().observed, 0.0, np.nan)
    values[start : start + 40, 0] = 1.0
    return values


def findings():
    words = (NASTY, "run", "at", "18:00.")
    maps = np.stack([a_map(60 * (i + 1)) for i in range(4)])
    return DayFindings(
        captions={
            "Statistical": [
                Statement("The mean of heart rate is 74.5.", "true"),
                Statement("The mean of steps is 900.", "false", NASTY),
                Statement(NASTY),
            ]
        },
        ranking=[("run", 0.75), (NASTY, 0.25)],
        generated=[Statement("a run at 18:00.", "true")],
        factuality=(3, 4),
        tolerance="within 30 minutes",
        query=NASTY,
        neighbours=[Neighbour(heart_day(participant=NASTY), 0.5)],
        model_note="Trained for a few minutes " + NASTY,
        filled=[NASTY],
        calibration=Calibration(((0.75, 0.5, 8),), 0.25, "days " + NASTY),
        explained=[
            Explained(NASTY, a_map(600), faithful=False, tested=NASTY),
            Explained("a run", -a_map(1080), "integrated_gradients"),
        ],
        looked=CaptionAttention(words, maps, (1, 1, 1, 1)),
    )


class Page(html.parser.HTMLParser):
    """What a browser would find: elements, their order, their text."""

    VOID = {"meta", "img", "source", "br", "rect", "polyline"}

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.words = [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture(scope="module")
def text(coarse_pictures):
    day = heart_day(participant=NASTY, source=NASTY)
    return render_report(day, findings())


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_nothing_from_the_data_becomes_markup(text, page):
    assert not page.all("script")
    assert "<script" not in text
    assert "".join(page.words).count("alert('x')") >= 6


def test_nothing_is_fetched_from_elsewhere(text, page):
    links = [a.get("src") or a.get("srcset") for _, a in page.elements]
    assert all(link.startswith("data:image/png") for link in links if link)
    assert all(a["href"].startswith("#") for a in page.all("a"))
    assert not re.search(r"https?://|@import|url\(", text)


def test_it_reads_aloud_in_order(page):
    headings = [t for t, _ in page.elements if re.fullmatch("h[1-6]", t)]
    levels = [int(name[1]) for name in headings]
    assert levels[0] == 1 and levels.count(1) == 1
    steps = itertools.pairwise(levels)
    assert all(after - before <= 1 for before, after in steps)
    assert all(image.get("alt") for image in page.all("img"))
    drawings = [a for a in page.all("svg") if a.get("role") == "img"]
    assert drawings and all(a["aria-label"] for a in drawings)
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("caption")) == len(page.all("table")) == 5
    assert all(head["scope"] in ("row", "col") for head in page.all("th"))


def test_anchors_lead_somewhere(page):
    ids = {attrs["id"] for _, attrs in page.elements if "id" in attrs}
    assert {a["href"][1:] for a in page.all("a")} <= ids


def test_it_says_what_it_is_and_what_the_scores_are_worth(text, page):
    words = " ".join(page.words)
    assert "not a medical device" in words
    assert "Trained for a few minutes" in words
    assert "75.0%" in words and "3 of 4 statements" in words
    assert 'aria-label="contradicted by the data"' in text


def test_probabilities_are_told_with_their_worth(page):
    words = " ".join(page.words)
    assert "it was right on 4 of them (50%;" in words
    assert "differ by 25% on average" in words
    page = Page(render_report(empty_day(), DayFindings(ranking=[("a", 1.0)])))
    assert "was not measured" in " ".join(page.words)


def test_where_the_model_looked_is_told_in_words(page):
    words = " ".join(page.words)
    assert "Heart, 18:00 to 18:40" in words and "against" in words
    assert "did not pass its test, so do not rely on it" in words
    assert "was not tested" in words
    assert "Heart, 02:00 to 02:40" in words  # for the word "run"
    alts = [image["alt"] for image in page.all("img")]
    assert any(
        "what mattered for “a run”. Most of it: Heart" in a for a in alts
    )


def test_unlikely_classes_are_folded_away():
    ranking = [(f"class {i}", 0.05) for i in range(20)]
    page = Page(render_report(empty_day(), DayFindings(ranking=ranking)))
    assert "The other 12" in " ".join(page.words)


def test_coverage_is_told_for_each_channel(page):
    words = " ".join(page.words)
    assert "94.4%" in words  # heart rate: 1360 of 1440
    assert "10:00 to 11:00" in words
    assert "Not measured, and never taken for zero" in words


@pytest.mark.parametrize("make", [heart_day, empty_day])
def test_a_day_without_findings_has_a_page_too(make):
    page = Page(render_report(make()))
    assert "What the model says" not in " ".join(page.words)


def test_same_bytes_and_parents_are_made(tmp_path):
    path = tmp_path / "new" / "report.html"
    # Pictures of maps take as long as those of the day.
    told = dataclasses.replace(findings(), explained=())
    assert save_report(heart_day(), path, told) == path
    first = path.read_bytes()
    save_report(heart_day(), path, told)
    assert path.read_bytes() == first
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]


def test_a_verdict_is_one_of_three():
    with pytest.raises(ValueError, match="'true', 'false', 'unchecked'"):
        Statement("so it is", "perhaps")
