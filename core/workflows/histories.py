"""The labelled rows of a project in their order of time: the prepared data and, where wished, scored batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import pandas as pd

from core.data import checking
from core.metrics.windows import By, window_labels
from core.retraining.replay import History
from core.store import settings, tables, tracking
from core.text.errors import CourtsideError
from core.text.messages import message
from core.workflows import preparation, scoring
from core.workflows.runs import RunName, Tag, VersionTag

if TYPE_CHECKING:
    from core.data.arrays import Bools, Floats, Series
    from core.data.checking import CheckedRows
    from core.data.contract import Contract
    from core.store.registry import RegisteredVersion

MOST_ROWS = 200_000
"""Rows that are replayed at most; of more, every so-manieth in the order of time."""
DAYS_A_YEAR = 365.2425
LOOKED_BACK = 200
"""Scoring runs among which labelled batches are looked for."""


class Asked(TypedDict, total=False):
    """What may be asked of `history`."""

    by: By
    rows: int
    batches: bool


@dataclass(frozen=True)
class _Part:
    """Checked rows; `time` and `id` as their table has them, `order` what sorts them in time."""

    rows: pd.DataFrame
    time: Series
    order: Floats
    id: Series | None


def history(project: str, version: RegisteredVersion, by: By, rows: int = 0, batches: bool = False) -> History:
    """What the data that a version came from, before any retraining, has of labelled rows in windows of time; with
    `batches` also what was scored since and has labels, each batch and each id once. Rows without a time are left out.
    """
    run, contract = _root(version.tags[VersionTag.PREPARATION_RUN]), scoring.contract_of(version)
    path, checked = preparation.source_of(run)
    names = [name for name in (contract.time, contract.id) if name]
    table = pd.concat((chunk[[name for name in names if name in chunk]] for chunk in
                       tables.chunks(path, columns=set(names))), ignore_index=True)  # fmt: skip
    parts = [_part(checked, table, contract)]
    if batches:
        parts += _batches(project, contract, {tracking.get(settings.load(), run).tags[Tag.SOURCE_SHA256]})
    time = pd.concat([part.time for part in parts], ignore_index=True)
    order = np.concatenate([part.order for part in parts])
    kept = np.flatnonzero(~_again(parts))
    kept = kept[np.argsort(order[kept], kind="stable")]
    window = window_labels(time.iloc[kept], by, rows)
    step = max(1, -(-len(kept) // MOST_ROWS))
    known = pd.notna(window)
    kept, window = kept[known][::step], window[known][::step]
    dated = not pd.api.types.is_numeric_dtype(time.dtype)
    together = pd.concat([part.rows for part in parts], ignore_index=True).iloc[kept].reset_index(drop=True)
    return History(together, contract, window, order[kept] * DAYS_A_YEAR if dated else None, step)


def _root(run_id: str) -> str:
    """The preparation that a retrained one began with."""
    base = tracking.get(settings.load(), run_id).tags.get(Tag.BASE_PREPARATION)
    return _root(base) if base else run_id


def _part(checked: CheckedRows, table: pd.DataFrame, contract: Contract) -> _Part:
    if checked.time is None:
        raise CourtsideError(
            message(
                "There is no column that tells when a row was (the contract says {name}).", name=contract.time or "–"
            ),
            message("Name the column in the contract, prepare the data again and train on it."),
        )
    beside = table.iloc[checked.kept_positions].reset_index(drop=True)
    return _Part(
        checked.rows,
        beside[contract.time],
        checked.time,
        beside[contract.id] if contract.id in beside.columns else None,
    )


def _batches(project: str, contract: Contract, seen: set[str]) -> Iterator[_Part]:
    """The labelled batches but those that are `seen`, by the digest of their file."""
    for record in tracking.runs(settings.load(), project, RunName.SCORING, limit=LOOKED_BACK):
        if record.tags[Tag.FINGERPRINT] in seen:
            continue
        seen = {*seen, record.tags[Tag.FINGERPRINT]}
        rows = scoring.scored_rows(record.run_id)
        rows = rows[rows["status"] != "rejected"].reset_index(drop=True)
        known = checking.labels(rows, contract)
        if contract.time in rows and len(np.unique(known[~np.isnan(known)])) == 2:
            yield _part(checking.accepted(rows, contract, labelled=True), rows, contract)


def _again(parts: list[_Part]) -> Bools:
    """Which rows an earlier one has the id of: a batch may hold what was prepared, or what another batch held."""
    ids = [part.id for part in parts if part.id is not None]
    if len(ids) < len(parts):
        return np.zeros(sum(len(part.rows) for part in parts), bool)
    return checking.repeats(pd.concat(ids, ignore_index=True))
