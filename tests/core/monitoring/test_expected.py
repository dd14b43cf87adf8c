"""Labels are held against what their mix of cases lets one expect: harder cases are not a worse model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import kstest

from core.data.contract import Contract, Feature
from core.metrics.calibration import fit
from core.metrics.intervals import intervals
from core.metrics.performance import Performance
from core.monitoring.budget import LIFETIME, level, spent
from core.monitoring.expected import held_against_mix
from core.monitoring.unlabelled import Side, without_labels
from core.monitoring.verdict import Assessment, Known, assess
from core.retraining.policies import Policy, decide, evidence

CONTRACT = Contract("t", "T", "y", "1", (Feature("x", "number"), Feature("ward", "category")))


def world(rows: int, seed: int, *, spread: float = 1.0, kept: float = 1.0, offset: float = 0.0) -> tuple:
    """Rows, their true probability as the model says it, and outcomes that follow only a part of it."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows) * spread
    table = pd.DataFrame({"x": x, "ward": rng.choice(["a", "b"], rows)})
    outcome = rng.random(rows) < expit(offset + kept * 1.8 * x)
    return table, expit(offset + 1.8 * x), outcome.astype(float)


def judged(batch: tuple, *, labelled: np.ndarray | None = None, seed: int = 1, look: int = 1) -> Assessment:
    table, said, outcome = batch
    target = outcome if labelled is None else np.where(labelled, outcome, np.nan)
    reference = Side(*world(4_000, 1_000 + seed))
    return assess(CONTRACT, reference, Side(table, said, target), 0.5, seed, Known(look=look))


def text(found: Assessment) -> str:
    return " ".join(map(str, (*found.text, *(answer for _, answer in found.answers))))


@pytest.mark.parametrize("spread", [0.7, 0.5])
def test_less_extreme_cases_lower_skill_and_auc_and_ask_for_nothing(spread):
    found = judged(world(3_000, 3, spread=spread))
    assert found.performance.skill.high < found.performance.reference_skill.low
    assert not found.asks_for_action
    assert not decide(Policy(), evidence(found)).retrain
    assert "because the cases are harder" in text(found)
    assert found.performance.skill_loss.loss.low <= 0


@pytest.mark.parametrize("spread", [1.0, 0.7])
def test_a_model_that_lost_half_of_its_skill_on_the_same_cases_or_harder_ones_is_to_be_retrained(spread):
    found = judged(world(3_000, 3, spread=spread, kept=0.5))
    assert found.level == "retrain"
    assert found.fit == "does not fit"
    assert decide(Policy(), evidence(found)).trigger == "reactive"
    assert "The mix of cases explains" in text(found)


def test_the_chance_of_a_shortfall_is_uniform_where_nothing_changed_even_of_rare_outcomes():
    chances = []
    for seed in range(200):
        (_, before, known), (_, now, outcome) = (
            world(4_000, seed, offset=-4.6),
            world(1_000, 10_000 + seed, offset=-4.6),
        )
        if outcome.sum() < 10:
            continue
        sides = (intervals(*one, ("skill", "roc_auc"), 1, 20) for one in ((known, before), (outcome, now)))
        reference, current = sides
        plain = Performance({}, {}, current["skill"], current["roc_auc"], reference["skill"], reference["roc_auc"])
        chances.append(held_against_mix(plain, fit(known, before), outcome, now, 0.05).skill_loss.p)
    assert kstest(chances, "uniform").pvalue > 0.001
    assert np.mean(np.array(chances) < 0.01) < 0.03


def test_labels_of_some_rows_are_said_to_be_so_and_ask_for_nothing():
    batch = world(4_000, 3)
    random = judged(batch, labelled=np.random.default_rng(0).random(4_000) < 0.4)
    assert random.unlike == ()
    picked = judged(batch, labelled=batch[1] >= 0.5)
    assert "probability" in picked.unlike
    assert "x" in picked.unlike
    assert not picked.asks_for_action
    assert picked.fit == "unknown"
    assert "they differ from the others" in text(picked)
    assert "Cannot tell yet: only rows unlike the others have labels." in text(picked)


def test_a_loss_among_labels_of_some_rows_is_still_found():
    batch = world(4_000, 3, kept=0.3)
    assert judged(batch, labelled=batch[1] >= 0.5).level == "retrain"


def test_fits_is_said_where_a_loss_of_a_quarter_is_ruled_out_and_else_how_many_labels_would_tell():
    reference = Side(*world(30_000, 5))
    few, many = (assess(CONTRACT, reference, Side(*world(rows, 3)), 0.5, 1) for rows in (200, 8_000))
    assert (many.fit, str(many.headline)) == ("fits", "The model fits this batch.")
    assert few.fit == "unknown"
    assert few.plan.needed > 200
    assert f"It takes about {few.plan.needed:,} labels" in text(few)
    without = assess(CONTRACT, reference, Side(*world(8_000, 3)[:2]), 0.5, 1)
    assert without.fit == "unknown"
    assert f"About {without.plan.needed:,} labels would rule out a loss" in text(without)


def test_later_looks_need_more_evidence_and_all_looks_together_keep_to_the_budget():
    levels = [level(look) for look in range(1, 20_000)]
    assert sum(levels) <= LIFETIME
    assert sum(levels[:200]) == pytest.approx(LIFETIME * spent(200))
    assert levels[0] > levels[10] > levels[250]
    borderline = world(300, 5, kept=0.5)
    assert judged(borderline, look=1).level == "retrain"
    assert judged(borderline, look=10_000).level == "watch"


def test_a_drop_of_the_estimate_because_of_the_mix_asks_for_nothing_and_names_what_could_be_won():
    reference, batch = Side(*world(4_000, 1)), Side(*world(3_000, 3, spread=0.5)[:2])
    found = without_labels(CONTRACT, reference, batch, 0.5, 1)
    assert found.gate.open
    assert found.estimate.figures["skill"].high < found.reference_skill.low
    assert found.estimate.recoverable.low < 0.02
    told = assess(CONTRACT, reference, batch, 0.5, 1, Known(unlabelled=found))
    assert not told.asks_for_action
    assert not decide(Policy(), evidence(told, found)).retrain


def test_fewer_than_ten_of_a_class_show_no_performance():
    table, said, outcome = world(1_000, 3, offset=-4.0)
    rare = np.zeros(1_000)
    rare[np.flatnonzero(outcome)[:9]] = 1
    assert judged((table, said, rare)).performance is None
    rare[np.flatnonzero(outcome)[9]] = 1
    assert judged((table, said, rare)).performance is not None
