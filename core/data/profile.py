"""Describes prepared rows column by column, and finds what would make a result look better than it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from core.data.kinds import KINDS, Kind
from core.text.messages import Message, message
from core.text.stored import known

if TYPE_CHECKING:
    from core.data.arrays import Floats, Series
    from core.data.contract import Contract, Feature

BINS = 12
"""Bars of a small distribution chart, and quantiles over which the target rate is shown."""
ALONE = 0.98
"""A feature whose values order the outcomes with this AUC does a model's work alone: it knows the answer."""
ID_LIKE = 0.95
"""A column with this share of distinct values tells rows apart and nothing else."""
ENOUGH = 20
"""Rows that a category needs before its target rate says something."""

MOST_RANKED = 1_000_000
"""Rows by which a feature's separation is told; of more every so-manieth."""

Finding = Literal["duplicates", "both_sides", "alone", "id_like"]
Mend = Literal["drop_repeats", "together", "without"]


@dataclass(frozen=True)
class ColumnProfile:
    """One feature of the kept rows. `counts` are rows per bin of equal width (or per category, the most frequent
    first), `rates` the target rate per bin of equal counts (or per category), `labels` their names. `correlation` is
    Pearson's with the target, for categories the correlation ratio (never negative). `separation` is the AUC with
    which the feature alone orders the outcomes."""

    name: str
    title: str
    kind: Kind
    nulls: float
    distinct: int
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    rates: tuple[float, ...]
    correlation: float | None
    separation: float


@dataclass(frozen=True)
class Caution:
    """Something that would make a result look better than it is: how many rows, why it matters, and what mends it.

    `feature` is the feature to leave out where that is the mend."""

    finding: Finding
    count: int
    what: Message
    why: Message
    mend: Mend
    feature: str = ""


@dataclass(frozen=True)
class TableProfile:
    """What is known of a preparation's rows: a profile per feature, and the cautions."""

    columns: tuple[ColumnProfile, ...]
    cautions: tuple[Caution, ...]

    def as_dict(self) -> dict[str, Any]:
        cautions = [{**vars(item), "what": item.what.as_dict(), "why": item.why.as_dict()} for item in self.cautions]
        return {"columns": [asdict(column) for column in self.columns], "cautions": cautions}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> TableProfile:
        columns = tuple(
            ColumnProfile(**column | {key: tuple(column[key]) for key in ("labels", "counts", "rates")})
            for column in (known(ColumnProfile, one) for one in stored["columns"])
        )
        cautions = tuple(
            Caution(
                **{
                    **known(Caution, item),
                    "what": Message.from_dict(item["what"]),
                    "why": Message.from_dict(item["why"]),
                }
            )
            for item in stored["cautions"]
        )
        return cls(columns, cautions)


class _Distribution(NamedTuple):
    distinct: int
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    rates: tuple[float, ...]
    correlation: float | None
    separation: float


def profile(
    rows: pd.DataFrame, contract: Contract, *, nulls: dict[str, float], duplicates: int, both_sides: int, test_rows: int
) -> TableProfile:
    """Profiles checked rows (features, then the target).

    `nulls` is the share of input rows without a value per feature, `duplicates` the count of input rows that repeat an
    earlier one in everything but the id, `both_sides` that of the `test_rows` whose feature vector stands in train too.
    """
    target = rows[contract.target].to_numpy()
    described = tuple(_column(rows[item.name], target, item, nulls.get(item.name, 0.0)) for item in contract.features)
    cautions = []
    if duplicates:
        cautions.append(_duplicates(duplicates))
    if both_sides:
        cautions.append(_both_sides(both_sides, test_rows))
    cautions += [_alone(column, len(rows)) for column in described if column.separation >= ALONE]
    cautions += [_id_like(column) for column in described if _tells_rows_apart(column, len(rows))]
    return TableProfile(described, tuple(cautions))


def _column(values: Series, target: Floats, feature: Feature, nulls: float) -> ColumnProfile:
    known = values.notna().to_numpy()
    if not known.all():
        values, target = values[known], target[known]
    describe = _categories if feature.traits.text else _numbers
    return ColumnProfile(feature.name, feature.title, feature.kind, float(nulls), **describe(values, target)._asdict())


def _numbers(values: Series, target: Floats) -> _Distribution:
    numbers = values.to_numpy(dtype="float64")
    if not len(numbers):
        return _Distribution(0, (), (), (), None, 0.5)
    counts, _ = np.histogram(numbers, bins=BINS)
    ordered = np.sort(numbers)
    edges = np.unique(ordered[np.linspace(0, len(ordered) - 1, BINS + 1).astype(int)])
    # Equal counts where values allow: a value that fills several quantiles is one bin.
    bins = np.searchsorted(edges[1:-1], numbers, side="right")
    held = np.bincount(bins)
    rates = (np.bincount(bins, target) / np.maximum(held, 1))[held > 0]
    labels = tuple(f"{edge:.4g}" for edge in edges[: len(held)][held > 0])
    deviations = numbers - numbers.mean()
    spread = float(np.sqrt((deviations @ deviations) * len(target)) * target.std())
    correlation = float(deviations @ target) / spread if spread else None
    distinct = 1 + int((ordered[1:] != ordered[:-1]).sum())  # a hash table of ten million would fill the memory
    separation = _separation(numbers, target)
    return _Distribution(distinct, labels, tuple(counts.tolist()), tuple(rates.tolist()), correlation, separation)


def _categories(values: Series, target: Floats) -> _Distribution:
    codes, names = pd.factorize(values)
    counts = np.bincount(codes, minlength=len(names))
    rates = np.bincount(codes, target, minlength=len(names)) / np.maximum(counts, 1)
    order = np.argsort(-counts, kind="stable")[:BINS]
    spread = target.std() if len(target) else 0.0
    correlation = float(rates[codes].std() / spread) if spread else None
    # Rare categories would separate by chance: each takes the rate of all rare ones.
    rare = counts < ENOUGH
    if rare.any() and counts[rare].sum():
        rates = np.where(rare, (rates * counts)[rare].sum() / counts[rare].sum(), rates)
    return _Distribution(
        len(names),
        tuple(str(names[i]) for i in order),
        tuple(counts[order].tolist()),
        tuple(rates[order].tolist()),
        correlation,
        _separation(rates[codes], target),
    )


def _separation(score: Floats, target: Floats) -> float:
    from scipy.stats import rankdata

    ones = int(target.sum())
    if not ones or ones == len(target):
        return 0.5
    if len(score) > MOST_RANKED:
        step = -(-len(score) // MOST_RANKED)
        score, target = score[::step], target[::step]
        ones = int(target.sum())
    ranks = rankdata(score)
    auc = (ranks[target == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(target) - ones))
    return float(max(auc, 1 - auc))


def _tells_rows_apart(column: ColumnProfile, rows: int) -> bool:
    kind = KINDS[column.kind]
    return rows >= 100 and (kind.whole or kind.text) and column.distinct >= ID_LIKE * rows


def _duplicates(count: int) -> Caution:
    return Caution(
        "duplicates",
        count,
        message("{count:,} rows repeat an earlier row in every column", count=count),
        message("A row that is there twice counts twice, and may stand in train and in test."),
        "drop_repeats",
    )


def _both_sides(count: int, test_rows: int) -> Caution:
    return Caution(
        "both_sides",
        count,
        message(
            "{count:,} test rows ({share:.0%}) have the same features as a training row",
            count=count,
            share=count / test_rows,
        ),
        message("A model that learns rows by heart looks better on them than it will be."),
        "together",
    )


def _alone(column: ColumnProfile, rows: int) -> Caution:
    return Caution(
        "alone",
        rows,
        message("{name} alone tells the outcome with an AUC of {auc:.3f}", name=column.title, auc=column.separation),
        message("It is probably known only after the outcome, and then it is missing when a prediction is needed."),
        "without",
        column.name,
    )


def _id_like(column: ColumnProfile) -> Caution:
    return Caution(
        "id_like",
        column.distinct,
        message("{name} has {count:,} distinct values, nearly one per row", name=column.title, count=column.distinct),
        message("It identifies rows and says nothing about new ones."),
        "without",
        column.name,
    )
