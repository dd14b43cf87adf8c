"""Scores a batch chunk by chunk: every input row comes back, in its order, with a probability or the reason for none.

What a row gets depends on nothing but the row: not on the size of a chunk, the file it came in or who scores it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from core.data import checking, reading
from core.data.fast_check import Coded, Column, Rows, read, reasons
from core.data.reading import Facts
from core.scoring.probability import Model, compiled

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from core.data.arrays import Bools, Codes, Floats
    from core.data.contract import Contract
    from core.scoring.probability import Columns

TYPES = {
    "probability": pa.float64(),
    "prediction": pa.int8(),
    "threshold": pa.float64(),
    "model_version": pa.int64(),
    "status": pa.string(),
    "reason": pa.string(),
    "outside_training_range": pa.string(),
}
ADDED = tuple(TYPES)
"""Columns that scoring adds to a batch, in their order."""
NULLABLE = ("probability", "prediction")
"""Those that a rejected row has none of; the others are there in every row."""
SCORED, IMPUTED, REJECTED = "scored", "scored with imputation", "rejected"
STATUS = (SCORED, IMPUTED, REJECTED)
"""Of a row: as it is, with a missing feature filled as in training, or without probability and prediction."""


@dataclass(frozen=True)
class Seen:
    """What training saw of a feature: the range of its numbers, or its categories."""

    low: float = -np.inf
    high: float = np.inf
    categories: frozenset[str] | None = None


@dataclass(frozen=True)
class Scorer:
    """All that scoring takes. It can be pickled and sent to where the rows are."""

    model: Model
    contract: Contract
    threshold: float
    version: int
    seen: Mapping[str, Seen] = field(default_factory=dict)


@dataclass(frozen=True)
class Tally:
    """What chunks add up to: rows, those with each fate, and the facts by which the batch is judged as a whole."""

    rows: int = 0
    rejected: int = 0
    imputed: int = 0
    outside: int = 0
    unseen: int = 0
    facts: Mapping[str, Facts] = field(default_factory=dict)

    @property
    def scored(self) -> int:
        return self.rows - self.rejected

    def then(self, part: Tally) -> Tally:
        """The tally with the rows that come next in the batch."""
        names = {**self.facts, **part.facts}
        return Tally(
            rows=self.rows + part.rows,
            rejected=self.rejected + part.rejected,
            imputed=self.imputed + part.imputed,
            outside=self.outside + part.outside,
            unseen=self.unseen + part.unseen,
            facts={
                name: self.facts.get(name, Facts()).then(part.facts.get(name, Facts()), self.rows) for name in names
            },
        )


@dataclass(frozen=True)
class ScoredBatch:
    """A batch after scoring: `rows` are all input rows in their order with all their columns, then `ADDED`.

    `unseen` counts the rows with a category that training did not have."""

    rows: pd.DataFrame
    rejected: int
    imputed: int
    unseen: int

    @property
    def scored(self) -> int:
        return len(self.rows) - self.rejected


def scorer(
    pipeline: Pipeline, contract: Contract, *, threshold: float, version: int, training: pd.DataFrame | None = None
) -> Scorer:
    """A version made ready to score; without its `training` rows nothing is called outside their range."""
    seen = {} if training is None else seen_in(training, contract)
    return Scorer(compiled(pipeline), contract, threshold, version, seen)


def seen_in(training: pd.DataFrame, contract: Contract) -> dict[str, Seen]:
    """What each feature's values were in training; a feature without any value there has no range."""
    seen = {}
    for feature in contract.features:
        values = training[feature.name]
        # Floats of training rows are the model's already: dates are years with their fraction.
        if feature.traits.text or not pd.api.types.is_float_dtype(values):
            values = reading.read_column(values, feature)[0]
        values = values.dropna()
        if feature.traits.text:
            seen[feature.name] = Seen(categories=frozenset(values))
        elif len(values):
            seen[feature.name] = Seen(low=float(values.min()), high=float(values.max()))
    return seen


def score(batch: pd.DataFrame, scorer: Scorer) -> ScoredBatch:
    """A batch in memory, as one chunk. A fault of the batch as a whole is a `CourtsideError` that lists everything."""
    if checking.structure(batch.columns, len(batch), scorer.contract, labelled=False):
        checking.check(batch, scorer.contract, labelled=False)  # raises that, and what is wrong with the columns
    added, tally = score_chunk(batch[scorer.contract.feature_names], scorer)
    judge(tally, scorer.contract)
    rows = batch.set_axis(kept_names(batch.columns), axis=1).reset_index(drop=True)
    frames = {name: values.cast(TYPES[name]).to_pandas() for name, values in added.items()}
    frames["prediction"] = pd.array(added["prediction"].to_pylist(), dtype="Int8")
    return ScoredBatch(rows.assign(**frames), tally.rejected, tally.imputed, tally.unseen)


def judge(tally: Tally, contract: Contract) -> None:
    """Raises what is wrong with the columns of a whole batch; it shows only once every chunk was looked at."""
    checking.refuse(checking.types(tally.facts, contract), contract)


def kept_names(names: Iterable[str]) -> list[str]:
    """The names of the input's columns in the output: a file that was scored before has columns named like `ADDED`."""
    taken = set(names)
    return [_free(name, taken) if name in ADDED else name for name in names]


def beside(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """The columns of both, of the same rows, without a copy of any."""
    return pd.DataFrame({**left, **right}, copy=False)


def score_chunk(rows: pd.DataFrame, scorer: Scorer, original: Rows | None = None) -> tuple[dict[str, pa.Array], Tally]:
    """The columns `ADDED` for a chunk that has the contract's features, texts as dictionaries, and what they add up to.

    `original` gives the rows at some places as the input has them, where `rows` hold whole numbers as floats.
    """
    columns = {item.name: read(rows[item.name], item) for item in scorer.contract.features}
    why = reasons(original or (lambda where: rows.iloc[where]), columns, scorer.contract)
    keep = None if why is None else why[0] == 0
    missing = _missing(columns, keep, len(rows))
    outside = _outside(columns, scorer.seen, keep, len(rows))
    status = (missing if keep is None else np.where(keep, missing, 2)).astype(np.int32)
    probability = _probability({name: column.values for name, column in columns.items()}, keep, scorer.model)
    unknown = None if keep is None else ~keep
    added = {
        "probability": pa.array(probability, mask=unknown),
        "prediction": pa.array((probability >= scorer.threshold).astype(np.int8), mask=unknown),
        "threshold": _repeated(scorer.threshold, TYPES["threshold"], len(rows)),
        "model_version": _repeated(scorer.version, TYPES["model_version"], len(rows)),
        "status": _texts(status, STATUS),
        "reason": _texts(*(why or (np.zeros(len(rows), dtype=np.int32), [""]))),
        "outside_training_range": _texts(*outside),
    }
    tally = Tally(
        rows=len(rows),
        rejected=0 if keep is None else int(len(rows) - keep.sum()),
        imputed=int(missing.sum()),
        outside=int(np.count_nonzero(outside[0])),
        unseen=_unseen(columns, scorer.seen, keep, len(rows)),
        facts={name: column.facts for name, column in columns.items()},
    )
    return added, tally


def _unseen(columns: Mapping[str, Column], seen: Mapping[str, Seen], keep: Bools | None, rows: int) -> int:
    """The kept rows that hold a category which training did not see."""
    found = np.zeros(rows, dtype=bool)
    for name, column in columns.items():
        known = seen.get(name, Seen())
        strange = _strange(column, known) if known.categories is not None else None
        if strange is not None:
            found |= strange
    return int((found if keep is None else found & keep).sum())


def _free(name: str, taken: set[str]) -> str:
    name = f"input_{name}"
    while name in taken:
        name = f"input_{name}"
    return name


def _probability(values: Columns, keep: Bools | None, model: Model) -> Floats:
    if keep is None:
        return model.probability(values)
    probability = np.full(len(keep), np.nan)
    if keep.any():
        probability[keep] = model.probability({name: column[keep] for name, column in values.items()})
    return probability


def _missing(columns: Mapping[str, Column], keep: Bools | None, rows: int) -> Bools:
    """The kept rows that lack any feature, (rows,)."""
    missing = np.zeros(rows, dtype=bool)
    for column in columns.values():
        if column.missing is not None:
            missing |= column.missing
    return missing if keep is None else missing & keep


def _outside(columns: Mapping[str, Column], seen: Mapping[str, Seen], keep: Bools | None, rows: int) -> Coded:
    """The features by which a row lies outside what training saw, "" first among the texts."""
    codes, texts = np.zeros(rows, dtype=np.int32), [""]
    for name, column in columns.items():
        strange = _strange(column, seen.get(name, Seen()))
        if strange is None:
            continue
        where = np.flatnonzero(strange if keep is None else strange & keep)
        before, codes[where] = np.unique(codes[where], return_inverse=True)
        codes[where] += len(texts)
        texts += [", ".join(filter(None, [texts[code], name])) for code in before]
    return codes, texts


def _strange(column: Column, seen: Seen) -> Bools | None:
    """The rows whose value training did not see, None for no row; a missing value is not strange."""
    if seen.categories is not None:
        unseen = ~np.isin(column.values, list(seen.categories)) & ~pd.isna(column.values)
        return unseen if unseen.any() else None
    if seen.low <= column.low and column.high <= seen.high:
        return None
    strange: Bools = (column.values < seen.low) | (column.values > seen.high)
    return strange


@lru_cache(maxsize=8)
def _repeated(value: float, kind: pa.DataType, rows: int) -> pa.Array:
    """One value for every row; chunks of the same length share it."""
    return pa.repeat(pa.scalar(value, kind), rows)


def _texts(codes: Codes, texts: Sequence[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(texts, pa.string()))
