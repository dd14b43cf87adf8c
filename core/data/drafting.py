"""Drafts the contract of a table that nobody has described yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.data.contract import Contract, Feature, joined, nearest
from core.data.kinds import KINDS, Kind
from core.data.reading import canonical
from core.data.values import years
from core.text.errors import CourtsideError
from core.text.messages import Message, message

if TYPE_CHECKING:
    from core.data.arrays import Floats, Series

EXAMPLES = 3
"""Values of a column that are shown of it."""
SAMPLE = 10_000
"""Rows by whose values a column's kind is told."""
LONGEST_NAME = 40
NAME = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST_NAME - 1}}}")
MOST = 1000
"""Features that a contract may have: beyond it nobody has chosen them."""


@dataclass(frozen=True)
class Column:
    """What is in one column of a table: its `kind` is None where no feature can be made of it (lists, bytes, nothing
    at all), `nulls` is the share of rows without a value, `examples` are values as text."""

    name: str
    kind: Kind | None
    nulls: float
    distinct: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Roles:
    """Which columns mean more than a feature: the target with its `positive` value, and, where there are any, the
    column that identifies a row, that orders rows, that tells which belong together, and the two of a row's place."""

    target: str
    positive: str
    id: str = ""
    time: str = ""
    group: str = ""
    x: str = ""
    y: str = ""


def columns(frame: pd.DataFrame) -> list[Column]:
    """The columns of a table in their order, to choose the target and the features from."""
    return [_column(str(name), frame.iloc[:, place]) for place, name in enumerate(frame.columns)]


def draft(frame: pd.DataFrame, roles: Roles, *, name: str, features: Sequence[str] = (), title: str = "") -> Contract:
    """A contract for `frame`; everything that is wrong with the choices is one `CourtsideError`.

    Without `features` it takes every usable column that is not target, id, time or group and holds more than one
    value. Ranges and categories stay open: the table shows what has been seen, not what is allowed. A feature with
    nulls keeps its rows where dropping them would cost more than half of the table.
    """
    known = {column.name: column for column in columns(frame)}
    chosen = list(features) or _usable(known, {roles.target, roles.id, roles.time, roles.group})
    faults = [
        *_bad_name(name),
        *_bad_columns(frame, known, roles),
        *_bad_features(known, chosen, roles.target),
        *(_bad_target(frame[roles.target], roles) if list(frame.columns).count(roles.target) == 1 else []),
    ]
    if faults:
        raise CourtsideError(
            message("This is no contract yet: {faults}.", faults=joined(faults)),
            message("Change the choice. Nothing was saved."),
        )
    complete = frame[chosen].notna().all(axis=1).mean() >= 0.5
    made = tuple(_feature(known[item], complete) for item in chosen)
    settled = replace(roles, positive=canonical(roles.positive))
    return Contract(name=name, title=title or name, features=made, **asdict(settled))


def outcomes(values: Series) -> list[str]:
    """The distinct values of a column as a target would have them, sorted; at most eleven, which is nine too many."""
    known = values.dropna()
    try:
        found = known.unique()
    except TypeError:  # lists and other unhashable values
        found = known.map(str).unique()
    return sorted({canonical(value) for value in found[: 11 * 4]})[:11]


def _column(name: str, values: Series) -> Column:
    known = values.dropna()
    try:
        distinct = int(known.nunique())
    except TypeError:  # lists and other unhashable values
        distinct = int(known.map(str).nunique())
    shown = tuple(str(value)[:40] for value in known.head(EXAMPLES))
    return Column(name, _kind(known), float(values.isna().mean()) if len(values) else 0.0, distinct, shown)


def _kind(known: Series) -> Kind | None:
    if known.empty:
        return None
    if isinstance(known.dtype, pd.CategoricalDtype):
        known = known.astype(object)
    dtype = known.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return "boolean"
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return "date"
    if pd.api.types.is_numeric_dtype(dtype):
        return _number(known.to_numpy(dtype="float64"))
    return _object_kind(known.head(SAMPLE))


def _number(values: Floats) -> Kind | None:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return None
    return "integer" if (finite % 1 == 0).all() else "number"


def _object_kind(known: Series) -> Kind | None:
    found = pd.api.types.infer_dtype(known, skipna=True)
    match found:
        case "boolean":
            return "boolean"
        case "integer" | "floating" | "mixed-integer-float" | "decimal":
            return _number(np.array([float(value) for value in known]))
        case "datetime" | "datetime64" | "date":
            return "date"
        case "string":
            return "date" if known.str.match(r"\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4}").all() and _dates(known) else "category"
        case "mixed-integer" | "mixed":
            usable = all(isinstance(value, str | int | float | Decimal) for value in known)
            return "category" if usable else None
    return None


def _dates(known: Series) -> bool:
    return bool(years(known).notna().all())


def _usable(known: dict[str, Column], taken: set[str]) -> list[str]:
    return [name for name, column in known.items() if name not in taken and column.kind and column.distinct > 1]


def _feature(column: Column, complete: bool) -> Feature:
    assert column.kind is not None, "_bad_features refuses the others"
    return Feature(column.name, column.kind, nulls="keep" if column.nulls and not complete else "drop")


def _bad_name(name: str) -> list[Message]:
    if NAME.fullmatch(name):
        return []
    return [
        message(
            "the name {name} should be 1 to {most} small letters, digits, - or _, a letter or digit first",
            name=name or "–",
            most=LONGEST_NAME,
        )
    ]


def _bad_columns(frame: pd.DataFrame, known: dict[str, Column], roles: Roles) -> list[Message]:
    faults = [] if len(frame) else [message("the table has no rows")]
    if not roles.target:
        faults.append(message("the target is not chosen"))
    for name in filter(None, (roles.target, roles.id, roles.time, roles.group, roles.x, roles.y)):
        if name not in known:
            faults.append(_unknown(name, known))
        elif list(frame.columns).count(name) > 1:
            faults.append(message("column {name} appears more than once", name=name))
    faults += [
        message("column {name} holds no numbers and can't be a coordinate", name=name)
        for name in (roles.x, roles.y)
        if name in known and not _is_number(known[name])
    ]
    return faults


def _is_number(column: Column) -> bool:
    return column.kind is not None and KINDS[column.kind].ordered and not KINDS[column.kind].written


def _bad_features(known: dict[str, Column], chosen: list[str], target: str) -> list[Message]:
    faults = [] if chosen else [message("no column is left to be a feature")]
    if len(chosen) > MOST:
        faults.append(message("{count:,} features are chosen; at most {most:,} can be", count=len(chosen), most=MOST))
    for name in chosen:
        if name not in known:
            faults.append(_unknown(name, known))
        elif known[name].kind is None:
            faults.append(message("column {name} holds nothing that a model could use", name=name))
        elif name == target:
            faults.append(message("the target {target} is a feature too", target=target))
    return faults


def _bad_target(values: Series, roles: Roles) -> list[Message]:
    target, positive = roles.target, roles.positive
    found = outcomes(values)
    if not found:
        return [message("the target {target} has no value in any row; choose another column", target=target)]
    if len(found) == 1:
        return [
            message(
                "the target {target} holds one value only ({value}); choose a column with two, or bring rows of the "
                "other outcome",
                target=target,
                value=found[0],
            )
        ]
    if len(found) > 2:
        return [
            message(
                "the target {target} holds more than two values ({values} ...); choose a column with two, or make one "
                "that says whether it is one of them",
                target=target,
                values=found[:5],
            )
        ]
    if canonical(positive) not in found:
        return [
            message(
                "the positive value {positive} is not in the target {target}; choose {values}",
                positive=positive or "–",
                target=target,
                values=found,
            )
        ]
    return []


def _unknown(name: str, known: dict[str, Column]) -> Message:
    near = nearest(name, known)
    if near:
        return message("column {name} is missing (is it {near}?)", name=name, near=near)
    return message("column {name} is missing", name=name)
