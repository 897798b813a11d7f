"""The loops, run on a model small enough to enumerate: a table of bigrams."""

import itertools

import keras
import keras_hub
import numpy as np
import pytest
from keras import ops

from keras_sensorlm.models.generation.beam import search_texts
from keras_sensorlm.models.generation.compiled import compile_function
from keras_sensorlm.models.generation.limits import GenerationLimits
from keras_sensorlm.models.generation.samplers import get_sampler
from keras_sensorlm.models.generation.sampling import sample_texts
from keras_sensorlm.models.generation.stages import write_in_stages

PAD, END, START = 0, 1, 2
VOCABULARY = 6
LENGTH = 8


def bigram_model(seed=0, table=None):
    table = (
        np.random.default_rng(seed).normal(size=(VOCABULARY, VOCABULARY))
        if table is None
        else table
    )
    layer = keras.layers.Embedding(VOCABULARY, VOCABULARY)
    model = keras.Sequential([keras.Input(()), layer])
    layer.set_weights([2.0 * np.asarray(table, "float32")])
    return model


def cyclic_table():
    """Prefers 3 -> 4 -> 5 -> 3 -> ... and never the end."""
    table = np.full((VOCABULARY, VOCABULARY), 0.0)
    for a, b in ((START, 3), (3, 4), (4, 5), (5, 3)):
        table[a, b] = 4.0
    table[:, END] = -4.0
    return table


def write(
    model,
    sampler,
    rows,
    max_length=LENGTH,
    min_length=0,
    stages=(LENGTH,),
    **limits,
):
    limits = GenerationLimits(END, PAD, forbidden=(PAD, START), **limits)
    beams = getattr(sampler, "num_beams", None)
    loop = search_texts if beams else sample_texts
    tokens = np.full((len(rows), LENGTH), PAD, "int32")
    for i, row in enumerate(rows):
        tokens[i, : len(row)] = row

    def run(inputs):
        def step(tokens, index, cache):
            # The cache counts the calls, to show that it is carried along.
            return model(ops.take(tokens, index, axis=1)), cache + 1

        n = len(rows) * (beams or 1)
        return loop(
            step,
            sampler,
            limits,
            inputs["token_ids"],
            inputs["lengths"],
            ops.zeros((n, 1)),
            inputs["max_length"],
            inputs["min_length"],
            model,
            inputs.get("unfinished"),
        )

    inputs = {
        "token_ids": tokens,
        "lengths": np.array([len(row) for row in rows], "int32"),
        "max_length": np.int32(max_length),
        "min_length": np.int32(min_length),
    }
    program = compile_function(run, model, sampler)
    return write_in_stages(program, inputs, stages)


def log_probabilities(model):
    table = model.get_weights()[0].copy()
    table[:, [PAD, START]] = -1e9
    return table - np.log(np.exp(table).sum(1, keepdims=True))


def test_greedy_is_the_argmax_and_stops_at_each_rows_end():
    model = bigram_model(seed=3)
    table = log_probabilities(model)
    rows = [[START], [START, 4], [START, 5, 3]]
    written = write(model, get_sampler("greedy"), rows)
    for row, text in zip(rows, written):
        expected = list(row)
        while len(expected) < LENGTH and expected[-1] != END:
            expected.append(int(table[expected[-1]].argmax()))
        expected += [PAD] * (LENGTH - len(expected))
        assert text.tolist() == expected


def test_rows_end_at_different_places():
    table = cyclic_table()
    table[5, END] = 9.0
    written = write(
        bigram_model(table=table), get_sampler("greedy"), [[START], [START, 5]]
    )
    assert written.tolist() == [
        [START, 3, 4, 5, END, PAD, PAD, PAD],
        [START, 5, END, PAD, PAD, PAD, PAD, PAD],
    ]


def test_a_row_that_fills_the_batch_does_not_hold_it_up():
    table = cyclic_table()
    table[3, END] = 9.0
    written = write(
        bigram_model(table=table), get_sampler("greedy"), [[START], []]
    )
    assert written.tolist() == [[START, 3, END] + [PAD] * 5, [PAD] * 8]


def test_lengths_are_bounded_on_both_sides():
    table = cyclic_table()
    model = bigram_model(table=table)
    text = write(model, get_sampler("greedy"), [[START]], max_length=5)[0]
    assert text.tolist() == [START, 3, 4, 5, 3, PAD, PAD, PAD]
    table[:, END] = 9.0
    model = bigram_model(table=table)
    for minimum in (0, 2, 3, 6):
        text = write(
            model, get_sampler("greedy"), [[START]], min_length=minimum
        )
        length = int((text[0] != PAD).sum())
        assert length == max(minimum, 2)
        assert text[0, length - 1] == END


def test_repetition_limits():
    model = bigram_model(table=cyclic_table())
    greedy = get_sampler("greedy")
    free = write(model, greedy, [[START]])[0]
    assert free.tolist() == [START, 3, 4, 5, 3, 4, 5, 3]
    for n in (1, 2, 3):
        text = write(model, greedy, [[START]], no_repeat_ngram=n)[0]
        text = text[: int((text != PAD).sum())].tolist()
        runs = [tuple(text[i : i + n]) for i in range(len(text) - n + 1)]
        assert len(set(runs)) == len(runs)
        assert text[:4] == [START, 3, 4, 5]


def test_repetition_penalty_divides_or_multiplies():
    logits = ops.convert_to_tensor([[1.0, -1.0, 0.5, 2.0, -2.0, 3.0]])
    tokens = ops.convert_to_tensor([[3, 4, 4, 5, 0]], dtype="int32")
    limits = GenerationLimits(END, PAD, repetition_penalty=2.0)
    # Position 3 (token 5) is not written yet.
    logits = limits.apply(logits, tokens, 2, 0)
    assert ops.convert_to_numpy(logits).tolist() == [
        [1.0, -1.0, 0.5, 1.0, -4.0, 3.0]
    ]


def test_beam_search_finds_the_likeliest_text():
    model = bigram_model(seed=1)
    table = log_probabilities(model)
    beam = keras_hub.samplers.BeamSampler(num_beams=4)
    # Wide enough to hold every text of this length.
    exhaustive = keras_hub.samplers.BeamSampler(num_beams=VOCABULARY)
    rows = [[START], [START, 4]]
    texts = write(model, exhaustive, rows, max_length=4)
    for row, text in zip(rows, texts):

        def score(text):
            pairs = itertools.pairwise(text)
            return sum(table[a, b] for a, b in pairs)

        every = set()
        for rest in itertools.product((END, 3, 4, 5), repeat=4 - len(row)):
            rest = list(rest)
            if END in rest:
                rest = rest[: rest.index(END) + 1]
            every.add(tuple(row + rest))
        best = max(every, key=score)
        assert tuple(int(t) for t in text if t != PAD) == best
    greedy = write(model, get_sampler("greedy"), rows, max_length=6)
    found = write(model, beam, rows, max_length=6)
    for a, b in zip(greedy, found):
        a, b = a[a != PAD], b[b != PAD]
        assert (
            sum(table[x, y] for x, y in itertools.pairwise(b))
            >= sum(table[x, y] for x, y in itertools.pairwise(a)) - 1e-5
        )


@pytest.mark.parametrize("name", ["top_k", "top_p", "random"])
def test_draws_are_reproduced_by_their_seed(name):
    model = bigram_model(seed=2)
    rows = [[START]] * 16
    kwargs = {"temperature": 4.0}
    a = write(model, get_sampler(name, seed=7, **kwargs), rows)
    b = write(model, get_sampler(name, seed=7, **kwargs), rows)
    c = write(model, get_sampler(name, seed=8, **kwargs), rows)
    assert a.tolist() == b.tolist()
    if name != "top_p":  # KerasHub's p of 0.1 is all but greedy.
        assert a.tolist() != c.tolist()
        assert len({tuple(row) for row in a.tolist()}) > 4


def test_random_draws_follow_the_probabilities():
    model = bigram_model(seed=5)
    n = 4000
    texts = write(
        model, get_sampler("random", seed=0), [[START]] * n, max_length=2
    )
    counts = np.bincount(texts[:, 1], minlength=VOCABULARY) / n
    np.testing.assert_allclose(
        counts, np.exp(log_probabilities(model)[START]), atol=0.03
    )


def test_a_sampler_of_ones_own():
    class Always(keras_hub.samplers.Sampler):
        def get_next_token(self, probabilities):
            return ops.full(ops.shape(probabilities)[:1], 4, dtype="int32")

    text = write(bigram_model(), get_sampler(Always()), [[START]])[0]
    assert text.tolist() == [START] + [4] * 7


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("contrastive",), "should be one of"),
        ((lambda x: x,), "keras_hub.samplers.Sampler"),
        (("random", 0.0), "above 0"),
    ],
)
def test_unusable_samplers(arguments, message):
    with pytest.raises(ValueError, match=message):
        get_sampler(*arguments)


def test_unusable_sampler_objects():
    samplers = keras_hub.samplers
    with pytest.raises(ValueError, match="its own temperature and seed"):
        get_sampler(samplers.GreedySampler(), temperature=0.5)
    with pytest.raises(ValueError, match="return_all_beams=True"):
        get_sampler(samplers.BeamSampler(return_all_beams=True))


@pytest.mark.parametrize(
    "limits", [{"repetition_penalty": 0.5}, {"no_repeat_ngram": -1}]
)
def test_unusable_limits(limits):
    with pytest.raises(ValueError, match=next(iter(limits))):
        GenerationLimits(END, PAD, **limits)


@pytest.mark.parametrize("name", ["greedy", "random", "beam"])
def test_stages_change_nothing(name):
    model = bigram_model(seed=4)
    # One prompt ends before, one at and one after a stage's end.
    rows = [[START], [START, 4, 3], [START, 5, 3, 4]]
    seed = None if name in ("greedy", "beam") else 5
    whole, staged = (
        write(
            model,
            get_sampler(name, 2.0, seed),
            rows,
            min_length=6,
            stages=stages,
        )
        for stages in ([LENGTH], [3, 6, LENGTH])
    )
    np.testing.assert_array_equal(staged, whole)
