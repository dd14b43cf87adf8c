"""Outcomes that became known after a batch was scored, joined to it by id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.data import checking
from core.data.contract import Contract, nearest
from core.text.errors import CourtsideError
from core.text.messages import message

if TYPE_CHECKING:
    from core.data.arrays import Floats, Series

UNMATCHED, CONTRADICTING, AGAINST, EMPTY = (
    "not in the batch",
    "told twice, differently",
    "known otherwise",
    "no outcome",
)
PROBLEMS = (UNMATCHED, CONTRADICTING, AGAINST, EMPTY)
"""Why a row of a label file is not used. An outcome that was known before stays."""


@dataclass(frozen=True)
class Joined:
    """`labels` are the outcomes to keep, one per id: `id` as text, `target` as the file has it, none that the batch
    knew already. `unused` are the file's other rows, each with its `problem`. `confirmed` were known the same."""

    labels: pd.DataFrame
    unused: pd.DataFrame
    confirmed: int


def join(ids: Series, known: Floats, given: pd.DataFrame, contract: Contract) -> Joined:
    """Joins a file of labels to a batch's `ids` with their `known` outcomes (1, 0 or NaN), (rows,) each.

    A file without the id or the target, or with a target that is not the contract's, is a `CourtsideError`.
    """
    _refuse(given, contract)
    table = pd.DataFrame({"id": keys(given[contract.id]), "target": given[contract.target].to_numpy()})
    outcome = checking.labels(given, contract)
    told = pd.Series(outcome).groupby(table["id"].to_numpy()).agg(["min", "max"]).reindex(table["id"])
    before = pd.Series(known, index=keys(ids)).groupby(level=0).max().reindex(table["id"]).to_numpy()
    problem = np.select(
        [
            table["id"].isna().to_numpy() | ~table["id"].isin(keys(ids)).to_numpy(),
            (told["min"] != told["max"]).to_numpy() & told["min"].notna().to_numpy(),
            np.isnan(outcome),
            ~np.isnan(before) & (before != outcome),
        ],
        [UNMATCHED, CONTRADICTING, EMPTY, AGAINST],
        "",
    )
    good = (problem == "") & ~table["id"].duplicated().to_numpy()
    unused = given.assign(problem=problem)[problem != ""].reset_index(drop=True)
    new = table[good & np.isnan(before)].reset_index(drop=True)
    return Joined(new, unused, int((good & ~np.isnan(before)).sum()))


def with_labels(rows: pd.DataFrame, labels: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """A scored batch's rows with the outcomes that came later in the column of the target."""
    found = keys(rows[contract.id]).map(labels.set_index("id")["target"])
    if contract.target not in rows:
        return rows.assign(**{contract.target: found.to_numpy()})
    target = rows[contract.target]
    missing = target.isna().to_numpy()
    if found[missing].isna().all():
        return rows
    return rows.assign(**{contract.target: target.astype(object).where(~missing, found.to_numpy()).infer_objects()})


def keys(ids: Series) -> Series:
    """Ids as text that two files agree on: 7, 7.0 and " 7" are one id; none is null."""
    values = ids.reset_index(drop=True)
    if values.dtype.kind == "f" and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    return values.map(_text, na_action="ignore").astype(object)


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _refuse(given: pd.DataFrame, contract: Contract) -> None:
    if not contract.id:
        raise CourtsideError(
            message("The contract of {name} names no column that identifies a row.", name=contract.name),
            message("Name it in the contract, then prepare and train again."),
        )
    faults = [name for name in (contract.id, contract.target) if list(given.columns).count(name) != 1]
    if faults:
        near = nearest(faults[0], given.columns)
        raise CourtsideError(
            message(
                "The file of labels should have the columns {id} and {target}, once each; it has {found}.",
                id=contract.id,
                target=contract.target,
                found=", ".join(map(str, given.columns[:10])),
            ),
            message("Rename {near} to {name}.", near=near, name=faults[0])
            if near
            else message("Upload a file with both columns."),
        )
