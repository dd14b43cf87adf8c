"""The one rule for what is stored as JSON: it says in which format it is.

A stored value lies in `{"format": number, "content": value}`. Without a number it is of the first format, as the
versions before this rule wrote it. A reader accepts every older format, and a newer one is a `CourtsideError`. A number
is raised only when an older reader would misread the content. A key that is added is no reason: readers leave out what
they don't know (`core.text.stored`). See docs/decisions/0026-one-rule-for-stored-formats.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

from core.text.errors import CourtsideError
from core.text.messages import message

FIRST = 1
CURRENT: Mapping[str, int] = {}
"""By the name of the file, the format it is written in, where that is no longer the first."""
NUMBER, CONTENT = "format", "content"


def packed(name: str, content: object) -> dict[str, object]:
    """What is written into the file `name`."""
    return {NUMBER: CURRENT.get(name, FIRST), CONTENT: content}


def unpacked(name: str, stored: object, run: str) -> Any:  # noqa: ANN401  # who wrote it knows what it is
    """The content of the file `name` of a run, of whatever version; a newer format is a `CourtsideError`."""
    if not _numbered(stored):
        return stored
    number, newest = stored[NUMBER], CURRENT.get(name, FIRST)
    if number > newest:
        raise CourtsideError(
            message(
                "File {name} of run {run} was written by a newer Courtside. It is in format {number}. This version "
                "reads formats up to {newest}.",
                name=name,
                run=run,
                number=number,
                newest=newest,
            ),
            message("Update Courtside to open it."),
        )
    return stored[CONTENT]


def _numbered(stored: object) -> TypeGuard[dict[str, Any]]:
    # Importances are stored by feature, and a feature may be called "format": its value is no whole number.
    return isinstance(stored, dict) and set(stored) >= {NUMBER, CONTENT} and isinstance(stored[NUMBER], int)
