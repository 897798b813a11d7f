"""Captions that had to stop end with a whole sentence."""

import numpy as np
import pytest

from keras_sensorlm import SensorLMPreset
from keras_sensorlm import read_days
from keras_sensorlm.models.generation.sentences import sentence_marks
from keras_sensorlm.models.generation.sentences import whole_sentences
from keras_sensorlm.models.generation.texts import read_texts
from keras_sensorlm.sensors.readers import example_day_path
from tests.models.backend_helpers import to_numpy

RATE = "the mean is 62.5. the least is 40."


@pytest.fixture(scope="module")
def preset():
    return SensorLMPreset.from_preset("sensorlm_tiny_en")


def tokens(preset, text):
    """Ids of a text with its start, as the loops write them, without end."""
    return np.array(
        [
            preset.preprocessor.tokenizer.start_token_id,
            *np.asarray(preset.preprocessor.tokenizer(text)),
        ]
    )


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("the mean is 62.5. the least is", "the mean is 62.5."),
        # Whether 40. would have gone on nobody knows.
        (RATE, "the mean is 62.5."),
        (f"{RATE} and", RATE),
        ("the mean is low.", "the mean is low."),
        ("the mean is 62.", "the mean is 62."),
        ("the mean is 62", "the mean is 62"),
    ],
)
def test_what_did_not_end_is_cut_to_whole_sentences(preset, written, kept):
    ids = tokens(preset, written)[None]
    end = preset.preprocessor.tokenizer.end_token_id
    assert read_texts(preset.preprocessor, ids, np.array([1]), end) == [kept]


def test_what_ended_and_what_a_prompt_says_stays(preset):
    end = preset.preprocessor.tokenizer.end_token_id
    ids = tokens(preset, "it was late. the mean is")
    for more, lengths in ([[end], [1]], [[], [len(ids) - 1]]):
        found = np.append(ids, more).astype(int)[None]
        texts = read_texts(preset.preprocessor, found, np.array(lengths), end)
        assert texts == ["it was late. the mean is"]


def test_rows_have_limits_of_their_own(preset):
    marks = sentence_marks(preset.preprocessor.tokenizer)
    ids = np.stack([tokens(preset, "it was late. it was low. it was")] * 2)
    points = np.flatnonzero(np.isin(ids[0], marks[0]))
    limits = np.array([ids.shape[1], points[1]])
    found = to_numpy(whole_sentences(ids, np.array([1, 1]), limits, marks))
    assert found.tolist() == [points[1] + 1, points[0] + 1]


@pytest.mark.parametrize("certainty", [0.0, 0.5])
def test_a_real_days_caption_ends_with_a_sentence(preset, certainty):
    day = read_days(example_day_path())[0]
    for length in (72, 96):
        (text,) = preset.caption([day], max_length=length, certainty=certainty)
        assert text.endswith("."), text
