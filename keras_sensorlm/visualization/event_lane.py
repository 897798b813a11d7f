"""The top lane of a day's picture: events as labelled spans."""

import dataclasses

from keras_sensorlm.sensors.day import EVENT_KINDS
from keras_sensorlm.visualization import figures
from keras_sensorlm.visualization import lanes

_ROW = 0.2  # inches
_NAMES = {"sleep": "Sleep", "activity": "Activity", "mood": "Mood"}
_MOST_ROWS = 4
# A drawn event is at least this share of the window wide, or a minute would
# not be seen.
_LEAST_WIDTH = 1 / 480
# Inches a letter of the 7.5 point labels takes, on average.
_LETTER = 0.062


@dataclasses.dataclass(frozen=True)
class _Span:
    """An event inside the window, and where its label goes."""

    event: object
    start: float
    end: float
    side: str | None
    row: int = 0


@dataclasses.dataclass(frozen=True)
class KindRows:
    """The events of one kind, each in its row."""

    kind: str
    count: int
    spans: tuple


def place(day, window, layout):
    """Gives every event of the window a row and its label a place.

    Returns:
        list of `KindRows`, in the order of `EVENT_KINDS`, kinds without
        events left out.
    """
    minutes_a_letter = _LETTER / layout.inside * (window[1] - window[0])
    found = []
    for kind in EVENT_KINDS:
        events = [
            (event, max(event.start_minute, window[0]),
             min(event.end_minute, window[1]))
            for event in day.events
            if event.kind == kind
        ]  # fmt: skip
        events = [item for item in events if item[1] < item[2]]
        if events:
            found.append(_rows_of(kind, events, minutes_a_letter, window))
    return found


def _rows_of(kind, events, minutes_a_letter, window):
    """Rows by time, each event labelled, while that takes few rows."""
    spans, taken = [], []
    for event, start, end in events:
        needed = (len(event.label) + 1.5) * minutes_a_letter
        side, room = _room(start, end, needed, window)
        spans.append(_Span(event, start, end, side))
        taken.append(room)
    order = sorted(range(len(spans)), key=lambda i: taken[i])
    rows = lanes.pack_rows([taken[i] for i in order])
    if max(rows) >= _MOST_ROWS:
        return _rows_by_label(kind, spans, minutes_a_letter, window)
    placed = [
        dataclasses.replace(spans[i], row=row) for i, row in zip(order, rows)
    ]
    return KindRows(kind, max(rows) + 1, tuple(placed))


def _rows_by_label(kind, spans, minutes_a_letter, window):
    """A full diary: a row for each label, which is written once."""
    by_label = {}
    for span in spans:
        by_label.setdefault(span.event.label, []).append(span)
    placed = []
    for row, (label, same) in enumerate(by_label.items()):
        needed = (len(label) + 1.5) * minutes_a_letter
        longest = max(same, key=lambda span: span.end - span.start)
        last = max(same, key=lambda span: span.end)
        if same[0].start - needed >= window[0]:
            labelled, side = same[0], "left"
        elif last.end + needed <= window[1]:
            labelled, side = last, "right"
        else:
            labelled, side = longest, "inside"
        placed += [
            dataclasses.replace(
                span, row=row, side=side if span is labelled else None
            )
            for span in same
        ]
    return KindRows(kind, len(by_label), tuple(placed))


def _room(start, end, needed, window):
    """Where an event's label goes, and the minutes that both take."""
    if end - start >= needed:
        return "inside", (start, end)
    if end + needed <= window[1]:
        return "right", (start, end + needed)
    return "left", (start - needed, end)


def height(rows):
    """Inches that the placed events take."""
    return _ROW * sum(kind.count for kind in rows)


def draw(figure, rows, window, layout, theme, top):
    """Draws the placed events; returns the lane's axes."""
    axes = figures.add_box(
        figure, layout.left, top, layout.inside, height(rows)
    )
    figures.dress(axes, window, theme)
    axes.set_ylim(sum(kind.count for kind in rows), 0)
    base, ticks = 0, []
    for kind in rows:
        for span in kind.spans:
            _draw_span(axes, span, base + span.row, window, theme)
        ticks.append(base + kind.count / 2)
        if base:
            axes.axhline(base, color=theme.rule, linewidth=0.8)
        base += kind.count
    axes.set_yticks(ticks, [_NAMES[kind.kind] for kind in rows])
    axes.tick_params(axis="y", length=0, labelsize=8, labelcolor=theme.ink)
    return axes


def _draw_span(axes, span, row, window, theme):
    length = window[1] - window[0]
    width = max(span.end - span.start, _LEAST_WIDTH * length)
    axes.broken_barh(
        [(min(span.start, window[1] - width), width)],
        (row + 0.12, 0.76),
        facecolor=getattr(theme, span.event.kind),
        # Parts neighbours; it would cover a bar as thin as itself.
        edgecolor=theme.paper,
        linewidth=0.6 if width > 4 * _LEAST_WIDTH * length else 0.0,
    )
    if span.side is None:
        return
    small = length / 250
    x, align = {
        "inside": ((span.start + span.end) / 2, "center"),
        "right": (span.end + small, "left"),
        "left": (span.start - small, "right"),
    }[span.side]
    axes.text(
        x,
        row + 0.5,
        span.event.label,
        color=theme.paper if span.side == "inside" else theme.ink,
        fontsize=7.5,
        ha=align,
        va="center_baseline",
        clip_on=True,
        # A label is words from a file, never a formula.
        parse_math=False,
    )
