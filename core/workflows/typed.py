"""What people type with a decision, as it is kept: their reason and their name."""

from __future__ import annotations

from core.text.errors import CourtsideError
from core.text.messages import Message, message

MOST_REASON, MOST_NAME = 2_000, 200
"""Characters; what is longer is refused before anything is done, for a store would cut it."""


def reason(text: str | Message) -> str | Message:
    """A person's reason without the space around it, or a sentence of ours as it is."""
    if isinstance(text, Message):
        return text
    kept = text.strip()
    if len(kept) > MOST_REASON:
        raise _too_long(
            message(
                "The reason has {count:,} characters. Expected at most {most:,}.", count=len(kept), most=MOST_REASON
            )
        )
    return kept


def name(text: str) -> str:
    """A person's name without the space around it."""
    kept = text.strip()
    if len(kept) > MOST_NAME:
        raise _too_long(
            message(
                "The name has {count:,} characters. Expected at most {most:,}.",
                count=len(kept),
                most=MOST_NAME,
            )
        )
    return kept


def _too_long(what: Message) -> CourtsideError:
    return CourtsideError(what, message("Shorten it. Nothing was changed."))
