"""A challenger against the champion on the same rows: by how much, how surely, where, and what promoting would cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.data import identity
from core.metrics import clusters, evaluation
from core.metrics.curves import Calibration, calibration
from core.metrics.intervals import FEWEST_LABELS, LEVEL, Interval, Model
from core.metrics.registry import listed
from core.text.messages import Message, message
from core.text.stored import known

if TYPE_CHECKING:
    from core.data.arrays import Array, Bools, Floats, Hashes, Series
    from core.data.contract import Contract, Feature
    from core.data.identity import Same

FEWEST_OF_EACH = 10
"""Rows of the rarer outcome below which two models are not compared: a difference would rest on a handful of them."""
MARGIN = 0.01
"""What promoting may cost, as a share of the log loss of the base rate: one percentage point of skill."""
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
    """Both models on the same rows, those `left_out` not among them: one of the two had been trained on them. `unclear`
    rows have the features of a training row, and nothing tells whether they are that row: they stay.

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
    unclear: int = 0

    @property
    def difference(self) -> Interval:
        """That of the log loss, by which the guard decides."""
        found = self.differences["log_loss"]
        assert found is not None, "rows have a log loss"
        return found

    @property
    def margin(self) -> float:
        """The log loss per row that promoting may cost here; of a comparison without figures that of even outcomes."""
        rate = self.champion.get("target_rate")
        rate = 0.5 if rate is None else rate
        return float(MARGIN * -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate)))

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
            unclear=stored.get("unclear", 0),
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
    labelled: int = 0
    """Production rows that had labels, compared or not."""

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
        found = known(cls, stored)
        test, production = (found[name] and Column.from_dict(found[name]) for name in ("test", "production"))
        return cls(test, production, labelled=found.get("labelled", 0))


def column(
    rows: pd.DataFrame,
    contract: Contract,
    champion: Model,
    challenger: Model,
    *,
    groups: Array | None = None,
    seed: int,
) -> Column | None:
    """The two on labelled `rows` (features and target under `contract`); None where there are too few to compare. Where
    rows have `groups`, these are the units of the intervals."""
    target = rows[contract.target].to_numpy()
    if len(rows) < FEWEST_LABELS or min(target.sum(), len(target) - target.sum()) < FEWEST_OF_EACH:
        return None
    old, new = champion.probability, challenger.probability
    compared = [metric.key for metric in listed("comparison")]
    return Column(
        rows=len(rows),
        left_out=0,
        champion=evaluation.metrics(target, old, champion.threshold),
        challenger=evaluation.metrics(target, new, challenger.threshold),
        differences=clusters.paired_differences(target, challenger, champion, groups, compared, seed),
        champion_calibration=calibration(target, old),
        challenger_calibration=calibration(target, new),
        slices=_slices(rows, contract, (target, old, new), groups, seed),
    )


def trained_on(rows: pd.DataFrame, *training: pd.DataFrame) -> Same:
    """Which rows are among any of the `training` rows; all are identities (`core.data.identity`) with a column
    `features`. What the outcome of a row is plays no part: it would decide who stays in the comparison."""
    telling = all(identity.distinct(some["features"]) for some in (rows, *training))
    return identity.same(rows, identity.joined(*training), telling=telling)


def trained_on_more(rows: Hashes, own: Hashes, other: Hashes, seed: int) -> Bools:
    """Which of the test rows of a table another model must have been trained on that learned from the same table, where
    nothing but features (a number per row) is known of rows; bool (rows,).

    Of a vector that `other` holds more often than `own`, the training rows that the test rows were split from, so many
    test rows were trained on. Which of them is drawn by lot, so that their outcomes play no part.
    """
    order = np.random.default_rng(seed).permutation(len(rows))
    drawn = pd.Series(rows[order])
    more, usual = (pd.Series(part).value_counts() for part in (other, own))
    excess = more.sub(usual, fill_value=0)
    found = np.zeros(len(rows), bool)
    found[order] = drawn.groupby(drawn).cumcount() < drawn.map(excess).fillna(0)
    return found


def guard(comparison: Comparison) -> Guard:
    """Promoting is offered plainly when the challenger loses significantly less in one column and, in the other, more
    than its `margin` is ruled out (non-inferiority: Piaggio et al., "Reporting of noninferiority and equivalence
    randomized trials", 2012). Production rows that are too few to be compared rule out nothing."""
    columns = [
        (message("the champion's test split"), comparison.test),
        (message("new production rows"), comparison.production),
    ]
    known = [(name, found) for name, found in columns if found]
    better = any(found.difference.high < 0 for _, found in known)
    harmless = all(found.difference.high < found.margin for _, found in known)
    missing = [message("On {rows} the two could not be compared.", rows=name) for name, found in columns if not found]
    enough = comparison.production is not None or not comparison.labelled
    return Guard(better and harmless and enough, (*(_sentence(name, found) for name, found in known), *missing))


def _sentence(name: Message, found: Column) -> Message:
    difference = found.difference
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
    if difference.high >= found.margin:
        return message(
            "On {rows} a loss is not ruled out: the difference is {value:+.4f} [{low:+.4f}, {high:+.4f}] log loss per "
            "row, and at most {margin:.4f} (1 point of skill) may be lost. More labels can tell.",
            rows=name, margin=found.margin, **bounds,
        )  # fmt: skip
    return message(
        "On {rows} the two can't be told apart: {value:+.4f} [{low:+.4f}, {high:+.4f}] log loss per row.",
        rows=name, **bounds,
    )  # fmt: skip


def _slices(
    rows: pd.DataFrame,
    contract: Contract,
    given: tuple[Floats, Floats, Floats],
    groups: Array | None,
    seed: int,
) -> tuple[Slice, ...]:
    target, old, new = given
    found = [(feature, *part) for feature in contract.features for part in _parts(rows[feature.name], feature)]
    found = [part for part in found if part[-1].sum() >= FEWEST_LABELS]
    found.sort(key=lambda part: -np.abs(new - old)[part[-1]].mean())
    level = 1 - (1 - LEVEL) / max(len(found), 1)
    return tuple(
        Slice(
            feature.name, category, low, high, int(mask.sum()),
            float(old[mask].mean()), float(new[mask].mean()), float(target[mask].mean()),
            clusters.paired_difference(
                target[mask], new[mask], old[mask], None if groups is None else groups[mask], seed, level
            ),
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
