"""Labels are held against what their mix of cases lets one expect: harder cases are not a worse model."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from core.metrics.calibration import fit
from core.metrics.intervals import intervals
from core.metrics.performance import Performance
from core.monitoring.expected import expected, held_against_mix, held_against_reference
from core.retraining.policies import Policy, decide, evidence
from tests.mixes import judged, text, world


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


def test_what_is_expected_of_the_reference_itself_is_what_it_shows_and_of_harder_cases_less():
    __, said, outcome = world(20_000, 1)
    calibrator, shown = fit(outcome, said), intervals(outcome, said, ("skill", "roc_auc"), 1)
    found = expected(calibrator, said)
    for name, one in shown.items():
        assert found[name].value == pytest.approx(one.value, abs=0.005)
    harder = expected(calibrator, world(3_000, 2, spread=0.5)[1])
    assert all(harder[name].high < found[name].low for name in found)
    assert expected(calibrator, np.full(3, np.nan))["skill"].value == 0


def test_where_nothing_can_be_expected_of_the_mix_the_reference_is_the_yardstick():
    batch = world(3_000, 3, kept=0.5)
    plain = judged(batch).performance
    found = held_against_reference(plain, 0.05)
    assert not any(one.of_mix for one in found.losses)
    assert [one.expected for one in found.losses] == [plain.reference_skill, plain.reference_roc_auc]
    assert all(one.significant for one in found.losses)
    same = held_against_reference(judged(world(3_000, 3)).performance, 0.05)
    assert not any(one.exceeds(0.01) for one in same.losses)
