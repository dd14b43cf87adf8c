"""What a project's table must look like: the contract, and the check of a table against it."""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Literal

import numpy as np
import pandas as pd

from core.errors import CourtsideError
from core.messages import Message, message

Kind = Literal["number", "integer", "boolean", "category"]
KINDS: dict[str, Message] = {
    "number": message("numbers"),
    "integer": message("whole numbers"),
    "boolean": message("yes or no (1 or 0)"),
    "category": message("categories"),
}
SHOWN = 5
"""Offending values that a message quotes."""


@dataclass(frozen=True)
class Feature:
    """One column that the model may see. `minimum` and `maximum` bound numbers, `categories` lists what is allowed
    (empty: anything); `label` and `unit` are for people."""

    name: str
    kind: Kind
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[str, ...] = ()
    label: str = ""
    unit: str = ""

    @property
    def title(self) -> str:
        return self.label or self.name


@dataclass(frozen=True)
class Contract:
    """A project: its name, yes/no target and the features a model may use.

    `id` identifies a row, `time` orders rows, `x` and `y` place a row on a surface (`surface` names the chart
    that can draw it, "half-court" for the Kobe shots). `source` names a built-in source ("kobe") or is empty.
    """

    name: str
    title: str
    target: str
    positive: str
    features: tuple[Feature, ...]
    id: str = ""
    time: str = ""
    x: str = ""
    y: str = ""
    surface: str = ""
    source: str = ""

    @property
    def feature_names(self) -> list[str]:
        return [feature.name for feature in self.features]

    @property
    def fingerprint(self) -> str:
        """Changes with anything that the contract says: sha256 of its canonical JSON, first 16 digits."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class CheckedRows:
    """A table after its check: rows in = `rows` + `rejected` + `dropped_null`.

    `rows` has the contract's columns only (features, and the target as 0/1 when it was asked for), `kept_positions`
    their row numbers in the input. `rejected` has the input's columns and `reason`. `reasons` has one text per
    input row, empty where nothing is wrong.
    """

    rows: pd.DataFrame
    rejected: pd.DataFrame
    kept_positions: np.ndarray
    reasons: np.ndarray
    dropped_null: int


def loads(text: str) -> Contract:
    """The contract that a TOML text describes. A key that no contract has is a `CourtsideError`."""
    try:
        stored = tomllib.loads(text)
        features = tuple(
            Feature(**{**item, "categories": tuple(item.get("categories", ()))}) for item in stored.pop("features", ())
        )
        return Contract(**stored, features=features)
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise CourtsideError(
            message("The contract can't be read: {error}.", error=str(error)),
            message("Compare it with data/contracts/kobe.toml."),
        ) from error


def dumps(contract: Contract) -> str:
    """The contract as TOML; `loads` gives an equal one back."""
    lines = [_line(field.name, getattr(contract, field.name)) for field in fields(Contract) if field.name != "features"]
    for feature in contract.features:
        lines += ["", "[[features]]", *(_line(field.name, getattr(feature, field.name)) for field in fields(Feature))]
    return "\n".join(line for line in lines if line is not None) + "\n"


def check(frame: pd.DataFrame, contract: Contract, *, labelled: bool) -> CheckedRows:
    """Checks a table, all violations at once.

    What is wrong with the table as a whole (missing columns, a column of the wrong type, no rows) is one
    `CourtsideError` that lists everything. What is wrong with a row (a value out of range, an unknown category)
    rejects that row with its reason. With `labelled`, rows with a null feature or target are dropped and counted;
    without, null features are kept, to be filled by the model, and the target may be absent.
    """
    faults = _structure(frame, contract, labelled)
    target = None
    if labelled and contract.target in frame:
        try:
            target = labels(frame, contract)
            faults += _outcomes(target, contract)
        except CourtsideError as error:
            faults.append(error.message)
    if faults:
        raise CourtsideError(
            message("This table does not fit the contract {project}: {faults}", project=contract.name, faults=faults),
            message("Mend the table (or choose another one) and try again. Nothing was changed."),
        )
    columns, reasons = _rows(frame, contract)
    complete = ~pd.DataFrame({name: values.isna() for name, values in columns.items()}).to_numpy().any(axis=1)
    bad = reasons != ""
    keep = ~bad
    if labelled:
        keep &= complete & ~np.isnan(target)
        columns[contract.target] = pd.Series(np.nan_to_num(target).astype("int64"))
    rows = _settled(pd.DataFrame(columns)[keep], contract)
    rejected = frame.loc[bad].reset_index(drop=True).assign(reason=reasons[bad])
    return CheckedRows(rows, rejected, np.flatnonzero(keep), reasons, len(frame) - len(rows) - len(rejected))


def labels(frame: pd.DataFrame, contract: Contract) -> np.ndarray:
    """The target as floats, 1 for the contract's positive value, 0 for the other, NaN where unknown or absent.

    "1", 1, 1.0 and True are the same value. More than two values, or two of which none is the positive one, are a
    `CourtsideError`.
    """
    if contract.target not in frame:
        return np.full(len(frame), np.nan)
    values = frame[contract.target]
    known = values.notna().to_numpy()
    codes, distinct = pd.factorize(values[known].astype(object))
    found = [_canonical(value) for value in distinct]
    positive = _canonical(contract.positive)
    names = sorted(set(found))
    if len(names) > 2 or (len(names) == 2 and positive not in names):
        raise CourtsideError(
            message(
                "The target {target} holds {count} values ({values}); expected two, one of them {positive}.",
                target=contract.target,
                count=len(names),
                values=names[:SHOWN],
                positive=contract.positive,
            ),
            message("Choose a column with two outcomes, or correct the positive value in the contract."),
        )
    result = np.full(len(frame), np.nan)
    result[known] = np.array([value == positive for value in found], dtype=float)[codes] if len(found) else 0.0
    return result


def nearest(name: str, names: Iterable[object]) -> str:
    """The name most like `name`, or "" when none is near; lower and upper case count as equal."""
    lowered = {str(other).lower(): str(other) for other in names}
    near = difflib.get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[near[0]] if near else ""


def _structure(frame: pd.DataFrame, contract: Contract, labelled: bool) -> list[Message]:
    expected = [*contract.feature_names, *([contract.target] if labelled else [])]
    faults = [
        message("column {name} appears more than once;", name=str(name))
        for name in frame.columns[frame.columns.duplicated()].unique()
    ]
    for name in expected:
        if name in frame.columns:
            continue
        near = nearest(name, (other for other in frame.columns if other not in expected))
        if near:
            faults.append(message("column {name} is missing (is it {near}?);", name=name, near=near))
        else:
            faults.append(message("column {name} is missing;", name=name))
    if frame.empty:
        faults.append(message("it has no rows;"))
    if frame.columns.is_unique and len(frame):
        faults += [fault for feature in contract.features if feature.name in frame for fault in _type(frame, feature)]
    return faults


def _type(frame: pd.DataFrame, feature: Feature) -> list[Message]:
    values = frame[feature.name]
    known = values.dropna()
    if known.empty:
        return [message("column {name} holds nothing but nulls;", name=feature.name)]
    if feature.kind == "category":
        wrong = known[known.map(lambda value: isinstance(value, list | dict | np.ndarray))] if _mixed(known) else []
    elif pd.api.types.is_numeric_dtype(known.dtype):
        return []
    else:
        wrong = known if not _mixed(known) else known[pd.to_numeric(known, errors="coerce").isna() | _texts(known)]
    if len(wrong) < len(known) / 2:
        return []  # a few bad cells reject their rows; a column that is mostly wrong rejects the table
    rows = [int(position) for position in np.flatnonzero(frame.index.isin(wrong.index[:SHOWN]))][:SHOWN]
    return [
        message(
            "column {name} should hold {expected} and holds {found}, such as {values} in rows {rows};",
            name=feature.name,
            expected=KINDS[feature.kind],
            found=str(values.dtype) if not _mixed(known) else message("text"),
            values=[str(value)[:40] for value in wrong[:SHOWN]],
            rows=rows,
        )
    ]


def _outcomes(target: np.ndarray, contract: Contract) -> list[Message]:
    known = target[~np.isnan(target)]
    if not len(known):
        return [message("the target {target} is null in every row;", target=contract.target)]
    if known.min() == known.max():
        return [message("the target {target} has one outcome only; a model needs both;", target=contract.target)]
    return []


def _rows(frame: pd.DataFrame, contract: Contract) -> tuple[dict[str, pd.Series], np.ndarray]:
    columns: dict[str, pd.Series] = {}
    reasons = np.full(len(frame), "", dtype=object)
    for feature in contract.features:
        raw = frame[feature.name].reset_index(drop=True)
        values = _coerced(raw, feature)
        columns[feature.name] = values
        unreadable = (values.isna() & raw.notna()).to_numpy()
        _blame(reasons, unreadable, raw, message("{name}: not one of {kind}", name=feature.name, kind=KINDS[feature.kind]))
    for feature, row, expected in _out_of_bounds(pd.DataFrame(columns), contract):
        _blame(reasons, row, columns[feature], message("{name}: expected {expected}", name=feature, expected=expected))
    return columns, reasons


def _coerced(raw: pd.Series, feature: Feature) -> pd.Series:
    if feature.kind == "category":
        known = raw.notna()
        return raw.astype(object).where(~known, raw[known].astype(str)).where(known, None)
    if _mixed(raw):
        raw = raw.mask(_texts(raw))
    values = pd.to_numeric(raw.astype(object) if _mixed(raw) else raw, errors="coerce").astype("float64")
    values = values.where(np.isfinite(values))
    if feature.kind == "integer":
        values = values.where(values % 1 == 0)
    if feature.kind == "boolean":
        values = values.where(values.isin((0.0, 1.0)))
    return values


def _out_of_bounds(table: pd.DataFrame, contract: Contract) -> Iterable[tuple[str, np.ndarray, str]]:
    import pandera.pandas as pandera
    from pandera.errors import SchemaErrors

    columns = {}
    expected = {}
    for feature in contract.features:
        rules = []
        if feature.kind != "category" and (feature.minimum is not None or feature.maximum is not None):
            low = -np.inf if feature.minimum is None else feature.minimum
            high = np.inf if feature.maximum is None else feature.maximum
            rules.append(pandera.Check.in_range(low, high))
            expected[feature.name] = f"{low:g} … {high:g}"
        if feature.kind == "category" and feature.categories:
            rules.append(pandera.Check.isin(feature.categories))
            expected[feature.name] = ", ".join(feature.categories[:SHOWN]) + (" …" if len(feature.categories) > SHOWN else "")
        columns[feature.name] = pandera.Column(checks=rules, nullable=True)
    try:
        pandera.DataFrameSchema(columns).validate(table, lazy=True)
    except SchemaErrors as errors:
        for name, cases in errors.failure_cases.groupby("column", sort=False):
            failed = np.zeros(len(table), dtype=bool)
            failed[cases["index"].astype(int)] = True
            yield name, failed, expected[name]


def _blame(reasons: np.ndarray, rows: np.ndarray, values: pd.Series, why: Message) -> None:
    text = str(why)
    for position in np.flatnonzero(rows):
        found = f"{text}, found {str(values.iloc[position])[:40]}"
        reasons[position] = f"{reasons[position]}; {found}" if reasons[position] else found


def _settled(rows: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    # Whole numbers are stored as such where they can be: a file of periods should not read 1.0, 2.0.
    for feature in contract.features:
        if feature.kind in ("integer", "boolean") and rows[feature.name].notna().all():
            rows[feature.name] = rows[feature.name].astype("int64")
    return rows.reset_index(drop=True)


def _mixed(values: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(values.dtype)


def _texts(values: pd.Series) -> pd.Series:
    return values.map(lambda value: isinstance(value, str)).astype(bool)


def _canonical(value: object) -> str:
    text = str(value).strip()
    if text.lower() in ("true", "false"):
        return "1" if text.lower() == "true" else "0"
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if np.isfinite(number) and number.is_integer() else text


def _line(name: str, value: object) -> str | None:
    if value is None or value in ((), ""):
        return None
    if isinstance(value, tuple):
        return f"{name} = [{', '.join(json.dumps(item, ensure_ascii=False) for item in value)}]"
    return f"{name} = {json.dumps(value, ensure_ascii=False)}"
