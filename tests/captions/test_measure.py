import warnings

import numpy as np

from keras_sensorlm.captions.measure import measure
from keras_sensorlm.captions.structural import bin_days
from tests.captions.days import made_days


def test_equals_numpy_on_days_with_gaps():
    days = np.stack([day.values for day in made_days(6)])
    found = measure(days)
    exact = days.astype("float64")
    with warnings.catch_warnings():
        # Some channels are empty, as they are in life.
        warnings.simplefilter("ignore", RuntimeWarning)
        expected = {
            "mean": np.nanmean(exact, axis=1),
            "max": np.nanmax(exact, axis=1),
            "min": np.nanmin(exact, axis=1),
            "std": np.nanstd(exact, axis=1),
        }
    assert np.isnan(expected["mean"]).any()
    for name, value in expected.items():
        np.testing.assert_allclose(
            getattr(found, name), value, rtol=1e-9, err_msg=name
        )
    np.testing.assert_array_equal(found.minutes, (~np.isnan(days)).sum(axis=1))
    np.testing.assert_allclose(found.bins, bin_days(exact), rtol=1e-12)


def test_a_steady_channel_has_no_spread():
    day = np.full((1440, 26), 33.3, "float32")
    day[::3] = np.nan
    assert (measure([day]).std == 0).all()


def test_a_day_does_not_depend_on_the_days_beside_it():
    days = [day.values for day in made_days(4)]
    together = measure(days)
    alone = measure(days[2:3])
    for a, b in zip(together, alone):
        np.testing.assert_array_equal(a[2], b[0])
