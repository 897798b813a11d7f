"""Small pieces of HTML; everything that comes from data is escaped."""

import base64
import html

_MARKS = {
    "true": ("✓", "agrees with the data"),
    "false": ("✗", "contradicted by the data"),
    "unchecked": ("○", "not checkable"),
}


def escape(text):
    """Text made safe for an element or a quoted attribute."""
    return html.escape(str(text), quote=True)


def page(title, heading, sections, *, style, skip, lead, notice, made):
    """A whole document that needs nothing beside it.

    Args:
        title: str. Of the window; escaped, as all strings but `lead`.
        heading: str.
        sections: list of `(name, title, body)`: an anchor, a heading and
            HTML. Those without a body are left out.
        style: str. CSS.
        skip: str. Words of the link past the header.
        lead: str of HTML. What the page is about.
        notice: str. Stands above and below.
        made: str. Says in the footer what made the page.

    Returns:
        str. The same input gives the same bytes.
    """
    sections = [section for section in sections if section[2]]
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, '
            'initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>\n{style}</style>",
            "</head>",
            "<body>",
            f'<a class="skip" href="#main">{escape(skip)}</a>',
            "<header>",
            f"<h1>{escape(heading)}</h1>",
            f'<p class="lead">{lead}</p>',
            f'<div class="note" role="note"><p>{escape(notice)}</p></div>',
            _contents(sections),
            "</header>",
            '<main id="main">',
            *(_section(*section) for section in sections),
            "</main>",
            "<footer>",
            f"<p>{escape(made)} {escape(notice)}</p>",
            "</footer>",
            "</body>",
            "</html>\n",
        ]
    )


def _section(name, title, body):
    return (
        f'<section aria-labelledby="{name}">\n'
        f'<h2 id="{name}">{escape(title)}</h2>\n{body}\n</section>'
    )


def _contents(sections):
    links = " · ".join(
        f'<a href="#{name}">{escape(title)}</a>' for name, title, _ in sections
    )
    return f'<nav aria-label="Contents"><p>{links}</p></nav>'


def table(caption, head, rows, classes=""):
    """A table with a caption and column headers.

    Args:
        caption: str. Says what the table holds; escaped.
        head: sequence of str. Column headers; escaped.
        rows: sequence of sequences of str. Cells as HTML, so already
            escaped; the first of each row is its header.
        classes: str. Class names of the table.

    Returns:
        str of HTML. It scrolls sideways where it is too wide.
    """
    lines = [
        '<div class="scroll" role="region" tabindex="0" '
        f'aria-label="{escape(caption)}">',
        f'<table class="{escape(classes)}">',
        f"<caption>{escape(caption)}</caption>",
        "<thead><tr>",
        *(f'<th scope="col">{escape(name)}</th>' for name in head),
        "</tr></thead>",
        "<tbody>",
    ]
    for first, *others in rows:
        cells = "".join(f"<td>{cell}</td>" for cell in others)
        lines.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    return "\n".join([*lines, "</tbody></table></div>"])


def bar(share):
    """A bar for a share of 0 to 1; the number stands beside it as text."""
    percent = 100 * min(max(share, 0.0), 1.0)
    return (
        '<span class="bar" aria-hidden="true">'
        f'<span style="width:{percent:.1f}%"></span></span>'
    )


def statements(items):
    """Sentences as a list, each with its mark in shape and in words."""
    lines = []
    for item in items:
        mark, meaning = _MARKS[item.verdict]
        why = f" <small>({escape(item.reason)})</small>" if item.reason else ""
        lines.append(
            f'<li class="{item.verdict}"><span class="mark" role="img" '
            f'aria-label="{meaning}" title="{meaning}">{mark}</span>'
            f"<span>{escape(item.text)}{why}</span></li>"
        )
    return '<ul class="statements">' + "\n".join(lines) + "</ul>"


def picture(images, alt):
    """One picture in several shapes, inside the page.

    Args:
        images: dict from (layout, theme) to PNG bytes, with layouts
            `"wide"` and `"narrow"` and themes `"light"` and `"dark"`.
        alt: str. What the picture shows, for those who do not see it.

    Returns:
        str of HTML: the browser takes the shape that fits its width and
        colour scheme.
    """
    narrow = "(max-width: 40em)"
    dark = "(prefers-color-scheme: dark)"
    sources = (
        (f"{narrow} and {dark}", images["narrow", "dark"]),
        (narrow, images["narrow", "light"]),
        (dark, images["wide", "dark"]),
    )
    lines = ["<picture>"]
    for media, contents in sources:
        lines.append(f'<source media="{media}" srcset="{data_uri(contents)}">')
    lines.append(
        f'<img src="{data_uri(images["wide", "light"])}" alt="{escape(alt)}">'
    )
    return "\n".join([*lines, "</picture>"])


def data_uri(contents):
    """PNG bytes as a data URI."""
    return "data:image/png;base64," + base64.b64encode(contents).decode()
