"""What the verdict promises: how rarely it asks for action in vain, what it finds, and what its intervals hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import entr, expit

from core.data.contract import Contract, Feature
from core.metrics.calibration import fit
from core.metrics.evaluation import metrics
from core.metrics.intervals import Interval, interval, intervals
from core.metrics.performance import Performance, measurable
from core.monitoring.answers import fit as answer
from core.monitoring.budget import level
from core.monitoring.expected import held_against_mix
from core.monitoring.label_shift import label_shift
from core.monitoring.labelled import Yardstick, what_labels_say
from core.monitoring.rules import Level, facts_of_labels
from core.monitoring.unlabelled import Side
from core.retraining.limits import Evidence
from core.retraining.policies import Policy, decide
from tests.truth.promises import Promise, World, each

if TYPE_CHECKING:
    from core.metrics.calibration import Calibrator

THREE = Contract("t", "T", "y", "1", (Feature("a", "number"), Feature("b", "number"), Feature("ward", "category")))
CONTRACT = Contract("t", "T", "y", "1", (Feature("x", "number"), Feature("ward", "category")))
RATES = {0.5: (0.0, 1.5), 0.1: (-2.75, 1.4), 0.02: (-4.75, 1.4), 0.01: (-5.5, 1.4), 0.001: (-7.95, 1.4)}
"""Offset and slope of the log-odds that give such a share of positives."""
RESAMPLES = 200
"""Fewer than the verdict takes, so that more worlds can be drawn."""
Sides = tuple[np.ndarray, np.ndarray]


def side(rows: int, rng: np.random.Generator, slope: float = 1.5, offset: float = 0.0, kept: float = 1.0,
         spread: float = 1.0) -> Sides:  # fmt: skip
    """(target, probability) of a model that was right when it was trained; outcomes follow only a part `kept` of what
    it says, and cases are spread out by `spread`."""
    odds = slope * spread * rng.normal(size=rows)
    return (rng.random(rows) < expit(offset + kept * odds)).astype(int), expit(offset + odds)


def shown(reference: Sides, batch: Sides) -> Performance | None:
    """What the labels of a batch show, held against what its cases let one expect: as the verdict has it."""
    if not (measurable(reference[0]) and measurable(batch[0])):
        return None
    found = Performance({}, {}, *bounds(batch, 1), *bounds(reference, 1))
    return held_against_mix(found, fit(*reference), *batch, level(1))


def bounds(some: Sides, seed: int) -> tuple[Interval, Interval]:
    """Skill and AUC with their intervals."""
    found = intervals(*some, ("skill", "roc_auc"), seed, RESAMPLES)
    skill, auc = found["skill"], found["roc_auc"]
    assert skill is not None, "both outcomes are there"
    assert auc is not None, "both outcomes are there"
    return skill, auc


def asked(calibrator: Calibrator, batch: Sides, look: int = 1) -> bool:
    """Whether the labels of a batch ask for action. Nothing asks without a significant loss or a skill below 0, so that
    only batches with one of these need intervals; those of the reference decide nothing here."""
    if not measurable(batch[0]):
        return False
    known = metrics(*batch)
    skill, auc = (Interval(value, value, value) for value in (known["skill"] or 0.0, known["roc_auc"] or 0.0))
    plain = Performance({}, {}, skill, auc, skill, auc)
    lost = held_against_mix(plain, calibrator, *batch, level(look)).losses
    if plain.skill.value > 0 and not any(one.significant for one in lost):
        return False
    skill, auc = bounds(batch, look)
    return asks(held_against_mix(replace(plain, skill=skill, roc_auc=auc), calibrator, *batch, level(look)))


def asks(found: Performance | None) -> bool:
    """Whether labels ask for action, by the verdict or by the policy that holds as long as nobody keeps another."""
    if found is None:
        return False
    pairs = ("skill", "roc_auc", "reference_skill", "reference_roc_auc", "skill_loss", "auc_loss")
    decided = decide(Policy(), Evidence(**{name: getattr(found, name) for name in pairs}))
    return decided.retrain or any(one.level in ("retrain", "stop") for one in facts_of_labels(found))


def fits(found: Performance | None, rows: int) -> bool:
    """Whether the verdict says that the model fits."""
    if found is None:
        return False
    told = list(facts_of_labels(found))
    level: Level = "retrain" if any(one.level in ("retrain", "stop") for one in told) else "healthy"
    return answer(level, told, found, rows, ()) == "fits"


def one_batch(of_reference: int, rows: int, **changed: float) -> World:
    """Batches, each with a reference of its own, and whether they ask; what is `changed` holds for the batch alone."""
    world = {name: changed.pop(name) for name in ("slope", "offset") if name in changed}

    def draw(rng: np.random.Generator) -> bool:
        batch = side(rows, rng, **world, **changed)
        return asked(fit(*side(of_reference, rng, **world)), batch)

    return each(draw)


def said_to_fit(of_reference: int, rows: int, kept: float = 1.0) -> World:
    """Batches, each with a reference of its own, and whether the model is said to fit them."""

    def draw(rng: np.random.Generator) -> bool:
        batch = side(rows, rng, kept=kept)
        return fits(shown(side(of_reference, rng), batch), rows)

    return each(draw)


def rare(rate: float, rows: int) -> World:
    offset, slope = RATES[rate]
    return one_batch(max(5_000, int(200 / rate)), rows, slope=slope, offset=offset)


def lifetime(rows: int, of_reference: int, batches: int = 200, **world: float) -> World:
    """Projects of unchanged batches against one reference: whether any of them asks."""

    def draw(rng: np.random.Generator) -> bool:
        reference = side(of_reference, rng, **world)
        calibrator = fit(*reference)
        return any(asked(calibrator, side(rows, rng, **world), look) for look in range(1, batches + 1))

    return each(draw)


def found_soon(rows: int, of_reference: int, after: int, within: int = 3, kept: float = 0.5, **world: float) -> World:
    """Half of the skill is lost after so many batches: whether one of the next `within` asks."""

    def draw(rng: np.random.Generator) -> bool:
        calibrator, part = fit(*side(of_reference, rng, **world)), halved(kept, **world)
        looks = range(after + 1, after + within + 1)
        return any(asked(calibrator, side(rows, rng, **world, kept=part), look) for look in looks)

    return each(draw)


def true_skill(slope: float, offset: float = 0.0, kept: float = 1.0) -> float:
    """The skill of probabilities of which outcomes follow only a part, by integration over the normal score."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(199)
    said, chance, weights = offset + slope * nodes, expit(offset + kept * slope * nodes), weights / weights.sum()
    rate = weights @ chance
    loss = weights @ (chance * np.logaddexp(0, -said) + (1 - chance) * np.logaddexp(0, said))
    return 1 - float(loss / (entr(rate) + entr(1 - rate)))


def halved(share: float, slope: float = 1.5, offset: float = 0.0) -> float:
    """The part that outcomes may follow so that a `share` of the skill is left."""
    from scipy.optimize import brentq

    return brentq(lambda kept: true_skill(slope, offset, kept) - share * true_skill(slope, offset), 0.2, 1.0)


def covers(rows: int, slope: float, offset: float = 0.0, metric: str = "skill") -> World:
    """Whether the interval holds the truth; draws of too few labels to show a figure do not count."""
    truth = true_skill(slope, offset) if metric == "skill" else true_auc(slope, offset)

    def draw(rng: np.random.Generator) -> bool | None:
        batch = side(rows, rng, slope, offset)
        if not measurable(batch[0]):
            return None
        found = interval(*batch, metric, seed=1, resamples=500)
        assert found is not None, "both outcomes are there"
        return found.low <= truth <= found.high

    return each(draw)


def true_auc(slope: float, offset: float) -> float:
    """The AUC of the true probabilities, by integration over the normal score."""
    score = np.linspace(-8, 8, 4_001)
    density = np.exp(-(score**2) / 2)
    yes, no = density * expit(offset + slope * score), density * expit(-offset - slope * score)
    below = np.cumsum(no) - no / 2
    return float(yes @ below / (yes.sum() * no.sum()))


def some_labels(which: Callable, event: Callable) -> World:
    """Unchanged batches of which some rows have labels, those that `which` picks; the model misses that outcomes
    follow the score half as strongly in ward b."""

    def rows(count: int, rng: np.random.Generator) -> Side:
        x, b = rng.normal(size=count), rng.random(count) < 0.5
        target = rng.random(count) < expit(np.where(b, 0.6, 1.8) * x)
        return Side(pd.DataFrame({"x": x, "ward": np.where(b, "b", "a")}), expit(1.2 * x), target.astype(float))

    def draw(rng: np.random.Generator) -> bool:
        reference, batch = rows(4_000, rng), rows(4_000, rng)
        target = np.where(which(batch, rng), batch.outcomes(), np.nan)
        found = what_labels_say(
            CONTRACT, reference, Side(batch.rows, batch.probability, target), 0.5, 1, Yardstick(None, True, 1)
        )
        return event(found)

    return each(draw)


def features(rows: int, rng: np.random.Generator, moved: float = 0.0, north: float = 0.5) -> Side:
    """Rows of three features with their true probability; `moved` moves one of them, `north` is the share of a ward."""
    a, b, ward = rng.normal(moved, 1, rows), rng.normal(size=rows), rng.random(rows) < north
    said = expit(-1.4 + 1.2 * a + 0.5 * b + 0.8 * ward)
    table = pd.DataFrame({"a": a, "b": b, "ward": np.where(ward, "north", "south")})
    return Side(table, said, (rng.random(rows) < said).astype(float))


def of_rate(rows: int, rng: np.random.Generator, rate: float = 0.3) -> Side:
    """Positives and negatives of the same world in another proportion."""
    every, yes = features(8 * rows, rng), round(rate * rows)
    place = np.concatenate([np.flatnonzero(every.target == one)[:some] for one, some in ((1, yes), (0, rows - yes))])
    return Side(every.rows.iloc[place].reset_index(drop=True), every.probability[place])


def named_label_shift(batch: Callable[[np.random.Generator], Side]) -> World:
    """Batches without labels, and whether they are said to have changed in their positive rate alone."""

    def draw(rng: np.random.Generator) -> bool:
        reference, current = features(4_000, rng), batch(rng)
        return label_shift(THREE, reference, Side(current.rows, current.probability), 1) is not None

    return each(draw)


MOVES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "one feature by 0.3": {"moved": 0.3},
    "one feature by 0.5": {"moved": 0.5},
    "one feature by 1": {"moved": 1.0},
    "the wards": {"north": 0.9},
}
"""What moved in a batch in which outcomes follow the features as before, in standard deviations."""
PICKS = {
    "a random third": lambda batch, rng: rng.random(len(batch.target)) < 0.33,
    "probability of 0.5 or more": lambda batch, rng: batch.probability >= 0.5,
    "probability under 0.3": lambda batch, rng: batch.probability < 0.3,
    "ward b, the model's weak one": lambda batch, rng: (batch.rows["ward"] == "b").to_numpy(),
}
RARE = {
    f"{rate:.1%} positives, {rows:,} labels": rare(rate, rows)
    for rate in RATES
    for rows in (100, 1_000, 10_000, 100_000)
    if rate * rows >= 5
}
COVERED = [(rate, rows) for rate in RATES for rows in (100, 1_000, 10_000) if rate * rows >= 9]

PROMISES = (
    Promise(
        "A batch like the reference asks for action",
        "false alarms",
        RARE,
        most=0.05,
        draws=600,
        quick=20,
    ),
    Promise(
        "A batch of less extreme cases asks for action while the model is exactly right",
        "false alarms",
        {f"cases spread {spread:.0%} as far, {rows:,} labels": one_batch(4_000, rows, spread=spread)
         for spread in (0.8, 0.7, 0.5, 0.3) for rows in (500, 3_000)},
        most=0.05,
        draws=600,
        quick=20,
    ),
    Promise(
        "A loss of half of the skill asks for action",
        "power",
        {f"cases spread {spread:.0%} as far, {rows:,} labels":
         one_batch(4_000, rows, spread=spread, kept=halved(0.5, slope=1.5 * spread))
         for spread in (1.0, 0.7) for rows in (1_000, 3_000)},
        least=0.8,
        draws=400,
        quick=20,
    ),
    Promise(
        "Labels of some rows ask for action while nothing changed",
        "false alarms",
        {f"labels of {name}": some_labels(which, lambda found: asks(found.performance))
         for name, which in PICKS.items()},
        most=0.05,
        draws=100,
        quick=5,
    ),
    Promise(
        "Labels of rows unlike the others are said to be so",
        "power",
        {f"labels of {name}": some_labels(which, lambda found: bool(found.unlike))
         for name, which in PICKS.items() if name != "a random third"},
        least=0.95,
        draws=100,
        quick=5,
    ),
    Promise(
        "A model that lost 31% of its skill is said to fit",
        "false alarms",
        {f"{rows:,} labels": said_to_fit(4_000, rows, halved(0.69))
         for rows in (100, 250, 1_000, 10_000)},
        most=0.05,
        draws=300,
        quick=20,
    ),
    Promise(
        "A model that lost nothing is said to fit",
        "power",
        {"10,000 labels, 20,000 test rows": said_to_fit(20_000, 10_000)},
        least=0.8,
        draws=100,
        quick=5,
    ),
    Promise(
        "An unchanged project is asked to act in any of 200 batches",
        "false alarms",
        {f"skill {true_skill(slope, offset):.0%}, batches of {rows:,}, {known:,} test rows":
         lifetime(rows, known, slope=slope, offset=offset)
         for slope, offset, rows, known in (
             (1.5, 0.0, 300, 4_000), (1.5, 0.0, 1_000, 1_000), (1.5, 0.0, 1_000, 4_000), (0.32, 0.0, 1_000, 4_000),
             (1.2, -4.6, 1_000, 4_000))},
        most=0.05,
        draws=400,
        quick=2,
    ),
    Promise(
        "A lost half of the skill is found within 3 batches of 1,000 labels",
        "power",
        {f"skill {true_skill(slope):.0%}, lost after {after} batches, {known:,} test rows":
         found_soon(1_000, known, after, slope=slope)
         for slope, known in ((1.5, 4_000), (2.5, 4_000), (1.0, 4_000), (1.5, 1_000)) for after in (0, 20, 197)},
        least=0.8,
        draws=200,
        quick=10,
    ),
    Promise(
        "A change of the positive rate alone is named label shift, without a label",
        "power",
        {f"31% to {rate:.0%} positives, {rows:,} rows": named_label_shift(partial(of_rate, rows, rate=rate))
         for rows in (1_000, 4_000) for rate in (0.15, 0.5)},
        least=0.8,
        draws=100,
        quick=5,
    ),
    Promise(
        "A batch in which outcomes follow the features as before is named label shift",
        "false alarms",
        {f"{name} moved, {rows:,} rows": named_label_shift(partial(features, rows, **moved))
         for rows in (500, 2_000) for name, moved in MOVES.items()},
        most=0.05,
        draws=100,
        quick=10,
    ),
    *(Promise(
        f"A 95% interval of {title} holds the truth",
        "coverage",
        {f"{rate:.1%} positives, {rows:,} labels": covers(rows, RATES[rate][1], RATES[rate][0], metric)
         for rate, rows in COVERED},
        least=0.92,
        most=0.98,
        draws=1_000,
        quick=40,
    ) for metric, title in (("skill", "the skill"), ("roc_auc", "the AUC"))),
)  # fmt: skip

UNDETECTABLE = (
    "Without labels, label shift that comes together with features that moved by themselves, and any change of how "
    "outcomes follow features that leaves the features as they were: no estimate knows of it.",
    "Labels that come because of the outcome itself, such as complaints only: outcomes then no longer follow the "
    "probabilities, as after a true change.",
    "A loss of skill below about twice the standard error that the test set leaves: no number of new labels makes an "
    "old test set larger. The verdict then says that it cannot tell.",
)
