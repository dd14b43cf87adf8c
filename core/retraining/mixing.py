"""Retraining on batches that have drifted: which rows join, how much each counts, and which are held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from core.data import split as splitting
from core.data.encoding import model_input
from core.data.split import PreparedSplit, join, row_hashes
from core.metrics.windows import window_labels
from core.text.errors import CourtsideError
from core.text.messages import Message, message

if TYPE_CHECKING:
    from core.data.arrays import Array, Bools, Floats, Series
    from core.data.contract import Contract

HELD_OUT = 0.5
"""Share of the labelled production rows that no challenger is trained on, so that both models can be compared there."""
HELD_LEAST, HELD_MOST = 0.1, 0.9
SAME = 1.0
EQUAL = 0.0
"""The weight that makes the production rows count as much as all the others together, however few they are."""
Rows = Literal["all", "year", "season", "month"]
ROWS: dict[Rows, Message] = {
    "all": message("All labelled rows"),
    "year": message("Only the latest year"),
    "season": message("Only the latest season (July to June)"),
    "month": message("Only the latest month"),
}
FEWEST_JUDGES = 500
"""Production rows in training below which candidates are ranked by all rows: of so few, chance would choose."""
NONE = pd.DataFrame({"id": pd.Series(dtype=object), "row": pd.Series(dtype="uint64"), "part": pd.Series(dtype=object)})
"""The keys of no rows."""
LEARNED, HELD = "train", "held out"
"""Where a production row went."""


@dataclass(frozen=True)
class Mix:
    """How production rows join: which of `ROWS`, how much one counts beside a row of the champion's own (`EQUAL`: both
    sides the same in all), and the share held out for the comparison."""

    rows: Rows = "all"
    weight: float = SAME
    held_out: float = HELD_OUT

    def __post_init__(self) -> None:
        if self.rows not in ROWS or self.weight < 0 or not HELD_LEAST <= self.held_out <= HELD_MOST:
            raise CourtsideError(
                message("Retraining can't mix {rows} rows at weight {weight} with {held_out} held out.", **vars(self)),
                message(
                    "Choose rows among {names}, a weight of 0 (equal) or more, and hold out {least} to {most}.",
                    names=list(ROWS),
                    least=HELD_LEAST,
                    most=HELD_MOST,
                ),
            )


@dataclass(frozen=True)
class Batch:
    """A batch's labelled rows as `core.data.checking` leaves them, with their `time` as the batch has it and `ids`
    (text) where there are any, and how many rows it has without a label."""

    rows: pd.DataFrame
    time: Series | None
    ids: Series | None
    unlabelled: int


@dataclass(frozen=True)
class Pool:
    """The production rows that may join, each once: features and target, and what each is known by. Left out are the
    `unlabelled`, those `known` to the champion's data already, those `repeated` in another batch, and those that are
    `older` than the latest window, whose name is `window` ("" where all may join)."""

    rows: pd.DataFrame
    keys: pd.DataFrame
    unlabelled: int
    known: int
    repeated: int
    older: int
    window: str

    def parts(self, mix: Mix) -> tuple[int, int]:
        """How many rows train and how many are held out."""
        held_out = int(np.ceil(len(self.rows) * mix.held_out))
        return len(self.rows) - held_out, held_out


@dataclass(frozen=True)
class Extension:
    """The data of a challenger. `weights` say how much each training row counts (1 on average), `judged` by which of
    them candidates are ranked, (train rows,) each; `keys` which production rows went where."""

    split: PreparedSplit
    weights: Floats
    judged: Bools
    keys: pd.DataFrame


def keys(rows: pd.DataFrame, ids: Series | None, contract: Contract) -> pd.DataFrame:
    """What rows are known by: `id`, null where there is none, and `row`, a number that equal rows share whatever the
    types of their columns are."""
    numbers = model_input(rows, contract).assign(**{contract.target: rows[contract.target].astype(float)})
    named = pd.Series(None, index=range(len(rows)), dtype=object) if ids is None else ids.reset_index(drop=True)
    return pd.DataFrame({"id": named.astype(object), "row": row_hashes(numbers)})


def among(found: pd.DataFrame, known: pd.DataFrame) -> Bools:
    """Which of the `keys` are among others: by id, and where there is none by the row itself; bool (rows,)."""
    by_id, by_row = found["id"].isin(known["id"].dropna()), found["row"].isin(known["row"])
    return np.where(found["id"].notna(), by_id, by_row)


def pool(batches: Sequence[Batch], known: pd.DataFrame, contract: Contract, rows: Rows = "all") -> Pool:
    """Joins batches, the newest first: what stands in several counts once, what the champion's data `known` (keys) has
    already does not count at all."""
    kept: list[pd.DataFrame] = []
    found: list[pd.DataFrame] = []
    counts = {"known": 0, "repeated": 0}
    for batch in batches:
        named = keys(batch.rows, batch.ids, contract)
        old = among(named, known)
        again = ~old & among(named, pd.concat(found)) if found else np.zeros(len(named), bool)
        counts["known"] += int(old.sum())
        counts["repeated"] += int(again.sum())
        fresh = ~old & ~again
        windows = None if batch.time is None or rows == "all" else window_labels(batch.time, rows)
        kept.append(batch.rows.assign(**{_WINDOW: windows})[fresh])
        found.append(named[fresh])
    joined, named = pd.concat(kept, ignore_index=True), pd.concat(found, ignore_index=True)
    window, inside = "", np.ones(len(joined), bool)
    if rows != "all" and len(joined):
        window, inside = latest(joined[_WINDOW].to_numpy())
    return Pool(
        rows=joined[inside].drop(columns=_WINDOW).reset_index(drop=True),
        keys=named[inside].reset_index(drop=True),
        unlabelled=sum(batch.unlabelled for batch in batches),
        older=int((~inside).sum()),
        window=window,
        **counts,
    )


def latest(windows: Array) -> tuple[str, Bools]:
    """The newest of the windows that rows lie in (null: in none), and which rows lie in it; bool (rows,)."""
    known = [name for name in windows if isinstance(name, str)]
    if not known:
        raise CourtsideError(
            message("The batches have no time by which a latest window could be told."),
            message("Take all labelled rows, or name the time column in the contract."),
        )
    return max(known), windows == max(known)


def extend(base: PreparedSplit, weights: Floats, found: Pool, mix: Mix, contract: Contract, *, seed: int) -> Extension:
    """`base`, whose training rows have `weights`, with production rows joined to it.

    A stratified share joins the training rows, the rest the test rows, behind the base's own: the first
    `len(base.test)` rows of the new test split are the old one, the rest are held-out production rows.
    """
    rows = found.rows
    refuse(found)
    split = join(base, splitting.split(rows, contract, test_share=mix.held_out, seed=seed), contract)
    train, held_out = splitting.stratified(rows[contract.target].to_numpy(), mix.held_out, seed)
    weight = counts_as(len(train), weights.sum(), mix)
    joined = np.append(weights, np.full(len(train), weight))
    enough = len(train) >= FEWEST_JUDGES
    parts = [found.keys.iloc[positions].assign(part=part) for positions, part in ((train, LEARNED), (held_out, HELD))]
    return Extension(
        split=split,
        weights=joined * len(joined) / joined.sum(),
        judged=np.append(np.full(len(weights), not enough), np.ones(len(train), bool)),
        keys=pd.concat(parts, ignore_index=True),
    )


def counts_as(joined: int, own: float, mix: Mix) -> float:
    """How much a production row counts beside one of the champion's own, which weigh `own` in all."""
    return mix.weight or own / max(joined, 1)


def refuse(found: Pool) -> None:
    """A `CourtsideError` where there is nothing to learn from, with the reason."""
    if found.known and not len(found.rows):
        raise CourtsideError(
            message("The champion has already learned from all {rows:,} labelled rows.", rows=found.known),
            message("Score a newer batch, or add labels that came later, and retrain on those."),
        )
    if len(found.rows) < _FEWEST or found.rows.iloc[:, -1].nunique() < 2:
        raise CourtsideError(
            message("There are {rows:,} labelled rows, too few or of one class only.", rows=len(found.rows)),
            message("Retraining learns from labels: choose batches that have both outcomes."),
        )


_WINDOW = "\0window"
_FEWEST = 4
