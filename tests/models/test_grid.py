"""Other devices: channels by name, minutes resampled, nothing by order."""

import numpy as np
import pytest

from keras_sensorlm.models.grid import moved_layout
from keras_sensorlm.models.grid import moved_positions
from tests.models.backend_helpers import to_numpy
from tests.models.test_backbone import FEATURES
from tests.models.test_backbone import inputs
from tests.models.test_backbone import make

SKIP = {"sensors": {"skip_empty_patches": True}}


def embed(backbone, sensors):
    return to_numpy(backbone.encode_sensors(sensors))


def test_channels_in_another_order_give_the_same():
    backbone, x = make(**SKIP), inputs()["sensors"]
    order = [3, 0, 2, 1]
    moved = backbone.to_grid(features=[FEATURES[i] for i in order])
    got, expected = embed(moved, x[:, :, order]), embed(backbone, x)
    np.testing.assert_allclose(got, expected, atol=1e-6)
    wrong = embed(moved, x)
    assert np.abs(wrong - expected).max() > 1e-3


@pytest.mark.parametrize("kept", [[3], [1, 2], [2, 3], [3, 0, 1]])
def test_channels_left_out_count_as_missing(kept):
    backbone, x = make(**SKIP), inputs()["sensors"]
    moved = backbone.to_grid(features=[FEATURES[i] for i in kept])
    missing = x.copy()
    missing[:, :, [i for i in range(4) if i not in kept]] = np.nan
    np.testing.assert_allclose(
        embed(moved, x[:, :, kept]), embed(backbone, missing), atol=1e-6
    )


def test_a_new_channel_starts_from_its_modality():
    backbone = make()
    moved = backbone.to_grid(
        features=["spo2", *FEATURES, "skin_temperature"],
        modalities={"spo2": "PPG"},
    )
    encoder = moved.sensor_encoder
    assert encoder.layout[4:] == ("spo2", None, "skin_temperature", None)
    old = backbone.sensor_encoder.patch_embedding.position_embedding
    new = encoder.patch_embedding.position_embedding
    old = to_numpy(old.value).reshape(4, 2, -1)
    new = to_numpy(new.value).reshape(4, 4, -1)
    np.testing.assert_array_equal(new[:, :2], old)
    np.testing.assert_array_equal(new[:, 2], old[:, 0])
    # The model knows no temperature: the mean over all its channels.
    np.testing.assert_allclose(new[:, 3], old.mean(axis=1), atol=1e-6)


def test_a_modality_mean_counts_channels():
    positions = np.array([[[1.0], [2.0], [7.0]]])
    layout = ["heart_rate", "rmssd", "sdnn", "steps", "eda_level", None]
    moved = moved_positions(positions, layout, ["PPG", "ACC"], 1, 2)
    assert moved[0, :, 0].tolist() == [(1 + 1 + 2) / 3, 2.0]


def test_positions_are_resampled_along_time():
    backbone = make(**SKIP)
    longer = backbone.to_grid(num_minutes=80)
    old = backbone.sensor_encoder.patch_embedding.position_embedding
    new = longer.sensor_encoder.patch_embedding.position_embedding
    old = to_numpy(old.value).reshape(4, 2, -1)
    new = to_numpy(new.value).reshape(8, 2, -1)
    np.testing.assert_allclose(new[0], old[0], atol=1e-6)
    np.testing.assert_allclose(new[-1], old[-1], atol=1e-6)
    np.testing.assert_allclose(new[1], 0.75 * old[0] + 0.25 * old[1], atol=1e-6)
    x = np.repeat(inputs()["sensors"], 2, axis=1)
    assert embed(longer, x).shape == (3, 16)


def test_everything_else_stays():
    backbone = make()
    moved = backbone.to_grid(features=FEATURES[:3])
    x = inputs()
    np.testing.assert_array_equal(
        to_numpy(moved.encode_text(x["token_ids"])),
        to_numpy(backbone.encode_text(x["token_ids"])),
    )
    again = moved.to_grid(features=FEATURES[:2])
    assert again.sensor_encoder.layout == FEATURES[:2]


def test_a_segment_of_a_day_works_through_the_mask():
    backbone, x = make(**SKIP), inputs()["sensors"]
    segment = x.copy()
    segment[:, :10] = np.nan
    segment[:, 20:] = np.nan
    got = embed(backbone, segment)
    segment[:, 20:] = 3.0
    observed = np.zeros(x.shape, "bool")
    observed[:, 10:20] = True
    again = to_numpy(backbone.encode_sensors(segment, observed))
    np.testing.assert_array_equal(got, again)


def test_weights_of_another_order_are_refused(tmp_path):
    path = tmp_path / "model.weights.h5"
    make().save_weights(path)
    make().load_weights(path)
    other = make(sensors={"layout": FEATURES[::-1]})
    with pytest.raises(ValueError, match=r"another grid(?s:.*)eda_level"):
        other.load_weights(path)


def test_an_unknown_channel_without_modality_is_named():
    with pytest.raises(ValueError, match="spo2"):
        moved_layout(FEATURES, ["steps", "spo2"], 2)


def test_an_imputing_model_cannot_lose_half_a_column():
    backbone = make(sensors={"missing": "impute"})
    assert backbone.to_grid(features=FEATURES[2:]).sensor_encoder.grid == (4, 1)
    with pytest.raises(ValueError, match="mask"):
        backbone.to_grid(features=FEATURES[:3])


def test_minutes_must_be_divisible_by_the_patch():
    with pytest.raises(ValueError, match="45 minutes"):
        make().to_grid(num_minutes=45)


def test_a_preset_loads_into_another_grid_in_one_step(tmp_path):
    backbone, x = make(**SKIP), inputs()["sensors"]
    backbone.save_to_preset(str(tmp_path))
    order = [3, 0, 1]
    features = [FEATURES[i] for i in order]
    moved = type(backbone).from_preset(
        str(tmp_path), features=features, num_minutes=80
    )
    twice = np.repeat(x, 2, axis=1)[:, :, order]
    expected = backbone.to_grid(features, 80)
    np.testing.assert_array_equal(embed(moved, twice), embed(expected, twice))
    with pytest.raises(ValueError, match="45 minutes"):
        type(backbone).from_preset(str(tmp_path), num_minutes=45)
