"""What a project's table must look like: the contract, and the check of a table against it."""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, asdict, dataclass, fields
from decimal import Decimal
from pathlib import Path
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
LONGEST = 40
"""Characters of a value that a message quotes."""
EXACT = 2**53
"""Beyond it a float no longer tells whole numbers apart."""
BOOLS = (bool, np.bool_)
NUMERIC = (str, int, float, Decimal, np.number, np.bool_)
"""Types of a cell that can be read as a number."""


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

    `rows` are the kept rows in their order with the contract's columns only: features, then the target as 0/1 if
    labels were asked for. `kept_positions` are their row positions in the input, (rows,). `rejected` has the
    input's columns and `reason`; a `reason` of the input becomes `input_reason`. `reasons` has one text per input
    row, empty where the row is kept. `violations` say per column what was rejected.
    """

    rows: pd.DataFrame
    rejected: pd.DataFrame
    kept_positions: np.ndarray
    reasons: np.ndarray
    violations: tuple[Message, ...]
    dropped_null: int


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


def load(path: Path) -> Contract:
    """The contract in a TOML file; a file that is missing or no contract is a `CourtsideError` that names it."""
    try:
        return loads(path.read_text(encoding="utf-8"))
    except CourtsideError as error:
        raise CourtsideError(message("{file}: {what}", file=path.name, what=error.message), error.hint) from error
    except (OSError, UnicodeDecodeError) as error:
        raise CourtsideError(
            message("The contract {path} can't be read.", path=str(path)), message("Check the path and the file.")
        ) from error


def loads(text: str) -> Contract:
    """The contract that a TOML text describes; everything that is wrong with it is one `CourtsideError`."""
    try:
        stored = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unusable([message("it is not TOML: {error}", error=str(error))]) from error
    tables = stored.pop("features", [])
    faults = _entries(stored, Contract, message("the contract"))
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise _unusable([*faults, message("it has no [[features]]")])
    for number, table in enumerate(tables, start=1):
        faults += _entries(table, Feature, message("feature {name}", name=str(table.get("name", number))))
    if faults:
        raise _unusable(faults)
    contract = Contract(**stored, features=tuple(_feature(table) for table in tables))
    faults = _contradictions(contract)
    if faults:
        raise _unusable(faults)
    return contract


def dumps(contract: Contract) -> str:
    """The contract as TOML; `loads` gives an equal one back."""
    lines = [_line(item, getattr(contract, item.name)) for item in fields(Contract) if item.name != "features"]
    for feature in contract.features:
        lines += ["", "[[features]]", *(_line(item, getattr(feature, item.name)) for item in fields(Feature))]
    return "\n".join(line for line in lines if line is not None) + "\n"


def check(frame: pd.DataFrame, contract: Contract, *, labelled: bool) -> CheckedRows:
    """Checks a table against a contract, all violations at once.

    What is wrong with the table as a whole (missing or repeated columns, a column of another type or without any
    value, no rows, a target without two outcomes) is one `CourtsideError` that lists everything. What is wrong with
    a row (a value out of range, unreadable, or an unknown category) rejects that row with its reason.

    With `labelled` (to train), a row with a null feature or target is dropped and counted, and not rejected; whole
    numbers and booleans come back as int64. Without (to score), null features stay for the model to fill, the target
    is not looked at, and every number comes back as float64, so that dtypes do not depend on the batch.
    """
    frame = frame.reset_index(drop=True)
    raw = {name: _plain(frame[name]) for name in contract.feature_names if list(frame.columns).count(name) == 1}
    read = {feature.name: _read(raw[feature.name], feature) for feature in contract.features if feature.name in raw}
    target, faults = _target(frame, contract) if labelled else (None, [])
    found = {name: _facts(raw[name], values) for name, values in read.items() if len(frame)}
    refuse([*structure(frame.columns, len(frame), contract, labelled), *types(found, contract), *faults], contract)
    missing = {name: values.isna().to_numpy() for name, values in raw.items()} if labelled else {}
    if labelled:
        missing[contract.target] = np.isnan(target)
    null = np.logical_or.reduce(list(missing.values())) if labelled else np.zeros(len(frame), dtype=bool)
    reasons = np.full(len(frame), "", dtype=object)
    violations = []
    for feature, failed in _failures(raw, read, contract):
        failed &= ~null
        if failed.any():
            violations.append(_blame(reasons, failed, raw[feature.name], feature))
    bad = reasons != ""
    for name, rows in missing.items():
        _add(reasons, rows, str(message("{name} has no value", name=name)))
    keep = ~bad & ~null
    rows = _settled(read, keep, contract, target)
    rejected = _with_reasons(frame[bad], reasons[bad])
    return CheckedRows(rows, rejected, np.flatnonzero(keep), reasons, tuple(violations), int(null.sum()))


def labels(frame: pd.DataFrame, contract: Contract) -> np.ndarray:
    """The target as floats (rows,): 1 for the contract's positive value, 0 for the other, NaN if unknown or absent.

    "1", 1, 1.0 and True are the same value. More than two values, or two of which none is the positive one, are a
    `CourtsideError`; a batch with one of the two outcomes is not.
    """
    if contract.target not in frame:
        return np.full(len(frame), np.nan)
    values = frame[contract.target]
    try:
        codes, distinct = pd.factorize(values)
    except TypeError:  # lists and other unhashable values
        codes, distinct = pd.factorize(values.map(str, na_action="ignore"))
    found = [_canonical(value) for value in distinct]
    positive = _canonical(contract.positive)
    names = sorted(set(found))
    if len(names) > 2 or (len(names) == 2 and positive not in names):
        raise CourtsideError(
            message(
                "the target {target} holds {count:,} values ({values}) and should hold two, one of them {positive}",
                target=contract.target,
                count=len(names),
                values=names[:SHOWN],
                positive=contract.positive,
            ),
            message("Choose a column with two outcomes, or correct the positive value in the contract."),
        )
    return np.array([*(float(value == positive) for value in found), np.nan])[codes]


def read_column(values: pd.Series, feature: Feature) -> tuple[pd.Series, Facts]:
    """A feature's values as its kind, float64 or text, null where there is none or it can't be read; and the facts.

    Every value is read by itself: the same value gives the same reading, whatever stands in the rows around it.
    """
    raw = _plain(values.reset_index(drop=True))
    read = _read(raw, feature)
    return read, _facts(raw, read)


def reasons(frame: pd.DataFrame, failed: Mapping[str, np.ndarray], contract: Contract) -> np.ndarray:
    """Why each row of a table is rejected, (rows,), given the rows (rows,) in which a feature failed."""
    frame = frame.reset_index(drop=True)
    found = np.full(len(frame), "", dtype=object)
    for feature in contract.features:
        if feature.name in failed and failed[feature.name].any():
            _blame(found, failed[feature.name], _plain(frame[feature.name]), feature)
    return found


def structure(columns: Iterable[object], rows: int, contract: Contract, labelled: bool) -> list[Message]:
    """What is wrong with a table's columns and number of rows, before any value is looked at."""
    columns = pd.Index(columns)
    expected = [*contract.feature_names, *([contract.target] if labelled else [])]
    faults = [] if rows else [message("it has no rows")]
    for name in columns[columns.duplicated()].unique():
        faults.append(message("column {name} appears more than once", name=str(name)))
    for name in expected:
        if name not in columns:
            near = nearest(name, (other for other in columns if other not in expected))
            faults.append(
                message("column {name} is missing (is it {near}?)", name=name, near=near)
                if near
                else message("column {name} is missing", name=name)
            )
    return faults


def types(found: Mapping[str, Facts], contract: Contract) -> list[Message]:
    """What is wrong with whole columns: no value in any row, or values of another kind."""
    faults = []
    for feature in contract.features:
        facts = found.get(feature.name)
        if facts is None:
            continue
        if not facts.known:
            faults.append(message("column {name} has no value in any row", name=feature.name))
        elif feature.kind != "category" and not facts.wrong and facts.found == FOUND["string"]:
            faults.append(_mistyped(feature, facts, facts.first_known))
        elif 2 * facts.wrong > facts.known:  # a few bad cells reject their rows; mostly bad ones are another column
            faults.append(_mistyped(feature, facts, facts.first_wrong))
    return faults


def refuse(faults: list[Message], contract: Contract) -> None:
    """Raises what is wrong with a table as a whole, all of it in one `CourtsideError`; nothing wrong is silence."""
    if faults:
        raise CourtsideError(
            message(
                "The table does not fit the contract {name}: {faults}.", name=contract.name, faults=_joined(faults)
            ),
            message("Correct the table or choose another one. Nothing was changed."),
        )


def nearest(name: str, names: Iterable[object]) -> str:
    """The one of `names` most like `name`, or "" when none is near; lower and upper case count as equal."""
    lowered = {str(other).lower(): str(other) for other in names}
    near = difflib.get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[near[0]] if near else ""


def _quoted(
    first: tuple[tuple[int, str], ...], then: tuple[tuple[int, str], ...], before: int
) -> tuple[tuple[int, str], ...]:
    return (*first, *((before + row, value) for row, value in then))[:SHOWN]


def _facts(raw: pd.Series, read: pd.Series) -> Facts:
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


def _first(values: pd.Series, where: pd.Series) -> tuple[tuple[int, str], ...]:
    rows = np.flatnonzero(where)[:SHOWN]
    return tuple((int(row), str(value)[:LONGEST]) for row, value in zip(rows, values.iloc[rows], strict=True))


def _mistyped(feature: Feature, found: Facts, first: tuple[tuple[int, str], ...]) -> Message:
    return message(
        "column {name} holds {found} and should hold {expected}: {values} in rows {rows}",
        name=feature.name,
        found=found.found,
        expected=KINDS[feature.kind],
        values=[value for _, value in first],
        rows=[row + 1 for row, _ in first],
    )


def _target(frame: pd.DataFrame, contract: Contract) -> tuple[np.ndarray | None, list[Message]]:
    if list(frame.columns).count(contract.target) != 1 or not len(frame):
        return None, []
    try:
        target = labels(frame, contract)
    except CourtsideError as error:
        return None, [error.message]
    known = target[~np.isnan(target)]
    if not len(known):
        return target, [message("the target {target} has no value in any row", target=contract.target)]
    if known.min() == known.max():
        return target, [message("the target {target} has one outcome only and needs two", target=contract.target)]
    return target, []


def _plain(values: pd.Series) -> pd.Series:
    # Nullable, Arrow, dictionary and sparse columns are ways to store a column, not other columns.
    if isinstance(values.dtype, np.dtype):
        return values
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        return pd.Series(values.to_numpy(dtype="float64", na_value=np.nan))
    return values.astype(object)


def _read(values: pd.Series, feature: Feature) -> pd.Series:
    # What can't be read is null here and not null in `values`: that difference is how it is found.
    if feature.kind == "category":
        return _texts(values)
    bools = feature.kind == "boolean"
    if values.dtype == object:
        if pd.api.types.infer_dtype(values) not in ("string", "integer", "floating", "mixed-integer-float", "decimal"):
            usable = [isinstance(value, NUMERIC) and (bools or not isinstance(value, BOOLS)) for value in values]
            values = values.where(usable)
        values = pd.to_numeric(values, errors="coerce")
    elif values.dtype.kind not in ("biuf" if bools else "iuf"):
        return pd.Series(np.nan, index=values.index)
    numbers = values.astype("float64")
    return numbers.where(np.isfinite(numbers))


def _texts(values: pd.Series) -> pd.Series:
    try:
        codes, distinct = pd.factorize(values)
    except TypeError:  # lists and other unhashable values are no categories
        return pd.Series(None, index=values.index, dtype=object)
    return pd.Series(np.array([*map(_text, distinct), None], dtype=object)[codes], index=values.index, dtype=object)


def _text(value: object) -> str | None:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))  # whole numbers become floats in a column that has nulls
    return None if isinstance(value, bytes | tuple | frozenset | complex) else str(value)


def _failures(
    raw: dict[str, pd.Series], read: dict[str, pd.Series], contract: Contract
) -> Iterator[tuple[Feature, np.ndarray]]:
    import pandera.pandas as pandera
    from pandera.errors import SchemaErrors

    schema = pandera.DataFrameSchema(
        {item.name: pandera.Column(checks=_rules(item, pandera.Check), nullable=True) for item in contract.features}
    )
    failed = {name: (raw[name].notna() & values.isna()).to_numpy() for name, values in read.items()}
    try:
        schema.validate(pd.DataFrame(read), lazy=True)
    except SchemaErrors as errors:
        for error in errors.schema_errors:
            passed = error.check_output  # of the rows that hold a value
            failed[error.schema.name][passed.index[~passed]] = True
    for feature in contract.features:
        yield feature, failed[feature.name]


def _rules(feature: Feature, check: type) -> list:
    few = {"n_failure_cases": 1}  # pandera would list every failing cell a second time, slowly
    if feature.kind == "category":
        return [check.isin(feature.categories, **few)] if feature.categories else []
    rules = [check.isin([0, 1], **few)] if feature.kind == "boolean" else []
    if feature.kind == "integer":
        rules.append(check(lambda values: (values % 1 == 0) & (values.abs() <= EXACT), **few))
    if feature.minimum is not None:
        rules.append(check.ge(feature.minimum, **few))
    if feature.maximum is not None:
        rules.append(check.le(feature.maximum, **few))
    return rules


def _blame(reasons: np.ndarray, failed: np.ndarray, values: pd.Series, feature: Feature) -> Message:
    expected = _expected(feature)
    found = [str(value)[:LONGEST] for value in values[failed]]
    start = str(message("{name} should be {expected} and is", name=feature.name, expected=expected))
    _add(reasons, failed, [f"{start} {value}" for value in found])
    return message(
        "{name} should be {expected}; {rows:,} rows differ, such as {values}",
        name=feature.name,
        expected=expected,
        rows=len(found),
        values=list(dict.fromkeys(found))[:SHOWN],
    )


def _add(reasons: np.ndarray, rows: np.ndarray, texts: str | list[str]) -> None:
    if isinstance(texts, str):
        texts = [texts] * int(rows.sum())
    reasons[rows] = [f"{old}; {new}" if old else new for old, new in zip(reasons[rows], texts, strict=True)]


def _with_reasons(rows: pd.DataFrame, reasons: np.ndarray) -> pd.DataFrame:
    given = "reason"
    while given in rows.columns:  # rejected rows that were mended come back with the reasons of before
        given = f"input_{given}"
    return rows.rename(columns={"reason": given}).reset_index(drop=True).assign(reason=reasons)


def _expected(feature: Feature) -> Message:
    low, high = feature.minimum, feature.maximum
    if feature.kind == "category":
        return message("one of {names}", names=list(feature.categories) or [KINDS["category"]])
    if feature.kind == "boolean":
        return message("1 or 0")
    kind = message("a whole number") if feature.kind == "integer" else message("a number")
    if low is not None and high is not None:
        return message("{kind} from {low} to {high}", kind=kind, low=low, high=high)
    if low is not None:
        return message("{kind} of at least {low}", kind=kind, low=low)
    return kind if high is None else message("{kind} of at most {high}", kind=kind, high=high)


def _settled(
    read: dict[str, pd.Series], keep: np.ndarray, contract: Contract, target: np.ndarray | None
) -> pd.DataFrame:
    columns = {name: values.to_numpy()[keep] for name, values in read.items()}
    if target is not None:
        whole = [feature.name for feature in contract.features if feature.kind in ("integer", "boolean")]
        columns |= {name: columns[name].astype("int64") for name in whole}
        columns[contract.target] = target[keep].astype("int64")
    return pd.DataFrame(columns)


def _canonical(value: object) -> str:
    text = str(value).strip()
    if text.lower() in ("true", "false"):
        return "1" if text.lower() == "true" else "0"
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else str(number)


def _joined(faults: list[Message]) -> Message:
    whole = faults[0]
    for fault in faults[1:]:
        whole = message("{first}; {then}", first=whole, then=fault)
    return whole


def _unusable(faults: list[Message]) -> CourtsideError:
    return CourtsideError(
        message("The contract can't be used: {faults}.", faults=_joined(faults)),
        message("Correct its file; data/contracts/kobe.toml is an example."),
    )


def _entries(table: dict, kind: type, where: Message) -> list[Message]:
    known = {item.name: item for item in fields(kind) if item.name != "features"}
    faults = []
    for name, value in table.items():
        if name not in known:
            near = nearest(name, known)
            faults.append(
                message("{where} has no key {name} (is it {near}?)", where=where, name=name, near=near)
                if near
                else message("{where} has no key {name}", where=where, name=name)
            )
        elif not _fits(name, value):
            faults.append(message("{where} has {value} for {name}", where=where, value=str(value)[:LONGEST], name=name))
    for name, item in known.items():
        if item.default is MISSING and not table.get(name):
            faults.append(message("{where} lacks {name}", where=where, name=name))
    return faults


def _fits(name: str, value: object) -> bool:
    match name:
        case "minimum" | "maximum":
            return isinstance(value, int | float) and not isinstance(value, bool) and value == value
        case "categories":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case "kind":
            return isinstance(value, str) and value in KINDS
        case _:
            return isinstance(value, str)


def _feature(table: dict) -> Feature:
    return Feature(**{**table, "categories": tuple(table.get("categories", ()))})


def _contradictions(contract: Contract) -> list[Message]:
    names = contract.feature_names
    twice = dict.fromkeys(name for name in names if names.count(name) > 1)
    faults = [message("feature {name} appears more than once", name=name) for name in twice]
    if contract.target in names:
        faults.append(message("the target {target} is a feature too", target=contract.target))
    for feature in contract.features:
        if feature.minimum is not None and feature.maximum is not None and feature.minimum > feature.maximum:
            faults.append(message("feature {name} has a minimum above its maximum", name=feature.name))
    return faults


def _line(item: Field, value: object) -> str | None:
    if item.default is not MISSING and value == item.default:
        return None
    if isinstance(value, tuple):
        return f"{item.name} = [{', '.join(map(_toml, value))}]"
    return f"{item.name} = {_toml(value)}"


def _toml(value: str | float) -> str:
    if isinstance(value, str):  # JSON's strings are TOML's, but for one character that TOML wants escaped
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
