"""Reads the values of a column as what a contract says they are, one by one, and remembers what can't be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.data.contract import LONGEST, Feature
from core.text.messages import Message, message

if TYPE_CHECKING:
    from core.data.arrays import Floats, Series

FOUND: dict[str, Message] = {
    "string": message("text"),
    "boolean": message("yes or no"),
    "floating": message("infinite numbers"),
    "datetime64": message("dates"),
    "datetime": message("dates"),
    "date": message("dates"),
    "bytes": message("bytes"),
    "mixed": message("values of several types"),
    "mixed-integer": message("values of several types"),
}
"""What pandas' `infer_dtype` finds in a column, in words."""
SHOWN = 5
"""Offending values that a message quotes."""


@dataclass(frozen=True)
class Facts:
    """What a column holds, to judge it as a whole. The facts of a table's parts add up to those of the table.

    `known` values are there, `wrong` of them can't be read as the feature's kind; `found` is their type in words (None
    without values). `first_known` and `first_wrong` quote the first of them, as (row, value) from row 0 of the part.
    """

    known: int = 0
    wrong: int = 0
    found: Message | str | None = None
    first_known: tuple[tuple[int, str], ...] = ()
    first_wrong: tuple[tuple[int, str], ...] = ()

    def then(self, part: Facts, before: int) -> Facts:
        """The facts with those of the next part, which begins after `before` rows."""
        kinds = [kind for kind in (self.found, part.found) if kind is not None]
        return Facts(
            known=self.known + part.known,
            wrong=self.wrong + part.wrong,
            found=FOUND["mixed"] if len(kinds) == 2 and kinds[0] != kinds[1] else next(iter(kinds), None),
            first_known=_quoted(self.first_known, part.first_known, before),
            first_wrong=_quoted(self.first_wrong, part.first_wrong, before),
        )


def read_column(values: Series, feature: Feature) -> tuple[Series, Facts]:
    """A feature's values as its kind, float64 or text, null where there is none or it can't be read; and the facts.

    What can't be read is null there and not null in `values`: that difference is how it is found.
    """
    raw = plain(values.reset_index(drop=True))
    found = feature.traits.read(raw)
    return found, facts(raw, found)


def read(values: Series, feature: Feature) -> Series:
    """What `read_column` reads, for whoever has no use for the facts: they take as long."""
    return feature.traits.read(plain(values.reset_index(drop=True)))


def plain(values: Series) -> Series:
    """The same values in a column of numpy's: nullable, Arrow, dictionary and sparse are ways to store a column, not
    other columns."""
    if isinstance(values.dtype, np.dtype):
        return values
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        return pd.Series(values.to_numpy(dtype="float64", na_value=np.nan))
    return values.astype(object)


def canonical(value: object) -> str:
    """A target value as text: "1", 1, 1.0 and True are the same outcome.

    >>> [canonical(value) for value in (1, 1.0, True, " 1 ", "yes")]
    ['1', '1', '1', '1', 'yes']
    """
    text = str(value).strip()
    if text.lower() in ("true", "false"):
        return "1" if text.lower() == "true" else "0"
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else str(number)


def outcomes(values: Series, positive: str) -> tuple[Floats, set[str]]:
    """A target as floats (rows,), 1 where it is `positive`, 0 where not, NaN where unknown; and all values it has, as
    `canonical` writes them.

    >>> target, values = outcomes(pd.Series(["yes", "no", None, "yes"]), positive="yes")
    >>> target
    array([ 1.,  0., nan,  1.])
    >>> sorted(values)
    ['no', 'yes']
    """
    try:
        codes, distinct = pd.factorize(values)
    except TypeError:  # lists and other unhashable values
        codes, distinct = pd.factorize(values.map(str, na_action="ignore"))
    found, wanted = [canonical(value) for value in distinct], canonical(positive)
    return np.array([*(float(value == wanted) for value in found), np.nan])[codes], set(found)


def _quoted(
    first: tuple[tuple[int, str], ...], then: tuple[tuple[int, str], ...], before: int
) -> tuple[tuple[int, str], ...]:
    return (*first, *((before + row, value) for row, value in then))[:SHOWN]


def facts(raw: Series, read: Series) -> Facts:
    """What a `plain` column holds, given what was read of it."""
    known = raw.notna()
    if not known.any():
        return Facts()
    wrong = known & read.isna()
    return Facts(
        known=int(known.sum()),
        wrong=int(wrong.sum()),
        found=FOUND.get(pd.api.types.infer_dtype(raw), str(raw.dtype)),
        first_known=_first(raw, known),
        first_wrong=_first(raw, wrong),
    )


def _first(values: Series, where: Series) -> tuple[tuple[int, str], ...]:
    rows = np.flatnonzero(where)[:SHOWN]
    return tuple((int(row), str(value)[:LONGEST]) for row, value in zip(rows, values.iloc[rows], strict=True))
