"""How the budget for false alarms is spent look by look."""

from __future__ import annotations

import pytest

from core.monitoring.budget import EVEN, LIFETIME, level, spent
from tests.mixes import judged, world


def test_all_looks_together_keep_to_the_budget_and_early_ones_may_take_more():
    levels = [level(look) for look in range(1, 20_000)]
    assert sum(levels) <= LIFETIME
    assert levels[0] > levels[10] > levels[EVEN + 50] > 0


@pytest.mark.parametrize("looks", [1, 10, EVEN, 1_000])
def test_the_spent_share_is_what_the_looks_took(looks):
    assert sum(level(look) for look in range(1, looks + 1)) == pytest.approx(LIFETIME * spent(looks))


def test_a_borderline_loss_asks_for_retraining_at_the_first_look_and_no_longer_at_the_ten_thousandth():
    borderline = world(300, 5, kept=0.5)
    assert judged(borderline, look=1).level == "retrain"
    assert judged(borderline, look=10_000).level == "watch"
