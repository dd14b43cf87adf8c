"""Checks a table against a contract: every row is kept, dropped for a null, or rejected with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from core.data import reading
from core.data.contract import LONGEST, Contract, Feature, joined, nearest
from core.data.reading import FOUND, SHOWN, Facts, canonical
from core.data.values import years
from core.text.errors import CourtsideError
from core.text.messages import Message, message

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandera.pandas import Check

    from core.data.arrays import Array, Bools, Floats, Hashes, Ints, Series, Texts

Number = TypeVar("Number", bound=np.number[Any])


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
    time: Floats | None
    group: Hashes | None
    rejected: pd.DataFrame
    kept_positions: Ints
    reasons: Texts
    violations: tuple[Message, ...]
    nulls: dict[str, float]
    dropped_null: int


def check(
    frame: pd.DataFrame | Iterable[pd.DataFrame],
    contract: Contract,
    *,
    labelled: bool,
    refused: Sequence[tuple[Message, Bools]] = (),
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
    return _together(parts, facts, contract)


def accepted(rows: pd.DataFrame, contract: Contract, *, labelled: bool) -> CheckedRows:
    """Rows of a table that was checked before, read as `check` reads them. They are not judged as a table once more:
    what is left of it may be one row, of one outcome, or none."""
    part = _part(rows.reset_index(drop=True), contract, labelled, [], 0)
    return _together([part], _added_up([part]), contract)


def _together(parts: list[_Part], facts: dict[str, Facts], contract: Contract) -> CheckedRows:
    return CheckedRows(
        rows=_stacked([part.rows for part in parts]),
        time=_known([part.time for part in parts]),
        group=_known([part.group for part in parts]),
        rejected=pd.concat([part.rejected for part in parts], ignore_index=True),
        kept_positions=np.concatenate([part.positions for part in parts]),
        reasons=np.concatenate([part.reasons for part in parts]),
        violations=tuple(_violations(parts, contract)),
        nulls={name: 1 - found.known / max(parts[-1].stop, 1) for name, found in facts.items()},
        dropped_null=sum(part.dropped for part in parts),
    )


def labels(frame: pd.DataFrame, contract: Contract) -> Floats:
    """The target as floats (rows,): 1 for the contract's positive value, 0 for the other, NaN if unknown or absent.

    "1", 1, 1.0 and True are the same value. More than two values, or two of which none is the positive one, are a
    `CourtsideError`; a batch with one of the two outcomes is not.
    """
    if contract.target not in frame:
        return np.full(len(frame), np.nan)
    target, names = reading.outcomes(frame[contract.target], contract.positive)
    faults = _unfit(names, contract)
    if faults:
        raise CourtsideError(
            faults[0], message("Choose a column with two outcomes, or correct the positive value in the contract.")
        )
    return target


def repeats(ids: Series) -> Bools:
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


def reasons(frame: pd.DataFrame, failed: Mapping[str, Bools], contract: Contract) -> Texts:
    """Why each row of a table is rejected, (rows,), given the rows (rows,) in which a feature failed."""
    frame = frame.reset_index(drop=True)
    found = np.full(len(frame), "", dtype=object)
    for feature in contract.features:
        if feature.name in failed and failed[feature.name].any():
            values = reading.plain(frame[feature.name])
            none = values.isna().to_numpy()
            _blame(found, failed[feature.name] & ~none, values, feature)
            _add(found, failed[feature.name] & none, str(_without(feature.name)))
    return found


def structure(columns: Iterable[object], rows: int, contract: Contract, labelled: bool) -> list[Message]:
    """What is wrong with a table's columns and number of rows, before any value is looked at."""
    names: pd.Index[Any] = pd.Index(columns)
    expected = [*contract.feature_names, *([contract.target] if labelled else [])]
    faults = [] if rows else [message("it has no rows")]
    twice = names[names.duplicated()].unique()
    faults += [message("column {name} appears more than once", name=str(name)) for name in twice]
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
        elif not feature.traits.written and not facts.wrong and facts.found == FOUND["string"]:
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
    names: pd.Index[Any]
    stop: int
    facts: dict[str, Facts]
    outcomes: set[str]
    failed: dict[str, tuple[int, list[str]]]
    refused: list[tuple[Message, int]]
    rows: dict[str, Array]
    time: Floats | None
    group: Hashes | None
    rejected: pd.DataFrame
    positions: Ints
    reasons: Texts
    dropped: int


def _part(
    chunk: pd.DataFrame,
    contract: Contract,
    labelled: bool,
    refused: list[tuple[Message, Bools]],
    start: int,
) -> _Part:
    raw = {name: reading.plain(chunk[name]) for name in contract.feature_names if _once(chunk, name)}
    features = [feature for feature in contract.features if feature.name in raw]
    read = {feature.name: reading.read(raw[feature.name], feature) for feature in features}
    facts = {item.name: reading.facts(raw[item.name], read[item.name]) for item in features}
    missing, forbidden = _nulls(raw, features, labelled)
    target: Floats | None = None
    outcomes: set[str] = set()
    if labelled and _once(chunk, contract.target):
        target, outcomes = reading.outcomes(chunk[contract.target], contract.positive)
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


def _moments(values: Series) -> Floats:
    numeric = pd.api.types.is_numeric_dtype(values.dtype)
    return values.to_numpy(dtype="float64", na_value=np.nan) if numeric else years(reading.plain(values)).to_numpy()


def _groups(values: Series) -> Hashes:
    return pd.util.hash_array(values.astype(str).to_numpy(dtype=object))


def _known(arrays: list[NDArray[Number] | None]) -> NDArray[Number] | None:
    known = [array for array in arrays if array is not None]
    return np.concatenate(known) if len(known) == len(arrays) else None


def _without(name: str) -> Message:
    return message("{name} has no value", name=name)


def _once(frame: pd.DataFrame, name: str) -> bool:
    return bool(name) and list(frame.columns).count(name) == 1


def _stacked(parts: list[dict[str, Array]]) -> pd.DataFrame:
    # Column by column, each part's giving way as it is used: the whole is never held twice.
    columns = {name: np.concatenate([part.pop(name) for part in parts]) for name in list(parts[0])}
    return pd.DataFrame(columns, copy=False)


def _nulls(
    raw: dict[str, Series], features: list[Feature], labelled: bool
) -> tuple[dict[str, Bools], dict[str, Bools]]:
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


def _mistyped(feature: Feature, found: Facts, first: tuple[tuple[int, str], ...]) -> Message:
    return message(
        "column {name} holds {found} and should hold {expected}: {values} in rows {rows}",
        name=feature.name,
        found=found.found,
        expected=feature.traits.title,
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


def _failures(
    raw: dict[str, Series], read: dict[str, Series], features: list[Feature]
) -> Iterator[tuple[Feature, Bools]]:
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


def _rules(feature: Feature, check: type[Check]) -> list[Check]:
    few: dict[str, Any] = {"n_failure_cases": 1}  # pandera would list every failing cell a second time, slowly
    kind, rules = feature.traits, []
    if kind.text:
        return [check.isin(feature.categories, **few)] if feature.categories else []
    if kind.whole:
        rules.append(check(lambda values: (values % 1 == 0) & values.between(kind.low, kind.high), **few))
    if feature.minimum is not None:
        rules.append(check.ge(feature.minimum, **few))
    if feature.maximum is not None:
        rules.append(check.le(feature.maximum, **few))
    return rules


def _blame(reasons: Texts, failed: Bools, values: Series, feature: Feature) -> tuple[int, list[str]]:
    found = [str(value)[:LONGEST] for value in values[failed]]
    start = str(message("{name} should be {expected} and is", name=feature.name, expected=_expected(feature)))
    _add(reasons, failed, [f"{start} {value}" for value in found])
    return len(found), list(dict.fromkeys(found))[:SHOWN]


def _add(reasons: Texts, rows: Bools, texts: str | list[str]) -> None:
    if isinstance(texts, str):
        texts = [texts] * int(rows.sum())
    reasons[rows] = [f"{old}; {new}" if old else new for old, new in zip(reasons[rows], texts, strict=True)]


def _with_reasons(rows: pd.DataFrame, reasons: Texts) -> pd.DataFrame:
    given = "reason"
    while given in rows.columns:  # rejected rows that were mended come back with the reasons of before
        given = f"input_{given}"
    return rows.rename(columns={"reason": given}).reset_index(drop=True).assign(reason=reasons)


def _expected(feature: Feature) -> Message:
    low, high = feature.minimum, feature.maximum
    kind = feature.traits.value
    if feature.traits.text:
        return message("one of {names}", names=list(feature.categories) or [kind])
    if feature.traits.yes_no or feature.traits.written:
        return kind
    if low is not None and high is not None:
        return message("{kind} from {low} to {high}", kind=kind, low=low, high=high)
    if low is not None:
        return message("{kind} of at least {low}", kind=kind, low=low)
    return kind if high is None else message("{kind} of at most {high}", kind=kind, high=high)


def _settled(
    read: dict[str, Series],
    keep: Bools,
    features: list[Feature],
    target: Floats | None,
    contract: Contract,
    labelled: bool,
) -> dict[str, Array]:
    columns = {name: values.to_numpy()[keep] for name, values in read.items()}
    if labelled:
        whole = [item.name for item in features if item.traits.whole and item.nulls != "keep"]
        columns |= {name: _whole(columns[name]) for name in whole}
    if target is not None:
        columns[contract.target] = target[keep].astype("int64")
    return columns


def _whole(values: Array) -> Array:
    return values if np.isnan(values).any() else values.astype("int64")
