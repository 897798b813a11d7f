"""What a notebook shows for a day."""

import html.parser
import re
import subprocess
import sys

import numpy as np
import pytest

from keras_sensorlm.sensors.day import Event
from keras_sensorlm.sensors.day import SensorDay
from keras_sensorlm.sensors.features import feature_index
from keras_sensorlm.sensors.sketch import day_svg
from keras_sensorlm.sensors.sketch import means


def some_day(**kwargs):
    values = np.full((1440, 26), np.nan)
    values[:600, feature_index("heart_rate")] = 60.0 + np.arange(600) % 40
    values[720:, feature_index("steps")] = 30.0
    return SensorDay(values, **kwargs)


class Balanced(html.parser.HTMLParser):
    """Fails unless every element that opens closes."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen = [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)


def test_text_of_the_data_is_escaped_and_nothing_is_fetched():
    nasty = "<script>'\"&"
    page = some_day(
        participant=nasty,
        source=nasty,
        events=[Event("activity", nasty, 60, 90)],
    )._repr_html_()
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 4
    assert not re.search(r"https?:|url\(|<style|<img", page)
    assert "svg" in Balanced(page).seen


def test_it_is_drawn_to_scale():
    svg = day_svg(some_day(events=[Event("sleep", "sleep", 0, 720)]))
    left, width = 96, 720 - 96 - 12
    assert f'<rect x="{left}.0" y="4.0" width="{width / 2:.1f}"' in svg
    assert 'role="img"' in svg and "sleep 00:00 to 12:00" in svg
    # Heart rate is missing from 10:00 on, steps until noon.
    (line,) = re.findall(r'polyline points="([^"]+)"', svg)
    last = float(line.split()[-1].split(",")[0])
    assert last == pytest.approx(left + width * 595 / 1440, abs=0.1)
    gaps = re.findall(r'<rect x="([\d.]+)"[^>]*fill-opacity', svg)
    assert float(gaps[0]) == pytest.approx(left + width * 600 / 1440, abs=0.1)
    assert float(gaps[1]) == left


def test_a_day_of_unusual_channels_or_of_nothing_has_a_picture():
    values = np.full((1440, 26), np.nan)
    assert "nothing measured" in day_svg(SensorDay(values))
    values[10, feature_index("rr_entropy")] = 3.0
    assert "rr entropy" in day_svg(SensorDay(values))


def test_many_events_are_told_in_few_words():
    events = [Event("activity", f"walk {i}", i, i + 1) for i in range(30)]
    page = some_day(events=events)._repr_html_()
    assert "and 22 more" in page and page.count("<title>") == 30


def test_means_know_missing_minutes():
    series = np.full(1440, np.nan)
    series[3:5] = 2.0, 4.0
    found = means(series)
    assert found[0] == 3.0 and np.isnan(found[1:]).all()


def test_it_needs_no_plotting_library():
    script = (
        "import sys, numpy as np; from keras_sensorlm import SensorDay; "
        "SensorDay(np.full((1440, 26), np.nan))._repr_html_(); "
        "assert not {'matplotlib', 'keras', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True)
