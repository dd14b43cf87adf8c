"""What the verdict promises: how rarely it asks for action in vain, what it finds, and what its intervals hold."""

from __future__ import annotations

import numpy as np
from scipy.special import entr, expit

from core.metrics.intervals import intervals
from tests.truth.promises import Promise, each


def side(rows: int, rng: np.random.Generator, slope: float = 1.5, offset: float = 0.0, kept: float = 1.0) -> tuple:
    """(target, probability) of a model that was right when it was trained; outcomes follow only a part `kept` of it."""
    odds = slope * rng.normal(size=rows)
    return (rng.random(rows) < expit(offset + kept * odds)).astype(int), expit(offset + odds)


def _true_skill(slope: float, offset: float = 0.0) -> float:
    """The skill of the true probabilities, by integration over the normal score."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(199)
    chance, weights = expit(offset + slope * nodes), weights / weights.sum()
    rate = weights @ chance
    return 1 - float(weights @ (entr(chance) + entr(1 - chance)) / (entr(rate) + entr(1 - rate)))


def _covers(rows: int, slope: float):
    truth = _true_skill(slope)

    def draw(rng: np.random.Generator) -> bool | None:
        target, probability = side(rows, rng, slope)
        found = intervals(target, probability, ("skill",), seed=1, resamples=500)["skill"]
        return None if found is None else found.low <= truth <= found.high

    return each(draw)


PROMISES = (
    Promise(
        "A 95% interval of the skill holds the true skill",
        "coverage",
        {f"{rows:,} labels, true skill {_true_skill(slope):.0%}": _covers(rows, slope)
         for rows, slope in ((500, 1.5), (2_000, 1.5), (2_000, 0.5))},
        least=0.92,
        most=0.98,
        draws=1_000,
        quick=40,
    ),
)  # fmt: skip

UNDETECTABLE: tuple[str, ...] = ()
