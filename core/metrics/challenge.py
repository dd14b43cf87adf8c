"""A challenger against the champion on the same rows: by how much, how surely, where, and what promoting would cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.data.split import row_hashes
from core.metrics import evaluation, intervals
from core.metrics.curves import Calibration, calibration
from core.metrics.intervals import FEWEST_LABELS, LEVEL, Interval, Model
from core.metrics.registry import listed
from core.text.messages import Message, message
from core.text.stored import known

if TYPE_CHECKING:
    from core.data.arrays import Bools, Floats, Hashes, Series
    from core.data.contract import Contract, Feature

BANDS = 4
MOST_SLICES = 5
MOST_CATEGORIES = 20


@dataclass(frozen=True)
class Slice:
    """Rows alike in one feature: a `category`, or values from `low` to `high`.

    `champion` and `challenger` are their mean probabilities, `observed` the rate of positives. `difference` is
    challenger minus champion in log loss per row; its interval allows for the number of slices that were looked at.
    """

    feature: str
    category: str | None
    low: float | None
    high: float | None
    rows: int
    champion: float
    challenger: float
    observed: float
    difference: Interval


@dataclass(frozen=True)
class Column:
    """Both models on the same rows, those `left_out` not among them: one of the two had been trained on them.

    `differences` are challenger minus champion, with paired intervals. `slices` are where the two disagree most.
    """

    rows: int
    left_out: int
    champion: dict[str, float | None]
    challenger: dict[str, float | None]
    differences: dict[str, Interval | None]
    champion_calibration: Calibration | None = None
    challenger_calibration: Calibration | None = None
    slices: tuple[Slice, ...] = ()

    @property
    def difference(self) -> Interval:
        """That of the log loss, by which the guard decides."""
        found = self.differences["log_loss"]
        assert found is not None, "rows have a log loss"
        return found

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Column:
        # Comparisons of earlier releases hold the difference in log loss alone.
        differences = stored.get("differences") or {"log_loss": stored["difference"]}
        curves = {
            name: Calibration(**{key: tuple(values) for key, values in known(Calibration, stored[name]).items()})
            for name in ("champion_calibration", "challenger_calibration")
            if stored.get(name)
        }
        return cls(
            stored["rows"],
            stored.get("left_out", 0),
            stored["champion"],
            stored["challenger"],
            {name: found and Interval.from_dict(found) for name, found in differences.items()},
            **curves,
            slices=tuple(
                Slice(**{**known(Slice, item), "difference": Interval.from_dict(item["difference"])})
                for item in stored.get("slices", ())
            ),
        )


@dataclass(frozen=True)
class Guard:
    """Whether the evidence alone speaks for promoting, and what is to be read first: what is won or would be lost."""

    ok: bool
    sentences: tuple[Message, ...]


@dataclass(frozen=True)
class Comparison:
    """Two columns of evidence: the champion's own test rows, and production rows that neither was trained on. None
    where fewer than `FEWEST_LABELS` such rows, or one outcome only, are left."""

    test: Column | None
    production: Column | None

    @property
    def guard(self) -> Guard:
        return guard(self)

    @property
    def known(self) -> bool:
        """Whether the two could be compared anywhere."""
        return self.test is not None or self.production is not None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Comparison:
        columns = known(cls, stored)
        return cls(**{name: Column.from_dict(found) if found else None for name, found in columns.items()})


def column(
    rows: pd.DataFrame, contract: Contract, champion: Model, challenger: Model, *, left_out: int = 0, seed: int
) -> Column | None:
    """The two on labelled `rows` (features and target under `contract`); None where there are too few to compare."""
    target = rows[contract.target].to_numpy()
    if len(rows) < FEWEST_LABELS or len(np.unique(target)) < 2:
        return None
    old, new = champion.probability, challenger.probability
    compared = [metric.key for metric in listed("comparison")]
    return Column(
        rows=len(rows),
        left_out=left_out,
        champion=evaluation.metrics(target, old, champion.threshold),
        challenger=evaluation.metrics(target, new, challenger.threshold),
        differences=intervals.paired_differences(target, challenger, champion, compared, seed),
        champion_calibration=calibration(target, old),
        challenger_calibration=calibration(target, new),
        slices=_slices(rows, contract, target, old, new, seed),
    )


def trained_on(rows: pd.DataFrame, *training: pd.DataFrame) -> Bools:
    """Which rows stand, equal in all their columns, among any of the `training` rows; bool (rows,)."""
    known = np.concatenate([_hashes(table, rows) for table in training])
    return np.isin(row_hashes(rows), known)


def trained_on_more(rows: pd.DataFrame, own: pd.DataFrame, other: pd.DataFrame) -> Bools:
    """Which rows of a model's test split another model was trained on; bool (rows,).

    Equal rows are common in tables of few or coarse columns, and one of them in `own`, the training rows that the
    split was made with, gives nothing away. So only the copies that `other` holds beyond those of `own` count.
    """
    hashes: pd.Series[int] = pd.Series(row_hashes(rows))
    more, usual = (pd.Series(_hashes(table, rows)).value_counts() for table in (other, own))
    excess = more.sub(usual, fill_value=0)
    return (hashes.groupby(hashes).cumcount() < hashes.map(excess).fillna(0)).to_numpy()


def guard(comparison: Comparison) -> Guard:
    """Promoting is offered plainly when the challenger surely loses less in one column and not surely more in the
    other."""
    columns = [
        (message("the champion's test split"), comparison.test),
        (message("new production rows"), comparison.production),
    ]
    known = [(name, found.difference) for name, found in columns if found]
    better, worse = any(found.high < 0 for __, found in known), any(found.low > 0 for __, found in known)
    missing = [message("On {rows} the two could not be compared.", rows=name) for name, found in columns if not found]
    return Guard(better and not worse, (*(_sentence(name, found) for name, found in known), *missing))


def _sentence(name: Message, difference: Interval) -> Message:
    bounds = difference.as_dict()
    if difference.high < 0:
        value, low, high = -difference.value, -difference.high, -difference.low
        return message(
            "On {rows} the challenger loses {value:.4f} [{low:.4f}, {high:.4f}] less per row.",
            rows=name, value=value, low=low, high=high,
        )  # fmt: skip
    if difference.low > 0:
        return message(
            "On {rows} promoting would cost {value:.4f} [{low:.4f}, {high:.4f}] log loss per row.", rows=name, **bounds
        )
    return message(
        "On {rows} the two can't be told apart: {value:+.4f} [{low:+.4f}, {high:+.4f}] log loss per row.",
        rows=name, **bounds,
    )  # fmt: skip


def _hashes(table: pd.DataFrame, like: pd.DataFrame) -> Hashes:
    return row_hashes(table[like.columns])


def _slices(
    rows: pd.DataFrame, contract: Contract, target: Floats, old: Floats, new: Floats, seed: int
) -> tuple[Slice, ...]:
    found = [(feature, *part) for feature in contract.features for part in _parts(rows[feature.name], feature)]
    found = [part for part in found if part[-1].sum() >= FEWEST_LABELS]
    found.sort(key=lambda part: -np.abs(new - old)[part[-1]].mean())
    level = 1 - (1 - LEVEL) / max(len(found), 1)
    return tuple(
        Slice(
            feature.name, category, low, high, int(mask.sum()),
            float(old[mask].mean()), float(new[mask].mean()), float(target[mask].mean()),
            intervals.paired_difference(target[mask], new[mask], old[mask], seed, resamples=5_000, level=level),
        )
        for feature, category, low, high, mask in found[:MOST_SLICES]
    )  # fmt: skip


def _parts(values: Series, feature: Feature) -> Sequence[tuple[str | None, float | None, float | None, Bools]]:
    if feature.traits.text or values.nunique() <= BANDS:
        common = values.value_counts().index[:MOST_CATEGORIES]
        return [(str(value), None, None, (values == value).to_numpy(bool, na_value=False)) for value in common]
    numbers = pd.to_numeric(values).to_numpy(float, na_value=np.nan)
    edges = np.unique(np.nanquantile(numbers, np.linspace(0, 1, BANDS + 1)))
    index = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, len(edges) - 2)
    known = ~np.isnan(numbers)
    return [
        (None, float(edges[place]), float(edges[place + 1]), known & (index == place))
        for place in range(len(edges) - 1)
    ]
