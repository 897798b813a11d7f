"""Plots as HTML and SVG: no pictures, so they follow width and colours."""

import math

from keras_sensorlm.visualization.html import escape

_WIDTH, _HEIGHT = 340, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 38, 10, 10, 34
_KINDS = 4


def forest(caption, rows, low=0.0, high=1.0, mark=None):
    """Numbers with their intervals, one a row, on one scale.

    Args:
        caption: str. What is shown; escaped.
        rows: list of `(name, Estimate, is_baseline)`.
        low: float. Left end of the scale. Defaults to `0.0`.
        high: float. Right end. Defaults to `1.0`.
        mark: float, optional. Where a line is drawn through all rows.

    Returns:
        str of HTML, a table.

    Example:

    >>> from keras_sensorlm.evaluation.bootstrap import Estimate
    >>> "0.700" in forest("x", [("a", Estimate(0.7, 0.6, 0.8, 9, 3), False)])
    True
    """
    lines = [
        f'<div class="scroll"><table class="forest"><caption>{escape(caption)}'
        "</caption><tbody>"
    ]
    for name, estimate, baseline in rows:
        parts = [
            '<span class="track" aria-hidden="true">',
            _at("mark", mark, low, high) if mark is not None else "",
            _interval(estimate, low, high),
            _at("dot", estimate.value, low, high),
            "</span>",
        ]
        lines.append(
            f'<tr class="{"baseline" if baseline else "ours"}">'
            f'<th scope="row">{escape(name)}</th><td>{"".join(parts)}</td>'
            f'<td class="number">{_numbers(estimate)}</td></tr>'
        )
    ends = f"<span>{low:g}</span><span>{high:g}</span>"
    lines.append(
        f'<tr class="scale" aria-hidden="true"><th></th><td>{ends}</td>'
        "<td></td></tr></tbody></table></div>"
    )
    return "\n".join(lines)


def curves(caption, series, across, label, low=0.0, high=1.0):
    """Lines with their intervals over a few places.

    Args:
        caption: str. What is shown; escaped.
        series: dict of str to a list of `Estimate` or None, one for each
            place.
        across: list of str. The places' names.
        label: str. What the places are.
        low: float. Lower end of the scale. Defaults to `0.0`.
        high: float. Upper end. Defaults to `1.0`.

    Returns:
        str of HTML, a figure.
    """
    parts = [
        f'<figure class="chart"><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'role="img" aria-label="{escape(caption)}">',
        _grid(low, high),
    ]
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(across) - 1)
    places = [_LEFT + i * step for i in range(len(across))]
    for x, name in zip(places, across):
        parts.append(_text(x, _HEIGHT - _BOTTOM + 14, name, "middle"))
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(_text(middle, _HEIGHT - 4, label, "middle"))
    for kind, estimates in enumerate(series.values()):
        parts.append(_line(places, estimates, kind % _KINDS, low, high))
    parts.append("</svg>")
    names = "".join(
        f'<span class="key"><span class="s{i % _KINDS}"></span>{escape(name)}'
        "</span>"
        for i, name in enumerate(series)
    )
    parts.append(
        f"<figcaption>{escape(caption)}<br>{names}</figcaption></figure>"
    )
    return "\n".join(parts)


def calibration(caption, points):
    """Share right against how sure, with the diagonal.

    Args:
        caption: str. What is shown; escaped.
        points: list of `(mean probability, share right, count)`.

    Returns:
        str of HTML, a figure.
    """
    total = sum(count for *_, count in points) or 1
    parts = [
        f'<figure class="chart"><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'role="img" aria-label="{escape(caption)}">',
        _grid(0.0, 1.0),
        f'<line class="diagonal" x1="{_LEFT}" y1="{_y(0, 0, 1)}" '
        f'x2="{_WIDTH - _RIGHT}" y2="{_y(1, 0, 1)}"/>',
    ]
    for share in (0, 0.5, 1):
        x = _LEFT + share * (_WIDTH - _LEFT - _RIGHT)
        parts.append(_text(x, _HEIGHT - _BOTTOM + 14, f"{share:g}", "middle"))
    for sure, right, count in points:
        x = _LEFT + sure * (_WIDTH - _LEFT - _RIGHT)
        radius = 2.5 + 6 * math.sqrt(count / total)
        parts.append(
            f'<circle class="point" cx="{x:.1f}" cy="{_y(right, 0, 1)}" '
            f'r="{radius:.1f}"/>'
        )
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(_text(middle, _HEIGHT - 4, "how sure the model was", "middle"))
    parts.append(f"</svg><figcaption>{escape(caption)}</figcaption></figure>")
    return "\n".join(parts)


def confusion(caption, labels, counts):
    """Predicted classes (columns) of each true one (rows).

    Args:
        caption: str. What is shown; escaped.
        labels: list of str.
        counts: list of lists of int.

    Returns:
        str of HTML, a table.
    """
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in labels)
    lines = [
        f'<div class="scroll"><table class="confusion"><caption>'
        f"{escape(caption)}</caption><thead><tr><td></td>{head}</tr></thead>"
        "<tbody>"
    ]
    for name, row in zip(labels, counts):
        total = sum(row) or 1
        cells = "".join(
            f'<td style="--share:{count / total:.2f}">{count}</td>'
            for count in row
        )
        lines.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    return "\n".join([*lines, "</tbody></table></div>"])


def _percent(value, low, high):
    if value is None or not math.isfinite(value):
        return None
    return 100 * min(max((value - low) / (high - low), 0.0), 1.0)


def _at(kind, value, low, high):
    place = _percent(value, low, high)
    if place is None:
        return ""
    return f'<span class="{kind}" style="left:{place:.1f}%"></span>'


def _interval(estimate, low, high):
    left = _percent(estimate.low, low, high)
    right = _percent(estimate.high, low, high)
    if left is None or right is None:
        return ""
    width = max(right - left, 0.3)
    return (
        f'<span class="interval" style="left:{left:.1f}%;width:{width:.1f}%">'
        "</span>"
    )


def _numbers(estimate):
    value = estimate.value
    if not math.isfinite(value):
        return "not defined"
    digits = 3 if abs(value) < 10 else 1
    text = f"{value:.{digits}f}"
    if math.isfinite(estimate.low):
        text += (
            f" <small>{estimate.low:.{digits}f} to "
            f"{estimate.high:.{digits}f}</small>"
        )
    return text


def _y(value, low, high):
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return round(_TOP + (1 - share) * (_HEIGHT - _TOP - _BOTTOM), 1)


def _grid(low, high):
    parts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        value = low + share * (high - low)
        y = _y(value, low, high)
        parts.append(
            f'<line class="rule" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" '
            f'y1="{y}" y2="{y}"/>'
        )
        parts.append(_text(_LEFT - 5, y + 4, f"{value:.2g}", "end"))
    return "".join(parts)


def _line(places, estimates, kind, low, high):
    known = [
        (x, e)
        for x, e in zip(places, estimates)
        if e is not None and math.isfinite(e.value)
    ]
    points = " ".join(f"{x:.1f},{_y(e.value, low, high)}" for x, e in known)
    parts = [f'<polyline class="line s{kind}" points="{points}"/>']
    for x, e in known:
        x = x + 3 * (kind - 1)
        if math.isfinite(e.low):
            parts.append(
                f'<line class="whisker s{kind}" x1="{x:.1f}" x2="{x:.1f}" '
                f'y1="{_y(e.low, low, high)}" y2="{_y(e.high, low, high)}"/>'
            )
    return "".join(parts)


def _text(x, y, text, anchor):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )
