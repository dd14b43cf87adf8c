"""English and Brazilian Portuguese: renders a `Message` for its reader, numbers and dates included."""

from __future__ import annotations

import gettext
import io
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from numbers import Real
from pathlib import Path

from core.text.messages import Message, message
from core.text.shipped_titles import TITLES


@dataclass(frozen=True)
class Language:
    """What a language is called in itself, how it writes numbers, and Babel's name of its dates with a month."""

    title: str
    decimal: str = "."
    thousands: str = ","
    date: str = "medium"


LANGUAGES = {"en": Language("English", date="d MMM y"), "pt_BR": Language("Português", decimal=",", thousands=".")}
"""By Babel's name of a language; each but English, the source, has its catalogue in `CATALOGUES`."""
ENGLISH = "en"
CATALOGUES = Path(__file__).parent / "locale"
MINUS = "\N{MINUS SIGN}"


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> gettext.NullTranslations:
    """The translations of a language; English is the source and needs none."""
    source = CATALOGUES / language / "LC_MESSAGES" / "courtside.po"
    if not source.exists():
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def nearest(asked: str) -> str:
    """The language for a reader whose browser asks for `asked`; English where it asks for none of ours.

    >>> [nearest(asked) for asked in ("pt-PT,pt;q=0.9", "en-US", "fi", "")]
    ['pt_BR', 'en', 'en', 'en']
    """
    first = asked.lower()[:2]
    return next((language for language in LANGUAGES if language[:2] == first), ENGLISH)


def translate(sentence: Message, language: str, *, titles: bool = True) -> str:
    """The sentence in `language` (of `LANGUAGES`), its numbers written as that language writes them. `titles` says
    whether the columns in it may be those of a shipped contract: a user's own title stays as it was written, also
    where a shipped contract has the same one."""
    template = catalogue(language).gettext(sentence.template) if sentence.template else ""
    return _Formatter(language, titles).vformat(template, (), sentence.values) if sentence.values else template


def named(title: str, language: str) -> str:
    """The title or unit of a shipped contract's column in `language`; any other text as it is."""
    return catalogue(language).gettext(title) if title in TITLES else title


def number(value: float | Real, spec: str, language: str) -> str:
    """`value` by Python's format `spec`, with the language's separators, a real minus and a space before %.

    >>> number(16228.5, ",.1f", "en"), number(16228.5, ",.1f", "pt_BR")
    ('16,228.5', '16.228,5')
    """
    text = format(value, spec)
    how = LANGUAGES.get(language, LANGUAGES[ENGLISH])
    text = text.translate(str.maketrans(",.", how.thousands + how.decimal))
    text = text.replace("-", MINUS)
    return text[:-1] + "\N{NO-BREAK SPACE}%" if text.endswith("%") else text


def when(moment: datetime, language: str, now: datetime | None = None) -> str:
    """A moment in the reader's words, such as "12 Mar 2026, 16:58" or "12 de mar. de 2026, 16:58"; on the day of
    `now` it is "today, 16:58"."""
    from babel.dates import format_date, format_time

    if now is not None and moment.date() == now.date():
        return translate(message("today, {time}", time=format_time(moment, "HH:mm", locale=language)), language)
    date = format_date(moment, LANGUAGES[language].date, locale=language)
    return f"{date}, {format_time(moment, 'HH:mm', locale=language)}"


def _joint(value: Sequence[object], parts: Sequence[str]) -> str:
    """What stands between the parts of a list: whole sentences need nothing more, clauses a semicolon."""
    if not any(isinstance(item, Message) for item in value):
        return ", "
    return " " if all(part.endswith(".") for part in parts) else "; "


class _Formatter(string.Formatter):
    def __init__(self, language: str, titles: bool) -> None:
        self.language, self.titles = language, titles

    def format_field(self, value: object, spec: str) -> str:
        if isinstance(value, Message):
            return translate(value, self.language, titles=self.titles)
        if isinstance(value, list | tuple):
            parts = [self.format_field(item, spec) for item in value]
            return _joint(value, parts).join(parts)
        if isinstance(value, Real) and not isinstance(value, bool):  # numpy's numbers too
            return number(value, spec, self.language)
        return format(named(value, self.language) if self.titles and isinstance(value, str) else value, spec)
