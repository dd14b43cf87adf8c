"""A document as a value, such as a model card or a report: sections of sentences, tables and charts.

It belongs to no language and no format: a page shows it, `core.documents.markdown` and `core.documents.html` make files
of it, each for its reader. A `Message` is a sentence of ours; a plain `str` is a user's own text (a file's or a
column's name) and is shown literally wherever it goes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.text import language
from core.text.messages import Message, message

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from core.charts.style import Look
    from core.metrics.intervals import Interval

Text = str | Message
UNKNOWN = "–"


@dataclass(frozen=True)
class Points:
    """Sentences of equal weight, one under the other."""

    items: tuple[Text, ...]


@dataclass(frozen=True)
class Table:
    """Rows under a header, the first column naming its row. `numeric` says that the other columns hold figures."""

    caption: Message
    header: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    numeric: bool = True


@dataclass(frozen=True)
class Chart:
    """The chart `draw(look, *arguments)` of scatters and bars; `alt` says what it shows, for who can't see it."""

    title: Message
    draw: Callable[..., Figure]
    arguments: tuple[object, ...]
    alt: Message

    def drawn(self, look: Look) -> Figure:
        return self.draw(look, *self.arguments)


Part = Text | Points | Table | Chart


@dataclass(frozen=True)
class Section:
    """Parts under a heading."""

    title: Message
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Document:
    """A title, what the document says first, and its sections."""

    title: Message
    lead: tuple[Text, ...]
    sections: tuple[Section, ...]


def said(text: Text, reader: str) -> str:
    """A text in the reader's language; a user's own stays as it is, on one line."""
    if isinstance(text, Message):
        return language.translate(text, reader)
    return language.named(" ".join(str(text).split()), reader)


def figure(value: float | None, spec: str) -> Text:
    """A figure by Python's format `spec`, to be written as its reader writes numbers; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return Message(f"{{value:{spec}}}", {"value": value})


def bounds(low: float | None, high: float | None, spec: str) -> Text:
    """An interval in words; a dash where there is none."""
    if UNKNOWN in (figure(low, spec), figure(high, spec)):
        return UNKNOWN
    return message("{low} to {high}", low=figure(low, spec), high=figure(high, spec))


def between(found: Interval | None, spec: str) -> tuple[Text, Text]:
    """A figure and its interval, as two cells of a table."""
    if found is None:
        return UNKNOWN, UNKNOWN
    return figure(found.value, spec), bounds(found.low, found.high, spec)
