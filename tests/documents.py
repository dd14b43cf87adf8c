"""A document read back as an English reader sees it."""

from __future__ import annotations

import re

from core.documents.document import Document, Table, said
from core.documents.markdown import markdown

LIMIT = 1_000_000


def table(document: Document, caption: str) -> dict[str, list[str]]:
    """The rows of a table by their first cell, as an English reader sees them."""
    tables = [part for section in document.sections for part in section.parts if isinstance(part, Table)]
    found = next(one for one in tables if said(one.caption, "en") == caption)
    return {said(row[0], "en"): [said(cell, "en") for cell in row[1:]] for row in found.rows}


def text(document: Document, language: str = "en") -> str:
    return re.sub(r"\\(.)", r"\1", markdown(document, language))
