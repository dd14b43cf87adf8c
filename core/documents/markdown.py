"""A document as Markdown, for places that show text: a page, a repository, a chat, MLflow's own interface."""

from __future__ import annotations

import re

from core.documents.document import Chart, Document, Part, Points, Section, Table, Text, said

MEANT = re.compile(r"[\\`*_{}\[\]<>|$~&]")
"""Signs that Markdown, or a page that shows it, takes for more than themselves."""
LEADING = re.compile(r"^(\d*)([.)+-]|#+)(?=\s|$)|^()(?=[-=]+$)")
"""What would make of a line a list, a heading or a rule."""
LINK = re.compile(r"(?i)\b(https?|ftp|mailto|www)([:.])")


def markdown(document: Document, language: str) -> str:
    """The document as its reader's Markdown (CommonMark with tables); charts are told in words."""
    return "\n\n".join([_head(document, language), *(_section(one, language) for one in document.sections)]) + "\n"


def within(document: Document, language: str, most: int) -> str:
    """As much of the document as `most` characters hold: its first sections, each whole."""
    whole = _head(document, language)
    for section in document.sections:
        longer = f"{whole}\n\n{_section(section, language)}"
        if len(longer) > most:
            break
        whole = longer
    return whole[:most]


def part(part: Part, language: str) -> str:
    """A part of a document."""
    match part:
        case Points():
            return "\n".join(f"- {_line(item, language)}" for item in part.items)
        case Table():
            return _table(part, language)
        case Chart():
            return f"*{_line(part.title, language)}.* {_line(part.alt, language)}"
    return _line(part, language)


def escaped(text: str) -> str:
    """A text of which Markdown makes nothing but itself: no mark-up, no HTML, no link.

    >>> print(escaped("a_b *c* <d>"))
    a\\_b \\*c\\* \\<d\\>
    """
    return LINK.sub(r"\1\\\2", MEANT.sub(lambda sign: "\\" + sign[0], text))


def _head(document: Document, language: str) -> str:
    return "\n\n".join([f"# {_line(document.title, language)}", *(_line(text, language) for text in document.lead)])


def _section(section: Section, language: str) -> str:
    parts = [f"## {_line(section.title, language)}", *(part(one, language) for one in section.parts)]
    return "\n\n".join(parts)


def _table(table: Table, language: str) -> str:
    side = "---:" if table.numeric else "---"
    lines = [[escaped(said(cell, language)) for cell in line] for line in (table.header, *table.rows)]
    rule = ["---", *[side] * (len(table.header) - 1)]
    rows = "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rule, *lines[1:]))
    return f"**{_line(table.caption, language)}**\n\n{rows}"


def _line(text: Text, language: str) -> str:
    return LEADING.sub(lambda found: f"{found[1] or ''}\\{found[2] or ''}", escaped(said(text, language)))
