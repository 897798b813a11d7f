import numpy as np
import pytest

from keras_sensorlm.visualization import lanes
from tests.visualization.days import empty_day
from tests.visualization.days import heart_day
from tests.visualization.days import whole_day


def test_only_what_was_measured_gets_a_panel():
    panels = lanes.choose_panels(heart_day())
    drawn = {m: [p.channels for p in found] for m, found in panels.items()}
    assert drawn == {
        "PPG": [("heart_rate",)],
        "ACC": [("steps",)],
        "EDA": [],
        "TEMP": [],
        "ALT": [],
    }
    assert not any(lanes.choose_panels(empty_day()).values())


def test_every_modality_of_a_whole_day_gets_a_lane():
    panels = lanes.choose_panels(whole_day())
    assert all(panels.values())
    for found in panels.values():
        for panel in found:
            assert len({lanes.feature(c).unit for c in panel.channels}) == 1


def test_unusual_channels_are_not_dropped_when_alone():
    values = np.full((1440, 26), np.nan)
    values[:, lanes.feature_index("rr_entropy")] = 3.0
    day = empty_day()
    day = type(day)(values)
    (panel,) = lanes.choose_panels(day)["PPG"]
    assert panel.channels == ("rr_entropy",)


def test_asked_channels_are_grouped_by_unit():
    asked = ["rr_p20", "heart_rate", "rr_median", "rr_p80", "rmssd"]
    panels = lanes.choose_panels(heart_day(), asked)["PPG"]
    assert [p.channels for p in panels] == [
        ("rr_p20", "rr_median", "rr_p80"),
        ("rmssd",),
        ("heart_rate",),
    ]


@pytest.mark.parametrize("channels", ["heart_rate", []])
def test_channels_must_be_a_list(channels):
    with pytest.raises(ValueError, match="list of feature names"):
        lanes.choose_panels(heart_day(), channels)


def test_an_unknown_channel_is_named():
    with pytest.raises(KeyError, match="pulse"):
        lanes.choose_panels(heart_day(), ["pulse"])


def test_a_short_recording_gets_its_own_clock():
    assert lanes.visible_window(heart_day()) == (0, 1440)
    assert lanes.visible_window(empty_day()) == (0, 1440)
    assert lanes.visible_window(whole_day().segment(607, 650)) == (600, 660)
    assert lanes.visible_window(whole_day().segment(1439, 1440)) == (
        1410,
        1440,
    )


@pytest.mark.parametrize(
    "mask", [[], [True], [False], [True, False, True, True]]
)
def test_runs_cover_the_mask_exactly(mask):
    rebuilt = np.zeros(len(mask), dtype=bool)
    for start, end in lanes.runs(mask):
        assert start < end
        rebuilt[start:end] = True
    assert rebuilt.tolist() == mask


def test_rows_never_overlap_and_are_as_few_as_can_be():
    rng = np.random.default_rng(0)
    starts = np.sort(rng.integers(0, 1400, 60))
    spans = [(s, s + rng.integers(1, 120)) for s in starts]
    rows = lanes.pack_rows(spans)
    depth = max(
        sum(start <= minute < end for start, end in spans)
        for minute in range(1600)
    )
    assert max(rows) + 1 == depth
    for i, (start, _) in enumerate(spans):
        for j in range(i):
            if rows[i] == rows[j]:
                assert start >= spans[j][1]
