"""Retraining on batches that have drifted: which rows join, how much each counts, and which are held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from core.data import identity
from core.data import split as splitting
from core.data.split import PreparedSplit, join
from core.metrics.windows import window_labels
from core.retraining.halves import Halves, halves, held_first
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
NONE = identity.identities(0).assign(features=pd.Series(dtype="uint64"))
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
    (text) where there are any, and how many rows it has without a label.

    `source` is the batch's fingerprint and `positions` where the rows stand in it; `group` and `moment` are the groups
    and the times of the check; None where there are none."""

    rows: pd.DataFrame
    time: Series | None
    ids: Series | None
    unlabelled: int
    source: str = ""
    positions: Array | None = None
    group: Array | None = None
    moment: Array | None = None


@dataclass(frozen=True)
class Pool:
    """The production rows that may join, each once: features and target, and what each is known by. Left out are the
    `unlabelled`, those `known` to the champion's data already, those `repeated` in another batch, and those that are
    `older` than the latest window, whose name is `window` ("" where all may join). `unclear` rows stay in: they have
    the features of a row known before, and nothing tells whether they are that row."""

    rows: pd.DataFrame
    keys: pd.DataFrame
    unlabelled: int
    known: int
    repeated: int
    older: int
    window: str
    unclear: int = 0


@dataclass(frozen=True)
class Extension:
    """The data of a challenger. `weights` say how much each training row counts (1 on average), `judged` by which of
    them candidates are ranked, (train rows,) each; `keys` which production rows went where."""

    split: PreparedSplit
    weights: Floats
    judged: Bools
    keys: pd.DataFrame
    halves: Halves


def keys(rows: pd.DataFrame, ids: Series | None, contract: Contract, **known: Any) -> pd.DataFrame:
    """What rows are known by: `core.data.identity.identities` with these `ids` (text) and what else is `known`, and the
    number of each row's `features`. The outcome is not among them."""
    found = identity.identities(len(rows), ids=ids, **known)
    return found.assign(features=identity.features(rows, contract))


def pool(batches: Sequence[Batch], known: pd.DataFrame, contract: Contract, rows: Rows = "all") -> Pool:
    """Joins batches, the newest first: what stands in several counts once, what the champion's data `known` (keys) has
    already does not count at all."""
    named = [_keys(batch, contract) for batch in batches]
    telling = all(identity.distinct(some["features"]) for some in (known, *named))
    kept, found, counts = [], [NONE], {"known": 0, "repeated": 0, "unclear": 0}
    for batch, some in zip(batches, named, strict=True):
        old = identity.same(some, known, telling=telling)
        again = identity.same(some, identity.joined(*found), telling=telling)
        fresh = ~old.found & ~again.found
        counts["known"] += int(old.found.sum())
        counts["repeated"] += int((again.found & ~old.found).sum())
        counts["unclear"] += int(((old.unclear | again.unclear) & fresh).sum())
        windows = None if batch.time is None or rows == "all" else window_labels(batch.time, rows)
        kept.append(batch.rows.assign(**{_WINDOW: windows})[fresh])
        found.append(some[fresh])
    joined, names = pd.concat(kept, ignore_index=True), pd.concat(found[1:], ignore_index=True)
    window, inside = "", np.ones(len(joined), bool)
    if rows != "all" and len(joined):
        window, inside = latest(joined[_WINDOW].to_numpy())
    return Pool(
        rows=joined[inside].drop(columns=_WINDOW).reset_index(drop=True),
        keys=names[inside].reset_index(drop=True),
        unlabelled=sum(batch.unlabelled for batch in batches),
        older=int((~inside).sum()),
        window=window,
        **counts,
    )


def _keys(batch: Batch, contract: Contract) -> pd.DataFrame:
    known = {"source": batch.source, "positions": batch.positions, "group": batch.group, "time": batch.moment}
    return keys(batch.rows, batch.ids, contract, **known)


def latest(windows: Array) -> tuple[str, Array]:
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

    What `halves` lets train joins the training rows, the rest the test rows, behind the base's own: the first
    `len(base.test)` rows of the new test split are the old one, the rest are held-out production rows.
    """
    refuse(found)
    theirs = held_first(base.strategy, base.test, base.test_identity, contract)
    parted = halves(found.rows, found.keys, contract, base.strategy, mix.held_out, theirs, seed=seed)
    train, held_out = parted.train, parted.held_out
    parameters = {"test_share": mix.held_out, "seed": seed, "strategy": base.strategy}
    names = found.keys.drop(columns="features")
    more = splitting.of_parts(found.rows, contract, train, held_out, parameters, names)
    weight = counts_as(len(train), weights.sum(), mix)
    together = np.append(weights, np.full(len(train), weight))
    enough = len(train) >= FEWEST_JUDGES
    parts = [found.keys.iloc[positions].assign(part=part) for positions, part in ((train, LEARNED), (held_out, HELD))]
    return Extension(
        split=join(_identified(base), more, contract),
        weights=together * len(together) / together.sum(),
        judged=np.append(np.full(len(weights), not enough), np.ones(len(train), bool)),
        keys=pd.concat(parts, ignore_index=True),
        halves=parted,
    )


def _identified(base: PreparedSplit) -> PreparedSplit:
    """A split that was made before identities were kept, with nothing known of its rows."""
    if base.train_identity is not None:
        return base
    train, test = (identity.identities(len(rows)) for rows in (base.train, base.test))
    return replace(base, train_identity=train, test_identity=test)


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
