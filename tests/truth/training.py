"""What training and comparing promise: intervals that cover, guards that hold, shares that are reached."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import entr, expit

from core.data import identity
from core.data.contract import Contract, Feature
from core.metrics import challenge, clusters
from core.metrics.cells import row_losses
from core.metrics.challenge import Column, Comparison
from core.metrics.intervals import Interval
from core.metrics.thresholds import Aim, Rule, study
from tests.truth.promises import Promise, World, each

LEVELS = 12
CELLS = np.random.default_rng(0).normal(0, 1.0, (LEVELS,) * 3)
COARSE = Contract("t", "T", "y", "1", tuple(Feature(f"x{place}", "integer") for place in range(3)))
BETTER = Interval(-0.02, -0.03, -0.01)


def _coarse(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    x = rng.integers(0, LEVELS, (rows, 3))
    return pd.DataFrame(x, columns=COARSE.feature_names).assign(y=(rng.random(rows) < _rate(*x.T)).astype(int))


def _rate(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    return expit(0.25 * (a - LEVELS / 2) + 0.15 * (b - LEVELS / 2) + CELLS[a, b, c])


def _smoothed(train: pd.DataFrame) -> np.ndarray:
    seen, made = np.zeros((2, *CELLS.shape))
    place = tuple(train[COARSE.feature_names].to_numpy().T)
    np.add.at(seen, place, 1)
    np.add.at(made, place, train["y"])
    return (made + 4 * train["y"].mean()) / (seen + 4)


def _named(rows: pd.DataFrame) -> pd.DataFrame:
    return identity.identities(len(rows)).assign(features=identity.features(rows, COARSE))


def _among_look_alikes(production: int) -> World:
    truth = _rate(*np.indices(CELLS.shape))

    def draw(rng: np.random.Generator) -> bool:
        base, more, rows = _coarse(4_000, rng), _coarse(2_000, rng), _coarse(production, rng)
        tables = [_smoothed(base), _smoothed(pd.concat([base, more]))]
        rows = rows[~challenge.trained_on(_named(rows), _named(base), _named(more)).found]
        old, new = (table[tuple(rows[COARSE.feature_names].to_numpy().T)] for table in tables)
        found = clusters.paired_difference(rows["y"].to_numpy(), new, old, None, 1)
        losses = [-(truth * np.log(one) + (1 - truth) * np.log(1 - one)).mean() for one in tables]
        return found.low <= losses[1] - losses[0] <= found.high

    return each(draw)


def _worse(rate: float, rows: int) -> World:
    """A steeper challenger, where outcomes follow the feature less than either model says."""
    offset = np.log(rate / (1 - rate))

    def draw(rng: np.random.Generator) -> bool:
        x = rng.normal(size=rows)
        target = (rng.random(rows) < expit(offset + 0.3 * x)).astype(int)
        old, new = expit(offset + 0.5 * x), expit(offset + 1.0 * x)
        test = Column(rows, 0, {"target_rate": rate}, {}, {"log_loss": BETTER})
        few = min(target.sum(), rows - target.sum()) < challenge.FEWEST_OF_EACH
        differences: dict[str, Interval | None] = {"log_loss": clusters.paired_difference(target, new, old, None, 1)}
        there = None if few else Column(rows, 0, {"target_rate": float(target.mean())}, {}, differences)
        return Comparison(test, there, labelled=rows).guard.ok

    return each(draw)


def _reached(aim: Aim, wanted: float, rows: int, offset: float) -> World:
    sure = expit(offset + 1.3 * np.random.default_rng(1).normal(size=200_000))

    def draw(rng: np.random.Generator) -> bool | None:
        probability = expit(offset + 1.3 * rng.normal(size=rows))
        target = (rng.random(rows) < probability).astype(int)
        if target.min() == target.max():
            return None
        found = study(target, probability, Rule(aim, wanted=wanted))
        called = sure >= found.chosen
        share = sure[called].mean() if aim == "precision" else sure[called].sum() / sure.sum()
        return bool(found.reached and share < wanted)

    return each(draw)


def _grouped(groups: int, rows: int, luck: float) -> World:
    nodes, weights = np.polynomial.hermite_e.hermegauss(99)
    weights = weights / weights.sum()
    chance = weights @ expit(nodes[None, :] + luck * nodes[:, None])  # by the score, over the luck of groups
    said = expit(nodes)
    loss = -float(weights @ (chance * np.log(said) + (1 - chance) * np.log(1 - said)))
    rate = float(weights @ chance)
    truth = 1 - loss / float(entr(rate) + entr(1 - rate))

    def draw(rng: np.random.Generator) -> bool | None:
        who = np.repeat(np.arange(groups), rows)
        score = rng.normal(size=len(who))
        target = (rng.random(len(who)) < expit(score + rng.normal(0, luck, groups)[who])).astype(int)
        found = clusters.intervals(target, expit(score), who, ("skill",), 1)["skill"]
        return None if found is None else found.low <= truth <= found.high

    return each(draw)


def _candidates(rows: int, depth: int) -> World:
    """A regression and a tree on ten folds; the truth is what their final models lose on fresh rows."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold
    from sklearn.tree import DecisionTreeClassifier

    from core.training.recommendation import recommend

    tree = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=max(5, rows // 200))
    fresh = np.random.default_rng(99).normal(size=(20_000, 4))
    sure = expit(fresh[:, 0] + 0.5 * fresh[:, 1] + 0.5 * fresh[:, 0] * fresh[:, 1])

    def draw(rng: np.random.Generator) -> bool:
        x = rng.normal(size=(rows, 4))
        target = (rng.random(rows) < expit(x[:, 0] + 0.5 * x[:, 1] + 0.5 * x[:, 0] * x[:, 1])).astype(int)
        said, lost = {}, {}
        for name, model in (("lr", LogisticRegression()), ("dt", tree)):
            said[name] = np.empty(rows)
            for learn, out in StratifiedKFold(10, shuffle=True, random_state=10).split(x, target):
                said[name][out] = model.fit(x[learn], target[learn]).predict_proba(x[out])[:, 1].clip(0.05, 0.95)
            final = model.fit(x, target).predict_proba(fresh)[:, 1].clip(0.05, 0.95)
            lost[name] = sure @ row_losses(np.ones(20_000), final) + (1 - sure) @ row_losses(np.zeros(20_000), final)
        found = recommend(target, said, dict.fromkeys(said, 0.6), 0.69)
        other, bounds = next(iter(found.differences.items()))
        return bounds.low <= (lost[other] - lost[found.candidate]) / 20_000 <= bounds.high

    return each(draw)


PROMISES = (
    Promise(
        "The interval between champion and challenger holds the true difference among look-alikes without ids",
        "coverage",
        {f"{rows:,} production rows of 1,728 kinds": _among_look_alikes(rows) for rows in (500, 2_000)},
        least=0.92, most=0.99, draws=400,
    ),
    Promise(
        "The guard does not speak for a challenger that loses more than the margin in production",
        "false alarms",
        {f"{rate:.0%} positives, {rows:,} rows": _worse(rate, rows)
         for rate, rows in ((0.5, 100), (0.5, 400), (0.02, 400), (0.02, 1_600), (0.02, 6_400))},
        most=0.05, draws=400, quick=40,
    ),
    Promise(
        "A precision or recall that is said to be reached is reached on new rows",
        "false alarms",
        {f"{aim} of {wanted:.0%}, {rows:,} rows, {'50' if offset == 0 else '12'}% positives":
         _reached(aim, wanted, rows, offset)
         for aim in ("precision", "recall") for wanted in (0.6, 0.8) for rows in (60, 400, 4_000)
         for offset in (0.0, -2.6)},
        most=0.05, draws=200, quick=20,
    ),
    Promise(
        "Where groups are the unit, a 95% interval of the skill holds the true skill",
        "coverage",
        {f"{groups} groups of {rows} rows, luck {luck:g}": _grouped(groups, rows, luck)
         for groups, rows, luck in ((20, 20, 0.7), (100, 20, 0.7), (100, 20, 0.0))},
        least=0.92, most=0.99, draws=400, quick=40,
    ),
    Promise(
        "The interval between two candidates holds what their models truly lose, at every size",
        "coverage",
        {f"{rows:,} rows, a regression and a tree of depth {depth}": _candidates(rows, depth)
         for rows, depth in ((75, 3), (1_000, 3), (1_000, 6), (10_000, 6), (20_000, 6))},
        least=0.92, most=0.99, draws=120,
    ),
)  # fmt: skip

UNDETECTABLE: tuple[str, ...] = (
    "Rows without an id, from another file, that look like training rows as many rows do: they may be the same rows, "
    "and they stay in the comparison.",
    "Groups that the contract does not name: rows that hang together then count as independent.",
    "How much a candidate changes with other training rows: the interval between two candidates allows for as much as "
    "trees need, and is wider than it need be between two linear models.",
)
