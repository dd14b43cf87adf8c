"""The advice: the fewest retrainings that nothing surely beats, and none where none surely helps."""

from __future__ import annotations

import numpy as np
import pytest

from core.retraining import standings
from core.retraining.policies import Policy
from core.retraining.strategies import Course, Step, strategies

ROWS = 4_000


def told(sharpness: dict[str, float], retrainings: dict[str, int]) -> tuple[Course, tuple[Course, ...]]:
    """The advice, and what each strategy came to, whose probabilities are the truth pulled towards a half."""
    rng = np.random.default_rng(3)
    log_odds = rng.normal(0, 1.5, ROWS)
    target = (rng.random(ROWS) < 1 / (1 + np.exp(-log_odds))).astype(int)
    probabilities = {key: 1 / (1 + np.exp(-share * log_odds)) for key, share in sharpness.items()}
    compared = [one for one in strategies(Policy(), 3) if one.key in sharpness]
    steps = {
        key: [Step(str(one), ROWS // 10, "0", 0.5, 0.1, 0.6, retrain=one < retrainings[key]) for one in range(10)]
        for key in sharpness
    }
    windows = np.split(target, 10)
    courses = standings.courses(compared, steps, windows, probabilities)
    return standings.advised(courses, windows, probabilities), courses


def test_of_strategies_that_are_as_good_the_one_with_fewer_retrainings_is_advised():
    best, courses = told({"never": 0.4, "each": 1.0, "reactive": 0.99}, {"never": 0, "each": 9, "reactive": 2})
    assert best.strategy.key == "reactive"
    assert [course.standing for course in courses] == ["", "better", "better"]
    said = str(standings.conclusion(best, ROWS))
    assert said.startswith("Reactive retraining would have lowered the log loss by 0.0")
    assert "with 2 retrainings; no other strategy does surely better." in said


def test_fewer_retrainings_are_no_virtue_where_another_strategy_is_surely_better():
    best, __ = told({"never": 0.4, "each": 1.0, "reactive": 0.6}, {"never": 0, "each": 9, "reactive": 1})
    assert best.strategy.key == "each"


@pytest.mark.parametrize("other", [0.4, 0.2])
def test_where_nothing_surely_helps_never_is_advised(other):
    best, courses = told({"never": 0.4, "each": other}, {"never": 0, "each": 9})
    assert best.strategy.key == "never"
    assert courses[1].standing == ("alike" if other == 0.4 else "worse")
    assert "no strategy does better than never retraining" in str(standings.conclusion(best, ROWS))


@pytest.mark.parametrize(("luck", "least"), [(0.0, 0.9), (0.5, 0.9)])
def test_the_interval_of_a_difference_holds_the_truth_where_the_rows_of_a_window_share_their_luck(luck, least):
    """One strategy says a tenth more than the other; what that costs or wins in a window hangs on its luck."""
    held, windows, rows = [], 12, 300
    for seed in range(200):
        rng = np.random.default_rng(seed)
        shock = np.repeat(rng.normal(0, luck, windows), rows)
        odds = rng.normal(0, 1, windows * rows)
        target = (rng.random(windows * rows) < 1 / (1 + np.exp(-odds - shock))).astype(int)
        # Two that are equally wrong, to either side: neither is better on average.
        said = {key: 1 / (1 + np.exp(-odds - move)) for key, move in (("never", -0.2), ("each", 0.2))}
        compared = [one for one in strategies(Policy(), 3) if one.key in said]
        steps: dict[str, list[Step]] = {key: [] for key in said}
        found = standings.courses(compared, steps, np.split(target, windows), said)[1].difference
        held.append(found.low <= 0 <= found.high)
    assert np.mean(held) >= least
