"""The part of a page that says where a model looked."""

import numpy as np

from keras_sensorlm.visualization import figures
from keras_sensorlm.visualization import html
from keras_sensorlm.visualization import sketches
from keras_sensorlm.visualization import stretches
from keras_sensorlm.visualization.explanation_picture import plot_explanation
from keras_sensorlm.visualization.findings import bare_word

# Of the pictures inside a page: few colours make a small file.
_COLORS = 96
_MOST_WORDS = 12
_STRIP_MINUTES = 20
# Words that say nothing of a day.
_PLAIN = frozenset(
    "the and from with was were for that had has its his her until then".split()
)
_METHODS = {
    "occlusion": (
        "Parts of the day were hidden from the model one by one. Where its "
        "score fell, the part had spoken for the text; where it rose, "
        "against it."
    ),
    "integrated_gradients": (
        "The day was faded in from an average one, and each value was given "
        "its part of the change in the score."
    ),
    "saliency": "How much a small change of each value moves the score.",
    "smooth_grad": (
        "How much a small change of each value moves the score, averaged "
        "over slightly altered copies of the day."
    ),
    "grad_cam_plus_plus": (
        "Which parts of the day excite those of the model's features that "
        "raise the score."
    ),
    "score_cam": "Which parts of the day keep the score up alone.",
}


def explanations(day, findings):
    """Each explained text with its picture, its stretches and its test.

    Args:
        day: `SensorDay`.
        findings: `DayFindings`.

    Returns:
        str of HTML, empty where nothing is explained.
    """
    return "\n".join(_explanation(day, item) for item in findings.explained)


def _explanation(day, item):
    told = stretches.told(item.values)
    images = {
        (layout, theme): figures.figure_bytes(
            plot_explanation(
                day,
                item.values,
                title=f"for: {item.text}",
                layout=layout,
                theme=theme,
            ),
            colors=_COLORS,
        )
        for layout in figures.LAYOUTS
        for theme in figures.THEMES
    }
    alt = f"The day's lanes with what mattered for “{item.text}”. {told}"
    return "\n".join(
        [
            f"<h3>What mattered for “{html.escape(item.text)}”</h3>",
            f"<p>{html.escape(_METHODS.get(item.method, item.method))}</p>",
            _trust(item),
            html.picture(images, alt),
            _table(item),
        ]
    )


def _trust(item):
    if item.faithful is None:
        return (
            '<p class="quiet">Whether the map is faithful was not tested.</p>'
        )
    verdict = "true" if item.faithful else "false"
    said = (
        "The map passed its test: "
        if item.faithful
        else "The map did not pass its test, so do not rely on it: "
    )
    mark = "✓" if item.faithful else "✗"
    return (
        f'<p class="trust {verdict}"><span class="mark" aria-hidden="true">'
        f"{mark}</span> {html.escape(said + item.tested)}</p>"
    )


def _table(item):
    found = stretches.strongest_stretches(item.values)
    if not found:
        return "<p>Nothing stands out.</p>"
    rows = [
        [
            html.escape(stretch.words),
            f'<span class="number">{abs(stretch.share):.0%}</span>',
            "against" if stretch.share < 0 else "for",
            html.bar(abs(stretch.share)),
        ]
        for stretch in found
    ]
    caption = (
        f"Strongest stretches for “{item.text}”: share of all that the map "
        "holds"
    )
    head = ("Where", "Share", "Speaks", "Bar")
    return html.table(caption, head, rows, "ranking")


def words(looked):
    """Where the model looked for the words of its caption.

    Attention has a pattern that is the same for every word: what is shown
    of a word is what goes beyond the mean over all words.

    Args:
        looked: `CaptionAttention`, or None.

    Returns:
        str of HTML, empty without one.
    """
    if looked is None:
        return ""
    beyond = looked.maps - looked.maps.mean(axis=0)
    rows = []
    for index in _telling(looked.words, beyond):
        found = stretches.strongest_stretches(beyond[index], 10)
        found = [stretch for stretch in found if stretch.share > 0]
        where = found[0].words if found else "no place in particular"
        strip = stretches.binned(beyond[index], _STRIP_MINUTES)
        strip = np.clip(np.nan_to_num(strip), 0.0, None)
        strip = strip / (strip.max() or 1.0)
        rows.append(
            [
                html.escape(looked.words[index]),
                html.escape(where),
                sketches.heat_strip(strip, f"attention over the day: {where}"),
            ]
        )
    if not rows:
        return ""
    table = html.table(
        "Words of the caption, and where the model looked more than for the "
        "other words",
        ("Word", "Looked at", "00:00 to 24:00"),
        rows,
        "words",
    )
    return (
        "<h4>Where it looked for each word</h4>\n"
        '<p class="quiet">Attention says what was read, not that it was '
        f"right.</p>\n{table}"
    )


def _telling(names, beyond):
    """Words whose attention is most their own, in their order."""
    seen = {}
    strength = np.nanmax(beyond, axis=(1, 2), initial=0.0)
    for index, name in enumerate(names):
        bare = bare_word(name)
        known = seen.get(bare)
        if len(bare) < 3 or bare in _PLAIN or not strength[index] > 0:
            continue
        if known is None or strength[index] > strength[known]:
            seen[bare] = index
    best = sorted(seen.values(), key=lambda i: -strength[i])[:_MOST_WORDS]
    return sorted(best)
