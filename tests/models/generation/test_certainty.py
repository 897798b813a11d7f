"""Sentences whose numbers are unsure are left out, and no others."""

import numpy as np
import pytest
from keras import ops

from keras_sensorlm import SensorLMPreset
from keras_sensorlm import read_days
from keras_sensorlm.models.generation.certainty import _certain
from keras_sensorlm.models.generation.certainty import token_probabilities
from keras_sensorlm.models.generation.sentences import sentence_ends
from keras_sensorlm.sensors.readers import example_day_path
from tests.models.backend_helpers import to_numpy
from tests.models.task_helpers import example_days
from tests.models.test_captioner import make_captioner

DIGITS, POINT = [7, 8], 5


def kept(ids, sure, certainty=0.5):
    ids, sure = np.array(ids), np.array(sure)
    stops = sentence_ends(ids[None], [len(ids)], ([POINT], DIGITS))
    return _certain(ids, sure, to_numpy(stops)[0], certainty).tolist()


def test_a_sentence_goes_with_its_unsure_digit():
    ids = [0, 1, 7, 5, 8, 1, 5, 2, 7, 5, 3, 5]
    sure = np.ones(12)
    assert kept(ids, sure) == ids
    # The decimal point at place 3 ends no sentence.
    sure[4] = 0.4
    assert kept(ids, sure) == [0, 2, 7, 5, 3, 5]
    sure[8] = 0.4
    assert kept(ids, sure) == [0, 3, 5]
    assert kept(ids, sure, certainty=0.3) == ids


def test_what_was_cut_off_is_a_sentence_too():
    sure = [1.0, 1, 1, 1, 0.1]
    assert kept([0, 1, 5, 2, 7], sure) == [0, 1, 5]
    assert kept([0, 7], [1.0, 0.1]) == [0]
    assert kept([0], [1.0]) == [0]


@pytest.fixture(scope="module")
def captioner():
    return make_captioner()


def test_probabilities_are_those_of_writing(captioner):
    encoded = captioner.encode(example_days())
    ids = np.random.default_rng(0).integers(0, 500, (4, 6)).astype("int32")
    inputs = {**encoded.as_dict(), "token_ids": ops.convert_to_tensor(ids)}
    found = to_numpy(token_probabilities(captioner.backbone, inputs))
    x = dict(captioner.preprocessor({"sensors": example_days()}))
    x.update(token_ids=ids, padding_mask=np.ones_like(ids))
    x = {name: ops.convert_to_tensor(value) for name, value in x.items()}
    outputs = captioner.backbone(x)
    expected = to_numpy(ops.softmax(outputs["caption_logits"]))
    expected = np.take_along_axis(expected[:, :-1], ids[:, 1:, None], 2)
    np.testing.assert_allclose(found[:, 1:], expected[..., 0], atol=1e-4)
    assert (found[:, 0] == 1).all()


def test_the_shipped_model_says_what_it_is_sure_of():
    preset = SensorLMPreset.from_preset("sensorlm_tiny_en")
    days = read_days(example_day_path())
    prompts = ["heart rate", "the step count was 7"]
    settings = {"max_length": 64, "prompts": prompts}
    texts = preset.caption(days, **settings)
    assert preset.caption(days, certainty=1e-9, **settings) == texts
    none = preset.caption(days, certainty=1.0, **settings)
    for prompt, text in zip(prompts, none):
        # No digit is certain altogether. What a prompt says is not in doubt.
        written = text.removeprefix(prompt)
        assert not any(character.isdigit() for character in written)
    some = preset.caption(days, certainty=0.5, **settings)
    assert any(character.isdigit() for character in some[0])


def test_errors(captioner):
    with pytest.raises(ValueError, match="certainty=2"):
        captioner.generate(example_days(), certainty=2)
    bare = make_captioner(preprocessor=False)
    prompts = {"token_ids": [[1]] * 4, "padding_mask": [[1]] * 4}
    days = np.zeros((4, 1440, 26), "float32")
    with pytest.raises(ValueError, match="preprocessor"):
        bare.generate(days, 4, prompts=prompts, end_token_id=3, certainty=0.5)
