"""Checks a table against a contract: every row is kept, dropped for a null, or rejected with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from core.contract import KINDS, LONGEST, Contract, Feature, joined, nearest
from core.errors import CourtsideError
from core.messages import Message, message

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
EXACT = 2**53
"""Beyond it a float no longer tells whole numbers apart."""
BOOLS = (bool, np.bool_)
NUMERIC = (str, int, float, Decimal, np.number, np.bool_)
"""Types of a cell that can be read as a number."""


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


@dataclass(frozen=True)
class CheckedRows:
    """A table after its check: rows in = `rows` + `rejected` + `dropped_null`.

    `rows` are the kept rows in their order with the contract's columns only: features, then the target as 0/1 if
    labels were asked for. `time` orders them (years, or whatever numbers the time column holds) and `group` tells
    their groups apart, (rows,) each, None where the contract or the table has no such column. `kept_positions` are
    their row positions in the input, (rows,). `rejected` has the input's columns and `reason`; a `reason` of the
    input becomes `input_reason`. `reasons` has one text per input row, empty where the row is kept. `violations` say
    per column what was rejected, `nulls` per feature the share of input rows without a value.
    """

    rows: pd.DataFrame
    time: np.ndarray | None
    group: np.ndarray | None
    rejected: pd.DataFrame
    kept_positions: np.ndarray
    reasons: np.ndarray
    violations: tuple[Message, ...]
    nulls: dict[str, float]
    dropped_null: int


def check(
    frame: pd.DataFrame | Iterable[pd.DataFrame],
    contract: Contract,
    *,
    labelled: bool,
    refused: Sequence[tuple[Message, np.ndarray]] = (),
) -> CheckedRows:
    """Checks a table against a contract, all violations at once.

    What is wrong with the table as a whole (missing or repeated columns, a column of another type or without any
    value, no rows, a target without two outcomes) is one `CourtsideError` that lists everything. What is wrong with
    a row (a value out of range, unreadable, or an unknown category; an id that an earlier row has) rejects that row
    with its reason.

    With `labelled` (to train), a row with a null feature or target is dropped and counted, and not rejected; whole
    numbers and booleans come back as int64. Without (to score), null features stay for the model to fill, the target
    is not looked at, and every number comes back as float64, so that dtypes do not depend on the batch. A feature
    whose `nulls` are "keep" or "reject" says otherwise. Dates come back as years with their fraction.

    A table too large to be held whole comes as its chunks. `refused` are further reasons to reject rows, each with
    its rows (bool, one per input row), such as the ids that `repeats` finds; for a table that comes whole the ids
    are looked after here.
    """
    if isinstance(frame, pd.DataFrame):
        if labelled and _once(frame, contract.id):
            refused = [*refused, (repeated_id(contract), repeats(frame[contract.id]))]
        frame = [frame]
    parts: list[_Part] = []
    for chunk in frame:
        start = parts[-1].stop if parts else 0
        here = [(reason, rows[start : start + len(chunk)]) for reason, rows in refused]
        parts.append(_part(chunk.reset_index(drop=True), contract, labelled, here, start))
    facts = _added_up(parts)
    refuse(_faults(parts, facts, contract, labelled), contract)
    return CheckedRows(
        rows=_stacked([part.rows for part in parts]),
        time=_known([part.time for part in parts]),
        group=_known([part.group for part in parts]),
        rejected=pd.concat([part.rejected for part in parts], ignore_index=True),
        kept_positions=np.concatenate([part.positions for part in parts]),
        reasons=np.concatenate([part.reasons for part in parts]),
        violations=tuple(_violations(parts, contract)),
        nulls={name: 1 - found.known / parts[-1].stop for name, found in facts.items()},
        dropped_null=sum(part.dropped for part in parts),
    )


def labels(frame: pd.DataFrame, contract: Contract) -> np.ndarray:
    """The target as floats (rows,): 1 for the contract's positive value, 0 for the other, NaN if unknown or absent.

    "1", 1, 1.0 and True are the same value. More than two values, or two of which none is the positive one, are a
    `CourtsideError`; a batch with one of the two outcomes is not.
    """
    if contract.target not in frame:
        return np.full(len(frame), np.nan)
    target, names = _outcomes(frame[contract.target], contract)
    faults = _unfit(names, contract)
    if faults:
        raise CourtsideError(
            faults[0], message("Choose a column with two outcomes, or correct the positive value in the contract.")
        )
    return target


def repeats(ids: pd.Series) -> np.ndarray:
    """Per row whether an earlier row has the same id; a null id repeats nothing. Shape (rows,), bool."""
    if ids.dtype.kind in "iu":  # sorting needs a quarter of the memory that a hash table does
        values = ids.to_numpy()
        order = np.argsort(values, kind="stable")
        found = np.zeros(len(values), dtype=bool)
        found[order[1:]] = values[order[1:]] == values[order[:-1]]
        return found
    try:
        return (ids.duplicated() & ids.notna()).to_numpy()
    except TypeError:  # lists and other unhashable values
        return (ids.map(str, na_action="ignore").duplicated() & ids.notna()).to_numpy()


def repeated_id(contract: Contract) -> Message:
    """Why a row whose id has been there before is rejected."""
    return message("{name} is that of an earlier row", name=contract.id)


def canonical(value: object) -> str:
    """A target value as text: "1", 1, 1.0 and True are the same outcome."""
    text = str(value).strip()
    if text.lower() in ("true", "false"):
        return "1" if text.lower() == "true" else "0"
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else str(number)


def read_column(values: pd.Series, feature: Feature) -> tuple[pd.Series, Facts]:
    """A feature's values as its kind, float64 or text, null where there is none or it can't be read; and the facts.

    Every value is read by itself: the same value gives the same reading, whatever stands in the rows around it.
    """
    raw = _plain(values.reset_index(drop=True))
    read = _read(raw, feature)
    return read, _facts(raw, read)


def reading(values: pd.Series, feature: Feature) -> pd.Series:
    """What `read_column` reads, for whoever has no use for the facts: they take as long."""
    return _read(_plain(values.reset_index(drop=True)), feature)


def reasons(frame: pd.DataFrame, failed: Mapping[str, np.ndarray], contract: Contract) -> np.ndarray:
    """Why each row of a table is rejected, (rows,), given the rows (rows,) in which a feature failed."""
    frame = frame.reset_index(drop=True)
    found = np.full(len(frame), "", dtype=object)
    for feature in contract.features:
        if feature.name in failed and failed[feature.name].any():
            values = _plain(frame[feature.name])
            none = values.isna().to_numpy()
            _blame(found, failed[feature.name] & ~none, values, feature)
            _add(found, failed[feature.name] & none, str(_without(feature.name)))
    return found


def structure(columns: Iterable[object], rows: int, contract: Contract, labelled: bool) -> list[Message]:
    """What is wrong with a table's columns and number of rows, before any value is looked at."""
    names = pd.Index(columns)
    expected = [*contract.feature_names, *([contract.target] if labelled else [])]
    faults = [] if rows else [message("it has no rows")]
    for name in names[names.duplicated()].unique():
        faults.append(message("column {name} appears more than once", name=str(name)))
    for name in expected:
        if name not in names:
            near = nearest(name, (other for other in names if other not in expected))
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
            if feature.nulls != "keep":
                faults.append(message("column {name} has no value in any row", name=feature.name))
        elif feature.kind not in ("category", "date") and not facts.wrong and facts.found == FOUND["string"]:
            faults.append(_mistyped(feature, facts, facts.first_known))
        elif 2 * facts.wrong > facts.known:  # a few bad cells reject their rows; mostly bad ones are another column
            faults.append(_mistyped(feature, facts, facts.first_wrong))
    return faults


def refuse(faults: list[Message], contract: Contract) -> None:
    """Raises what is wrong with a table as a whole, all of it in one `CourtsideError`; nothing wrong is silence."""
    if faults:
        raise CourtsideError(
            message("The table does not fit the contract {name}: {faults}.", name=contract.name, faults=joined(faults)),
            message("Correct the table or choose another one. Nothing was changed."),
        )


@dataclass(frozen=True)
class _Part:
    names: pd.Index
    stop: int
    facts: dict[str, Facts]
    outcomes: set[str]
    failed: dict[str, tuple[int, list[str]]]
    refused: list[tuple[Message, int]]
    rows: dict[str, np.ndarray]
    time: np.ndarray | None
    group: np.ndarray | None
    rejected: pd.DataFrame
    positions: np.ndarray
    reasons: np.ndarray
    dropped: int


def _part(
    chunk: pd.DataFrame,
    contract: Contract,
    labelled: bool,
    refused: list[tuple[Message, np.ndarray]],
    start: int,
) -> _Part:
    raw = {name: _plain(chunk[name]) for name in contract.feature_names if _once(chunk, name)}
    features = [feature for feature in contract.features if feature.name in raw]
    read = {feature.name: _read(raw[feature.name], feature) for feature in features}
    facts = {item.name: _facts(raw[item.name], read[item.name]) for item in features}
    missing, forbidden = _nulls(raw, features, labelled)
    target, outcomes = None, set()
    if labelled and _once(chunk, contract.target):
        target, outcomes = _outcomes(chunk[contract.target], contract)
        missing[contract.target] = np.isnan(target)
    null = np.logical_or.reduce(list(missing.values())) if missing else np.zeros(len(chunk), dtype=bool)
    reasons, failed = np.full(len(chunk), "", dtype=object), {}
    for feature, rows in _failures(raw, read, features):
        rows &= ~null
        if rows.any():
            failed[feature.name] = _blame(reasons, rows, raw[feature.name], feature)
    for name, rows in forbidden.items():
        _add(reasons, rows & ~null, str(_without(name)))
    for reason, rows in refused:
        _add(reasons, rows & ~null, str(reason))
    bad = reasons != ""
    for name, rows in missing.items():
        _add(reasons, rows, str(_without(name)))
    keep = ~bad & ~null
    return _Part(
        names=chunk.columns,
        stop=start + len(chunk),
        facts=facts,
        outcomes=outcomes,
        failed=failed,
        refused=[(reason, int((rows & ~null).sum())) for reason, rows in refused],
        rows=_settled(read, keep, features, target, contract, labelled),
        time=_moments(chunk[contract.time][keep]) if labelled and _once(chunk, contract.time) else None,
        group=_groups(chunk[contract.group][keep]) if labelled and _once(chunk, contract.group) else None,
        rejected=_with_reasons(chunk[bad], reasons[bad]),
        positions=start + np.flatnonzero(keep),
        reasons=reasons,
        dropped=int(null.sum()),
    )


def _moments(values: pd.Series) -> np.ndarray:
    numeric = pd.api.types.is_numeric_dtype(values.dtype)
    return values.to_numpy(dtype="float64", na_value=np.nan) if numeric else years(_plain(values)).to_numpy()


def _groups(values: pd.Series) -> np.ndarray:
    return pd.util.hash_array(values.astype(str).to_numpy(dtype=object))


def _known(arrays: list[np.ndarray | None]) -> np.ndarray | None:
    return None if any(array is None for array in arrays) else np.concatenate(arrays)


def _without(name: str) -> Message:
    return message("{name} has no value", name=name)


def _once(frame: pd.DataFrame, name: str) -> bool:
    return bool(name) and list(frame.columns).count(name) == 1


def _stacked(parts: list[dict[str, np.ndarray]]) -> pd.DataFrame:
    # Column by column, each part's giving way as it is used: the whole is never held twice.
    columns = {name: np.concatenate([part.pop(name) for part in parts]) for name in list(parts[0])}
    return pd.DataFrame(columns, copy=False)


def _nulls(
    raw: dict[str, pd.Series], features: list[Feature], labelled: bool
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    drop = [feature.name for feature in features if labelled and feature.nulls == "drop"]
    reject = [feature.name for feature in features if feature.nulls == "reject"]
    none = {name: raw[name].isna().to_numpy() for name in [*drop, *reject]}
    return {name: none[name] for name in drop}, {name: none[name] for name in reject}


def _added_up(parts: list[_Part]) -> dict[str, Facts]:
    whole: dict[str, Facts] = {}
    before = 0
    for part in parts:
        whole |= {name: whole.get(name, Facts()).then(facts, before) for name, facts in part.facts.items()}
        before = part.stop
    return whole


def _faults(parts: list[_Part], facts: dict[str, Facts], contract: Contract, labelled: bool) -> list[Message]:
    if not parts:
        return [message("it has no rows")]
    names, rows = parts[0].names, parts[-1].stop
    faults = structure(names, rows, contract, labelled)
    if rows:
        faults += types(facts, contract)
    if rows and labelled and names.tolist().count(contract.target) == 1:
        faults += _target(set().union(*(part.outcomes for part in parts)), contract)
    return faults


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


def _target(names: set[str], contract: Contract) -> list[Message]:
    if not names:
        return [message("the target {target} has no value in any row", target=contract.target)]
    if len(names) == 1:
        return [message("the target {target} has one outcome only and needs two", target=contract.target)]
    return _unfit(names, contract)


def _unfit(names: set[str], contract: Contract) -> list[Message]:
    positive = canonical(contract.positive)
    if len(names) < 2 or (len(names) == 2 and positive in names):
        return []
    return [
        message(
            "the target {target} holds {count:,} values ({values}) and should hold two, one of them {positive}",
            target=contract.target,
            count=len(names),
            values=sorted(names)[:SHOWN],
            positive=contract.positive,
        )
    ]


def _outcomes(values: pd.Series, contract: Contract) -> tuple[np.ndarray, set[str]]:
    try:
        codes, distinct = pd.factorize(values)
    except TypeError:  # lists and other unhashable values
        codes, distinct = pd.factorize(values.map(str, na_action="ignore"))
    found, positive = [canonical(value) for value in distinct], canonical(contract.positive)
    return np.array([*(float(value == positive) for value in found), np.nan])[codes], set(found)


def _violations(parts: list[_Part], contract: Contract) -> Iterator[Message]:
    for feature in contract.features:
        failed = [part.failed[feature.name] for part in parts if feature.name in part.failed]
        if failed:
            yield message(
                "{name} should be {expected}; {rows:,} rows differ, such as {values}",
                name=feature.name,
                expected=_expected(feature),
                rows=sum(count for count, _ in failed),
                values=list(dict.fromkeys(value for _, values in failed for value in values))[:SHOWN],
            )
    for number, (reason, _) in enumerate(parts[0].refused):
        rows = sum(part.refused[number][1] for part in parts)
        if rows:
            yield message("in {rows:,} rows {reason}", rows=rows, reason=reason)


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
    if feature.kind == "date":
        return years(values)
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


def years(values: pd.Series) -> pd.Series:
    """Dates as years with their fraction (2016-07-01 is 2016.497), null where there is no date; floats (rows,)."""
    if values.dtype.kind in "biufc":  # a bare number is no date, whatever pandas would make of it
        return pd.Series(np.nan, index=values.index)
    try:
        moments = pd.to_datetime(
            values, errors="coerce", utc=True, format="ISO8601" if values.dtype == object else None
        )
        unread = values[moments.isna() & values.notna()]
        if len(unread):
            moments[unread.index] = pd.to_datetime(unread, errors="coerce", utc=True, format="%d/%m/%Y")
    except (TypeError, ValueError):
        return pd.Series(np.nan, index=values.index)
    moments = moments.dt.tz_localize(None)
    first = moments.dt.to_period("Y").dt.start_time
    length = np.where(moments.dt.is_leap_year, 366, 365)
    return moments.dt.year + (moments - first) / pd.Timedelta(days=1) / length


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
    raw: dict[str, pd.Series], read: dict[str, pd.Series], features: list[Feature]
) -> Iterator[tuple[Feature, np.ndarray]]:
    import pandera.pandas as pandera
    from pandera.errors import SchemaErrors

    schema = pandera.DataFrameSchema(
        {item.name: pandera.Column(checks=_rules(item, pandera.Check), nullable=True) for item in features}
    )
    failed = {name: (raw[name].notna() & values.isna()).to_numpy() for name, values in read.items()}
    try:
        schema.validate(pd.DataFrame(read), lazy=True)
    except SchemaErrors as errors:
        for error in errors.schema_errors:
            passed = error.check_output  # of the rows that hold a value
            failed[error.schema.name][passed.index[~passed]] = True
    for feature in features:
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


def _blame(reasons: np.ndarray, failed: np.ndarray, values: pd.Series, feature: Feature) -> tuple[int, list[str]]:
    found = [str(value)[:LONGEST] for value in values[failed]]
    start = str(message("{name} should be {expected} and is", name=feature.name, expected=_expected(feature)))
    _add(reasons, failed, [f"{start} {value}" for value in found])
    return len(found), list(dict.fromkeys(found))[:SHOWN]


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
    if feature.kind == "date":
        return message("a date")
    kind = message("a whole number") if feature.kind == "integer" else message("a number")
    if low is not None and high is not None:
        return message("{kind} from {low} to {high}", kind=kind, low=low, high=high)
    if low is not None:
        return message("{kind} of at least {low}", kind=kind, low=low)
    return kind if high is None else message("{kind} of at most {high}", kind=kind, high=high)


def _settled(
    read: dict[str, pd.Series],
    keep: np.ndarray,
    features: list[Feature],
    target: np.ndarray | None,
    contract: Contract,
    labelled: bool,
) -> dict[str, np.ndarray]:
    columns = {name: values.to_numpy()[keep] for name, values in read.items()}
    if labelled:
        whole = [item.name for item in features if item.kind in ("integer", "boolean") and item.nulls != "keep"]
        columns |= {name: _whole(columns[name]) for name in whole}
    if target is not None:
        columns[contract.target] = target[keep].astype("int64")
    return columns


def _whole(values: np.ndarray) -> np.ndarray:
    return values if np.isnan(values).any() else values.astype("int64")
