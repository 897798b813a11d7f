"""What a model has to say about a day, ready for its page."""

from keras_sensorlm.sensors.activities import ACTIVITIES
from keras_sensorlm.visualization import checking
from keras_sensorlm.visualization.explanation.faithfulness import (
    deletion_insertion,
)
from keras_sensorlm.visualization.explanation.methods import explain
from keras_sensorlm.visualization.explanation.words import caption_attention
from keras_sensorlm.visualization.findings import DayFindings
from keras_sensorlm.visualization.findings import Explained
from keras_sensorlm.visualization.report import save_report


def save_zero_shot_report(preset, day, path, **kwargs):
    """The zero-shot report of a day as one self-contained page of HTML.

    The day over the clock with its units, gaps and events; captions by
    rules and by the model, each statement checked and marked; the most
    likely classes and what such probabilities have been worth; and where
    the model looked.

    Args:
        preset: `SensorLMPreset`.
        day: `SensorDay`.
        path: path. The file; its parents are made.
        **kwargs: see `zero_shot_findings`.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        ImportError: if matplotlib, the extra `plot`, is not installed.
        ValueError: as `zero_shot_findings`.
    """
    return save_report(day, path, zero_shot_findings(preset, day, **kwargs))


def zero_shot_findings(
    preset,
    day,
    labels=None,
    texts=(),
    method="occlusion",
    method_arguments=None,
    calibration=None,
    test_maps=True,
    max_length=None,
    model_note=None,
    seed=0,
):
    """Asks a model everything that the report of a day tells.

    Args:
        preset: `SensorLMPreset`. What it lacks (a decoder, a contrastive
            side) is left out.
        day: `SensorDay`.
        labels: list of str, optional. Classes to tell apart. Defaults to
            the library's activities.
        texts: str or list of str. Sentences to explain; without any, the
            most likely class is explained.
        method: str. As for `explain`. Defaults to `"occlusion"`.
        method_arguments: dict, optional. Passed to the method.
        calibration: `Calibration`, optional. See `measure_calibration`.
        test_maps: bool. Whether each map goes through a deletion and
            insertion test, which asks the model some hundreds of days.
            Defaults to `True`.
        max_length: int, optional. Most tokens of the model's caption.
        model_note: str, optional. What the model is and what its scores
            are worth.
        seed: int. Of the wording of captions and of the test. Defaults to
            `0`.

    Returns:
        `DayFindings`.

    Raises:
        ValueError: if `day` is no `SensorDay`, `method` is unknown, or the
            calibration was measured with other labels.
    """
    labels = list(ACTIVITIES) if labels is None else list(labels)
    texts = [texts] if isinstance(texts, str) else list(texts)
    if calibration is not None and set(calibration.labels) != set(labels):
        raise ValueError(
            "Probabilities among other labels are other probabilities: "
            "measure the calibration with the report's own. Received: "
            f"labels={labels}, calibration.labels={calibration.labels}"
        )
    found = {
        "captions": checking.captions_of(day, seed),
        "calibration": calibration,
        "model_note": model_note,
    }
    if preset.backbone.text_head is not None:
        ranking = _ranking(preset, day, labels)
        questions = [(text, None) for text in texts]
        questions = questions or [(ranking[0][0], labels)]
        found["ranking"] = ranking
        found["explained"] = tuple(
            _explained(
                preset, day, *question, method, method_arguments or {},
                test_maps, seed,
            )
            for question in questions
        )  # fmt: skip
    if preset.backbone.decoder is not None:
        found |= _written(preset, day, max_length)
    return DayFindings(**found)


def _ranking(preset, day, labels):
    chances = preset.classify([day], labels, verbose=False)[0]
    pairs = zip(labels, map(float, chances))
    return tuple(sorted(pairs, key=lambda pair: -pair[1]))


def _explained(preset, day, text, labels, method, arguments, tested, seed):
    values = explain(preset, day, text, labels, method, **arguments)
    if not tested:
        return Explained(text, values, method)
    test = deletion_insertion(preset, day, text, values, labels, seed=seed)
    controls = len(test.control_deletion)
    said = (
        "hiding what it points at first "
        + ("lowered" if test.deletion_gain > 0 else "did not lower")
        + " the score faster than hiding parts at random, and bringing it "
        "back first "
        + ("raised" if test.insertion_gain > 0 else "did not raise")
        + f" it faster ({controls} random orders; it passes if it is beyond "
        "95 % of them in both)."
    )
    return Explained(text, values, method, test.faithful, said)


def _written(preset, day, max_length):
    """The model's caption, checked, and where it looked."""
    (caption,) = preset.caption([day], max_length)
    if not caption.strip():
        return {}
    generated = checking.checked(
        caption,
        day,
        checking.MINUTE_TOLERANCE,
        checking.RELATIVE_TOLERANCE,
    )
    return {
        "generated": tuple(generated),
        "factuality": checking.count_true(generated),
        "tolerance": checking.TOLERANCE,
        "looked": caption_attention(preset, day, caption),
    }
