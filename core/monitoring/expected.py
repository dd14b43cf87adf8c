"""What a batch's own mix of cases lets one expect of a model, and whether labels fall short of it.

Skill and AUC depend on how different the cases are, whatever the model is worth: of cases that are all alike the true
probabilities themselves have neither. So what labels show is held against what the calibrated probabilities of these
very rows let one expect (the model-based concordance: van Klaveren et al., "A new concordance measure for risk
prediction models in external validation settings", 2016; skill in the same way). The change since the reference then
has two parts: reference to expected is the mix of cases, expected to shown is the model (DISDE: Cai, Namkoong and
Yadlowsky, "Diagnosing model performance under distribution shift", 2023).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.metrics.intervals import REACH, Interval
from core.metrics.performance import Performance, Shortfall, loss_between
from core.monitoring.estimation import figure, grouped

if TYPE_CHECKING:
    from core.data.arrays import Floats, Ints
    from core.metrics.calibration import Calibrator

FIGURES = ("skill", "roc_auc")
STEPS = 60
NEAR = 1e-3
"""Below so small a root the saddlepoint's correction divides 0 by 0, and the normal tail is right."""


def expected(calibrator: Calibrator, probability: Floats) -> dict[str, Interval]:
    """What the calibrated probabilities of these rows (nan: not scored) let one expect of each of `FIGURES`, as far as
    the reference is known; labels would stray from it by chance."""
    probability = np.asarray(probability, dtype=float)
    raw, counts = grouped(probability[~np.isnan(probability)])
    if not len(raw):
        return {name: Interval(0.0, 0.0, 0.0) for name in FIGURES}
    return {name: _expected(name, calibrator, raw, counts)[0] for name in FIGURES}


def held_against_mix(
    found: Performance, calibrator: Calibrator, target: Floats, probability: Floats, alpha: float
) -> Performance:
    """The same performance with what the mix of these labelled rows lets one expect.

    `calibrator` was learned on the reference. `alpha` is what this look may spend; the two figures share it.
    """
    raw, counts = grouped(probability)
    yes, chance = _positives(counts, target, probability), calibrator.probability(raw)
    losses = {}
    for name in FIGURES:
        around, weight, variance = _expected(name, calibrator, raw, counts)
        short = float((chance * counts - yes) @ weight)
        p = _tail(short, chance, counts, weight, variance)
        losses[name] = Shortfall(around, loss_between(around, getattr(found, name)), p, alpha / 2, of_mix=True)
    return replace(found, skill_loss=losses["skill"], auc_loss=losses["roc_auc"])


def held_against_reference(found: Performance, alpha: float) -> Performance:
    """The same performance beside that of the reference, where nothing can be expected of the batch's own mix: most of
    its rows lie where the reference has none, so nothing tells how often probabilities come true there."""
    pairs = (found.reference_skill, found.skill), (found.reference_roc_auc, found.roc_auc)
    skill, auc = (_against(before, now, alpha / 2) for before, now in pairs)
    return replace(found, skill_loss=skill, auc_loss=auc)


def _against(before: Interval, now: Interval, alpha: float) -> Shortfall:
    from scipy.special import ndtr

    loss = loss_between(before, now)
    error = (loss.value - loss.low) / REACH
    return Shortfall(before, loss, float(ndtr(-loss.value / error)) if error > 0 else 1.0, alpha, of_mix=False)


def _positives(counts: Ints, target: Floats, probability: Floats) -> Floats:
    """The positives among the rows of each group, (groups,): groups are consecutive in the order of probability."""
    ranked = np.asarray(target, dtype=float)[np.argsort(probability, kind="stable")]
    found: Floats = np.add.reduceat(ranked, np.cumsum(counts) - counts)
    return found


def _expected(name: str, calibrator: Calibrator, raw: Floats, counts: Ints) -> tuple[Interval, Floats, float]:
    """What is expected of a figure as far as the calibration is known, by how much it grows with one positive more in
    each group, and the variance that the calibration leaves open."""
    chance: Floats = calibrator.probability(raw)
    positive: Floats = chance * counts.astype(float)
    value = figure(name, raw, positive, counts)
    weight = _slopes(name, raw, positive, counts)
    lever = (counts * chance * (1 - chance) * weight) @ calibrator.slopes(raw)
    variance = float(lever @ np.array(calibrator.covariance) @ lever)
    room = REACH * float(np.sqrt(variance))
    return Interval(value, value - room, value + room), weight, variance


def _slopes(name: str, raw: Floats, positive: Floats, counts: Ints) -> Floats:
    """By how much a figure grows with one positive more in each group, to first order around what is expected."""
    rows, yes = counts.sum(), positive.sum()
    if name == "roc_auc":
        negative = counts - positive
        below = np.cumsum(negative) - negative / 2
        above = yes - np.cumsum(positive) + positive / 2
        auc = float(positive @ below) / (yes * (rows - yes))
        ranks: Floats = (below - above) / (yes * (rows - yes)) - auc / yes + auc / (rows - yes)
        return ranks
    inside = np.clip(raw, np.finfo(float).eps, 1 - np.finfo(float).eps)
    hit, miss = -np.log(inside), -np.log1p(-inside)
    rate = yes / rows
    best = -(rate * np.log(rate) + (1 - rate) * np.log1p(-rate))
    loss = float(positive @ hit + (counts - positive) @ miss) / rows
    losses: Floats = -(hit - miss - loss / best * np.log((1 - rate) / rate)) / (rows * best)
    return losses


def _tail(short: float, chance: Floats, counts: Ints, weight: Floats, variance: float) -> float:
    """The chance that the sum of weight x (expected - drawn positives), and an error of the calibration of this
    variance, is `short` or more.

    By the saddlepoint (Lugannani and Rice, "Saddle point approximation for the distribution of the sum of independent
    random variables", 1980): it is right far out, where a normal tail takes a few rare positives for a catastrophe.
    """
    from scipy.special import ndtr

    spread = float((counts * chance * (1 - chance) * weight**2).sum()) + variance
    if short <= 0 or spread <= 0:
        return float(ndtr(-short / np.sqrt(spread))) if spread > 0 else 1.0
    tilt = short / spread
    low, high = 0.0, np.inf
    for _ in range(STEPS):
        tilted = _tilted(tilt, chance, weight)
        slope = float((counts * weight) @ (chance - tilted)) + variance * tilt
        bend = float((counts * weight**2) @ (tilted * (1 - tilted))) + variance
        low, high = (tilt, high) if slope < short else (low, tilt)
        step = tilt + (short - slope) / bend
        if abs(step - tilt) <= 1e-10 * tilt:
            break
        tilt = step if low < step < high else (low + high) / 2 if np.isfinite(high) else 2 * low
    height = float(counts @ (tilt * weight * chance + np.log(chance * np.exp(-tilt * weight) + 1 - chance)))
    root = np.sqrt(max(2 * (tilt * short - height - variance * tilt**2 / 2), 0.0))
    if root < NEAR:
        return float(ndtr(-root))
    density = np.exp(-(root**2) / 2) / np.sqrt(2 * np.pi)
    return float(np.clip(ndtr(-root) + density * (1 / (tilt * np.sqrt(bend)) - 1 / root), 0.0, 1.0))


def _tilted(tilt: float, chance: Floats, weight: Floats) -> Floats:
    """The chances of a positive under an exponential tilt against the figure."""
    from scipy.special import expit, logit

    tilted: Floats = expit(logit(chance) - tilt * weight)
    return tilted
