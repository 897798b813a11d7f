import numpy as np
import pytest

from keras_sensorlm.training.scaling import fit_scaling_law
from keras_sensorlm.visualization.scaling import plot_scaling

SIZES, DAYS = (
    grid.ravel()
    for grid in np.meshgrid(
        np.geomspace(1e4, 1e7, 4), np.geomspace(1e2, 1e5, 5)
    )
)


def law_of(sizes, days, floor):
    return 30 * sizes**-0.25 + 20 * days**-0.35 + floor


@pytest.mark.parametrize("floor", [0.0, 1.2])
def test_a_law_is_found_again(floor):
    losses = law_of(SIZES, DAYS, floor)
    law = fit_scaling_law(SIZES, DAYS, losses, floor=bool(floor))
    found = [law.a, law.b, law.c, law.d, law.e]
    np.testing.assert_allclose(found, [30, 0.25, 20, 0.35, floor], rtol=1e-3)
    assert law.error < 1e-5
    assert law.loss(1e8, 1e6) == pytest.approx(law_of(1e8, 1e6, floor), 1e-3)


def test_one_odd_run_does_not_bend_it():
    rng = np.random.default_rng(0)
    losses = law_of(SIZES, DAYS, 1.2) * np.exp(rng.normal(0, 2e-4, len(DAYS)))
    losses[7] *= 1.3
    law = fit_scaling_law(SIZES, DAYS, losses)
    assert law.b == pytest.approx(0.25, rel=0.05)
    assert law.d == pytest.approx(0.35, rel=0.05)


@pytest.fixture(scope="module")
def law():
    return fit_scaling_law(SIZES, DAYS, law_of(SIZES, DAYS, 1.2))


def test_the_best_size_is_the_best(law):
    budget = 1e10
    best = law.best_size(budget)
    losses = [law.loss(n, budget / n) for n in (0.9 * best, best, 1.1 * best)]
    assert losses[1] == min(losses)
    assert "N^-0.250" in str(law)


def test_too_little_is_refused():
    with pytest.raises(ValueError, match="at least 5"):
        fit_scaling_law([1, 2, 3, 4], [1, 2, 3, 4], [4, 3, 2, 1])
    with pytest.raises(ValueError, match="two amounts of data"):
        fit_scaling_law([1, 2, 3, 4, 5], [7] * 5, [4, 3, 2, 1, 1])
    with pytest.raises(ValueError, match="positive"):
        fit_scaling_law([1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [0, 3, 2, 1, 1])


def test_the_picture(law, tmp_path):
    pytest.importorskip("matplotlib")
    losses = law_of(SIZES, DAYS, 1.2)
    plot_scaling(SIZES, DAYS, losses, law, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
