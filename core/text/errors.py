"""What can go wrong by a user's hand. Everything else is our bug and keeps its traceback in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.text.messages import Message


class CourtsideError(Exception):
    """Something the user can fix: `message` says what was found, expected and where; `hint` the next action."""

    def __init__(self, message: Message, hint: Message) -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}"


class NothingYet(CourtsideError):
    """An earlier stage has produced nothing to work on; a page shows its empty state instead of an error."""
