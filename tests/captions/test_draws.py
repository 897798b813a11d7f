import collections
import datetime

from keras_sensorlm.captions.draws import choose
from keras_sensorlm.captions.draws import draw
from keras_sensorlm.captions.phrasing import FAMILIES


def test_depends_on_participant_date_and_seed():
    first = draw("p1", datetime.date(2026, 1, 1), 0)
    assert draw("p1", datetime.date(2026, 1, 1), 0) == first
    assert draw("p2", datetime.date(2026, 1, 1), 0) != first
    assert draw("p1", datetime.date(2026, 1, 2), 0) != first
    assert draw("p1", datetime.date(2026, 1, 1), 1) != first
    # "None" is a participant's name, None is nobody.
    assert draw("None", None, 0) != draw(None, None, 0)


def test_stays_what_it_was():
    # Captions made before must come out again.
    found = draw("p1", datetime.date(2026, 1, 1), 0)
    assert found.picks[0] == (46950, 35291, 38173)
    assert found.cycles["statistic"] == (10, 3, 22)


def test_a_cycle_visits_every_form_before_one_comes_again():
    for seed in range(30):
        for family, cycle in draw("p", None, seed).cycles.items():
            index, step, size = cycle
            assert size == len(FAMILIES[family][0])
            seen = {(index + i * step) % size for i in range(size)}
            assert len(seen) == size


def test_every_channel_is_drawn_about_as_often():
    counts = collections.Counter()
    for seed in range(3000):
        picks = draw("p", None, seed).picks
        chosen = choose([0, 1, 2, 3, 4, 5, 6], picks[0], 2)
        assert len(set(chosen)) == 2
        assert chosen == sorted(chosen)
        counts.update(chosen)
    assert min(counts.values()) > 0.85 * 6000 / 7
    assert max(counts.values()) < 1.15 * 6000 / 7


def test_chooses_what_there_is():
    assert choose([], (5, 7, 9), 2) == []
    assert choose([4], (5, 7, 9), 2) == [4]
