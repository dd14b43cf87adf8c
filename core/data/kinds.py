"""The kinds of column that a contract knows: how one is read, what it allows, how models and charts take it.

To add one, write its reader in `core.data.values`, register it here, and say in `core.data.drafting` which columns of a
new table have it. Everything else asks for the traits below, never for a kind by its name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from core.data import values
from core.text.messages import Message, message

if TYPE_CHECKING:
    from core.data.arrays import Series

Kind: TypeAlias = str
"""A key of `KINDS`, as contracts and profiles store it."""


@dataclass(frozen=True)
class ColumnKind:
    """What is the same of all columns of a kind.

    `title` is what they hold and `value` one of it, for people. `read` gives a plain column's values, as
    `core.data.values` does; of numpy's kinds of dtype (`dtype.kind`) those in `as_is` are such values already. Values
    that are `text` are categories to a model, all others are float64. `ordered` values lie on a scale, so quantiles,
    spreads and bins say something of them. `whole` values have no fraction, and none lies beyond `low` and `high`.
    `written` values come as text, so a column of text is no sign of a wrong column.
    """

    key: Kind
    title: Message
    value: Message
    read: Callable[[Series], Series]
    as_is: str = ""
    text: bool = False
    ordered: bool = False
    whole: bool = False
    low: float = float("-inf")
    high: float = float("inf")
    written: bool = False

    @property
    def yes_no(self) -> bool:
        """Whether there are two values, 1 for yes and 0 for no."""
        return self.whole and (self.low, self.high) == (0, 1)


KINDS: dict[Kind, ColumnKind] = {}
"""Every kind of column by its key."""


def register(kind: ColumnKind) -> None:
    """Adds a kind to what contracts may say; a key that is taken is a `ValueError`."""
    if kind.key in KINDS:
        raise ValueError(f"there is a kind of column {kind.key} already")
    KINDS[kind.key] = kind


register(ColumnKind("number", message("numbers"), message("a number"), values.numbers, as_is="iuf", ordered=True))
register(
    ColumnKind(
        "integer",
        message("whole numbers"),
        message("a whole number"),
        values.numbers,
        as_is="iuf",
        ordered=True,
        whole=True,
        low=-values.EXACT,
        high=values.EXACT,
    )
)
register(
    ColumnKind(
        "boolean",
        message("yes or no (1 or 0)"),
        message("1 or 0"),
        values.bools,
        as_is="biuf",
        whole=True,
        low=0,
        high=1,
    )
)
register(ColumnKind("category", message("categories"), message("categories"), values.texts, text=True, written=True))
register(ColumnKind("date", message("dates"), message("a date"), values.years, ordered=True, written=True))
