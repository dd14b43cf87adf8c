"""What a project's table must look like: the contract, and its file."""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections.abc import Iterable
from dataclasses import MISSING, Field, asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from core.data.kinds import KINDS, ColumnKind, Kind
from core.text.errors import CourtsideError
from core.text.messages import Message, message

Nulls = Literal["drop", "keep", "reject"]
NULLS: dict[Nulls, Message] = {
    "drop": message("leave the row out"),
    "keep": message("keep, the model fills it"),
    "reject": message("reject the row"),
}
"""What becomes of a training row without a value for a feature; to score, only "reject" refuses it."""
LONGEST = 40
"""Characters of a value that a message quotes."""


@dataclass(frozen=True)
class Feature:
    """One column that the model may see. `kind` is one of `core.data.kinds`. `minimum` and `maximum` bound numbers,
    `categories` lists what is allowed (empty: anything); `nulls` says what becomes of a row without a value; `label`
    and `unit` are for people."""

    name: str
    kind: Kind
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[str, ...] = ()
    nulls: Nulls = "drop"
    label: str = ""
    unit: str = ""

    @property
    def title(self) -> str:
        return self.label or self.name

    @property
    def traits(self) -> ColumnKind:
        """What is the same of all columns of its kind."""
        return KINDS[self.kind]


@dataclass(frozen=True)
class Contract:
    """A project: its name, yes/no target and the features a model may use.

    `id` identifies a row, `time` orders rows, `group` tells which rows belong together (one game's shots), `x` and `y`
    place a row on a surface (`surface` names the chart that can draw it, "half-court" for the Kobe shots). `source`
    names a built-in source ("kobe") or is empty.
    """

    name: str
    title: str
    target: str
    positive: str
    features: tuple[Feature, ...]
    id: str = ""
    time: str = ""
    group: str = ""
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
    """The contract that a TOML text describes; everything that is wrong with it is one `CourtsideError`.

    >>> loans = loads('''
    ... name = "loans"
    ... title = "Loans"
    ... target = "paid"
    ... positive = "yes"
    ...
    ... [[features]]
    ... name = "amount"
    ... kind = "number"
    ... minimum = 0
    ... ''')
    >>> loans.feature_names
    ['amount']
    >>> loads(dumps(loans)) == loans
    True
    """
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


def nearest(name: str, names: Iterable[object]) -> str:
    """The one of `names` most like `name`, or "" when none is near; lower and upper case count as equal.

    >>> nearest("Amout", ["amount", "term"])
    'amount'
    >>> nearest("colour", ["amount", "term"])
    ''
    """
    lowered = {str(other).lower(): str(other) for other in names}
    near = difflib.get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[near[0]] if near else ""


def joined(faults: list[Message]) -> Message:
    whole = faults[0]
    for fault in faults[1:]:
        whole = message("{first}; {then}", first=whole, then=fault)
    return whole


def _unusable(faults: list[Message]) -> CourtsideError:
    return CourtsideError(
        message("The contract can't be used: {faults}.", faults=joined(faults)),
        message("Correct its file; data/contracts/kobe.toml is an example."),
    )


def _entries(table: dict[str, Any], kind: type[Contract | Feature], where: Message) -> list[Message]:
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
        case "nulls":
            return isinstance(value, str) and value in NULLS
        case _:
            return isinstance(value, str)


def _feature(table: dict[str, Any]) -> Feature:
    return Feature(**{**table, "categories": tuple(table.get("categories", ()))})


def _contradictions(contract: Contract) -> list[Message]:
    names = contract.feature_names
    twice = dict.fromkeys(name for name in names if names.count(name) > 1)
    faults = [message("feature {name} appears more than once", name=name) for name in twice]
    if contract.target in names:
        faults.append(message("the target {target} is a feature too", target=contract.target))
    faults += [
        message("feature {name} has a minimum above its maximum", name=feature.name)
        for feature in contract.features
        if feature.minimum is not None and feature.maximum is not None and feature.minimum > feature.maximum
    ]
    return faults


def _line(item: Field[Any], value: object) -> str | None:
    if item.default is not MISSING and value == item.default:
        return None
    if isinstance(value, tuple):
        return f"{item.name} = [{', '.join(map(_toml, value))}]"
    return f"{item.name} = {_toml(value)}"


def _toml(value: object) -> str:
    if isinstance(value, str):  # JSON's strings are TOML's, but for one character that TOML wants escaped
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
